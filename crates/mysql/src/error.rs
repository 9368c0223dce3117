//! What can fail at a server, as one enum.
//!
//! `client` turns the errors of the two clients into an [`Error`], in one place for each. So the
//! rest of the crate decides by matching on the enum: whether an error passes by itself, whether a
//! right is missing, whether a row is to blame. `chain` finds an [`Error`] in the error of a
//! caller.
//!
//! An error says the same words as the client's error that it was made from, and has the same
//! causes, so that a message does not depend on this conversion.

mod answer;
mod client;

use std::error::Error as StdError;
use std::fmt;

pub use answer::ServerError;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of another crate, kept for its words and its causes.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Why something failed that involves a server.
#[derive(Debug)]
pub enum Error {
    /// The server answered with an error.
    Server(ServerError),
    /// The connection could not be made, or was lost.
    Connection(Cause),
    /// A client could not do it: TLS, authentication, the protocol, a value that it cannot read.
    Client(Cause),
    /// None of several hosts accepts rows at this moment; with the reason of each.
    NoHostTakesRows(Vec<String>),
    /// Something did not happen within its time limit.
    TimedOut(String),
    /// Another run works on the database.
    Busy(String),
    /// The database URL cannot be used.
    Url(String),
    /// The server, a table, the ledger or an input file is not as the work needs it.
    Unfit(String),
    /// LOAD DATA LOCAL was demanded, and does not work here.
    LocalInfileUnsupported(Box<Error>),
    /// An error of the server whose words named a database that only this program knows.
    Renamed {
        /// The words, with the name that people know.
        words: String,
        /// The server's number for the error.
        code: Option<u16>,
    },
    /// A file or folder on this machine.
    File(std::io::Error),
    /// An error of another crate.
    Other(Cause),
    /// What was being done when the cause happened.
    Context {
        /// The words in front of the cause.
        words: String,
        /// The cause.
        cause: Box<Error>,
    },
}

impl Error {
    /// An error of another crate.
    pub fn other(cause: impl Into<Cause>) -> Error {
        Error::Other(cause.into())
    }

    /// The same error with words about what was being done in front of it.
    pub fn context(self, words: impl fmt::Display) -> Error {
        Error::Context {
            words: words.to_string(),
            cause: Box::new(self),
        }
    }

    /// The error without the words in front of it.
    pub fn root(&self) -> &Error {
        match self {
            Error::Context { cause, .. } | Error::LocalInfileUnsupported(cause) => cause.root(),
            root => root,
        }
    }

    /// The server's answer, when it is the root.
    pub fn server(&self) -> Option<&ServerError> {
        match self.root() {
            Error::Server(server) => Some(server),
            _ => None,
        }
    }

    /// The server's number for the error, when the server gave one.
    pub fn code(&self) -> Option<u16> {
        match self.root() {
            Error::Server(server) => Some(server.code),
            Error::Renamed { code, .. } => *code,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    /// With `{:#}`, the causes follow, separated by colons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Server(server) => server.fmt(f)?,
            Error::Connection(cause) | Error::Client(cause) | Error::Other(cause) => {
                write!(f, "{cause}")?;
            }
            Error::NoHostTakesRows(reasons) => {
                let reasons = reasons.join("; ");
                write!(f, "none of the hosts accepts rows now: {reasons}")?;
            }
            Error::TimedOut(words)
            | Error::Busy(words)
            | Error::Url(words)
            | Error::Unfit(words)
            | Error::Renamed { words, .. }
            | Error::Context { words, .. } => f.write_str(words)?,
            Error::LocalInfileUnsupported(_) => f.write_str(
                "--load local-infile: the server, or a proxy in front of it, does not accept LOAD DATA LOCAL; \
                 switch it on (on the server SET GLOBAL local_infile = ON, in ProxySQL mysql-enable_load_data_local_infile), \
                 or use --load insert; rows that are loaded are kept",
            )?,
            Error::File(error) => write!(f, "{error}")?,
        }
        if f.alternate() {
            let mut next = self.source();
            while let Some(cause) = next {
                write!(f, ": {cause}")?;
                next = cause.source();
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Server(server) => server.client.as_ref()?.source(),
            // these say the words of their cause, so that its own causes are theirs
            Error::Connection(cause) | Error::Client(cause) | Error::Other(cause) => cause.source(),
            Error::File(error) => error.source(),
            Error::LocalInfileUnsupported(cause) | Error::Context { cause, .. } => Some(&**cause),
            Error::NoHostTakesRows(_)
            | Error::TimedOut(_)
            | Error::Busy(_)
            | Error::Url(_)
            | Error::Unfit(_)
            | Error::Renamed { .. } => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::File(error)
    }
}

impl From<std::num::TryFromIntError> for Error {
    fn from(error: std::num::TryFromIntError) -> Error {
        Error::other(error)
    }
}

/// Says what was being done when something failed.
pub trait Context<T> {
    /// Puts words in front of an error.
    fn context(self, words: impl fmt::Display) -> Result<T>;

    /// Puts words in front of an error, made only when there is one.
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn context(self, words: impl fmt::Display) -> Result<T> {
        self.map_err(|error| error.into().context(words))
    }

    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T> {
        self.map_err(|error| error.into().context(words()))
    }
}

/// What is missing makes the subject unfit for the work.
impl<T> Context<T> for Option<T> {
    fn context(self, words: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Error::Unfit(words.to_string()))
    }

    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T> {
        self.ok_or_else(|| Error::Unfit(words().to_string()))
    }
}

/// Returns an error of that kind with these words.
macro_rules! fail {
    ($kind:ident, $($words:tt)*) => {
        return Err($crate::error::Error::$kind(format!($($words)*)))
    };
}
pub(crate) use fail;

#[cfg(test)]
mod tests;
