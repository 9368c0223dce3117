//! The settings of the pipeline.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::excerpt::Excerpt;
use crate::cancel::Stop;
use crate::rejects::Budget;
use clean::keys::{AcceptedKeys, MissingParents};
use mysql::sync::digest::noted::Collected;
use mysql::verify::table_checksum::TableChecksum;

/// The settings of the pipeline.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Number of cleaning threads.
    pub threads: usize,
    /// Number of bytes of input per batch.
    pub batch_bytes: usize,
    /// Longest record allowed, in bytes.
    pub max_record: usize,
    /// How many records of a table may be rejected.
    pub budget: Budget,
    /// What happens when more records are rejected than the budget allows.
    pub over_budget: OverBudget,
    /// Folder of the reject files; `None` means that rejected records are only counted.
    pub rejects: Option<PathBuf>,
    /// Folder of earlier reject files, if this run reads them as input. Their broken lines are not
    /// records yet, so the run copies these lines to the new reject files.
    pub carried: Option<PathBuf>,
    /// Maximum number of chunks in memory at a time, in addition to two for each table.
    pub in_flight: usize,
    /// Keys that the database already has: in tables to which rows are appended, and in parent
    /// tables that this run does not load.
    pub existing: HashMap<String, Arc<AcceptedKeys>>,
    /// By child table, the foreign key values for which an earlier pass over the same files has
    /// found no parent. Rows with these values are rejected.
    pub missing: HashMap<String, MissingParents>,
    /// By table, the calculation of the number that `CHECKSUM TABLE` gives for its rows.
    pub table_checksums: HashMap<String, Arc<TableChecksum>>,
    /// By table, what collects the digest of the stored rows.
    pub digests: HashMap<String, Arc<Collected>>,
    /// By table, the records that are read. All records of a table that is not listed are read.
    pub excerpts: HashMap<String, Arc<Excerpt>>,
    /// What happens to the rows after the files have been read.
    pub after_reading: AfterReading,
    /// Asks the run to stop. Batches that the sink already has are finished, and no more are
    /// submitted.
    pub stop: Stop,
}

/// What happens to the rows after the files have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterReading {
    /// Nothing: the rows were only counted, so only the client checks them.
    Nothing,
    /// Nothing: this pass only compares the rows with the tables that a sync makes equal to the
    /// files.
    Compared,
    /// The rows are in a database. The server checks what the client could not check, and the
    /// caller removes rows without a parent.
    ServerJudges,
    /// The rows are in tables that had rows before, and may have changed rows with the same keys.
    /// The server checked each row when it was stored, so no row is removed afterwards.
    Merged,
    /// The rows are in tables that were made equal to the files. If the sink rejects a record, its
    /// key stays known as a parent key, because the rows that need it have already been rejected.
    Synced,
}

/// What a run does when more records of a table are rejected than its budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverBudget {
    /// The run fails with [`Error::OverBudget`](super::Error::OverBudget) and loads nothing more.
    Stop,
    /// The run reads all tables to their end, because it does not load.
    ReadOn,
}
