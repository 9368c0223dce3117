//! What can fail while a tablespace file is written or verified.

use std::array::TryFromSliceError;
use std::io;
use std::num::TryFromIntError;

use simdutf8::basic::Utf8Error;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a tablespace file could not be written or verified. `Display` gives the words of this error
/// alone; `source` gives the cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file, a page or a record is not as the format demands.
    #[error("{0}")]
    Damaged(String),
    /// The format, or this writer, cannot hold a value, a key or a table.
    #[error("{0}")]
    NotStorable(String),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was being done when the cause happened.
    #[error("{words}")]
    Context {
        /// The words in front of the cause.
        words: String,
        /// The cause.
        #[source]
        cause: Box<Error>,
    },
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

model::error_context!(pub(crate) Error, missing: Damaged);

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
