//! Reads a file in chunks, as the pipeline does.

use crate::chunks::{Chunk, Chunker, Content};
use crate::dialect::{Dialect, FieldKind};
use crate::records::long::{LongRecord, LongRecordState, is_long_comment};
use crate::records::{Following, PlainNumber, Records, Step};
use model::rejection::Rule;

/// A record or a rejected line, with its place in the file.
#[derive(Debug, PartialEq)]
pub(super) struct Item {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) line: u64,
    pub(super) read: Result<Vec<(FieldKind, Vec<u8>)>, Rule>,
}

/// What a chunk could not finish.
enum Carry {
    Start(Vec<u8>, u64, u64),
    Long(LongRecord),
}

struct Reading<'a> {
    file: &'a [u8],
    dialect: &'a Dialect,
    chunk_bytes: usize,
    fields: usize,
    max_record: usize,
    carry: Option<Carry>,
    items: Vec<Item>,
}

/// Everything in a file that is read in chunks of this size.
pub(super) fn read(
    file: &[u8],
    dialect: &Dialect,
    (fields, max_record): (usize, usize),
    chunk_bytes: usize,
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

/// Everything in a file that is read at once.
pub(super) fn whole(file: &str, dialect: &Dialect, fields: usize) -> Vec<Item> {
    read(file.as_bytes(), dialect, (fields, 1000), 1 << 20)
}

/// Checks that records of numbers that are read at once are those that are read by field.
pub(super) fn numbers_are_the_fields(file: &[u8], dialect: &Dialect) {
    let new = || Records::new(2, 1000).with_dialect(dialect);
    let (mut quick, mut parsed) = (new(), new());
    let room = [file, b"\n\n\n\n\n\n\n\n\n"].concat();
    let mut values = [PlainNumber::default(); 2];
    loop {
        (quick.position, quick.line) = (parsed.position, parsed.line);
        let numbers = quick.numbers(&room, &mut values);
        let Step::Record(span) = parsed.step(&room, Following::EndOfFile) else {
            assert_eq!(numbers, None);
            if parsed.position == room.len() {
                return;
            }
            continue;
        };
        if let Some(numbers) = numbers {
            quick.pass(&numbers);
            assert_eq!(numbers, span);
            assert_eq!((quick.position, quick.line), (parsed.position, parsed.line));
            for (at, value) in values.iter().enumerate() {
                let field = parsed.field(&room, at).trim_ascii();
                assert_eq!(value.value.to_string().as_bytes(), field);
            }
        }
    }
}

impl Reading<'_> {
    fn chunks(&mut self, from: u64, line: u64, to: u64) {
        let bytes = &self.file[from as usize..to as usize];
        let mut chunker = Chunker::new(bytes, 0, line, self.chunk_bytes, self.max_record)
            .unwrap()
            .with_dialect(self.dialect)
            .starting_at(from);
        while let Some(mut chunk) = chunker.next_chunk().unwrap() {
            chunk.last &= to == self.file.len() as u64;
            self.chunk(chunk);
        }
    }

    fn long(&self, bytes: &[u8], place: (u64, u64)) -> LongRecord {
        LongRecord::begin(bytes, place, self.dialect, self.max_record)
    }

    fn chunk(&mut self, chunk: Chunk) {
        let (record, fate) = match (self.carry.take(), &chunk.content) {
            (None, Content::Lines(bytes)) => {
                return self.lines(bytes, (chunk.offset, chunk.line), chunk.last);
            }
            (Some(Carry::Start(before, offset, line)), Content::Lines(bytes)) => {
                return self.lines(&[&before[..], bytes].concat(), (offset, line), chunk.last);
            }
            (None, Content::LongLine(line)) if is_long_comment(line, self.dialect) => return,
            (None, Content::LongLine(_)) => {
                LongRecord::of_line(&chunk, self.dialect, self.max_record).unwrap()
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
        let mut records = Records::new(self.fields, self.max_record).with_dialect(self.dialect);
        records.begin();
        loop {
            let (span, read) = match records.step(bytes, following) {
                Step::Record(span) => {
                    let fields = 0..self.fields;
                    let field = |f| (records.kind(f), records.field(bytes, f).to_vec());
                    (span, Ok(fields.map(field).collect()))
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
