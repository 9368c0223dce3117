//! What can fail in a run, as one enum over the errors of the crates that do the work.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use clean::keys::StoreError;
use model::wording::chain;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run, or a step of it, failed. `Display` gives the words of this error alone, and with
/// `{:#}` those of its causes too; `source` gives the cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The options, the files, the tables or the server do not fit what was asked. The words say
    /// what helps.
    Unfit(String),
    /// A server, or the connection to it.
    Server(mysql::Error),
    /// schema.sql cannot be used.
    Schema(mysql_schema::Error),
    /// An input file cannot be used.
    Input(input::Error),
    /// A tablespace file cannot be written, or is damaged.
    TablespaceFile(innodb_file::Error),
    /// The private server.
    PrivateServer(private_server::Error),
    /// The physical import of a table; its rows can still be loaded by SQL.
    Import {
        /// The table.
        table: String,
        /// Why.
        cause: Box<Error>,
    },
    /// Keys cannot be kept.
    Keys(StoreError),
    /// A file or folder on this machine.
    Io(io::Error),
    /// A library, or a part of this one, that has an error of its own.
    Other(Box<dyn StdError + Send + Sync>),
    /// What was being done when the cause happened.
    Context {
        /// The words in front of the cause.
        words: String,
        /// The cause.
        cause: Box<Error>,
    },
}

impl Error {
    /// The same error with words about what was being done in front of it.
    pub fn context(self, words: impl fmt::Display) -> Error {
        Error::Context {
            words: words.to_string(),
            cause: Box::new(self),
        }
    }

    /// The server's error, if a server or the connection to it caused this one.
    pub fn server(&self) -> Option<&mysql::Error> {
        match self {
            Error::Server(error) => Some(error),
            Error::Context { cause, .. } | Error::Import { cause, .. } => cause.server(),
            _ => None,
        }
    }

    /// The error whose words are shown: an enum of another crate has none of its own.
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

/// Variants that hold the error of another crate.
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

/// An error with these words about what does not fit.
macro_rules! unfit {
    ($($words:tt)*) => {
        $crate::error::Error::Unfit(format!($($words)*))
    };
}
pub(crate) use unfit;

/// Returns an error with these words about what does not fit.
macro_rules! fail {
    ($($words:tt)*) => {
        return Err($crate::error::unfit!($($words)*).into())
    };
}
pub(crate) use fail;
