//! What happened in a run. The crate `report` writes this value as JSON, as a summary and as a
//! page. The names of the fields are the names in the JSON; docs/report.md lists them.

mod conclusion;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::diagnosis::Diagnosis;
use crate::merged::Merged;
use crate::rejection::Rule;
use crate::unfilled::{Unfilled, unfilled_in_words};
use crate::wording::{grouped, seconds};
pub use conclusion::{Mark, share};

/// One run of `seed` or `check`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The tables in load order.
    pub tables: Vec<TableReport>,
    /// The phases, in the order in which they ended.
    pub phases: Vec<PhaseReport>,
    /// Wall time in seconds from the start of the program to the end of the last phase. It includes
    /// the start of the server, the prechecks and all other work outside the phases.
    pub total_seconds: f64,
    /// The server and how it was used. Absent for `check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerReport>,
    /// How much was verified. Absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Depth>,
    /// How the run ended.
    pub outcome: Outcome,
    /// Commands that the user may want to run next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Next>,
    /// Whether tables have triggers, which may have changed rows.
    #[serde(skip)]
    pub has_triggers: bool,
    /// Names of tables that a finished run filled and that are now empty or missing.
    #[serde(skip)]
    pub lost_tables: Vec<String>,
    /// Whether the schema has changed since a finished run, and the tables lack some of the
    /// changes.
    #[serde(skip)]
    pub is_schema_newer: bool,
}

/// A command that the user may want to run next, and its purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The purpose, as a text that may be followed by a colon and the command.
    pub what: String,
    /// The command, ready to be pasted into a shell.
    pub command: String,
}

impl Next {
    /// A command and its purpose.
    pub fn new(what: &str, command: String) -> Next {
        Next {
            what: what.to_string(),
            command,
        }
    }
}

impl std::fmt::Display for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.command)
    }
}

/// What happened to one table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableReport {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: String,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// Number of records that were read.
    pub read: u64,
    /// Number of rows that were loaded. For `check`, of rows that would be loaded.
    pub loaded: u64,
    /// Number of records that were rejected.
    pub rejected: u64,
    /// With `--on-duplicate ignore` or `update`: what happened to the accepted records. Then
    /// `loaded` does not count ignored records.
    #[serde(flatten)]
    pub merged: Option<Merged>,
    /// Number of rejected records for each rule.
    pub rules: BTreeMap<String, u64>,
    /// The first rejected record of each rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, RejectExample>,
    /// For each parent table, the number of records that were rejected because they refer to a
    /// rejected record. For tables of a cycle, and after a million rejected parents, the number may
    /// be too low.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub follow: BTreeMap<String, u64>,
    /// Checksum of the loaded rows, in hexadecimal.
    pub checksum: String,
    /// Fields of the header that are not columns of the table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_columns: Vec<String>,
    /// Warnings: signs that the files are written in another dialect than the one in which they
    /// were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Probable reasons for rejected records, and the settings with which they would be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnoses: Vec<Diagnosis>,
    /// Columns of the table that no field of the file fills.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfilled_columns: Vec<Unfilled>,
    /// With `--compare-generated`: how the values in the file compare with the values that the
    /// server computes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub generated_columns: Vec<GeneratedColumn>,
    /// Whether more records were rejected than `--max-rejects` allows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub over_budget: bool,
    /// Keys and CHECKs that only the server can check, completely or in part. Rows that `check`
    /// accepts may violate them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_to_server: Vec<String>,
    /// Seconds from the first byte that was read to the last row that was stored.
    pub load_seconds: f64,
    /// Seconds for building indexes and foreign keys.
    pub index_seconds: f64,
}

/// A rejected record as an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectExample {
    /// The file.
    pub file: String,
    /// The physical line on which the record begins, from 1.
    pub line: u64,
    /// The column whose value is wrong, or the columns of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The wrong value, or the record, shortened and printable.
    pub value: String,
    /// What was expected.
    pub message: String,
}

/// How the values in a file compare with those of a generated column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeneratedColumn {
    /// The name of the column.
    pub name: String,
    /// Number of loaded rows whose values were compared.
    pub compared: u64,
    /// Number of these rows in which the file's value differs from the server's.
    pub differing: u64,
}

