//! How a load fails.

use crate::pipeline::{self, TableResult};

/// Why the rows of the files were not all loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pipeline failed, or was asked to stop.
    #[error(transparent)]
    Pipeline(#[from] pipeline::Error),
    /// The server does not accept LOAD DATA LOCAL INFILE, and no other method is allowed.
    #[error(transparent)]
    LocalInfileClosed(mysql::Error),
    /// The physical import of a table failed; its rows can still be loaded by SQL.
    #[error("{table} cannot be imported physically")]
    Import {
        /// The table.
        table: String,
        /// Why.
        source: crate::Error,
    },
    /// The server or the connection to it failed.
    #[error(transparent)]
    Server(#[from] mysql::Error),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] crate::Error),
}

impl From<Error> for crate::Error {
    /// The errors in [`load::Error`] appear in the chain of causes as if they were not wrapped.
    fn from(error: Error) -> crate::Error {
        match error {
            Error::Pipeline(error) => error.into(),
            Error::LocalInfileClosed(error) | Error::Server(error) => error.into(),
            Error::Other(error) => error,
            Error::Import { table, source } => crate::Error::Import {
                table,
                cause: Box::new(source),
            },
        }
    }
}

/// The result of a load that combines the results of the pipeline and of the sink.
///
/// # Errors
///
/// When either failed. If both failed, the error that caused the other.
pub fn result(
    read: Result<Vec<TableResult>, pipeline::Error>,
    stored: Result<(), Error>,
) -> Result<Vec<TableResult>, Error> {
    match (read, stored) {
        (Ok(results), Ok(())) => Ok(results),
        // when the sink fails, the pipeline only notices that it takes no more batches
        (Err(pipeline::Error::SinkClosed(_)) | Ok(_), Err(cause)) => Err(cause),
        (Err(error), _) => Err(error.into()),
    }
}
