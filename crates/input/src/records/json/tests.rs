use std::io::Read;

use proptest::prelude::*;

use super::*;
use crate::chunks::{Chunker, Content};
use crate::dialect::Dialect;
use crate::json::{ArrayReader, Form, Path, Wanted};

const FIELDS: [&str; 4] = ["$.a", "$.b.c", "@.x", "@#"];

fn extract(each: bool) -> Arc<Extract> {
    let count = if each { 4 } else { 2 };
    let wanted: Vec<_> = FIELDS[..count]
        .iter()
        .map(|path| Wanted {
            path: Path::parse(path).unwrap(),
            form: Form::Field,
        })
        .collect();
    let array = Path::parse("$.e").unwrap();
    Arc::new(Extract::new(&wanted, each.then_some(&array)))
}

/// What a reader finds: `offset+length line: fields`, or the rule.
fn read(text: &[u8], dialect: &Dialect, each: bool, chunk_bytes: usize) -> Vec<String> {
    let extract = extract(each);
    let mut records = Records::new(extract.fields(), MAX_RECORD)
        .with_dialect(dialect)
        .with_extract(Some(&extract));
    let chunker = Chunker::new(text, 0, 1, chunk_bytes, MAX_RECORD).unwrap();
    let mut chunker = chunker.with_dialect(dialect);
    let mut found = Vec::new();
    while let Some(chunk) = chunker.next_chunk().unwrap() {
        let bytes = match &chunk.content {
            Content::Lines(bytes) => bytes,
            Content::LongLine(line) => {
                found.push(format!("{} {}: long", chunk.offset, line.length));
                continue;
            }
        };
        let following = match chunk.last {
            true => Following::EndOfFile,
            false => Following::Unknown,
        };
        records.begin();
        loop {
            let step = records.step(bytes, following);
            let (span, words) = match step {
                Step::End => break,
                Step::Incomplete(at) => panic!("a chunk ends within a record: {at}"),
                Step::Fault { span, flaw } => (span, flaw.rule().name().to_owned()),
                Step::Record(span) => {
                    let fields = (0..extract.fields()).map(|at| {
                        let field = String::from_utf8_lossy(records.field(bytes, at));
                        format!("{:?} {field}", records.kind(at))
                    });
                    (span, fields.collect::<Vec<_>>().join("|"))
                }
            };
            let of = records.of_record().map_or(String::new(), |of| {
                format!(
                    " of {} {}",
                    chunk.offset + of.record.start as u64,
                    of.element
                )
            });
            found.push(format!(
                "{}+{} {}{of}: {words}",
                chunk.offset + span.start as u64,
                span.length,
                chunk.line + span.line
            ));
        }
    }
    found
}

/// Longer records are rejected.
const MAX_RECORD: usize = 60;

fn lines() -> Dialect {
    Dialect::json(LineEnd::Lf)
}

#[test]
fn a_record_is_a_line_and_its_fields_have_kinds() {
    let text =
        "\u{feff}{\"a\": 1, \"b\": {\"c\": \"x\\ny\"}}\r\n\n  {\"b\": []}\n\u{feff}{\"a\": [2]}";
    assert_eq!(
        read(text.as_bytes(), &lines(), false, 1000),
        [
            "3+30 1: Literal 1|Value x\ny",
            "36+10 3: Null |Null ",
            "49+10 4: Nested [2]|Null "
        ]
    );
}

#[test]
fn a_broken_record_costs_its_line() {
    let text = b"{\"a\": \"\n{\"a\": 2}\n{\"a\": \"\xff\"}\n[3]\n";
    assert_eq!(
        read(text, &lines(), false, 1000),
        [
            "0+8 1: invalid_json",
            "8+9 2: Literal 2|Null ",
            "17+11 3: not_utf8",
            "28+4 4: invalid_json",
        ]
    );
}

