//! What happened in a run, as a value. The crate `report` writes it as JSON, as a summary and as a
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
    /// The phases in their order.
    pub phases: Vec<PhaseReport>,
    /// Wall time in seconds from the start of the program to the end of the last phase, including
    /// the start of the server, the prechecks and all other work outside of the phases.
    pub total_seconds: f64,
    /// The server and how it was used; absent for `check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerReport>,
    /// How much was verified; absent when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Depth>,
    /// How it ended.
    pub outcome: Outcome,
    /// Commands that make sense next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Next>,
    /// Tables have triggers, which may have changed the rows.
    #[serde(skip)]
    pub has_triggers: bool,
    /// Tables that a finished run filled and that are empty or missing now.
    #[serde(skip)]
    pub lost_tables: Vec<String>,
    /// The schema has changed since a finished run, and the tables do not have all of it.
    #[serde(skip)]
    pub is_schema_newer: bool,
}

/// A command that makes sense next, and its purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The purpose, as text that a colon and the command may follow.
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

/// One table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableReport {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Records read.
    pub read: u64,
    /// Rows loaded; for `check`, rows that would be.
    pub loaded: u64,
    /// Records rejected.
    pub rejected: u64,
    /// With `--on-duplicate ignore` or `update`: what happened to the accepted records. `loaded`
    /// counts those that were not ignored.
    #[serde(flatten)]
    pub merged: Option<Merged>,
    /// Records rejected, by rule.
    pub rules: BTreeMap<String, u64>,
    /// The first rejected record of each rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, RejectExample>,
    /// Of the records without a parent, those that refer to a rejected record, by parent table. For
    /// tables of a cycle, and after a million rejected parents, there may be more.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub follow: BTreeMap<String, u64>,
    /// Checksum of the rows loaded, in hexadecimal.
    pub checksum: String,
    /// Header fields that are not a column of the table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_columns: Vec<String>,
    /// Signs that the files are written in another dialect than they are read in, as text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Why records are probably rejected, and the settings that read them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnoses: Vec<Diagnosis>,
    /// Columns of the table that no field of the file fills.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfilled_columns: Vec<Unfilled>,
    /// With `--compare-generated`: how the values in the file compare with those that the server
    /// computes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub generated_columns: Vec<GeneratedColumn>,
    /// More records were rejected than `--max-rejects` allows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub over_budget: bool,
    /// Keys and CHECKs that only the server can judge, in whole or in part: rows that `check`
    /// accepts may break them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_to_server: Vec<String>,
    /// Time from the first byte read to the last row stored.
    pub load_seconds: f64,
    /// Time for indexes and foreign keys.
    pub index_seconds: f64,
}

/// A rejected record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectExample {
    /// The file.
    pub file: String,
    /// The physical line on which the record begins, from 1.
    pub line: u64,
    /// The column whose value is wrong, if it is a single one; the columns of a key otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The wrong value, or the record, shortened and printable.
    pub value: String,
    /// What was expected.
    pub message: String,
}

/// The values that a file has for a generated column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeneratedColumn {
    /// The column.
    pub name: String,
    /// Loaded rows whose values were compared.
    pub compared: u64,
    /// Those with another value than the server computes.
    pub differing: u64,
}

/// One phase.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseReport {
    /// load (with read and clean), index or verify.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}

/// The server and how it was used.
#[derive(Debug, Clone, Serialize)]
pub struct ServerReport {
    /// Without password.
    pub url: String,
    /// MySQL or MariaDB.
    pub flavour: String,
    /// The version in the server's words.
    pub version: String,
    /// local-infile, insert or physical.
    pub load: String,
    /// Connections that loaded.
    pub connections: usize,
    /// Bytes of input per batch.
    pub batch_bytes: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The run failed.
    #[default]
    Failed,
    /// All accepted rows are loaded, indexed and verified as asked.
    Seeded,
    /// The same files were seeded before; nothing was changed.
    AlreadySeeded,
    /// The database holds what was loaded.
    Verified,
    /// The tables match the schema; they may have more than it describes.
    Reindexed,
    /// The tables do not match the schema.
    Differs,
    /// `check` rejected no record.
    Clean,
    /// `check` rejected records.
    FoundRejects,
    /// More records were rejected than allowed.
    BudgetSpent,
    /// The database does not hold what was accepted.
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

/// How much `verify` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Row counts.
    Quick,
    /// Row counts, checksums and foreign keys.
    Full,
}

impl Report {
    /// Records of a table without a parent whose cause is a rejected record of another table, a
    /// line for each such table.
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

    /// Adds a phase that has just ended: its time, and the time since the program started.
    pub fn phase(&mut self, name: &str, elapsed: Duration, since_start: Duration) {
        self.phases.push(PhaseReport {
            name: name.to_string(),
            seconds: seconds(elapsed),
        });
        self.total_seconds = seconds(since_start);
    }

    /// A line for each table with columns that no field fills.
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

    /// Whether records were checked and none was loaded, as in `check` and dry runs.
    pub fn only_counts(&self) -> bool {
        // a load that ends with a spent budget reports no tables
        matches!(
            self.outcome,
            Outcome::Clean | Outcome::FoundRejects | Outcome::BudgetSpent
        )
    }
}
