//! Parses the lines of a chunk into records, and finds structure faults.
//!
//! Delimited files in the default dialect and all others have a parser each, which give the same
//! results where both could read a file. The parser for all other dialects is `general`.
//!
//! In the default dialect, csv-core defines how CSV is read (RFC 4180, and where that is silent,
//! the behaviour of the csv crate). But it takes every byte through a table, so plain records
//! (nearly all) are read by `split` instead. All other records go to csv-core (`parse`). Property
//! tests check that both agree. JSON records have a parser of their own (`json`), whose fields are
//! the wanted values of a record.
//!
//! There are three additional rules, in every dialect of delimited files:
//!
//! * Text after a closing quote makes a record invalid. So does an odd number of quotes in a record
//!   of several lines: each well-formed line has an even number, so an odd number shows a stray
//!   quote that was closed by a quote of a later line. Of such a record, and of one whose quote is
//!   never closed, only the first line is rejected, and reading resumes at the second. So a stray
//!   quote costs only its own line.
//! * If the quotes of a record are valid, it is one record, however long it is and however many
//!   fields it has. If it is rejected, it is rejected as a whole: its lines are never read as
//!   records.
//! * Byte order marks at the start of a record are skipped, like blank lines.
mod general;
mod joined;
mod json;
pub mod long;
mod numbers;
mod parse;
mod quotes;
mod split;

use std::sync::Arc;

use crate::dialect::{Dialect, FieldKind, LineEnd};
use crate::json::Extract;
pub use crate::lines::MARK;
use general::General;
pub use general::first_record;
pub use joined::looks_joined;
use json::Json;
pub use json::OfRecord;
use model::rejection::Rule;
pub use numbers::{PlainField, PlainNumber};
use parse::skip_start;
pub use quotes::Quotes;
use split::{Place, Split, split};

/// The place of a record within its chunk.
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
pub enum StructureFault {
    /// The record is longer than the limit.
    TooLarge,
    /// A quote is never closed, or the number of quotes is odd in a record of several lines.
    NeverClosed,
    /// Text follows a closing quote: at this byte of a record of one line, or on a later line
    /// (`None`).
    TextAfterQuote(Option<usize>),
    /// It has this number of fields, but the header has another.
    Fields(usize),
    /// It is no JSON object, or it is not clear what its values are.
    InvalidJson,
    /// It is JSON that is not UTF-8.
    NotUtf8,
}

impl StructureFault {
    /// The rule that is violated.
    pub fn rule(self) -> Rule {
        match self {
            StructureFault::TooLarge => Rule::RecordTooLarge,
            StructureFault::NeverClosed | StructureFault::TextAfterQuote(_) => Rule::UnclosedQuote,
            StructureFault::Fields(_) => Rule::FieldCount,
            StructureFault::InvalidJson => Rule::InvalidJson,
            StructureFault::NotUtf8 => Rule::NotUtf8,
        }
    }
}

/// What the parser found at its position.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A record with the right number of fields. [`Records::field`] reads them.
    Record(Span),
    /// A record that is rejected, or the first line of a malformed one.
    Fault {
        /// The rejected bytes.
        span: Span,
        /// Why.
        flaw: StructureFault,
    },
    /// From the given byte on, the rest of the chunk is the start of a record that continues in the
    /// next chunk.
    Incomplete(usize),
    /// The chunk has no more records.
    End,
}

/// What follows the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// More of the text, in which the last record may continue.
    Unknown,
    /// The end of the file.
    EndOfFile,
}

/// A parser that is reused for all chunks, with its buffers.
pub struct Records {
    /// csv-core's parser; created when it is first needed.
    reader: Option<csv_core::Reader>,
    /// Where the fields of the last record are; as many as a record has.
    places: Vec<Place>,
    /// Fields with doubled quotes, unescaped; they are not in the chunk in this form.
    undoubled: Vec<u8>,
    /// Output buffer of csv-core. It grows to the length of the longest record.
    output: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    max_record: usize,
    /// The parser of a dialect that is not the default one.
    general: Option<Box<General>>,
    /// The parser of JSON records.
    json: Option<Box<Json>>,
    /// The kinds of the fields of the last record, if the dialect has several.
    kinds: Vec<FieldKind>,
    /// The delimiter of records of plain numbers, if they can be read at once.
    numbers: Option<u8>,
    position: usize,
    line: u64,
    /// Number of line feeds in the last record.
    lines: u64,
    /// Number of byte order marks skipped in this chunk, and the place of the first.
    marks: Option<(u64, Span)>,
    /// Number of comments skipped in this chunk, and the place of the first.
    comments: Option<(u64, Span)>,
}

impl Records {
    /// A parser for records of `fields` fields and at most `max_record` bytes.
    pub fn new(fields: usize, max_record: usize) -> Records {
        Records {
            reader: None,
            places: vec![Place::Chunk(0, 0); fields],
            undoubled: Vec::new(),
            output: vec![0; 4096],
            ends: vec![0; fields + 1],
            fields,
            max_record,
            general: None,
            json: None,
            kinds: Vec::new(),
            numbers: Some(b','),
            position: 0,
            line: 0,
            lines: 0,
            marks: None,
            comments: None,
        }
    }

