//! Why the private server cannot be started, found or stopped.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A result of this crate.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why an operation on the private server failed. `Display` shows one sentence for the user, with
/// the path concerned and the command that helps; [`source`](StdError::source) returns the cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No server, installer or client program was found, or the program that the user named cannot
    /// be used.
    Program(String),
    /// The server that runs, or that initialised the data, differs from what the options ask for.
    Mismatch(String),
    /// The state directory, or a file in it, cannot be used before the user changes something.
    StateDir(String),
    /// A file in the state directory does not have the content that this program writes.
    Json {
        /// The file.
        path: PathBuf,
        /// Why the file cannot be parsed.
        source: serde_json::Error,
    },
    /// The operating system could not do something with a file, a socket or a process.
    Io {
        /// What could not be done.
        what: String,
        /// Why it could not be done.
        source: io::Error,
    },
    /// The program that answers on the socket is not a MySQL or MariaDB server.
    Protocol(String),
    /// A program ended with a failure. Its log says why.
    Ended {
        /// Which program ended, and when.
        what: String,
        /// The end of the program's log.
        log: LogExcerpt,
    },
    /// The server does not answer within the limit.
    NotAnswering {
        /// The message for the user, which says what to do.
        what: String,
        /// Why the last attempt to connect failed.
        source: Box<Error>,
    },
    /// The server still runs although it was asked to stop.
    StillRunning(String),
}

impl Error {
    /// For `map_err`: adds what could not be done.
    pub(crate) fn io<T: Into<String>>(what: impl FnOnce() -> T) -> impl FnOnce(io::Error) -> Error {
        |source| Error::Io {
            what: what().into(),
            source,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Program(text)
            | Error::Mismatch(text)
            | Error::StateDir(text)
            | Error::Protocol(text)
            | Error::StillRunning(text) => f.write_str(text),
            Error::Json { path, .. } => {
                write!(f, "'{}' cannot be parsed; was it edited?", path.display())
            }
            Error::Io { what, .. }
            | Error::Ended { what, .. }
            | Error::NotAnswering { what, .. } => f.write_str(what),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Json { source, .. } => Some(source),
            Error::Io { source, .. } => Some(source),
            Error::Ended { log, .. } => Some(log),
            Error::NotAnswering { source, .. } => Some(source.as_ref()),
            Error::Program(_)
            | Error::Mismatch(_)
            | Error::StateDir(_)
            | Error::Protocol(_)
            | Error::StillRunning(_) => None,
        }
    }
}

/// The errors at the end of a log, or its last lines.
#[derive(Debug)]
pub struct LogExcerpt(pub(crate) String);

impl fmt::Display for LogExcerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for LogExcerpt {}
