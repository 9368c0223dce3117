//! Why no schema can be drafted.

use clean::keys::StoreError;
use input::Source;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why no schema can be drafted. `Display` gives the words of this error alone; `source` gives the
/// cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files cannot be found or opened.
    #[error(transparent)]
    Input(#[from] input::Error),
    /// A file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// The file.
        file: String,
        /// The cause.
        #[source]
        cause: input::Error,
    },
    /// There are no files.
    #[error("{0}")]
    Nothing(String),
    /// Several files have the name of one table.
    #[error(
        "{directory}: table {table} has several files: {files}; move away those that do not \
         belong to it, or name its file with --map {table}=FILE"
    )]
    SameName {
        /// The folder.
        directory: String,
        /// The table.
        table: String,
        /// Its files.
        files: String,
    },
    /// A name in a file cannot be read as a column.
    #[error(
        "{file}: no field fills the column {column} of the draft; name the fields with --set \
         TABLE.fields=…, or the column's place with --set TABLE.{column}.from=…"
    )]
    Unfilled {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A record does not end.
    #[error(
        "{file}:{line}: a record begins here that is longer than {limit} bytes; if it really is \
         that long, raise --max-record, otherwise look for a quote that is never closed"
    )]
    LongRecord {
        /// The file.
        file: String,
        /// The line of its start.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// A setting of values cannot be used.
    #[error("{0}")]
    Told(String),
    /// Hashes of keys cannot be kept.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// The threads cannot be started.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The written schema cannot be read again, which is a bug.
    #[error("the drafted schema cannot be read: {0}")]
    Unreadable(String),
}

impl Error {
    pub(crate) fn read(source: &Source, cause: input::Error) -> Error {
        Error::Read {
            file: source.path.display().to_string(),
            cause,
        }
    }
}
