//! The pipeline of `check` and `seed` on any file: how the work is cut and shared does not matter,
//! not for one byte of the reject files, which hold what stood in the file.
//!
//! The first two bytes of the input are the threads and the size of a batch; the rest is the file
//! behind its header.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use model::schema::Table;
use mysql_schema::parse::parse;

#[allow(dead_code, reason = "the strategies are for the property tests")]
#[path = "../../tests/it/records/properties/pipeline.rs"]
mod pipeline;
mod scratch;

use pipeline::{Cut, Outcome, WHOLE, through};
use scratch::folder;

const NOTES: &str = "CREATE TABLE notes (id INT UNSIGNED NOT NULL PRIMARY KEY, title VARCHAR(10) NOT NULL, stars TINYINT CHECK (stars < 6),
  seen DATETIME(3))";
const HEADER: &[u8] = b"id,title,stars,seen\n";

/// The reject files hold exactly the rejected records, in their order.
fn rejects_are_the_bytes_of_their_places(file: &[u8], outcome: &Outcome) {
    let read = |name: &str| outcome.files.get(name).cloned().unwrap_or_default();
    let (mut records, mut broken) = (Vec::new(), Vec::new());
    for reason in csv::Reader::from_reader(&read("notes.reasons.csv")[..]).records() {
        let reason = reason.unwrap();
        let number = |at: usize| reason[at].parse::<usize>().unwrap();
        let (offset, length) = (number(2), number(3));
        let structural =
            ["record_too_large", "unclosed_quote", "field_count"].contains(&&reason[5]);
        let target = if structural {
            &mut broken
        } else {
            &mut records
        };
        // of what is too large, the first bytes
        let kept = match &reason[5] == "record_too_large" {
            true => length.min(1 << 20),
            false => length,
        };
        target.extend_from_slice(&file[offset..offset + kept]);
        if !target.ends_with(b"\n") && !target.ends_with(b"\r") {
            target.push(b'\n');
        }
        assert_eq!(
            number(1),
            file[..offset].iter().filter(|b| **b == b'\n').count() + 1
        );
    }
    // with the first reject, the file gets its header
    if !records.is_empty() || !broken.is_empty() {
        records.splice(..0, HEADER.iter().copied());
    }
    assert_eq!(read("notes.csv"), records);
    assert_eq!(read("notes.broken"), broken);
}

fuzz_target!(|data: &[u8]| {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let [threads, batch, body @ ..] = data else {
        return;
    };
    let table = TABLE.get_or_init(|| parse(NOTES, "notes.sql").unwrap().tables.remove(0));
    let cut = Cut {
        threads: usize::from(threads % 3) + 1,
        batch_bytes: usize::from(*batch) + 1,
    };
    let file = [HEADER, body].concat();
    let folder = folder();

    let whole = through(&folder, table, &file, WHOLE);
    rejects_are_the_bytes_of_their_places(&file, &whole);
    let cut = through(&folder, table, &file, cut);
    assert_eq!((&cut.rows, &cut.rejected), (&whole.rows, &whole.rejected));
    assert_eq!((cut.read, cut.checksum), (whole.read, whole.checksum));
    assert!(cut.files == whole.files);
    std::fs::remove_dir_all(&folder).unwrap();
});
