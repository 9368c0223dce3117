//! The pipeline of `check` and `seed` with a sink that records the result for each line of a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use engine::pipeline::{
    self, AfterReading, Job, Observer, OverBudget, Settings, Sink, SinkClosed, TableResult,
};
use engine::rejects::Budget;
use input::Source;
use input::format::Format;
use model::batch::Value;
use model::schema::{ColumnType, Table};
use model::sqltext::push_plain;
use proptest::prelude::*;

/// How a run cuts and shares its work; the result must not depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub threads: usize,
    pub batch_bytes: usize,
}

/// Everything in one piece.
pub const WHOLE: Cut = Cut {
    threads: 1,
    batch_bytes: 1 << 20,
};

/// Small pieces, so that every record is cut somewhere.
pub fn cuts() -> impl Strategy<Value = Cut> {
    (1..4usize, 1..200usize).prop_map(|(threads, batch_bytes)| Cut {
        threads,
        batch_bytes,
    })
}

/// The values of a row as text, NULL as `None`.
pub type Row = Vec<Option<String>>;

/// What became of a file.
#[derive(Debug)]
pub struct Outcome {
    /// The accepted rows by the offset of their record.
    pub rows: BTreeMap<u64, Row>,
    /// The rejected records: (offset, rule).
    pub rejected: Vec<(u64, String)>,
    /// The length of each record, accepted or rejected, by its offset.
    pub lengths: BTreeMap<u64, u64>,
    pub read: u64,
    pub checksum: u64,
    /// The reject files, by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

struct Remembering<'a> {
    table: &'a Table,
    columns: Vec<usize>,
    rows: Mutex<BTreeMap<u64, Row>>,
    lengths: Mutex<BTreeMap<u64, u64>>,
}

impl Sink for Remembering<'_> {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        let batch = &job.batch;
        for row in batch.live_rows() {
            let value = |(at, column): (usize, &usize)| {
                let precision = batch.layout().precision(at);
                text(
                    batch.value(row, at),
                    precision,
                    &self.table.columns[*column].kind,
                )
            };
            let values = self.columns.iter().enumerate().map(value).collect();
            let place = batch.all_rows()[row];
            let offset = batch.start + u64::from(place.offset);
            let before = self.rows.lock().unwrap().insert(offset, values);
            assert_eq!(before, None, "one record is one row");
            let mut lengths = self.lengths.lock().unwrap();
            lengths.insert(offset, place.length.into());
        }
        job.done(Vec::new());
        Ok(())
    }
}

fn text(value: Value<'_>, precision: u8, kind: &ColumnType) -> Option<String> {
    let plain = || {
        let mut out = Vec::new();
        push_plain(&mut out, value, precision);
        String::from_utf8(out).unwrap()
    };
    match (value, kind) {
        (Value::Null, _) => None,
        (Value::Text(text), _) => Some(text.to_owned()),
        (Value::Enum(position), ColumnType::Enum { members }) => {
            Some(members[position as usize - 1].clone())
        }
        _ => Some(plain()),
    }
}

struct Deaf;

impl Observer for Deaf {
    fn started(&self, _: usize) {}
    fn advanced(&self, _: usize, _: u64, _: u64, _: u64) {}
    fn finished(&self, _: usize, _: &TableResult) {}
}

/// Runs one table's file through.
pub fn through(folder: &Path, table: &Table, csv: &[u8], cut: Cut) -> Outcome {
    through_limited(folder, (table, "csv"), csv, cut, 1 << 20)
}

/// Runs one table's file, whose name ends so, through with a limit for the length of a record.
pub fn through_limited(
    folder: &Path,
    (table, extension): (&Table, &str),
    csv: &[u8],
    cut: Cut,
    max_record: usize,
) -> Outcome {
    let limits = (cut, max_record);
    through_as(folder, (table, extension), csv, limits, &Format::default())
}

/// Runs one table's file through that is in this format.
pub fn through_as(
    folder: &Path,
    (table, extension): (&Table, &str),
    csv: &[u8],
    (cut, max_record): (Cut, usize),
    format: &Format,
) -> Outcome {
    let file = folder.join(format!("{}.{extension}", table.name));
    let rejects = folder.join("rejects");
    fs::create_dir_all(&rejects).unwrap();
    fs::write(&file, csv).unwrap();
    let source = Source::open_as(file, table, format).unwrap();
    let sink = Remembering {
        table,
        columns: source.header.columns.iter().map(|c| c.0).collect(),
        rows: Mutex::default(),
        lengths: Mutex::default(),
    };
    let settings = Settings {
        missing: std::collections::HashMap::new(),
        excerpts: std::collections::HashMap::new(),
        threads: cut.threads,
        batch_bytes: cut.batch_bytes,
        max_record,
        budget: Budget::Rows(u64::MAX),
        over_budget: OverBudget::Stop,
        after_reading: AfterReading::Nothing,
        carried: None,
        rejects: Some(rejects.clone()),
        in_flight: cut.threads + 2,
        existing: Default::default(),
        table_checksums: Default::default(),
        digests: Default::default(),
        stop: Default::default(),
    };
    let results = pipeline::run(&[source], &settings, &sink, &Deaf).unwrap();
    assert!(settings.stop.reason().is_none());
    let result = &results[0];
    let files: BTreeMap<String, Vec<u8>> = fs::read_dir(&rejects)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    let mut lengths = sink.lengths.into_inner().unwrap();
    let mut rejected = Vec::new();
    if let Some(reasons) = files.get(&format!("{}.reasons.csv", table.name)) {
        for reason in csv::Reader::from_reader(&reasons[..]).into_records() {
            let reason = reason.unwrap();
            let offset: u64 = reason[2].parse().unwrap();
            let before = lengths.insert(offset, reason[3].parse().unwrap());
            assert_eq!(before, None, "no byte belongs to two records");
            rejected.push((offset, reason[5].to_owned()));
        }
    }
    let rows = sink.rows.into_inner().unwrap();
    assert_eq!(
        result.read,
        result.loaded + result.rejected(),
        "accepted + rejected = read"
    );
    assert_eq!(
        (result.loaded, result.rejected()),
        (rows.len() as u64, rejected.len() as u64)
    );
    let read = result.read;
    Outcome {
        rows,
        rejected,
        lengths,
        read,
        checksum: result.checksum,
        files,
    }
}
