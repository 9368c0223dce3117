//! Errors of finding, opening and reading input files.

use std::io;
use std::num::TryFromIntError;

use zip::result::ZipError;

use crate::misread::Misread;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why input cannot be used. `Display` shows only the message of this error; `source` gives the
/// cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file, its header or a setting is wrong.
    #[error("{0}")]
    Unfit(String),
    /// A file cannot be read with the current settings, but probably with other ones.
    #[error(transparent)]
    Misread(Box<Misread>),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// An archive could not be read.
    #[error(transparent)]
    Archive(#[from] ZipError),
    /// A message in front of the error that caused it.
    #[error("{words}")]
    Context {
        /// The message.
        words: String,
        /// The cause.
        #[source]
        cause: Box<Error>,
    },
}

impl From<TryFromIntError> for Error {
    fn from(error: TryFromIntError) -> Error {
        Error::Unfit(error.to_string())
    }
}

impl From<Misread> for Error {
    fn from(misread: Misread) -> Error {
        Error::Misread(Box::new(misread))
    }
}

model::error_context!(pub(crate) Error, missing: Unfit);

/// Makes an [`Error::Unfit`] with this message.
macro_rules! unfit {
    ($($words:tt)*) => {
        $crate::error::Error::Unfit(format!($($words)*))
    };
}
pub(crate) use unfit;

/// Returns an [`Error::Unfit`] with this message.
macro_rules! fail {
    ($($words:tt)*) => {
        return Err($crate::error::unfit!($($words)*))
    };
}
pub(crate) use fail;
