//! The errors of a load.

use crate::pipeline::{self, TableResult};

/// The reason why not all rows of the files were loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pipeline failed, or was asked to stop.
    #[error(transparent)]
    Pipeline(#[from] pipeline::Error),
    /// The server does not accept LOAD DATA LOCAL INFILE, and no other method is allowed.
    #[error(transparent)]
    LocalInfileClosed(mysql::Error),
    /// The physical import of a table failed. Its rows can still be loaded by SQL.
    #[error("{table} cannot be imported physically")]
    Import {
        /// The table.
        table: String,
        /// The reason.
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
    /// Converts the error so that the chain of causes does not show this wrapper.
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
/// When the pipeline or the sink failed. If both failed, the error is that of the one that failed
/// first and made the other one fail.
pub fn result(
    read: Result<Vec<TableResult>, pipeline::Error>,
    stored: Result<(), Error>,
) -> Result<Vec<TableResult>, Error> {
    match (read, stored) {
        (Ok(results), Ok(())) => Ok(results),
        // when the sink fails, the pipeline's own error only says that the sink takes no more
        // batches
        (Err(pipeline::Error::SinkClosed(_)) | Ok(_), Err(cause)) => Err(cause),
        (Err(error), _) => Err(error.into()),
    }
}
