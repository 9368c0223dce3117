//! Parses the physical lines of a chunk into records, and finds the structure faults.
//!
//! The reading of CSV is csv-core's (RFC 4180; where that is silent, the csv crate's habit). It
//! takes every byte through a table, so the records that are plain (nearly all) are split by
//! `split` instead, and whatever is not plain goes to csv-core from its first byte; that the two
//! agree on what `split` takes is held by properties. Three rules are added:
//!
//! * Text after a closing quote makes a record wrong. So does an odd number of quotes in a record
//!   of several lines: lines that are whole have an even number each, so that a stray quote that
//!   ran on to a later line makes it odd. Such a record, and one whose quote is never closed, is
//!   rejected as its first line only, and reading resumes at the second: a stray quote costs its
//!   own line.
//! * A record whose quotes are in order is one record, however long it is and however many fields
//!   it has. When it is rejected, it is rejected as a whole: its lines are never read as records.
//! * Byte order marks where a record begins are part of no record, like blank lines.

pub mod long;
mod numbers;
mod quotes;
mod split;

use csv_core::ReadRecordResult;
use memchr::{memchr_iter, memchr2};

use super::chunks::line_end_after;
use model::rejection::Rule;
pub use quotes::MARK;
pub use quotes::Quotes;
use split::{Place, Split, split};

/// A record's place within its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte, from the chunk's start.
    pub start: usize,
    /// Length in bytes, line end included.
    pub length: usize,
    /// Physical lines before it in the chunk.
    pub line: u64,
}

/// What is wrong with the structure of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is longer than a record may be.
    TooLarge,
    /// A quote is opened that no quote closes, or the number of quotes is odd in a record of
    /// several lines.
    NeverClosed,
    /// Text follows a closing quote: in a record of one line at this byte of it, else on a later
    /// line.
    TextAfterQuote(Option<usize>),
    /// It has this number of fields, which is not that of the header.
    Fields(usize),
}

impl Flaw {
    /// The rule that is broken.
    pub fn rule(self) -> Rule {
        match self {
            Flaw::TooLarge => Rule::RecordTooLarge,
            Flaw::NeverClosed | Flaw::TextAfterQuote(_) => Rule::UnclosedQuote,
            Flaw::Fields(_) => Rule::FieldCount,
        }
    }
}

/// What stands at the parser's position.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A record with the right number of fields; read them with [`Records::field`].
    Record(Span),
    /// A record that is rejected as a whole, or the first line of what is none.
    Fault {
        /// What is rejected.
        span: Span,
        /// Why.
        flaw: Flaw,
    },
    /// The rest of the chunk, from the given byte, begins a record that goes on behind it.
    Incomplete(usize),
    /// Everything is read.
    End,
}

/// What comes behind a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// More of the file; a record may go on there.
    Unknown,
    /// Nothing.
    EndOfFile,
}

/// A parser that is used for chunk after chunk, so that its buffers are.
pub struct Records {
    /// Made when there is something for it.
    reader: Option<csv_core::Reader>,
    /// Where the fields of the last record are.
    places: Vec<Place>,
    /// Contents that do not stand in the chunk as they are, for their quotes were doubled.
    undoubled: Vec<u8>,
    /// What csv-core writes; it is long enough for the longest record that it was given.
    output: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    max_record: usize,
    delimiter: u8,
    position: usize,
    line: u64,
    /// Line feeds in the last record.
    lines: u64,
    /// Byte order marks that were passed over since the chunk began, and the place of the first.
    marks: Option<(u64, Span)>,
}

impl Records {
    /// A parser for records of `fields` fields and at most `max_record` bytes.
    pub fn new(fields: usize, max_record: usize) -> Records {
        Records {
            reader: None,
            places: Vec::with_capacity(fields),
            undoubled: Vec::new(),
            output: vec![0; 4096],
            ends: vec![0; fields + 1],
            fields,
            max_record,
            delimiter: b',',
            position: 0,
            line: 0,
            lines: 0,
            marks: None,
        }
    }

    /// With something else between fields than a comma; all records go to csv-core then.
    pub fn with_delimiter(mut self, delimiter: u8) -> Records {
        if delimiter != self.delimiter {
            self.delimiter = delimiter;
            self.reader = None;
        }
        self
    }

    /// Begins a chunk.
    pub fn begin(&mut self) {
        self.position = 0;
        self.line = 0;
        self.marks = None;
        self.reset();
    }

