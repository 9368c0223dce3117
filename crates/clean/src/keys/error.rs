//! Errors of storing accepted keys: of the temporary file with their hashes, and of their saved
//! form.

use std::fmt;
use std::io;

/// The result of storing or reading accepted keys.
pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// Why accepted keys could not be stored or read. `Display` says what to do; `source` gives the
/// cause.
#[derive(Debug)]
pub enum StoreError {
    /// The temporary file of the hashes could not be written or read.
    TemporaryFile(io::Error),
    /// The keys could not be converted to bytes.
    Serialize(io::Error),
    /// The saved bytes are incomplete or damaged, or belong to other unique keys.
    Saved(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::TemporaryFile(_) => write!(
                f,
                "cannot write the keys of the rows to a temporary file in {}; free some space there, or set TMPDIR to another folder",
                std::env::temp_dir().display()
            ),
            StoreError::Serialize(_) => f.write_str("cannot save the keys of the rows"),
            StoreError::Saved(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::TemporaryFile(cause) | StoreError::Serialize(cause) => Some(cause),
            StoreError::Saved(_) => None,
        }
    }
}
