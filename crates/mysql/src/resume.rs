//! The batches that an interrupted run has loaded: each is recognised, compared, and not loaded
//! again.
//!
//! The files are read again from their start, because keys, rejects and checksums need all rows.
//! Only the bytes and the batch size decide where a batch ends, so the batches are the same as
//! before. Number and checksum of the rows show whether the rows are the same, too. If they are
//! not, the file has changed, and the run stops.

use std::collections::HashMap;

use crate::error::{Result, fail};

use model::batch::{Batch, Row};
use model::merged::MergedBatch;
use model::rejection::Rule;
use model::rejection::ServerRejection;

/// A loaded batch, as the ledger describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedBatch {
    /// First byte in the file.
    pub start: u64,
    /// The byte after the last byte of the batch.
    pub end: u64,
    /// Number of rows that are loaded.
    pub rows: u64,
    /// Checksum of the rows that are loaded.
    pub checksum: u64,
    /// Records that the server rejected: byte offset, rule, and the server's message.
    pub refused: Vec<(u64, Rule, String)>,
    /// What the batch did with rows that the table held before, in a run with `--on-duplicate`.
    pub merged: Option<MergedBatch>,
}

/// The batches that are loaded, by table and number.
pub type LoadedBatches = HashMap<(String, u32), LoadedBatch>;

impl LoadedBatch {
    /// Compares a batch that was read again with the one that is loaded, and returns the rows that
    /// the server rejected.
    ///
    /// # Errors
    ///
    /// When the rows differ.
    pub fn recognise(&self, table: &str, batch: &Batch) -> Result<Vec<ServerRejection>> {
        let mut refusals = Vec::new();
        let mut stored = self.rows == batch.len() as u64 && self.checksum == batch.checksum();
        if !self.refused.is_empty() {
            let mut without = batch.clone();
            let rows = batch.all_rows().iter().enumerate();
            let offset = |row: &Row| batch.start + u64::from(row.offset);
            let rows: HashMap<u64, usize> = rows.map(|(at, row)| (offset(row), at)).collect();
            for (offset, rule, message) in &self.refused {
                let Some(&row) = rows.get(offset) else {
                    continue;
                };
                without.reject(row);
                refusals.push(ServerRejection {
                    row,
                    rule: *rule,
                    message: message.clone(),
                });
            }
            stored = self.rows == without.len() as u64 && self.checksum == without.checksum();
        }
        if !stored || (self.start, self.end) != (batch.start, batch.end) {
            fail!(
                Unfit,
                "the file of {table} is not the one that the interrupted run read: bytes {} to {} \
                 hold other rows now; restore the file and run the same command again, or empty \
                 the tables and start over",
                self.start,
                self.end
            );
        }
        Ok(refusals)
    }
}
