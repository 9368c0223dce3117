//! A CSV reader that shares no code with the program. It reads a whole file byte by byte by RFC
//! 4180, and has the rules for files that violate the RFC.

use std::collections::BTreeMap;

use model::schema::Table;
use mysql_schema::parse::parse;
use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;
use super::pipeline::{cuts, through_limited};
use crate::support::harness::folder;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A record, or what is rejected instead of one.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    length: usize,
    /// The fields of the record, or the rule that it breaks.
    read: Result<Vec<Vec<u8>>, &'static str>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn is_line_end(&self) -> bool {
        matches!(self.byte(), Some(b'\r' | b'\n'))
    }

    fn is_field_end(&self) -> bool {
        self.byte().is_none_or(|b| b == self.delimiter) || self.is_line_end()
    }

    fn take(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    /// A field; `None` when its quote is not closed, or text follows the closing one.
    fn field(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        if self.byte() == Some(b'"') {
            self.at += 1;
            loop {
                self.byte()?;
                match (self.take(), self.byte()) {
                    (b'"', Some(b'"')) => value.push(self.take()),
                    (b'"', _) => break,
                    (byte, _) => value.push(byte),
                }
            }
            while matches!(self.byte(), Some(b' ' | b'\t')) && !self.is_field_end() {
                value.push(self.take());
            }
            return self.is_field_end().then_some(value);
        }
        while !self.is_field_end() {
            value.push(self.take());
        }
        Some(value)
    }

    /// The fields of a record, up to its line end.
    fn record(&mut self) -> Option<Vec<Vec<u8>>> {
        let mut fields = vec![self.field()?];
        while self.byte() == Some(self.delimiter) {
            self.at += 1;
            fields.push(self.field()?);
        }
        Some(fields)
    }

    /// Passes over the line end at this place.
    fn line_end(&mut self) {
        let two = self.bytes[self.at..].starts_with(b"\r\n");
        self.at = (self.at + 1 + usize::from(two)).min(self.bytes.len());
    }

    fn item(&mut self, fields: usize, max_record: usize) -> Item {
        let start = self.at;
        let rest = &self.bytes[start..];
        let read = self.record();
        let content = &self.bytes[start..self.at];
        let line = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
        let line = line.unwrap_or(rest.len());
        let quotes = content.iter().filter(|b| **b == b'"').count();
        let stray = match &read {
            None => true,
            Some(_) => content.len() > line && quotes % 2 == 1,
        };
        if stray {
            self.at = start + line;
        }
        let length = self.at - start;
        self.line_end();
        Item {
            length: self.at - start,
            read: match read {
                _ if length > max_record => Err("record_too_large"),
                _ if stray => Err("unclosed_quote"),
                Some(read) if read.len() == fields => Ok(read),
                _ => Err("field_count"),
            },
        }
    }
}

/// Everything after the header, by its offset, without records that repeat the header.
fn read(
    file: &[u8],
    (delimiter, names): (u8, [&str; 2]),
    max_record: usize,
) -> BTreeMap<u64, Item> {
    let mut reader = Reader {
        bytes: file,
        delimiter,
        at: 0,
    };
    reader.record();
    reader.line_end();
    let mut items = BTreeMap::new();
    while reader.at < file.len() {
        if reader.is_line_end() {
            reader.at += 1;
        } else if file[reader.at..].starts_with(MARK) {
            reader.at += MARK.len();
        } else {
            let start = reader.at as u64;
            let item = reader.item(2, max_record);
            let is_header = item.read.as_ref().is_ok_and(|fields| {
                let named = |(field, name): (&Vec<u8>, &str)| field.trim_ascii() == name.as_bytes();
                fields.iter().zip(names).all(named)
            });
            if !is_header {
                items.insert(start, item);
            }
        }
    }
    items
}

fn table() -> Table {
    let schema = "CREATE TABLE t (one TEXT NOT NULL, two TEXT NOT NULL);";
    parse(schema, "t.sql").unwrap().tables.remove(0)
}

/// Pieces of which files are made, with commas; a tab takes their place in a .tsv file.
fn piece() -> impl Strategy<Value = String> {
    let special = proptest::sample::select(
        &[
            "\"",
            "\"\"",
            "\"\"\"",
            ",",
            "\n",
            "\r",
            "\r\n",
            "\\",
            "\\\"",
            "\u{feff}",
            " ",
            "a",
            "1,\"",
            "\",\"",
            "\"\n",
            "\n\u{feff}",
            "one,two\n",
            "\u{feff}\"one\",two\r\n",
            "x,\"5\"\" wide\"\n",
            "y,\"he \\\"said\\\" so\"\n",
            "é,",
        ][..],
    );
    prop_oneof![
        6 => ("[a-c]{0,4}", "[a-c]{0,6}").prop_map(|(a, b)| format!("{a},{b}\n")),
        3 => ("[a-c ]{0,4}", "([a-c,\n]|\"\"){0,12}").prop_map(|(a, b)| format!("{a},\"{b}\"\r\n")),
        8 => special.prop_map(str::to_owned),
        1 => (1..50usize).prop_map(|n| "z".repeat(n)),
        1 => (1..30usize).prop_map(|n| format!("q,\"{}\"\n", "k,l\n".repeat(n))),
        1 => Just("q,\"".to_owned()),
    ]
}

proptest! {
    #![proptest_config(cases(150))]

    /// Rows are exactly the records that the reader finds, and everything else that it finds is a
    /// reject of the same bytes, so that no byte belongs to two records.
    #[test]
    fn the_rows_are_those_that_an_independent_reader_finds(
        pieces in vec(piece(), 0..40),
        max_record in prop_oneof![4..40usize, Just(1 << 20)],
        cut in cuts(),
        tabs: bool,
    ) {
        let mut file = format!("one,two\n{}", pieces.concat());
        if tabs {
            file = file.replace(',', "\t");
        }
        let (delimiter, extension) = if tabs { (b'\t', "tsv") } else { (b',', "csv") };
        let expected = read(file.as_bytes(), (delimiter, ["one", "two"]), max_record);
        let folder = folder();
        let found = through_limited(folder.path(), (&table(), extension), file.as_bytes(), cut, max_record);

        let lengths: BTreeMap<u64, u64> = expected.iter().map(|(at, item)| (*at, item.length as u64)).collect();
        prop_assert_eq!(&found.lengths, &lengths, "{:?}", file);
        let mut rejected: BTreeMap<u64, String> = BTreeMap::new();
        for (at, item) in &expected {
            match &item.read {
                Err(rule) => drop(rejected.insert(*at, (*rule).to_owned())),
                Ok(fields) => {
                    let fields: Vec<_> = fields.iter().map(|f| String::from_utf8(f.clone()).unwrap()).map(Some).collect();
                    prop_assert_eq!(found.rows.get(at), Some(&fields), "at {} of {:?}", at, file);
                }
            }
        }
        prop_assert_eq!(found.rejected.into_iter().collect::<BTreeMap<_, _>>(), rejected, "{:?}", file);
        prop_assert_eq!(found.read, expected.len() as u64);
    }
}
