//! What can fail while a tablespace file is written or verified.

use std::array::TryFromSliceError;
use std::fmt;
use std::io;
use std::num::TryFromIntError;

use simdutf8::basic::Utf8Error;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a tablespace file could not be written or verified. `Display` gives the words of this error
/// alone; `source` gives the cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file, a page or a record is not as the format demands.
    Damaged(String),
    /// The format, or this writer, cannot hold a value, a key or a table.
    NotStorable(String),
    /// A file could not be read or written.
    Io(io::Error),
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
            Error::Damaged(words) | Error::NotStorable(words) | Error::Context { words, .. } => {
                f.write_str(words)
            }
            Error::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Damaged(_) | Error::NotStorable(_) => None,
            Error::Io(error) => error.source(),
            Error::Context { cause, .. } => Some(cause),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Io(error)
    }
}

/// Numbers, slices and texts that a page should have and does not.
macro_rules! damaged_when {
    ($($error:ty),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error::Damaged(error.to_string())
            }
        })*
    };
}
damaged_when!(TryFromIntError, TryFromSliceError, Utf8Error);

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    /// Puts words in front of an error, made only when there is one.
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T>;

    /// Puts words in front of an error.
    fn context(self, words: &str) -> Result<T>
    where
        Self: Sized,
    {
        self.with_context(|| words)
    }
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T> {
        self.map_err(|error| Error::Context {
            words: words().to_string(),
            cause: Box::new(error.into()),
        })
    }
}

/// A part of the file that is missing makes it damaged.
impl<T> Context<T> for Option<T> {
    fn with_context<W: fmt::Display>(self, words: impl FnOnce() -> W) -> Result<T> {
        self.ok_or_else(|| Error::Damaged(words().to_string()))
    }
}

/// Returns the error that something is not as the format demands, with these words.
macro_rules! damaged {
    ($($words:tt)*) => {
        return Err($crate::error::Error::Damaged(format!($($words)*)))
    };
}
pub(crate) use damaged;

/// Returns the error that something cannot be stored, with these words.
macro_rules! not_storable {
    ($($words:tt)*) => {
        return Err($crate::error::Error::NotStorable(format!($($words)*)))
    };
}
pub(crate) use not_storable;
