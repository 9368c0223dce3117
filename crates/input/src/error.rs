//! What can fail while input files are found, opened and read.

use std::fmt;
use std::io;
use std::num::TryFromIntError;

use zip::result::ZipError;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why input cannot be used. `Display` gives the words of this error alone; `source` gives the
/// cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file, its header, or what was asked of it is not as a load needs it.
    Unfit(String),
    /// A file could not be read or written.
    Io(io::Error),
    /// An archive could not be read.
    Archive(ZipError),
    /// What was being done when the cause happened.
    Context {
        /// The words in front of the cause.
        words: String,
        /// The cause.
        cause: Box<Error>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unfit(words) | Error::Context { words, .. } => f.write_str(words),
            Error::Io(error) => error.fmt(f),
            Error::Archive(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Unfit(_) => None,
            Error::Io(error) => error.source(),
            Error::Archive(error) => error.source(),
            Error::Context { cause, .. } => Some(cause),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Io(error)
    }
}

impl From<TryFromIntError> for Error {
    fn from(error: TryFromIntError) -> Error {
        Error::Unfit(error.to_string())
    }
}

impl From<ZipError> for Error {
    fn from(error: ZipError) -> Error {
        Error::Archive(error)
    }
}

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    /// Puts words in front of an error, made only when there is one.
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T> {
        self.map_err(|error| Error::Context {
            words: words().to_string(),
            cause: Box::new(error.into()),
        })
    }
}

/// What is missing makes the file unfit.
impl<T> Context<T> for Option<T> {
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T> {
        self.ok_or_else(|| Error::Unfit(words().to_string()))
    }
}

/// An error with these words about what is unfit.
macro_rules! unfit {
    ($($words:tt)*) => {
        $crate::error::Error::Unfit(format!($($words)*))
    };
}
pub(crate) use unfit;

/// Returns an error with these words about what is unfit.
macro_rules! fail {
    ($($words:tt)*) => {
        return Err($crate::error::unfit!($($words)*))
    };
}
pub(crate) use fail;
