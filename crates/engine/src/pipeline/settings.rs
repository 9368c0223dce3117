//! How the pipeline runs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::excerpt::Excerpt;
use crate::cancel::Stop;
use crate::rejects::Budget;
use clean::keys::{AcceptedKeys, MissingParents};
use mysql::verify::table_checksum::TableChecksum;

/// How the pipeline runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that clean.
    pub threads: usize,
    /// Bytes of input per batch.
    pub batch_bytes: usize,
    /// Longest record in bytes.
    pub max_record: usize,
    /// How many records of a table may be rejected.
    pub budget: Budget,
    /// What happens when more records are rejected.
    pub over_budget: OverBudget,
    /// Folder of the reject files; without one, rejected records are only counted.
    pub rejects: Option<PathBuf>,
    /// Folder of the reject files that this run reads. Its broken lines are not records yet; they
    /// are copied to the new reject files.
    pub carried: Option<PathBuf>,
    /// Chunks in memory at a time, in addition to two for each table.
    pub in_flight: usize,
    /// Keys that the database already holds: of tables to which rows are appended, and of parent
    /// tables that this run does not load.
    pub existing: HashMap<String, Arc<AcceptedKeys>>,
    /// By table, values that no row has, as an earlier reading of the same files has shown. Rows
    /// that refer to them are rejected.
    pub missing: HashMap<String, MissingParents>,
    /// By table, what computes the number that `CHECKSUM TABLE` gives for its rows.
    pub table_checksums: HashMap<String, Arc<TableChecksum>>,
    /// By table, the records that are read. Of a table that is missing here, all are read.
    pub excerpts: HashMap<String, Arc<Excerpt>>,
    /// What happens to the rows after the files are read.
    pub after_reading: AfterReading,
    /// Asks the run to stop: batches that the sink already has are finished, and no more follow.
    pub stop: Stop,
}

/// What happens to the rows after the files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterReading {
    /// Nothing: the rows were only counted, so the client alone judges them.
    Nothing,
    /// Nothing: the rows were compared with tables that are made equal to the files.
    Compared,
    /// They are in a database. The server judges what the client could not, and the caller removes
    /// the rows without a parent.
    ServerJudges,
    /// They are in tables that held rows before, and records may have the keys of these rows. The
    /// server has judged each row when it was stored, so no row is removed afterwards.
    Merged,
    /// They are in tables that were made equal to the files. A record that the sink rejects keeps
    /// its key, because the rows that need it were rejected already.
    Synced,
}

/// What a run does when more records of a table are rejected than its budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverBudget {
    /// The run fails with [`Error::OverBudget`](super::Error::OverBudget) and loads nothing more.
    Stop,
    /// The run reads all tables to their end, because it only counts.
    ReadOn,
}
