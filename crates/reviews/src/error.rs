//! The errors of made-up data, lists of ids, and smoke tests.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// The error of another crate, of whatever type.
pub type OtherError = Box<dyn StdError + Send + Sync>;

/// Why an operation of this crate failed. `Display` gives one sentence for the user;
/// [`source`](StdError::source) gives the cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Options that contradict each other, or a value that is out of range.
    Options(String),
    /// The program that reads the output has closed it, as `head` does. This is not a failure.
    ReaderClosed,
    /// No row matches the selection.
    NothingSelected(String),
    /// A file would be replaced that this program did not write, or must not replace.
    Exists(String),
    /// A list of ids, or a row of an input file, has invalid content.
    Content(String),
    /// A list of ids cannot be used.
    IdList {
        /// The name of the file, and what the user can do.
        what: String,
        /// What is wrong with the list.
        source: Box<Error>,
    },
    /// The operating system could not do something with a file or a thread.
    Io {
        /// What could not be done.
        what: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The server could not execute a statement.
    Database {
        /// What could not be done, and what the user can do.
        what: String,
        /// What the server or the client says.
        source: sqlx::Error,
    },
    /// The service's reads cannot be tested on this database.
    Unanswered {
        /// What the user can do.
        what: String,
        /// What the server says.
        source: OtherError,
    },
    /// A connection could not be opened, or the input files could not be read: the error of another
    /// crate, whose message needs no more context.
    Other(OtherError),
    /// A thread or task of this crate ended abnormally.
    Abnormal(String),
}

impl Error {
    /// For `map_err`: adds what could not be done.
    pub(crate) fn io<T: Into<String>>(what: impl FnOnce() -> T) -> impl FnOnce(io::Error) -> Error {
        |source| Error::Io {
            what: what().into(),
            source,
        }
    }

    /// For `map_err`: adds what could not be done.
    pub(crate) fn database<T: Into<String>>(
        what: impl FnOnce() -> T,
    ) -> impl FnOnce(sqlx::Error) -> Error {
        |source| Error::Database {
            what: what().into(),
            source,
        }
    }

    /// For `map_err`: wraps the error of another crate, without adding words.
    pub fn other(error: impl Into<OtherError>) -> Error {
        Error::Other(error.into())
    }

    /// The error number of the server; `None` if the server did not send the error.
    pub(crate) fn server_error(&self) -> Option<u16> {
        let mut error: &(dyn StdError + 'static) = self;
        loop {
            if let Some(sqlx) = error.downcast_ref::<sqlx::Error>() {
                return server_error(sqlx);
            }
            error = match error.downcast_ref::<Error>() {
                Some(Error::Other(other)) => other.as_ref(),
                _ => error.source()?,
            };
        }
    }
}

/// The error number of the server; `None` if the client reports the error.
pub(crate) fn server_error(error: &sqlx::Error) -> Option<u16> {
    let of_database = error.as_database_error()?;
    let of_server = of_database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(of_server.number())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Options(text)
            | Error::NothingSelected(text)
            | Error::Exists(text)
            | Error::Content(text)
            | Error::Abnormal(text) => f.write_str(text),
            Error::ReaderClosed => f.write_str("the program that reads the output has closed it"),
            Error::IdList { what, .. }
            | Error::Io { what, .. }
            | Error::Database { what, .. }
            | Error::Unanswered { what, .. } => f.write_str(what),
            Error::Other(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::IdList { source, .. } => Some(source.as_ref()),
            Error::Io { source, .. } => Some(source),
            Error::Database { source, .. } => Some(source),
            Error::Unanswered { source, .. } => Some(source.as_ref()),
            Error::Other(error) => error.source(),
            Error::Options(_)
            | Error::ReaderClosed
            | Error::NothingSelected(_)
            | Error::Exists(_)
            | Error::Content(_)
            | Error::Abnormal(_) => None,
        }
    }
}
