//! The pipeline's result for a table.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::rejects::Budget;
use clean::checksum;
use clean::keys::ServerCheck;
use input::header::Unfilled;
use model::diagnosis::{Diagnosis, suggested_toml};
use model::merged::MergedBatch;
use model::rejection::Rule;
use model::report::{RejectExample, TableReport};
use model::wording::seconds;

/// What happened to the rows of one table.
#[derive(Debug, Clone, Default)]
pub struct TableResult {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: PathBuf,
    /// Size of its decompressed text in bytes.
    pub bytes: u64,
    /// XXH3-128 of the file.
    pub content_hash: u128,
    /// Columns that the file fills.
    pub columns: Vec<String>,
    /// Fields that match no column of the table.
    pub ignored: Vec<String>,
    /// Columns that no field of the file fills.
    pub unfilled: Vec<Unfilled>,
    /// Records read.
    pub read: u64,
    /// Rows loaded (or, without a database, accepted).
    pub loaded: u64,
    /// Records rejected, by rule.
    pub rules: BTreeMap<Rule, u64>,
    /// The first rejected record of each rule.
    pub examples: BTreeMap<Rule, RejectExample>,
    /// Records without a parent that follow from a rejected record of it, by parent table.
    pub follow: BTreeMap<String, u64>,
    /// Checksum of the rows loaded.
    pub checksum: u64,
    /// What `CHECKSUM TABLE` gives for the rows loaded, if [`Settings::table_checksums`] has the
    /// table.
    ///
    /// [`Settings::table_checksums`]: super::Settings::table_checksums
    pub table_checksum: Option<u32>,
    /// What happened to the rows, if the table held rows that they may have changed. Then `loaded`
    /// counts all accepted records.
    pub merged: Option<MergedBatch>,
    /// Time from the first byte read to the last row stored.
    pub elapsed: Duration,
    /// Foreign keys that could not be judged while the file was read, or that have missing parents
    /// within their cycle of tables.
    pub unjudged_references: Vec<String>,
    /// Signs that the file is written in another dialect than it is read in, in words.
    pub warnings: Vec<String>,
    /// Why records are probably rejected.
    pub diagnoses: Vec<Diagnosis>,
    /// Set when more records were rejected than allowed, and the run continued to read.
    pub over_budget: Option<BudgetSpent>,
    /// Keys and CHECKs that only the server can judge.
    pub left_to_server: Vec<ServerCheck>,
}

impl TableResult {
    /// Records rejected.
    pub fn rejected(&self) -> u64 {
        self.rules.values().sum()
    }

    /// Rows that the table has as the file says: all accepted records, except ignored ones.
    pub fn stored(&self) -> u64 {
        let ignored = self.merged.map_or(0, |merged| merged.counts.ignored);
        self.loaded - ignored
    }

    /// What the rows add to the checksum of the table.
    pub fn added_checksum(&self) -> u64 {
        self.merged.map_or(self.checksum, |merged| merged.checksum)
    }

    /// The report on the table. Its `index_seconds` are 0, because indexes are built later.
    pub fn report(&self) -> TableReport {
        let rules = self.rules.iter();
        let examples = self.examples.iter();
        let left_to_server = self.left_to_server.iter();
        TableReport {
            name: self.name.clone(),
            file: self.file.display().to_string(),
            bytes: self.bytes,
            read: self.read,
            loaded: self.stored(),
            rejected: self.rejected(),
            merged: self.merged.map(|merged| merged.counts),
            rules: rules.map(|(r, n)| (r.name().to_string(), *n)).collect(),
            examples: examples
                .map(|(rule, example)| (rule.name().to_owned(), example.clone()))
                .collect(),
            follow: self.follow.clone(),
            checksum: checksum::to_hex(self.added_checksum()),
            ignored_columns: self.ignored.clone(),
            warnings: self.warnings.clone(),
            diagnoses: self.diagnoses.clone(),
            unfilled_columns: self.unfilled.clone(),
            generated_columns: Vec::new(),
            over_budget: self.over_budget.is_some(),
            left_to_server: left_to_server.map(ToString::to_string).collect(),
            load_seconds: seconds(self.elapsed),
            index_seconds: 0.0,
        }
    }
}

/// More records were rejected than `--max-rejects` allows.
#[derive(Debug, Clone)]
pub struct BudgetSpent {
    /// The table.
    pub table: String,
    /// Records read until then.
    pub read: u64,
    /// Records rejected until then, by rule.
    pub rules: BTreeMap<Rule, u64>,
    /// How many rejected records were allowed.
    pub budget: Budget,
    /// Where the rejected records are, when they are kept.
    pub rejects: Option<PathBuf>,
    /// Why they are probably rejected, if the run stops here.
    pub diagnoses: Box<[Diagnosis]>,
}

impl std::fmt::Display for BudgetSpent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rejected: u64 = self.rules.values().sum();
        write!(
            f,
            "{}: {rejected} of {} records are rejected, more than --max-rejects {} allows",
            self.table, self.read, self.budget
        )?;
        if let Some((rule, count)) = self.rules.iter().max_by_key(|(_, count)| **count) {
            let records = if *count == 1 { "record" } else { "records" };
            write!(f, "; look at {} first ({count} {records})", rule.name())?;
            if let Some(rejects) = &self.rejects {
                write!(f, ", in {}/{}.reasons.csv", rejects.display(), self.table)?;
            }
        }
        for diagnosis in &self.diagnoses {
            write!(f, "\n  {}", diagnosis.line(&self.table))?;
        }
        let settings = suggested_toml([(self.table.as_str(), &self.diagnoses[..])].into_iter());
        if !settings.is_empty() {
            let settings = settings.trim_end();
            write!(
                f,
                "\nthese settings in reviewseed.toml read rejected records:\n\n{settings}\n"
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for BudgetSpent {}