    /// Sets the dialect.
    pub fn with_dialect(mut self, dialect: &Dialect) -> Records {
        let general = (!dialect.is_default()).then(|| General::new(dialect, self.fields));
        self.numbers = match &general {
            None => Some(b','),
            Some(general) => general.delimiter_of_numbers(),
        };
        self.general = general.map(Box::new);
        self
    }

    /// Sets what is taken out of JSON records; `None` if the records are no JSON.
    pub fn with_extract(mut self, extract: Option<&Arc<Extract>>) -> Records {
        if let Some(extract) = extract {
            let line_end = self.general.as_ref().map(|general| general.line_end());
            let line_end = line_end.unwrap_or(LineEnd::Lf);
            self.json = Some(Box::new(Json::new(extract, line_end)));
            self.kinds = vec![FieldKind::Null; self.fields];
            self.general = None;
            self.numbers = None;
        }
        self
    }

    /// Begins a chunk.
    pub fn begin(&mut self) {
        if let Some(json) = &mut self.json {
            json.begin();
        }
        self.position = 0;
        self.line = 0;
        self.marks = None;
        self.comments = None;
        self.reset();
    }

    /// Begins at a record of a chunk; `position` is that of its first byte. The lines before it are
    /// not counted. JSON records must be read from the start.
    pub fn begin_at(&mut self, position: usize) {
        self.begin();
        self.position = position;
    }

    fn reset(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.reset();
            skip_start(reader);
        }
    }

    /// Field `index`, unquoted, of the record that [`Records::step`] returned last. `bytes` must be
    /// the same chunk.
    #[inline]
    pub fn field<'a>(&'a self, bytes: &'a [u8], index: usize) -> &'a [u8] {
        match self.places[index] {
            Place::Chunk(start, end) => &bytes[start..end],
            Place::Undoubled(start, end) => &self.undoubled[start..end],
            Place::Parsed(start, end) => &self.output[start..end],
        }
    }

    /// Whether field `index` is an empty pair of quotes, as far as the bytes before it show.
    #[inline]
    pub fn is_empty_in_quotes(&self, bytes: &[u8], index: usize) -> bool {
        match self.places[index] {
            Place::Chunk(start, end) => start == end && start > 0 && bytes[start - 1] == b'"',
            _ => false,
        }
    }

    /// [`Records::field`] for a chunk that is valid UTF-8; `None` if the field had to be unescaped.
    #[inline]
    pub fn text<'a>(&self, chunk: &'a str, index: usize) -> Option<&'a str> {
        match self.places[index] {
            Place::Chunk(start, end) => chunk.get(start..end),
            _ => None,
        }
    }

    /// Fast path: field `index` as a plain number, see [`Records::numbers`]. `None` for any other
    /// field, and for some that are one: those must be read by [`Records::field`].
    #[inline(always)]
    pub fn plain_number(&self, bytes: &[u8], index: usize) -> Option<PlainField> {
        match self.places[index] {
            Place::Chunk(start, end) => numbers::field(bytes, start, end),
            _ => None,
        }
    }

    /// Position of the next record, or of blank lines before it.
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Number of line feeds in the record that [`Records::step`] returned last.
    #[inline]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// What is known of field `index` besides its text.
    #[inline]
    pub fn kind(&self, index: usize) -> FieldKind {
        self.kinds.get(index).copied().unwrap_or_default()
    }

    /// Number of comments that were skipped in this chunk, and the place of the first.
    pub fn comments(&self) -> Option<(u64, Span)> {
        self.comments
    }

    /// Number of byte order marks that were skipped in this chunk, and the place of the first.
    pub fn marks(&self) -> Option<(u64, Span)> {
        self.marks
    }

    /// Reads the next record of the chunk.
    pub fn step(&mut self, bytes: &[u8], following: Following) -> Step {
        if self.json.is_some() {
            return self.step_json(bytes, following);
        }
        if self.general.is_some() {
            return self.step_general(bytes, following);
        }
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
        if let Some(Split { end, lines }) = split(bytes, start, places, undoubled)
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

    /// Skips a byte order mark at the parser's position, if there is one.
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

    /// Fast path: reads the record at the parser's position if all its fields are plain numbers.
    /// `found` must have as many elements as a record has fields. The values are the ones that
    /// [`Records::step`] would give. The position does not change until [`Records::pass`].
    #[inline]
    pub fn numbers(&self, bytes: &[u8], found: &mut [PlainNumber]) -> Option<Span> {
        let start = self.position;
        let end = numbers::numbers(bytes, start, found, self.numbers?)?;
        (end - start <= self.max_record).then_some(Span {
            start,
            length: end - start,
            line: self.line,
        })
    }

    /// Moves the position after a record of [`Records::numbers`].
    #[inline]
    pub fn pass(&mut self, numbers: &Span) {
        self.position = numbers.start + numbers.length;
        self.line += 1;
    }
}

/// Length of a record that ends with LF, CR LF or CR, without its line end. Trailing blanks count.
pub fn without_line_end(record: &[u8]) -> usize {
    match record {
        [content @ .., b'\r', b'\n'] | [content @ .., b'\r' | b'\n'] => content.len(),
        content => content.len(),
    }
}

#[cfg(test)]
mod tests;
