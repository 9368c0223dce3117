//! The acceptance of records, and the reasons of rejections, depend only on the bytes: never on the
//! size of batches or the number of threads.
//!
//! These tests use the library, because they try hundreds of files.

use std::fs;
use std::path::Path;

use engine::pipeline::{
    self, AfterReading, CountSink, Observer, OverBudget, Settings, TableResult,
};
use engine::rejects::Budget;
use input::Source;
use mysql_schema::parse::parse;
use proptest::prelude::*;

use crate::support::effort::cases;
use crate::support::harness::folder;

const SCHEMA: &str = "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(6) NOT NULL, parent INT, \
    FOREIGN KEY (parent) REFERENCES p (id)); CREATE TABLE p (id INT PRIMARY KEY);";

struct Silent;

impl Observer for Silent {
    fn started(&self, _: usize) {}
    fn advanced(&self, _: usize, _: u64, _: u64, _: u64) {}
    fn finished(&self, _: usize, _: &TableResult) {}
}

/// Everything that may not depend on how the file was cut: counts, checksum, and the three reject
/// files.
fn outcome(folder: &Path, batch_bytes: usize, threads: usize, max_record: usize) -> Vec<String> {
    let schema = parse(SCHEMA, "schema.sql").unwrap();
    let source = |name: &str| {
        Source::open(
            folder.join(format!("{name}.csv")),
            schema.table(name).unwrap(),
        )
        .unwrap()
    };
    let settings = Settings {
        missing: std::collections::HashMap::new(),
        excerpts: std::collections::HashMap::new(),
        threads,
        batch_bytes,
        max_record,
        budget: Budget::Percent(100.0),
        over_budget: OverBudget::Stop,
        after_reading: AfterReading::Nothing,
        carried: None,
        rejects: Some(folder.join("rejects")),
        in_flight: threads + 2,
        existing: std::collections::HashMap::new(),
        table_checksums: std::collections::HashMap::new(),
        digests: std::collections::HashMap::new(),
        stop: Default::default(),
    };
    let results =
        pipeline::run(&[source("p"), source("t")], &settings, &CountSink, &Silent).unwrap();
    let mut said = Vec::new();
    for result in results {
        assert_eq!(result.read, result.loaded + result.rejected());
        said.push(format!(
            "{} {} {} {:?} {:x} {:x}",
            result.name,
            result.read,
            result.loaded,
            result.rules,
            result.checksum,
            result.content_hash
        ));
    }
    for name in ["t.csv", "t.broken", "t.reasons.csv"] {
        let bytes = fs::read(settings.rejects.as_ref().unwrap().join(name)).unwrap_or_default();
        said.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    said
}

/// Pieces of which files are made: good rows, and what breaks them.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..30u32, "[a-c]{0,7}", 0..4u32).prop_map(|(id, a, parent)| format!("{id},{a},{parent}\n")),
        2 => (0..30u32).prop_map(|id| format!("{id},\"x\n\"\"y\",1\r\n")),
        1 => Just("\"".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just(",".to_owned()),
        1 => Just("1,\"".to_owned()),
        1 => Just("\",\"".to_owned()),
        1 => (1..60usize).prop_map(|n| "z".repeat(n)),
        1 => Just("\u{feff}".to_owned()),
        1 => Just("é,\0".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(20), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_file_gives_the_same_result_in_batches_of_any_size_by_any_number_of_threads(
        pieces in proptest::collection::vec(piece(), 0..40),
        max_record in prop_oneof![Just(12usize), Just(40), Just(1 << 20)],
        odd_size in 2..200usize,
    ) {
        let folder = folder();
        fs::create_dir(folder.path().join("rejects")).unwrap();
        fs::write(folder.path().join("p.csv"), "id\n1\n2\nx\n3\n").unwrap();
        fs::write(folder.path().join("t.csv"), format!("id,a,parent\n{}", pieces.concat())).unwrap();
        let expected = outcome(folder.path(), 1 << 20, 1, max_record);
        for (batch_bytes, threads) in [(1, 1), (1, 4), (7, 2), (odd_size, 3), (1000, 4)] {
            let found = outcome(folder.path(), batch_bytes, threads, max_record);
            prop_assert_eq!(&found, &expected, "batches of {} bytes, {} threads", batch_bytes, threads);
        }
    }
}
