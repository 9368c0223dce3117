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

/// The result of one table.
#[derive(Debug, Clone, Default)]
pub struct TableResult {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: PathBuf,
    /// Size of the decompressed text in bytes.
    pub bytes: u64,
    /// XXH3-128 hash of the file.
    pub content_hash: u128,
    /// Columns that the file fills.
    pub columns: Vec<String>,
    /// Fields of the file that match no column of the table.
    pub ignored: Vec<String>,
    /// Columns that no field of the file fills.
    pub unfilled: Vec<Unfilled>,
    /// Number of records read.
    pub read: u64,
    /// Number of rows loaded, or rows accepted if the run has no database.
    pub loaded: u64,
    /// Records rejected, by rule.
    pub rules: BTreeMap<Rule, u64>,
    /// The first rejected record of each rule.
    pub examples: BTreeMap<Rule, RejectExample>,
    /// By parent table, the records that were rejected because their parent was rejected.
    pub follow: BTreeMap<String, u64>,
    /// Checksum of the loaded rows.
    pub checksum: u64,
    /// The number that `CHECKSUM TABLE` gives for the loaded rows, if [`Settings::table_checksums`]
    /// has the table.
    ///
    /// [`Settings::table_checksums`]: super::Settings::table_checksums
    pub table_checksum: Option<u32>,
    /// What happened to the rows, if the table had rows before. Then `loaded` counts all accepted
    /// records.
    pub merged: Option<MergedBatch>,
    /// Time from reading the first byte to storing the last row.
    pub elapsed: Duration,
    /// Foreign keys that could not be checked while the file was read, or that have missing parents
    /// within their cycle of tables.
    pub unjudged_references: Vec<String>,
    /// Warnings about signs that the file is written in a different dialect than the one used to
    /// read it.
    pub warnings: Vec<String>,
    /// Probable causes of the rejections.
    pub diagnoses: Vec<Diagnosis>,
    /// Set if more records were rejected than allowed but the run continued to read.
    pub over_budget: Option<BudgetSpent>,
    /// Keys and CHECK constraints that only the server can check.
    pub left_to_server: Vec<ServerCheck>,
}

impl TableResult {
    /// Records rejected.
    pub fn rejected(&self) -> u64 {
        self.rules.values().sum()
    }

    /// Accepted records whose values the table now has: all of them, except ignored ones.
    pub fn stored(&self) -> u64 {
        let ignored = self.merged.map_or(0, |merged| merged.counts.ignored);
        self.loaded - ignored
    }

    /// The amount by which the rows change the checksum of the table.
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

/// An error: more records were rejected than `--max-rejects` allows.
#[derive(Debug, Clone)]
pub struct BudgetSpent {
    /// The name of the table.
    pub table: String,
    /// Number of records read so far.
    pub read: u64,
    /// Records rejected so far, by rule.
    pub rules: BTreeMap<Rule, u64>,
    /// How many rejected records were allowed.
    pub budget: Budget,
    /// The folder of the rejected records, if they are kept.
    pub rejects: Option<PathBuf>,
    /// Probable causes of the rejections, if the run stops here.
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
                "\nwith these settings in reviewseed.toml, rejected records are accepted:\n\n{settings}\n"
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for BudgetSpent {}
