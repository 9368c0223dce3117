//! What can fail while input files are found, opened and read.

use std::io;
use std::num::TryFromIntError;

use zip::result::ZipError;

use crate::misread::Misread;

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why input cannot be used. `Display` gives the words of this error alone; `source` gives the
/// cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file, its header, or what was asked of it is not as a load needs it.
    #[error("{0}")]
    Unfit(String),
    /// A file is not as a load needs it, and settings would probably read it.
    #[error(transparent)]
    Misread(Box<Misread>),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// An archive could not be read.
    #[error(transparent)]
    Archive(#[from] ZipError),
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