/// One phase of a run.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseReport {
    /// The name: load (which includes read and clean), index or verify.
    pub name: String,
    /// Wall time of the phase.
    pub seconds: f64,
}

/// The server and how it was used.
#[derive(Debug, Clone, Serialize)]
pub struct ServerReport {
    /// The URL of the database, without the password.
    pub url: String,
    /// MySQL or MariaDB.
    pub flavour: String,
    /// The server's own version text.
    pub version: String,
    /// How rows were loaded: local-infile, insert or physical.
    pub load: String,
    /// Number of connections that loaded rows.
    pub connections: usize,
    /// Number of bytes of input per batch.
    pub batch_bytes: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The run failed.
    #[default]
    Failed,
    /// All accepted rows are loaded, indexed and, unless the user declined, verified.
    Seeded,
    /// The same files were loaded before, so nothing was changed.
    AlreadySeeded,
    /// The database contains what was loaded.
    Verified,
    /// The tables match the schema. They may have more than the schema describes.
    Reindexed,
    /// The tables do not match the schema.
    Differs,
    /// `check` rejected no record.
    Clean,
    /// `check` rejected records.
    FoundRejects,
    /// More records were rejected than `--max-rejects` allows.
    BudgetSpent,
    /// The database does not contain what was accepted.
    VerificationFailed,
}

impl Outcome {
    /// The name in the JSON report.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Failed => "failed",
            Outcome::Seeded => "seeded",
            Outcome::AlreadySeeded => "already_seeded",
            Outcome::Verified => "verified",
            Outcome::Reindexed => "reindexed",
            Outcome::Differs => "differs",
            Outcome::Clean => "clean",
            Outcome::FoundRejects => "found_rejects",
            Outcome::BudgetSpent => "budget_spent",
            Outcome::VerificationFailed => "verification_failed",
        }
    }
}

/// How much is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Row counts.
    Quick,
    /// Row counts, checksums and foreign keys.
    Full,
}

impl Report {
    /// For each parent table with rejected records, a line that says how many records of `table`
    /// were rejected because of them.
    pub fn root_causes(&self, table: &TableReport) -> Vec<String> {
        let rule = Rule::MissingParent.name();
        let all = table.rules.get(rule).copied().unwrap_or(0);
        let line = |(parent, n): (&String, &u64)| {
            let records = match *n == all {
                true => grouped(*n),
                false => format!("{} of {}", grouped(*n), grouped(all)),
            };
            let follow = if *n == 1 { "follows" } else { "follow" };
            let mut tables = self.tables.iter();
            let rejected = match tables.find(|t| t.name == *parent) {
                Some(parent) => format!("{} ", grouped(parent.rejected)),
                None => String::new(),
            };
            format!("{records} {rule} {follow} from {rejected}rejected {parent}")
        };
        table.follow.iter().map(line).collect()
    }

    /// Adds a phase that has just ended. `elapsed` is its time, `since_start` the time since the
    /// program started.
    pub fn phase(&mut self, name: &str, elapsed: Duration, since_start: Duration) {
        self.phases.push(PhaseReport {
            name: name.to_string(),
            seconds: seconds(elapsed),
        });
        self.total_seconds = seconds(since_start);
    }

    /// One line for each table with columns that no field fills.
    pub fn unfilled(&self) -> Vec<String> {
        let tables = self.tables.iter();
        let tables = tables.filter(|t| !t.unfilled_columns.is_empty());
        tables
            .map(|t| {
                let mut columns = unfilled_in_words(&t.unfilled_columns);
                if t.merged.is_some() {
                    columns = columns.replace(" in every row", " in every new row");
                }
                let existing = match t.merged {
                    Some(_) => "; rows that existed keep their values",
                    None => "",
                };
                format!("{}: no field of the file fills {columns}{existing}", t.name)
            })
            .collect()
    }

    /// Whether records were only checked and none was loaded, as in `check` and dry runs.
    pub fn only_counts(&self) -> bool {
        // a load may end with `BudgetSpent` too, but then its report has no tables to count
        matches!(
            self.outcome,
            Outcome::Clean | Outcome::FoundRejects | Outcome::BudgetSpent
        )
    }
}
