//! The record reader: how the bytes are cut into chunks does not matter, in any dialect. In the
//! default one, every byte is accounted for, each accepted record is what the csv crate reads
//! there, and what the csv crate writes is read as it was.
//!
//! The first three bytes of the input are the number of fields, the size of a chunk and the longest
//! record; what the first two have beyond that is the dialect. The rest is the file.
#![no_main]

use input::chunks::{Chunk, Chunker, Content};
use input::dialect::{Blanks, Dialect, Escape, EscapeStyle, LineEnd, LongRows, ShortRows, Symbol};
use input::records::long::{LongRecord, LongRecordState, is_long_comment};
use input::records::{Following, Records, Step};
use libfuzzer_sys::fuzz_target;
use model::rejection::Rule;

/// A record or a rejected line, with its place in the file.
#[derive(Debug, PartialEq)]
struct Item {
    offset: u64,
    length: u64,
    line: u64,
    read: Result<Vec<Vec<u8>>, Rule>,
}

/// What a chunk could not finish.
enum Carry {
    Start(Vec<u8>, u64, u64),
    Long(LongRecord),
}

/// A file that is read in chunks.
struct Reading<'a> {
    file: &'a [u8],
    dialect: Dialect,
    chunk_bytes: usize,
    fields: usize,
    max_record: usize,
    carry: Option<Carry>,
    items: Vec<Item>,
}

impl Reading<'_> {
    fn chunks(&mut self, from: u64, line: u64, to: u64) {
        let bytes = &self.file[from as usize..to as usize];
        let mut chunker = Chunker::new(bytes, 0, line, self.chunk_bytes, self.max_record)
            .unwrap()
            .with_dialect(&self.dialect)
            .starting_at(from);
        while let Some(mut chunk) = chunker.next_chunk().unwrap() {
            chunk.last &= to == self.file.len() as u64;
            self.chunk(chunk);
        }
    }

    fn chunk(&mut self, chunk: Chunk) {
        let (record, fate) = match (self.carry.take(), &chunk.content) {
            (None, Content::Lines(bytes)) => {
                return self.lines(bytes, (chunk.offset, chunk.line), chunk.last);
            }
            (Some(Carry::Start(before, offset, line)), Content::Lines(bytes)) => {
                return self.lines(&[&before[..], bytes].concat(), (offset, line), chunk.last);
            }
            (None, Content::LongLine(line)) if is_long_comment(line, &self.dialect) => return,
            (None, Content::LongLine(_)) => {
                LongRecord::of_line(&chunk, &self.dialect, self.max_record).unwrap()
            }
            (Some(Carry::Start(before, offset, line)), Content::LongLine(_)) => {
                let mut record = self.long(&before, (offset, line));
                let fate = record.follow(&chunk);
                (record, fate)
            }
            (Some(Carry::Long(mut record)), _) => {
                let fate = record.follow(&chunk);
                (record, fate)
            }
        };
        match fate {
            LongRecordState::Continues => self.carry = Some(Carry::Long(record)),
            LongRecordState::TooLarge(end) => {
                let next = chunk.offset + end;
                let length = next - record.offset;
                self.reject(&record, length, Rule::RecordTooLarge);
                let lines = &self.file[chunk.offset as usize..next as usize];
                let line = chunk.line + lines.iter().filter(|b| **b == b'\n').count() as u64;
                let rest = &self.file[next as usize..chunk.end() as usize];
                self.lines(rest, (next, line), chunk.last);
            }
            LongRecordState::StrayQuote(flaw) => {
                let (_, length, flaw) = record.first_line(flaw);
                self.reject(&record, length, flaw.rule());
                let (second, line) = record.second_line();
                if second < chunk.offset {
                    self.chunks(second, line, chunk.offset);
                }
                self.chunk(chunk);
            }
        }
    }

    fn long(&self, bytes: &[u8], place: (u64, u64)) -> LongRecord {
        LongRecord::begin(bytes, place, &self.dialect, self.max_record)
    }

    fn reject(&mut self, record: &LongRecord, length: u64, rule: Rule) {
        self.items.push(Item {
            offset: record.offset,
            length,
            line: record.line,
            read: Err(rule),
        });
    }

    fn lines(&mut self, bytes: &[u8], (offset, line): (u64, u64), last: bool) {
        let following = match last {
            true => Following::EndOfFile,
            false => Following::Unknown,
        };
        let mut records = Records::new(self.fields, self.max_record).with_dialect(&self.dialect);
        records.begin();
        loop {
            let (span, read) = match records.step(bytes, following) {
                Step::Record(span) => {
                    let fields = 0..self.fields;
                    let fields = fields.map(|f| records.field(bytes, f).to_vec()).collect();
                    (span, Ok(fields))
                }
                Step::Fault { span, flaw } => (span, Err(flaw.rule())),
                Step::Incomplete(at) => {
                    let line = line + bytes[..at].iter().filter(|b| **b == b'\n').count() as u64;
                    let place = (offset + at as u64, line);
                    let rest = &bytes[at..];
                    self.carry = Some(match rest.len() > self.max_record {
                        true => Carry::Long(self.long(rest, place)),
                        false => Carry::Start(rest.to_vec(), place.0, place.1),
                    });
                    return;
                }
                Step::End => return,
            };
            self.items.push(Item {
                offset: offset + span.start as u64,
                length: span.length as u64,
                line: line + span.line,
                read,
            });
        }
    }
}

