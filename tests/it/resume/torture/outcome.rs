//! The results of a run: the database, the report and the reject files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Bench;
use super::plan::{Round, Victim};
use crate::support::data::{TABLES, definition};
use crate::support::harness::{Scratch, run};

/// The result of a run that came to its end; two of the same files are equal.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Per table as reported: read, loaded, rejected, checksum.
    reported: BTreeMap<String, (u64, u64, u64, String)>,
    /// Per table as counted by the server.
    counted: BTreeMap<String, String>,
    /// Per table as the server describes it.
    definitions: BTreeMap<String, Vec<String>>,
    /// The reject files by name.
    rejects: BTreeMap<String, Vec<u8>>,
}

impl Outcome {
    /// Collects the outcome, and lets `verify` check the database in full.
    pub fn of(bench: &Bench, scratch: &Scratch, evidence: &Path) -> Outcome {
        run(&bench.home, ["verify", "--database-url", scratch.url()]).exits(0);
        let report = fs::read(evidence.join("report.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        let reported = report["tables"].as_array().unwrap().iter().map(|table| {
            let number = |name: &str| table[name].as_u64().unwrap();
            let text = |name: &str| table[name].as_str().unwrap().to_owned();
            let counts = (number("read"), number("loaded"), number("rejected"));
            assert_eq!(counts.0, counts.1 + counts.2, "{table}");
            (
                text("name"),
                (counts.0, counts.1, counts.2, text("checksum")),
            )
        });
        let count = |table: &str| {
            let sql = format!("SELECT CAST(COUNT(*) AS CHAR) FROM {table}");
            (table.to_owned(), scratch.value(&sql))
        };
        let files = fs::read_dir(evidence.join("rejects")).unwrap();
        Outcome {
            reported: reported.collect(),
            counted: TABLES.into_iter().map(count).collect(),
            definitions: TABLES
                .into_iter()
                .map(|table| (table.to_owned(), definition(scratch, table)))
                .collect(),
            rejects: files
                .map(|file| file.unwrap())
                .map(|file| {
                    let name = file.file_name().into_string().unwrap();
                    (name, fs::read(file.path()).unwrap())
                })
                .collect(),
        }
    }

    /// Demands that another one is equal; the reject files are long, so that only their names are
    /// shown.
    #[track_caller]
    pub fn compare(&self, other: &Outcome) {
        assert_eq!(self.reported, other.reported);
        assert_eq!(self.counted, other.counted);
        assert_eq!(self.definitions, other.definitions);
        let names = |of: &Outcome| of.rejects.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(other));
        for (name, bytes) in &self.rejects {
            assert!(other.rejects[name] == *bytes, "{name} differs");
        }
        assert!(!self.rejects.is_empty(), "the input is dirty");
    }
}

/// Nothing but the tables, the ledger and the globals as they were.
#[track_caller]
pub fn nothing_is_left(scratch: &Scratch, round: &Round) {
    let beside = format!(
        "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata WHERE LEFT(schema_name, {}) = '{}'",
        scratch.name().len(),
        scratch.name()
    );
    assert_eq!(scratch.rows(&beside), [[Some(scratch.name().to_owned())]]);
    let tables = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() AND LEFT(table_name, 12) <> '_reviewseed_'";
    assert_eq!(scratch.rows(tables).len(), 4, "{:?}", scratch.rows(tables));
    let globals = "SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_globals";
    assert_eq!(scratch.value(globals), "0");
    // a server that was killed has its global variables from its command line again
    let only_loaders = round.kills.iter().all(|k| k.victim == Victim::Loader);
    if round.set_global && only_loaders {
        let local_infile = "SELECT CAST(@@GLOBAL.local_infile <> 0 AS CHAR)";
        assert_eq!(scratch.value(local_infile), "0", "local_infile was OFF");
    }
}
