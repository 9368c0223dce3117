//! How the pipeline fails.

use std::path::PathBuf;

use clean::keys::StoreError;

use super::{BudgetSpent, SinkClosed};

/// Why the pipeline did not read all files to their end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// [`Settings::stop`](super::Settings::stop) asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The sink failed; its own error says why.
    #[error(transparent)]
    SinkClosed(#[from] SinkClosed),
    /// Another table failed. [`run`](super::run) returns the error of that table, never this one.
    #[error("another table failed")]
    GivenUp,
    /// More records of a table were rejected than its budget allows.
    #[error(transparent)]
    OverBudget(#[from] BudgetSpent),
    /// The threads that clean cannot be started.
    #[error("cannot start the threads that clean")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A cleaning thread panicked.
    #[error("a cleaning thread ended abnormally")]
    CleanerEnded,
    /// An input file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: input::Error,
    },
    /// The lines after a stray quote cannot be read a second time.
    #[error("cannot read {} again", path.display())]
    ReadAgain {
        /// The file.
        path: PathBuf,
        /// Why.
        source: input::Error,
    },
    /// An input file changed while it was read, or a record of it cannot be read a second time.
    #[error(transparent)]
    Input(input::Error),
    /// Keys cannot be kept on disk.
    #[error(transparent)]
    Keys(StoreError),
    /// A reject file cannot be written.
    #[error(transparent)]
    Rejects(crate::Error),
    /// Batches are numbered by 32 bits.
    #[error("too many batches; take a larger --batch-size")]
    TooManyBatches,
    /// A record was neither loaded nor rejected, or both: a fault of the program.
    #[error(
        "{file}: {read} records were read, but {loaded} loaded and {rejected} rejected; please report this"
    )]
    Miscounted {
        /// The file.
        file: String,
        /// Records read.
        read: u64,
        /// Rows loaded.
        loaded: u64,
        /// Records rejected.
        rejected: u64,
    },
}

impl Error {
    /// How far an error is from the cause: the smaller, the closer. If a table fails because
    /// another table or the sink failed, its error says less than that of the one that failed
    /// first.
    pub(super) fn distance_from_cause(&self) -> u8 {
        match self {
            Error::GivenUp => 2,
            Error::SinkClosed(_) | Error::Interrupted => 1,
            _ => 0,
        }
    }
}

impl From<Error> for crate::Error {
    fn from(error: Error) -> crate::Error {
        crate::Error::Other(Box::new(error))
    }
}

impl From<SinkClosed> for crate::Error {
    fn from(error: SinkClosed) -> crate::Error {
        crate::Error::Other(Box::new(error))
    }
}
