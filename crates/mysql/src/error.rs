//! All errors of operations on a server, as one enum.
//!
//! `client` turns the errors of the two clients into an [`Error`], in one place for each. So the
//! rest of the crate matches on the enum to decide whether a retry may help, whether a privilege is
//! missing, or whether a row is the cause. `chain` finds an [`Error`] in the error of a caller.
//!
//! An [`Error`] shows the same text and the same causes as the client's error that it was made
//! from.

mod answer;
mod client;

use std::error::Error as StdError;
use std::fmt;

pub use answer::ServerError;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of another crate, kept for its text and its causes.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Why an operation on a server failed.
#[derive(Debug)]
pub enum Error {
    /// The server returned an error.
    Server(ServerError),
    /// The connection could not be made, or was lost.
    Connection(Cause),
    /// A client failed: TLS, authentication, the protocol, a value that it cannot read.
    Client(Cause),
    /// The server wants the password itself, and the connection is plain TCP.
    PasswordHeldBack,
    /// None of several hosts accepts rows at this moment. Contains the reason for each host.
    NoHostTakesRows(Vec<String>),
    /// Something did not happen within its time limit.
    TimedOut(String),
    /// Another run works on the database.
    Busy(String),
    /// The database URL cannot be used.
    Url(String),
    /// The server, a table, the ledger or an input file is not in the state that the operation
    /// needs.
    Unfit(String),
    /// The error of the last attempt; another attempt would not help.
    GivenUp(Box<Error>),
    /// The user required LOAD DATA LOCAL, but the server, or a proxy in front of it, does not
    /// accept it.
    LocalInfileUnsupported(Box<Error>),
    /// An error of the server in whose text the name of an internal database was replaced.
    Renamed {
        /// The text, with the name that the user knows.
        words: String,
        /// The server's number for the error.
        code: Option<u16>,
    },
    /// An operation on a file or folder of this machine failed.
    File(std::io::Error),
    /// An error of another crate.
    Other(Cause),
    /// An error with its context: what the program was doing.
    Context {
        /// The context, which is shown before the cause.
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

    /// Adds the context: what the program was doing.
    pub fn context(self, words: impl fmt::Display) -> Error {
        Error::Context {
            words: words.to_string(),
            cause: Box::new(self),
        }
    }

    /// The error without its context.
    pub fn root(&self) -> &Error {
        match self {
            Error::Context { cause, .. }
            | Error::LocalInfileUnsupported(cause)
            | Error::GivenUp(cause) => cause.root(),
            root => root,
        }
    }

    /// Whether the operation was attempted the maximum number of times.
    pub fn is_given_up(&self) -> bool {
        match self {
            Error::GivenUp(_) => true,
            Error::Context { cause, .. } => cause.is_given_up(),
            _ => false,
        }
    }

    /// The error that the server returned, if that is the root.
    pub fn server(&self) -> Option<&ServerError> {
        match self.root() {
            Error::Server(server) => Some(server),
            _ => None,
        }
    }

    /// The server's error number, if the root has one.
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
            Error::GivenUp(cause) => write!(f, "{cause}")?,
            Error::Connection(cause) | Error::Client(cause) | Error::Other(cause) => {
                write!(f, "{cause}")?;
            }
            Error::PasswordHeldBack => {
                f.write_str("the password was not sent, because the connection is not encrypted")?;
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
            Error::GivenUp(cause) => cause.source(),
            // these errors show the text of their cause, so their next cause is the cause of that
            // cause
            Error::Connection(cause) | Error::Client(cause) | Error::Other(cause) => cause.source(),
            Error::File(error) => error.source(),
            Error::LocalInfileUnsupported(cause) | Error::Context { cause, .. } => Some(&**cause),
            Error::NoHostTakesRows(_)
            | Error::PasswordHeldBack
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

model::error_context!(pub Error, missing: Unfit);

/// Makes the calling function return the error `$kind` with this message.
macro_rules! fail {
    ($kind:ident, $($words:tt)*) => {
        return Err($crate::error::Error::$kind(format!($($words)*)))
    };
}
pub(crate) use fail;

#[cfg(test)]
mod tests;
