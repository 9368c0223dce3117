//! The results of a run: the database, the report and the reject files.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::data_set::DataSet;
use super::plan::Mode;
use super::{Case, in_place};
use crate::support::data::definition;
use crate::support::harness::{Scratch, run};

/// The tables after a run; equal after two runs on equal tables with the same files.
#[derive(Debug, PartialEq)]
pub struct Stored {
    /// Per table as counted by the server.
    counted: BTreeMap<String, String>,
    /// Per table, the server's checksum of all rows.
    sums: BTreeMap<String, Option<String>>,
    /// Per table as the server describes it.
    definitions: BTreeMap<String, Vec<String>>,
}

/// What a run has written beside the database.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// Per table as reported: read, loaded, rejected, checksum.
    reported: BTreeMap<String, (u64, u64, u64, Value)>,
    /// The reject files by name.
    rejects: BTreeMap<String, Vec<u8>>,
}

/// The result of a run.
pub struct Outcome {
    pub stored: Stored,
    pub told: Told,
}

impl Outcome {
    /// Collects it after a run that ended well.
    pub fn of(case: &Case) -> Outcome {
        Outcome {
            stored: Stored::of(case),
            told: Told::of(case),
        }
    }
}

impl Stored {
    /// Collects it, and lets `verify` check the database in full.
    pub fn of(case: &Case) -> Stored {
        let url = ["verify", "--database-url", case.scratch.url()];
        run(&case.bench.home, url).exits(0);
        let of_each = |of: &dyn Fn(&str) -> String| {
            let tables = case.round.data.tables().iter();
            tables
                .map(|table| ((*table).to_owned(), of(table)))
                .collect()
        };
        let tables = case.round.data.tables().iter();
        Stored {
            counted: of_each(&|table| {
                let sql = format!("SELECT CAST(COUNT(*) AS CHAR) FROM {table}");
                case.scratch.value(&sql)
            }),
            sums: tables
                .clone()
                .map(|table| {
                    let sum = case
                        .scratch
                        .rows(&format!("CHECKSUM TABLE {table} EXTENDED"));
                    ((*table).to_owned(), sum[0][1].clone())
                })
                .collect(),
            definitions: tables
                .map(|table| ((*table).to_owned(), definition(&case.scratch, table)))
                .collect(),
        }
    }

    /// Demands that another one is equal.
    #[track_caller]
    pub fn compare(&self, other: &Stored) {
        assert_eq!(self.counted, other.counted);
        assert_eq!(self.sums, other.sums);
        assert_eq!(self.definitions, other.definitions);
    }
}

impl Told {
    fn of(case: &Case) -> Told {
        let report = fs::read(case.evidence.join("report.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        let reported = report["tables"].as_array().unwrap().iter().map(|table| {
            let number = |name: &str| table[name].as_u64().unwrap();
            let name = table["name"].as_str().unwrap().to_owned();
            let (read, loaded, rejected) = (number("read"), number("loaded"), number("rejected"));
            let ignored = table["ignored"].as_u64().unwrap_or(0);
            assert_eq!(read, loaded + rejected + ignored, "{table}");
            (name, (read, loaded, rejected, table["checksum"].clone()))
        });
        Told {
            reported: reported.collect(),
            rejects: rejects(case),
        }
    }

    /// Demands that another one is equal; the reject files are long, so that only their names are
    /// shown.
    #[track_caller]
    pub fn compare(&self, other: &Told) {
        assert_eq!(self.reported, other.reported);
        let names = |of: &Told| of.rejects.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(other));
        for (name, bytes) in &self.rejects {
            assert!(other.rejects[name] == *bytes, "{name} differs");
        }
        assert!(!self.rejects.is_empty(), "the input is dirty");
    }
}

/// The reject files; hidden files have hashes of the others.
fn rejects(case: &Case) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(case.evidence.join("rejects")).unwrap();
    let read = files.map(|file| file.unwrap()).filter_map(|file| {
        let name = file.file_name().into_string().unwrap();
        let bytes = fs::read(file.path()).unwrap();
        let bytes = match name.ends_with(".reasons.csv") {
            true => comparable(case, bytes),
            false => bytes,
        };
        (!name.starts_with('.')).then_some((name, bytes))
    });
    read.collect()
}

/// The part of a reasons file that two runs have in common. Messages of the server name the
/// database, which is another one for each run. A sync that is repeated begins with tables that the
/// first attempt has changed, so that another row may be in the way of the same record: only the
/// record and the rule are compared.
fn comparable(case: &Case, reasons: Vec<u8>) -> Vec<u8> {
    if case.round.mode == Mode::Sync {
        let mut reader = csv::Reader::from_reader(&reasons[..]);
        let record = |record: csv::StringRecord| {
            let parts = [0, 1, 2, 3, 5].map(|at| record[at].to_owned());
            format!("{}\n", parts.join(","))
        };
        let records = reader.records().map(|read| record(read.unwrap()));
        return records.collect::<String>().into_bytes();
    }
    let text = String::from_utf8(reasons).unwrap();
    // the database of a private server may have the name of a table
    let qualified = |name: &str| format!("`{name}`.");
    let text = text.replace(&qualified(case.scratch.name()), &qualified("DATABASE"));
    let text = match case.round.mode {
        Mode::Private => text,
        _ => text.replace(case.scratch.name(), "DATABASE"),
    };
    text.into_bytes()
}

/// Nothing but the tables, the ledger and the globals as they were.
#[track_caller]
pub fn nothing_is_left(case: &Case) {
    let (scratch, round) = (&case.scratch, case.round);
    let beside = format!(
        "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata WHERE LEFT(schema_name, {}) = '{}'",
        scratch.name().len(),
        scratch.name()
    );
    assert_eq!(scratch.rows(&beside), [[Some(scratch.name().to_owned())]]);
    let mut tables = tables_of(round.data);
    tables.sort();
    assert_eq!(others_than_the_ledger(scratch), tables);
    if round.mode == Mode::Private {
        in_place::nothing_is_left(case);
    }
    // not every run makes all tables of the ledger
    for name in ["globals", "imports", "merged_keys"] {
        let rows = scratch.rows(&format!("SHOW TABLES LIKE '\\_reviewseed\\_{name}'"));
        let count = format!("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_{name}");
        assert!(rows.is_empty() || scratch.value(&count) == "0", "{name}");
    }
    // a server that was killed has its global variables from its command line again
    if round.set_global && !round.kills_the_server() {
        let local_infile = "SELECT CAST(@@GLOBAL.local_infile <> 0 AS CHAR)";
        assert_eq!(scratch.value(local_infile), "0", "local_infile was OFF");
    }
}

fn tables_of(data: DataSet) -> Vec<String> {
    data.tables().iter().map(ToString::to_string).collect()
}

/// The tables of a sync in progress count as others.
fn others_than_the_ledger(scratch: &Scratch) -> Vec<String> {
    let tables = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() \
        AND (LEFT(table_name, 12) <> '_reviewseed_' OR LEFT(table_name, 17) = '_reviewseed_sync_')";
    let rows = scratch.rows(tables).into_iter();
    let mut names: Vec<String> = rows.map(|row| row[0].clone().unwrap()).collect();
    names.sort();
    names
}
