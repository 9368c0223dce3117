//! The record reader: how the bytes are cut into chunks does not matter, every byte is accounted for, each accepted record is what
//! the csv crate reads there, and what the csv crate writes is read as it was.
//!
//! The first three bytes of the input are the number of fields, the size of a chunk and the longest record; the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reviewseed::rejects::Rule;
use reviewseed::source::chunks::{Chunk, Chunker, Content};
use reviewseed::source::records::{Following, Records, Step};

/// A record or a refused line, with its place in the file.
#[derive(Debug, PartialEq)]
struct Item {
    offset: u64,
    length: u64,
    line: u64,
    read: Result<Vec<Vec<u8>>, Rule>,
}

/// Reads the lines of a chunk; gives the position at which a record begins that goes on behind it.
fn lines(
    bytes: &[u8],
    (offset, line): (u64, u64),
    following: Following,
    (fields, max_record): (usize, usize),
    items: &mut Vec<Item>,
) -> Option<usize> {
    let mut records = Records::new(fields, max_record);
    records.begin();
    loop {
        let (span, read) = match records.step(bytes, following) {
            Step::Record(span) => {
                let fields = (0..fields)
                    .map(|f| records.field(bytes, f).to_vec())
                    .collect();
                (span, Ok(fields))
            }
            Step::Fault { span, rule, .. } => (span, Err(rule)),
            Step::Incomplete(position) => return Some(position),
            Step::End => return None,
        };
        items.push(Item {
            offset: offset + span.start as u64,
            length: span.length as u64,
            line: line + span.line,
            read,
        });
    }
}

/// Reads a file in chunks, carrying over what one could not finish.
fn read(file: &[u8], chunk_bytes: usize, limits: (usize, usize)) -> Vec<Item> {
    let mut items = Vec::new();
    let mut chunker = Chunker::new(file, 0, 1, chunk_bytes, limits.1).unwrap();
    let mut carry: Option<(Vec<u8>, u64, u64)> = None;
    while let Some(chunk) = chunker.next_chunk().unwrap() {
        let Chunk {
            offset,
            line,
            content,
            last,
        } = chunk;
        let (bytes, offset, line) = match (content, carry.take()) {
            (Content::Lines(bytes), None) => (bytes, offset, line),
            (Content::Lines(bytes), Some((before, offset, line))) => {
                ([before, bytes].concat(), offset, line)
            }
            (Content::LongLine { length, .. }, before) => {
                if let Some((bytes, offset, line)) = before {
                    let rest = lines(
                        &bytes,
                        (offset, line),
                        Following::LongLine,
                        limits,
                        &mut items,
                    );
                    assert_eq!(rest, None, "no record goes on into an overlong line");
                }
                items.push(Item {
                    offset,
                    length,
                    line,
                    read: Err(Rule::RecordTooLarge),
                });
                continue;
            }
        };
        let following = if last {
            Following::EndOfFile
        } else {
            Following::Unknown
        };
        let rest = lines(&bytes, (offset, line), following, limits, &mut items);
        carry = rest.map(|at| {
            let lines = bytes[..at].iter().filter(|b| **b == b'\n').count() as u64;
            (bytes[at..].to_vec(), offset + at as u64, line + lines)
        });
    }
    assert!(carry.is_none(), "the end of the file ends every record");
    items
}

/// Every byte belongs to one item, or is a line end between two.
fn accounted_for(file: &[u8], items: &[Item]) {
    let mut end = 0;
    for item in items {
        let (start, next) = (item.offset as usize, (item.offset + item.length) as usize);
        assert!(start >= end && next > start && next <= file.len());
        assert!(file[end..start].iter().all(|b| matches!(b, b'\r' | b'\n')));
        let lines = file[..start].iter().filter(|b| **b == b'\n').count() as u64;
        assert_eq!(item.line, lines + 1);
        end = next;
    }
    assert!(file[end..].iter().all(|b| matches!(b, b'\r' | b'\n')));
}

fn by_the_csv_crate(file: &[u8]) -> Vec<Vec<Vec<u8>>> {
    // it passes over a byte order mark at the start, and this is the middle of a file
    let file = [b"\n", file].concat();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(&file[..]);
    let records = reader.byte_records().map(|record| record.unwrap());
    records
        .map(|record| record.iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// A well-formed file made of the bytes: fields end with 0xff, records with 0xfe.
fn well_formed(bytes: &[u8], fields: usize, style: u8) -> Vec<u8> {
    use csv::{QuoteStyle, Terminator};
    let quotes = [
        QuoteStyle::Necessary,
        QuoteStyle::Always,
        QuoteStyle::NonNumeric,
    ];
    let ends = [Terminator::Any(b'\n'), Terminator::CRLF];
    let mut writer = csv::WriterBuilder::new()
        .quote_style(quotes[usize::from(style) % 3])
        .terminator(ends[usize::from(style) % 2])
        .from_writer(Vec::new());
    for record in bytes.split(|b| *b == 0xfe) {
        let mut values: Vec<&[u8]> = record.split(|b| *b == 0xff).collect();
        values.resize(fields, b"");
        writer.write_record(values).unwrap();
    }
    writer.into_inner().unwrap()
}

fuzz_target!(|data: &[u8]| {
    let [fields, chunk, longest, file @ ..] = data else {
        return;
    };
    let fields = usize::from(fields % 5) + 1;
    let chunk_bytes = usize::from(chunk % 64) + 1;
    let max_record = usize::from(*longest) + 1;

    let whole = read(file, file.len() + 1, (fields, max_record));
    accounted_for(file, &whole);
    assert_eq!(read(file, chunk_bytes, (fields, max_record)), whole);
    for item in &whole {
        let Ok(read) = &item.read else { continue };
        let raw = &file[item.offset as usize..(item.offset + item.length) as usize];
        assert_eq!(by_the_csv_crate(raw), [read.clone()]);
    }

    let written = well_formed(file, fields, *chunk);
    let whole = read(&written, written.len() + 1, (fields, 1 << 20));
    assert_eq!(read(&written, chunk_bytes, (fields, 1 << 20)), whole);
    let accepted: Vec<_> = whole.into_iter().map(|item| item.read.unwrap()).collect();
    assert_eq!(accepted, by_the_csv_crate(&written));
});