#[test]
fn elements_are_rows_with_their_own_places() {
    let text = "{\"a\": 1, \"e\": [{\"x\": 2}, null, {}]}\n{\"a\": 2}\n";
    assert_eq!(
        read(text.as_bytes(), &lines(), true, 1000),
        [
            "15+8 1 of 0 1: Literal 1|Null |Literal 2|Literal 1",
            "31+2 1 of 0 3: Literal 1|Null |Null |Literal 3"
        ]
    );
    // one flaw of an element rejects the record, so that none of its rows is loaded twice
    let text = "{\"a\": 1, \"e\": [{\"x\": 2}, {\"x\": 1, \"x\": 2}]}\n";
    assert_eq!(
        read(text.as_bytes(), &lines(), true, 1000),
        ["0+44 1: invalid_json"]
    );
}

fn record() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..30u8, "[a-c\"é\\\\]{0,3}").prop_map(|(a, c)| {
            let c = serde_json::to_string(&c).unwrap();
            format!("{{\"a\": {a}, \"b\": {{\"c\": {c}}}}}")
        }),
        3 => proptest::collection::vec(prop_oneof!["null", "\\{\"x\": [0-9]\\}", "\\{\\}"], 0..4)
            .prop_map(|elements| format!("{{\"e\": [{}]}}", elements.join(", "))),
        1 => Just(format!("{{\"a\": \"{}\"}}", "x".repeat(MAX_RECORD))),
        1 => Just("{\"a\": 1, \"a\": 2}".to_owned()),
    ]
}

/// Records that are not even JSON; in an array they would break their neighbours.
fn broken() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("{".to_owned()),
        Just("\" {\"a\"".to_owned())
    ]
}

proptest! {
    #[test]
    fn lines_give_the_same_rows_in_any_cutting(
        records in proptest::collection::vec(prop_oneof![5 => record(), 1 => broken()], 0..12),
        ends in any::<bool>(),
        each in any::<bool>(),
        chunk_bytes in 1..200usize,
    ) {
        let mut text = records.join("\n");
        if ends {
            text.push('\n');
        }
        let whole = read(text.as_bytes(), &lines(), each, 1 << 20);
        let long = |found: Vec<String>| {
            // whether a long record is passed by the chunker or the parser depends on the cutting
            let found = found.into_iter().filter(|f| !f.ends_with("long") && !f.ends_with("too_large"));
            found.collect::<Vec<_>>()
        };
        prop_assert_eq!(long(read(text.as_bytes(), &lines(), each, chunk_bytes)), long(whole));
    }

    #[test]
    fn an_array_gives_the_rows_of_its_elements_as_lines(
        records in proptest::collection::vec(record(), 0..12),
        between in prop_oneof![Just(","), Just(",\n"), Just(" ,\r\n  ")],
        each in any::<bool>(),
        chunk_bytes in 1..200usize,
    ) {
        let array = format!("[\n{}\n]\n", records.join(between));
        let mut text = Vec::new();
        ArrayReader::new(array.as_bytes()).read_to_end(&mut text).unwrap();
        let dialect = Dialect::json(LineEnd::Separator);
        let of_array = read(&text, &dialect, each, chunk_bytes);
        let of_lines = read(records.join("\n").as_bytes(), &lines(), each, 1 << 20);
        let words = |found: &[String]| -> Vec<String> {
            let words = found.iter().map(|f| f.split_once(": ").unwrap().1.to_owned());
            words.filter(|w| w != "long" && !w.ends_with("too_large")).collect()
        };
        prop_assert_eq!(words(&of_array), words(&of_lines));
        for found in &of_array {
            let (place, _) = found.split_once(' ').unwrap();
            let Some((offset, _)) = place.split_once('+') else {
                continue;
            };
            let offset: usize = offset.parse().unwrap();
            let line = 1 + array[..offset].matches('\n').count();
            prop_assert!(found.contains(&format!(" {line}")), "{} {}", found, line);
            prop_assert!(array[offset..].starts_with(['{', 'n']), "{}", found);
        }
    }
}
