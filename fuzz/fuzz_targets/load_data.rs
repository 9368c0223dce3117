//! The text for LOAD DATA: what a decoder by the servers' documented rules makes of it is what the
//! batch holds.
//!
//! The input is the body of a CSV file for a table with a column of each kind, and it is a text by
//! itself.
#![no_main]

use std::sync::OnceLock;

use engine::pipeline::cleaner::Cleaner;
use input::Source;
use input::chunks::{Chunk, Content};
use libfuzzer_sys::fuzz_target;
use model::batch::Value;
use model::sqltext::push_plain;
use mysql::local_infile::{encode, push_escaped};
use mysql::target::Target;
use mysql_schema::parse::parse;

const SCHEMA: &str = r"CREATE TABLE kinds (a VARCHAR(40), b TEXT NOT NULL, c INT, d DECIMAL(6,2), e DOUBLE, f DATETIME(3), g TIME(6),
  h ENUM('\\N', 'a\tb', 'NULL', '', 'c\\', '\n'), i BOOLEAN, j YEAR)";
const HEADER: &str = "a,b,c,d,e,f,g,h,i,j\n";

/// Reads lines as the manual's chapter on LOAD DATA says, with FIELDS TERMINATED BY '\t' ENCLOSED
/// BY '' ESCAPED BY '\\' and LINES TERMINATED BY '\n': a backslash makes NUL of 0, a backspace of
/// b, a line feed of n, a carriage return of r, a tab of t, Ctrl-Z of Z, and of everything else
/// that very byte; a field that is nothing but `\N` is NULL.
fn decode(mut text: &[u8]) -> Vec<Vec<Option<Vec<u8>>>> {
    let mut rows = Vec::new();
    let (mut row, mut field, mut raw) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((byte, rest)) = text.split_first() {
        text = rest;
        match byte {
            b'\t' | b'\n' => {
                row.push((raw != b"\\N").then(|| std::mem::take(&mut field)));
                field.clear();
                raw.clear();
                if *byte == b'\n' {
                    rows.push(std::mem::take(&mut row));
                }
                continue;
            }
            b'\\' => {
                let (escaped, rest) = text.split_first().expect("something behind a backslash");
                text = rest;
                raw.extend_from_slice(&[b'\\', *escaped]);
                field.push(match escaped {
                    b'0' => 0,
                    b'b' => 8,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'Z' => 26,
                    other => *other,
                });
            }
            other => {
                raw.push(*other);
                field.push(*other);
            }
        }
    }
    assert!(row.is_empty() && raw.is_empty(), "the last line is ended");
    rows
}

fn table() -> &'static (Source, Target) {
    static TABLE: OnceLock<(Source, Target)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table = parse(SCHEMA, "kinds.sql").unwrap().tables.remove(0);
        let file = std::env::temp_dir().join(format!("reviewseed-fuzz-{}.csv", std::process::id()));
        std::fs::write(&file, HEADER).unwrap();
        let source = Source::open(file.clone(), &table).unwrap();
        std::fs::remove_file(file).unwrap();
        let target = Target {
            columns: table.columns.clone(),
            table: table.name,
            computed: Vec::new(),
        };
        (source, target)
    })
}

fuzz_target!(|data: &[u8]| {
    let mut line = b"a\t".to_vec();
    push_escaped(&mut line, data);
    line.extend_from_slice(b"\tb\n");
    let expected = [&b"a"[..], data, b"b"].map(|field| Some(field.to_vec()));
    assert_eq!(decode(&line), [expected]);

    let (source, target) = table();
    let cleaner = Cleaner::new(source, 1 << 16);
    let chunk = Chunk {
        offset: source.header.bytes,
        line: source.header.next_line,
        content: Content::Lines(data.to_vec()),
        last: true,
    };
    let batch = cleaner.clean(&chunk).batch;
    let rows = batch.live_rows().map(|row| {
        let value = |column: usize| match batch.value(row, column) {
            Value::Null => None,
            Value::Text(text) => Some(text.as_bytes().to_vec()),
            Value::Enum(position) => {
                let member = target.member(column, position).expect("a member");
                Some(member.as_bytes().to_vec())
            }
            plain => {
                let mut text = Vec::new();
                push_plain(&mut text, plain, batch.layout().precision(column));
                Some(text)
            }
        };
        (0..batch.layout().columns()).map(value).collect::<Vec<_>>()
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(decode(&encode(target, &batch)), rows);
});