/// Reads a file in chunks, as the conductor does.
fn read(
    file: &[u8],
    dialect: Dialect,
    chunk_bytes: usize,
    (fields, max_record): (usize, usize),
) -> Vec<Item> {
    let mut reading = Reading {
        file,
        dialect,
        chunk_bytes,
        fields,
        max_record,
        carry: None,
        items: Vec::new(),
    };
    reading.chunks(0, 1, file.len() as u64);
    assert!(
        reading.carry.is_none(),
        "the end of the file ends every record"
    );
    reading.items
}

/// Whether there is nothing but line ends and byte order marks.
fn is_blank(mut bytes: &[u8]) -> bool {
    loop {
        bytes = match bytes {
            [] => return true,
            [b'\r' | b'\n', rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            _ => return false,
        };
    }
}

/// Every byte belongs to one item, or to what stands between two.
fn accounted_for(file: &[u8], items: &[Item]) {
    let mut end = 0;
    for item in items {
        let (start, next) = (item.offset as usize, (item.offset + item.length) as usize);
        assert!(start >= end && next > start && next <= file.len());
        assert!(is_blank(&file[end..start]));
        let lines = file[..start].iter().filter(|b| **b == b'\n').count() as u64;
        assert_eq!(item.line, lines + 1);
        end = next;
    }
    assert!(is_blank(&file[end..]));
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

/// One of many dialects.
fn dialect(choice: u8) -> Dialect {
    let base = Dialect::default();
    let of = |bit: u8| choice >> bit & 1 == 1;
    let styles = [
        EscapeStyle::Mysql,
        EscapeStyle::Quotes,
        EscapeStyle::Postgres,
    ];
    let ends = [LineEnd::Any, LineEnd::Lf, LineEnd::CrLf, LineEnd::Cr];
    let escape = Escape {
        byte: b'\\',
        style: styles[usize::from(choice) % 3],
    };
    Dialect {
        delimiter: match of(0) {
            true => Symbol::parse("::").unwrap(),
            false => base.delimiter,
        },
        quote: base.quote.filter(|_| !of(1)),
        escape: Some(escape).filter(|_| of(2)),
        line_end: ends[usize::from(choice >> 3) % 4],
        comment: Some(Symbol::byte(b'#')).filter(|_| of(5)),
        blanks: if of(6) { Blanks::Trim } else { Blanks::Keep },
        short_rows: if of(7) {
            ShortRows::Pad
        } else {
            ShortRows::Reject
        },
        long_rows: match of(7) {
            true => LongRows::IgnoreEmpty,
            false => LongRows::Reject,
        },
        ..base
    }
}

fuzz_target!(|data: &[u8]| {
    let [fields, chunk, longest, file @ ..] = data else {
        return;
    };
    let dialect = dialect(fields / 5 | chunk >> 6 << 6);
    let fields = usize::from(fields % 5) + 1;
    let chunk_bytes = usize::from(chunk % 64) + 1;
    let max_record = usize::from(*longest) + 1;
    let limits = (fields, max_record);

    let whole = read(file, dialect, file.len() + 1, limits);
    assert_eq!(read(file, dialect, chunk_bytes, limits), whole);
    if !dialect.is_default() {
        return;
    }
    accounted_for(file, &whole);
    for item in &whole {
        let Ok(read) = &item.read else { continue };
        let raw = &file[item.offset as usize..(item.offset + item.length) as usize];
        assert_eq!(by_the_csv_crate(raw), [read.clone()]);
    }

    // a byte order mark where a record begins is not kept
    let mut values = file.to_vec();
    values.retain(|b| *b != 0xef);
    let written = well_formed(&values, fields, *chunk);
    let limits = (fields, 1 << 20);
    let whole = read(&written, dialect, written.len() + 1, limits);
    assert_eq!(read(&written, dialect, chunk_bytes, limits), whole);
    let accepted: Vec<_> = whole.into_iter().map(|item| item.read.unwrap()).collect();
    assert_eq!(accepted, by_the_csv_crate(&written));
});
