//! What can fail while a tablespace file is written or verified.

use std::array::TryFromSliceError;
use std::io;
use std::num::TryFromIntError;

use simdutf8::basic::Utf8Error;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a tablespace file could not be written or verified. `Display` shows the message of this
/// error without its cause; `source` returns the cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file, a page or a record violates the format.
    #[error("{0}")]
    Damaged(String),
    /// The format, or this writer, cannot hold a value, a key or a table.
    #[error("{0}")]
    NotStorable(String),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Says what was being done when another error, the cause, happened.
    #[error("{words}")]
    Context {
        /// The message that is shown before the cause.
        words: String,
        /// The cause.
        #[source]
        cause: Box<Error>,
    },
}

/// Converts errors of the standard library to [`Error::Damaged`]. They occur when a page has a
/// number, slice or text that the format does not allow.
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

/// Makes the calling function return [`Error::Damaged`] with this message.
macro_rules! damaged {
    ($($words:tt)*) => {
        return Err($crate::error::Error::Damaged(format!($($words)*)))
    };
}
pub(crate) use damaged;

/// Makes the calling function return [`Error::NotStorable`] with this message.
macro_rules! not_storable {
    ($($words:tt)*) => {
        return Err($crate::error::Error::NotStorable(format!($($words)*)))
    };
}
pub(crate) use not_storable;
