//! The errors of a run, as one enum over the errors of the crates that do the work.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use clean::keys::StoreError;
use model::wording::chain;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why a run, or a step of it, failed. `Display` gives the message of this error alone;
/// `{:#}` appends the messages of its causes. `source` gives the cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The options, the files, the tables or the server do not fit the command. The message says
    /// what to do.
    Unfit(String),
    /// The server or the connection to it failed.
    Server(mysql::Error),
    /// schema.sql cannot be used.
    Schema(mysql_schema::Error),
    /// An input file cannot be used.
    Input(input::Error),
    /// A tablespace file cannot be written, or is damaged.
    TablespaceFile(innodb_file::Error),
    /// The private server failed.
    PrivateServer(private_server::Error),
    /// The physical import of a table failed. Its rows can still be loaded by SQL.
    Import {
        /// The table.
        table: String,
        /// The reason.
        cause: Box<Error>,
    },
    /// The keys that find duplicates and orphans cannot be stored.
    Keys(StoreError),
    /// An operation on a file or folder of this machine failed.
    Io(io::Error),
    /// An error of a library, or of a module with its own error type.
    Other(Box<dyn StdError + Send + Sync>),
    /// A cause with the work that it interrupted.
    Context {
        /// The message in front of the cause.
        words: String,
        /// The cause.
        cause: Box<Error>,
    },
}

impl Error {
    /// Puts a message about the work in front of this error.
    pub fn context(self, words: impl fmt::Display) -> Error {
        Error::Context {
            words: words.to_string(),
            cause: Box::new(self),
        }
    }

    /// The server's error, if the server or the connection to it is the cause.
    pub fn server(&self) -> Option<&mysql::Error> {
        match self {
            Error::Server(error) => Some(error),
            Error::Context { cause, .. } | Error::Import { cause, .. } => cause.server(),
            _ => None,
        }
    }

    /// The error whose message is shown, or the message itself. A variant that only wraps the error
    /// of another crate has no message of its own.
    fn shown(&self) -> Result<&(dyn StdError + 'static), &str> {
        Ok(match self {
            Error::Unfit(words) | Error::Context { words, .. } => return Err(words),
            Error::Import { .. } => return Err(""),
            Error::Server(error) => error,
            Error::Schema(error) => error,
            Error::Input(error) => error,
            Error::TablespaceFile(error) => error,
            Error::PrivateServer(error) => error,
            Error::Keys(error) => error,
            Error::Io(error) => error,
            Error::Other(error) => &**error,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.write_str(&chain(self));
        }
        match (self, self.shown()) {
            (Error::Import { table, .. }, _) => write!(f, "{table} cannot be imported physically"),
            (_, Ok(error)) => fmt::Display::fmt(error, f),
            (_, Err(words)) => f.write_str(words),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Context { cause, .. } | Error::Import { cause, .. } => Some(&**cause),
            error => error.shown().ok().and_then(StdError::source),
        }
    }
}

/// Implements `From` for the variants that wrap the error of another crate.
macro_rules! holds {
    ($($variant:ident($error:ty)),* $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error::$variant(error.into())
            }
        })*
    };
}
holds!(
    Server(mysql::Error),
    Server(sqlx::Error),
    Schema(mysql_schema::Error),
    Input(input::Error),
    TablespaceFile(innodb_file::Error),
    PrivateServer(private_server::Error),
    Keys(StoreError),
    Io(io::Error),
    Other(csv::Error),
    Other(std::num::TryFromIntError),
    Other(tokio::task::JoinError),
);

model::error_context!(pub(crate) Error, missing: Unfit);

/// An [`Error::Unfit`] with this message.
macro_rules! unfit {
    ($($words:tt)*) => {
        $crate::error::Error::Unfit(format!($($words)*))
    };
}
pub(crate) use unfit;

/// Returns an [`Error::Unfit`] with this message.
macro_rules! fail {
    ($($words:tt)*) => {
        return Err($crate::error::unfit!($($words)*).into())
    };
}
pub(crate) use fail;
