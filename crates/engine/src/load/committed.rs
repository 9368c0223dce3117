//! A committed batch, with the rows that the server rejected.

use sqlx::{AssertSqlSafe, Executor};

use crate::pipeline::Job;
use model::batch::Batch;
use model::merged::MergedBatch;
use model::rejection::ServerRejection;
use mysql::db::MySqlConnection;
use mysql::error::Result;
use mysql::ledger;

/// A committed batch.
#[derive(Default)]
pub(super) struct Committed {
    /// The rows that the server rejected.
    pub(super) rejected: Vec<ServerRejection>,
    /// If the table had rows before: what the accepted rows of the batch did to them.
    pub(super) merged: Option<MergedBatch>,
}

impl Committed {
    pub(super) fn without(rejected: Vec<ServerRejection>) -> Committed {
        Committed {
            rejected,
            merged: None,
        }
    }

    pub(super) fn answer(self, job: Job) {
        match self.merged {
            Some(merged) => job.merged(self.rejected, merged),
            None => job.done(self.rejected),
        }
    }
}

/// Notes in the ledger which rows of a batch the server rejected.
pub(super) async fn note_rejected(
    connection: &mut MySqlConnection,
    (run, table): (u64, &str),
    batch: &Batch,
    rejected: &[ServerRejection],
) -> Result<()> {
    if rejected.is_empty() {
        return Ok(());
    }
    // the batch itself must stay unchanged until the commit, because another attempt may need it
    let mut stored = batch.clone();
    for row in rejected {
        let note = ledger::refusal_statement(run, table, &stored, row);
        connection.execute(AssertSqlSafe(note)).await?;
        stored.reject(row.row);
    }
    let correction = ledger::correction_statement(run, table, &stored);
    connection.execute(AssertSqlSafe(correction)).await?;
    Ok(())
}
