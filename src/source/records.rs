//! Parses the physical lines of a chunk into records, and finds the structure faults.
//!
//! The reading of CSV is csv-core's (RFC 4180; where that is silent, the csv crate's habit). It takes every byte through a table, so
//! the records that are plain (nearly all) are split by `split` instead, and whatever is not plain goes to csv-core from its first
//! byte; that the two agree on what `split` takes is held by properties. What is added is a promise:
//! a stray quote costs its own line only. A record that is structurally wrong and spans several physical lines is refused as
//! its first line, and reading resumes at the second. A quote that runs on to an opening quote of a later line may give a record that
//! looks right; but lines that are whole have an even number of quotes each, so that the stray one makes their number odd: a record
//! of several lines with an odd number of quotes is structurally wrong as well. Two stray ones make it even again: then the second
//! line's text stands right behind a closing quote, which makes a record of several lines wrong, too.

mod numbers;
mod split;

use csv_core::ReadRecordResult;
use memchr::{memchr, memchr_iter, memchr2};

use super::chunks::line_end_after;
use crate::rejects::Rule;
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

/// What stands at the parser's position.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A record with the right number of fields; read them with [`Records::field`].
    Record(Span),
    /// A physical line that is no such record.
    Fault {
        /// The refused line.
        span: Span,
        /// `record_too_large`, `unclosed_quote` or `field_count`.
        rule: Rule,
        /// Fields found; 0 unless the rule is `field_count`.
        fields: usize,
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
    /// A line that is longer than any record may be.
    LongLine,
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
        self.reset();
    }

    fn reset(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.reset();
            pass_the_start(reader);
        }
    }

    /// Field `index` of the record that [`Records::step`] returned last, unquoted; `bytes` are the same chunk's.
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

    /// Reads on in the chunk that was begun.
    pub fn step(&mut self, bytes: &[u8], following: Following) -> Step {
        while let Some(b'\r' | b'\n') = bytes.get(self.position) {
            self.line += u64::from(bytes[self.position] == b'\n');
            self.position += 1;
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
            self.position = end;
            return Step::Record(span);
        }
        self.parse(bytes, start, following)
    }

    /// Reads the record at the parser's position, which stays there until [`Records::pass`], if all that it holds is plain numbers; there are as
    /// many `values` as a record has fields. What this gives is what [`Records::step`] would.
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
                _ if bytes.len() - start > self.max_record => {
                    self.fault(bytes, start, Rule::RecordTooLarge, 0)
                }
                _ => self.fault(bytes, start, Rule::UnclosedQuote, 0),
            };
        }
        if !complete {
            if following == Following::LongLine || bytes.len() - start > self.max_record {
                return self.fault(bytes, start, Rule::RecordTooLarge, 0);
            }
            self.reset();
            return Step::Incomplete(start);
        }
        // csv-core ends a record at a carriage return and takes the line feed with the next
        if bytes[at - 1] == b'\r' && bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
        self.complete(bytes, start, at, found)
    }

    fn complete(&mut self, bytes: &[u8], start: usize, end: usize, found: usize) -> Step {
        let content = without_line_end(&bytes[start..end]);
        if content > self.max_record {
            return self.fault(bytes, start, Rule::RecordTooLarge, 0);
        }
        if found != self.fields {
            return self.fault(bytes, start, Rule::FieldCount, found);
        }
        let record = &bytes[start..start + content];
        if spans_lines(record)
            && (memchr_iter(b'"', record).count() % 2 == 1
                || text_follows_a_quote(record, self.delimiter))
        {
            return self.fault(bytes, start, Rule::UnclosedQuote, 0);
        }
        self.places.clear();
        let mut field_start = 0;
        for &field_end in &self.ends[..found] {
            self.places.push(Place::Parsed(field_start, field_end));
            field_start = field_end;
        }
        let span = Span {
            start,
            length: end - start,
            line: self.line,
        };
        self.line += memchr_iter(b'\n', &bytes[start..end]).count() as u64;
        self.position = end;
        Step::Record(span)
    }

    /// Refuses the first physical line only; reading resumes at the second.
    fn fault(&mut self, bytes: &[u8], start: usize, rule: Rule, fields: usize) -> Step {
        let end = match memchr2(b'\r', b'\n', &bytes[start..]) {
            Some(at) => line_end_after(bytes, start + at),
            None => bytes.len(),
        };
        let span = Span {
            start,
            length: end - start,
            line: self.line,
        };
        self.line += u64::from(bytes[end - 1] == b'\n');
        self.position = end;
        self.reset();
        Step::Fault { span, rule, fields }
    }
}

/// csv-core passes over a byte order mark at the start of its input; a chunk's start is not the file's.
fn pass_the_start(reader: &mut csv_core::Reader) {
    reader.read_record(b"\n", &mut [0], &mut [0]);
}

/// Length of a record without its line end; blanks before that count.
pub(crate) fn without_line_end(record: &[u8]) -> usize {
    match record {
        [content @ .., b'\r', b'\n'] | [content @ .., b'\r' | b'\n'] => content.len(),
        content => content.len(),
    }
}

/// Whether a record's content goes on behind its first physical line.
fn spans_lines(content: &[u8]) -> bool {
    memchr2(b'\r', b'\n', content).is_some()
}

/// Whether a field of a complete record goes on behind its closing quote with more than blanks.
fn text_follows_a_quote(mut record: &[u8], delimiter: u8) -> bool {
    loop {
        let mut end = 0;
        if let Some(quoted) = record.strip_prefix(b"\"") {
            let mut quotes = memchr_iter(b'"', quoted).peekable();
            let closing = loop {
                match quotes.next() {
                    Some(at) if quotes.next_if_eq(&(at + 1)).is_some() => {}
                    Some(at) => break at + 1,
                    None => return false,
                }
            };
            let behind = &record[closing + 1..];
            end = closing
                + 1
                + behind
                    .iter()
                    .take_while(|b| matches!(b, b' ' | b'\t') && **b != delimiter)
                    .count();
            if record.get(end).is_some_and(|b| *b != delimiter) {
                return true;
            }
        }
        match memchr(delimiter, &record[end..]) {
            Some(at) => record = &record[end + at + 1..],
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests;
