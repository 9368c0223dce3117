//! The errors of drafting a schema.

use clean::keys::StoreError;
use input::Source;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why no schema can be drafted. `Display` gives the message of this error alone;
/// `source` gives its cause.
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
    /// There are no files that can be tables.
    #[error("{0}")]
    Nothing(String),
    /// Several files have names that give the same table name.
    #[error(
        "{directory}: table {table} has several files: {files}; move away those that do not \
         belong to the table, or name the table's file with --map {table}=FILE"
    )]
    SameName {
        /// The folder of the files.
        directory: String,
        /// The name of the table.
        table: String,
        /// The names of the files, as one text.
        files: String,
    },
    /// No field of a file fills a column of the draft.
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
    /// A record is longer than the limit, probably because a quote is never closed.
    #[error(
        "{file}:{line}: the record that begins here is longer than {limit} bytes; look for a quote \
         that is never closed, or, if records are really so long, raise --max-record"
    )]
    LongRecord {
        /// The file.
        file: String,
        /// The line on which the record starts.
        line: u64,
        /// The longest record allowed, in bytes.
        limit: usize,
    },
    /// A setting that says how values are written cannot be used.
    #[error("{0}")]
    Told(String),
    /// The hashes of key values cannot be stored.
    #[error(transparent)]
    Keys(#[from] StoreError),
    /// The threads cannot be started.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The drafted schema cannot be parsed, which is a bug.
    #[error("the drafted schema cannot be parsed, which is a bug of reviewseed: {0}")]
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