    fn reset(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.reset();
            pass_the_start(reader);
        }
    }

    /// Field `index` of the record that [`Records::step`] returned last, unquoted; `bytes` are the
    /// same chunk's.
    #[inline]
    pub fn field<'a>(&'a self, bytes: &'a [u8], index: usize) -> &'a [u8] {
        match self.places[index] {
            Place::Chunk(start, end) => &bytes[start..end],
            Place::Undoubled(start, end) => &self.undoubled[start..end],
            Place::Parsed(start, end) => &self.output[start..end],
        }
    }

    /// [`Records::field`] of a chunk that is valid UTF-8, where it stands there as it is.
    #[inline]
    pub fn text<'a>(&self, chunk: &'a str, index: usize) -> Option<&'a str> {
        match self.places[index] {
            Place::Chunk(start, end) => chunk.get(start..end),
            _ => None,
        }
    }

    /// How many line ends the record that [`Records::step`] returned last has.
    #[inline]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// How many byte order marks were passed over since the chunk began, and where the first
    /// stands.
    pub fn marks(&self) -> Option<(u64, Span)> {
        self.marks
    }

    /// Reads on in the chunk that was begun.
    pub fn step(&mut self, bytes: &[u8], following: Following) -> Step {
        while let Some(byte @ (b'\r' | b'\n' | 0xef)) = bytes.get(self.position) {
            if *byte == 0xef && !self.pass_mark(bytes) {
                break;
            }
            if *byte != 0xef {
                self.line += u64::from(*byte == b'\n');
                self.position += 1;
            }
        }
        let start = self.position;
        if start == bytes.len() {
            return Step::End;
        }
        let (places, undoubled) = (&mut self.places, &mut self.undoubled);
        if self.delimiter == b','
            && let Some(Split { end, lines }) = split(bytes, start, self.fields, places, undoubled)
            && end - start <= self.max_record
        {
            let span = Span {
                start,
                length: end - start,
                line: self.line,
            };
            self.line += lines;
            self.lines = lines;
            self.position = end;
            return Step::Record(span);
        }
        self.parse(bytes, start, following)
    }

    /// Passes over a byte order mark at the parser's position, if there is one.
    #[cold]
    fn pass_mark(&mut self, bytes: &[u8]) -> bool {
        if !bytes[self.position..].starts_with(MARK) {
            return false;
        }
        let first = Span {
            start: self.position,
            length: MARK.len(),
            line: self.line,
        };
        self.marks = Some(self.marks.map_or((1, first), |(n, first)| (n + 1, first)));
        self.position += MARK.len();
        true
    }

    /// Reads the record at the parser's position, which stays there until [`Records::pass`], if all
    /// that it holds is plain numbers; there are as many `values` as a record has fields. What this
    /// gives is what [`Records::step`] would.
    #[inline]
    pub fn numbers(&self, bytes: &[u8], values: &mut [u64]) -> Option<Span> {
        let start = self.position;
        let end = numbers::numbers(bytes, start, values)?;
        (self.delimiter == b',' && end - start <= self.max_record).then_some(Span {
            start,
            length: end - start,
            line: self.line,
        })
    }

    /// Goes on behind a record of [`Records::numbers`].
    #[inline]
    pub fn pass(&mut self, numbers: &Span) {
        self.position = numbers.start + numbers.length;
        self.line += 1;
    }

    /// Reads a record with csv-core.
    fn parse(&mut self, bytes: &[u8], start: usize, following: Following) -> Step {
        let delimiter = self.delimiter;
        let reader = self.reader.get_or_insert_with(|| {
            let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
            pass_the_start(&mut reader);
            reader
        });
        let (mut at, mut written, mut found) = (start, 0, 0);
        let complete = loop {
            let (result, read, output, ends) = if found < self.ends.len() {
                reader.read_record(
                    &bytes[at..],
                    &mut self.output[written..],
                    &mut self.ends[found..],
                )
            } else {
                // more fields than there should be: only their number matters now
                reader.read_record(&bytes[at..], &mut self.output[written..], &mut [0; 64])
            };
            at += read;
            written += output;
            found += ends;
            match result {
                ReadRecordResult::Record => break true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => break false,
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {}
            }
        };
        if written == self.output.len() {
            // room for a byte more is asked for where none is needed
            self.output.push(0);
        }
        if !complete && following == Following::EndOfFile {
            let (result, _, _, ends) = if found < self.ends.len() {
                reader.read_record(b"\n", &mut self.output[written..], &mut self.ends[found..])
            } else {
                reader.read_record(b"\n", &mut [0], &mut [0; 2])
            };
            return match result {
                ReadRecordResult::Record => self.complete(bytes, start, bytes.len(), found + ends),
                _ => self.open_at_end(bytes, start, following),
            };
        }
        if !complete {
            return self.open_at_end(bytes, start, following);
        }
        // csv-core ends a record at a carriage return and takes the line feed with the next
        if bytes[at - 1] == b'\r' && bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
        self.complete(bytes, start, at, found)
    }

    /// At the end of the bytes a quoted field goes on.
    fn open_at_end(&mut self, bytes: &[u8], start: usize, following: Following) -> Step {
        let mut quotes = Quotes::at_start(self.delimiter);
        if quotes.follow(&bytes[start..]).is_some() {
            // whatever follows, it is wrong already
            return self.stray(bytes, start, Flaw::TextAfterQuote(None));
        }
        if following == Following::EndOfFile {
            return self.stray(bytes, start, Flaw::NeverClosed);
        }
        self.reset();
        Step::Incomplete(start)
    }

    fn complete(&mut self, bytes: &[u8], start: usize, end: usize, found: usize) -> Step {
        let record = &bytes[start..start + without_line_end(&bytes[start..end])];
        let mut quotes = Quotes::at_start(self.delimiter);
        let text_after = quotes.follow(record);
        let first_line = memchr2(b'\r', b'\n', record);
        if first_line.is_some_and(|length| length > self.max_record) {
            return self.stray(bytes, start, Flaw::TooLarge);
        }
        match (text_after, first_line) {
            (Some(_), Some(_)) => {
                return self.stray(bytes, start, Flaw::TextAfterQuote(None));
            }
            (None, Some(_)) if quotes.is_odd() => {
                return self.stray(bytes, start, Flaw::NeverClosed);
            }
            _ if record.len() > self.max_record => {
                return self.fault(bytes, start, end, Flaw::TooLarge);
            }
            (Some(at), None) => {
                return self.fault(bytes, start, end, Flaw::TextAfterQuote(Some(at)));
            }
            _ if found != self.fields => {
                return self.fault(bytes, start, end, Flaw::Fields(found));
            }
            _ => {}
        }
        self.places.clear();
        let mut field_start = 0;
        for &field_end in &self.ends[..found] {
            self.places.push(Place::Parsed(field_start, field_end));
            field_start = field_end;
        }
        Step::Record(self.passed(bytes, start, end))
    }

    /// Goes on after a record.
    fn passed(&mut self, bytes: &[u8], start: usize, end: usize) -> Span {
        let span = Span {
            start,
            length: end - start,
            line: self.line,
        };
        self.lines = memchr_iter(b'\n', &bytes[start..end]).count() as u64;
        self.line += self.lines;
        self.position = end;
        span
    }

    /// Rejects a record as a whole.
    fn fault(&mut self, bytes: &[u8], start: usize, end: usize, flaw: Flaw) -> Step {
        let span = self.passed(bytes, start, end);
        self.reset();
        Step::Fault { span, flaw }
    }

    /// Rejects the first physical line only; reading resumes at the second.
    fn stray(&mut self, bytes: &[u8], start: usize, flaw: Flaw) -> Step {
        let line = memchr2(b'\r', b'\n', &bytes[start..]).map(|at| start + at);
        let end = line.map_or(bytes.len(), |at| line_end_after(bytes, at));
        let flaw = match line.unwrap_or(bytes.len()) - start > self.max_record {
            true => Flaw::TooLarge,
            false => flaw,
        };
        self.fault(bytes, start, end, flaw)
    }
}

/// csv-core passes over a byte order mark at the start of its input; a chunk's start is not the
/// file's.
fn pass_the_start(reader: &mut csv_core::Reader) {
    reader.read_record(b"\n", &mut [0], &mut [0]);
}

/// Length of a record without its line end; blanks before that count.
pub fn without_line_end(record: &[u8]) -> usize {
    match record {
        [content @ .., b'\r', b'\n'] | [content @ .., b'\r' | b'\n'] => content.len(),
        content => content.len(),
    }
}

#[cfg(test)]
mod tests;
