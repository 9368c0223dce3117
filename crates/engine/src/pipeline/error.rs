//! The errors of the pipeline.

use std::path::PathBuf;

use clean::keys::StoreError;

use super::{BudgetSpent, SinkClosed};

/// The reason why the pipeline did not read all files to their end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// [`Settings::stop`](super::Settings::stop) asked the run to stop.
    #[error("interrupted")]
    Interrupted,
    /// The sink failed. Its own error gives the reason.
    #[error(transparent)]
    SinkClosed(#[from] SinkClosed),
    /// Another table failed. [`run`](super::run) returns the error of that table, never this one.
    #[error("another table failed")]
    GivenUp,
    /// More records of a table were rejected than its budget allows.
    #[error(transparent)]
    OverBudget(#[from] BudgetSpent),
    /// The cleaning threads cannot be started.
    #[error("cannot start the threads that clean records")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A cleaning thread panicked.
    #[error("a cleaning thread ended abnormally")]
    CleanerEnded,
    /// An input file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: input::Error,
    },
    /// The lines after a stray quote cannot be read a second time.
    #[error("cannot read {} again", path.display())]
    ReadAgain {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: input::Error,
    },
    /// An input file changed while it was read, or a record of it cannot be read a second time.
    #[error(transparent)]
    Input(input::Error),
    /// The keys that find duplicates and orphans cannot be stored on disk.
    #[error(transparent)]
    Keys(StoreError),
    /// A reject file cannot be written.
    #[error(transparent)]
    Rejects(crate::Error),
    /// There are more batches than a 32-bit number can count.
    #[error("too many batches; use a larger --batch-size")]
    TooManyBatches,
    /// A record was neither loaded nor rejected, or it was both. This is a bug.
    #[error(
        "{file}: {read} records were read, but {loaded} loaded and {rejected} rejected; please \
         report this bug"
    )]
    Miscounted {
        /// The file.
        file: String,
        /// Number of records read.
        read: u64,
        /// Number of rows loaded.
        loaded: u64,
        /// Number of records rejected.
        rejected: u64,
    },
}

impl Error {
    /// How far an error is from the cause; a smaller number is closer. If a table fails because
    /// another table or the sink failed, its own error is less informative than the first one.
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
