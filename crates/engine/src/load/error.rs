//! How a load fails.

use crate::pipeline::{self, TableResult};

/// Why the rows of the files were not all loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pipeline failed, or was asked to stop.
    #[error(transparent)]
    Pipeline(#[from] pipeline::Error),
    /// The server does not take LOAD DATA LOCAL INFILE, and no other way is allowed.
    #[error(transparent)]
    LocalInfileClosed(mysql::Error),
    /// The physical import of a table failed; its rows can still be loaded by SQL.
    #[error("{table} cannot be imported physically")]
    Import {
        /// The table.
        table: String,
        /// Why.
        source: anyhow::Error,
    },
    /// The server or the connection to it failed.
    #[error(transparent)]
    Server(#[from] mysql::Error),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl Error {
    /// The same error for callers that do not tell the cases apart. What [`Error::Pipeline`] and
    /// the server's errors wrap is found in its chain, as if it had never been wrapped.
    pub fn into_anyhow(self) -> anyhow::Error {
        match self {
            Error::Pipeline(error) => error.into(),
            Error::LocalInfileClosed(error) | Error::Server(error) => error.into(),
            Error::Other(error) => error,
            Error::Import { .. } => self.into(),
        }
    }
}

/// The result of a load of which the pipeline is one end, and the sink the other.
///
/// # Errors
///
/// When either failed; of two failures, the one that caused the other.
pub fn result(
    read: Result<Vec<TableResult>, pipeline::Error>,
    stored: Result<(), Error>,
) -> Result<Vec<TableResult>, Error> {
    match (read, stored) {
        (Ok(results), Ok(())) => Ok(results),
        // of a sink that fails, the pipeline only sees that it takes no more batches
        (Err(pipeline::Error::SinkClosed(_)) | Ok(_), Err(cause)) => Err(cause),
        (Err(error), _) => Err(error.into()),
    }
}
