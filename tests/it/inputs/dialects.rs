//! Text files in other encodings, with other delimiters, or without a header.

use serde_json::Value;

use super::{dirty, reject_files, replace, text_of, totals};
use crate::support::data::{Files, REVIEWS_HEADER, TABLES};

#[test]
fn utf_16_gives_what_utf_8_gives() {
    let files = dirty("150", &[]);
    files.check(&["--max-rejects", "50%"]).exits(1);
    let (expected, rejected) = (totals(&files), reject_files(&files));
    for table in TABLES {
        let text = String::from_utf8(text_of(&files, table)).unwrap();
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        files.put(
            table,
            [0xff, 0xfe].into_iter().chain(units).collect::<Vec<_>>(),
        );
    }
    files.check(&["--max-rejects", "50%"]).exits(1);
    assert_eq!(totals(&files), expected);
    assert!(reject_files(&files) == rejected);
}

/// The text of a table with another delimiter, quoted only where it must be.
fn delimited(text: &[u8], delimiter: u8, header: bool) -> Vec<u8> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut out = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows.byte_records().skip(usize::from(!header)) {
        out.write_byte_record(&row.unwrap()).unwrap();
    }
    out.into_inner().unwrap()
}

#[test]
fn delimiters_and_missing_headers_change_no_row() {
    // structure faults cannot be written with other delimiters: they come with --dirt
    let files = dirty("400", &[]);
    let all = ["--max-rejects", "50%"];
    files.check(&all).exits(1);
    let without_bytes = |files: &Files| -> Vec<Value> {
        let mut all = totals(files);
        all.iter_mut().for_each(|t| t[1] = Value::Null);
        all
    };
    let expected = without_bytes(&files);
    let originals = TABLES.map(|table| text_of(&files, table));
    for (delimiter, name) in [(b'\t', "tab"), (b';', ";"), (b'|', "|")] {
        for (table, text) in TABLES.iter().zip(&originals) {
            files.put(table, delimited(text, delimiter, true));
        }
        files
            .check(&[&all[..], &["--delimiter", name]].concat())
            .exits(1);
        assert_eq!(without_bytes(&files), expected, "{name}");
        let rejected = files.rejects("reviews.csv");
        let header = REVIEWS_HEADER.replace(',', str::from_utf8(&[delimiter]).unwrap());
        assert!(
            rejected.starts_with(header.as_bytes()),
            "{name}: another header"
        );
    }
    for (table, text) in TABLES.iter().zip(&originals) {
        replace(
            &files,
            table,
            &format!("{table}.tsv"),
            &delimited(text, b'\t', false),
        );
    }
    files.check(&[&all[..], &["--no-header"]].concat()).exits(1);
    assert_eq!(
        without_bytes(&files),
        expected,
        "no header, tabs by the file's name"
    );
    let rejected = files.rejects("reviews.csv");
    assert!(!rejected.is_empty() && !rejected.starts_with(b"id") && rejected[0] != b'\n');
}

#[test]
fn other_encodings_are_decoded_and_invalid_characters_are_rejected() {
    let files = Files::of_schema("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL);");
    files.put("t", b"id,a\n1,caf\xe9\n2,\xfc\xdf\n");
    files.check(&["--max-rejects", "100%"]).exits(1);
    assert_eq!(files.reported("t")["rules"]["not_utf8"], 2);
    files
        .check(&["--max-rejects", "100%", "--encoding", "latin1"])
        .exits(0);
    let latin1 = files.reported("t")["checksum"].clone();
    files.put("t", "id,a\n1,café\n2,üß\n");
    files.check(&["--max-rejects", "100%"]).exits(0);
    assert_eq!(files.reported("t")["checksum"], latin1);

    let mut wide: Vec<u8> = "id,a\n1,café\n2,üß\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    files.put("t", &wide);
    files
        .check(&["--max-rejects", "100%", "--encoding", "utf-16be"])
        .exits(0);
    assert_eq!(files.reported("t")["checksum"], latin1);
    // half of a pair
    wide.extend(
        "3,x"
            .encode_utf16()
            .chain([0xd83d])
            .chain("\n4,y\n".encode_utf16())
            .flat_map(u16::to_be_bytes),
    );
    files.put("t", &wide);
    files
        .check(&["--max-rejects", "100%", "--encoding", "utf-16be"])
        .exits(1);
    assert_eq!(
        (files.reported("t")["loaded"].as_u64(), files.rejected("t")),
        (Some(3), vec![(4, "not_utf8".to_owned())])
    );
    files
        .check(&["--encoding", "utf-99"])
        .exits(2)
        .says("unknown encoding \"utf-99\"");
}
