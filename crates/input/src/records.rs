//! Parses the lines of a chunk into records, and finds structure faults.
//!
//! There are two parsers of delimited files: one for the default dialect, and `general` for all
//! other dialects. Where both can read a file, they give the same results.
//!
//! In the default dialect, csv-core defines how CSV is read (RFC 4180 and, where that is silent,
//! the behaviour of the csv crate). But csv-core looks up every byte in a table, which is slow. So
//! plain records, which nearly all are, are read by `split`, and only the others by csv-core
//! (`parse`). Property tests check that both agree. JSON records have a third parser (`json`),
//! whose fields are the wanted values of a record.
//!
//! There are three additional rules, in every dialect of delimited files:
//!
//! * Text after a closing quote makes a record invalid. So does an odd number of quotes in a record
//!   of several lines: each well-formed line has an even number, so an odd number shows that a
//!   quote of a later line closed a stray quote. In these cases, and if a quote is never closed,
//!   only the first line is rejected, and reading resumes at the second line. So a stray quote
//!   costs only its own line.
//! * If the quotes of a record are valid, it is one record, whatever its length and its number of
//!   fields. If it is rejected, it is rejected as a whole: its lines are never read as records.
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
    /// Offset of the first byte from the start of the chunk.
    pub start: usize,
    /// Length in bytes, line end included.
    pub length: usize,
    /// Number of line feeds before the record in the chunk.
    pub line: u64,
}

/// What is wrong with the structure of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructureFault {
    /// The record is longer than the limit.
    TooLarge,
    /// A quote is never closed, or the number of quotes is odd in a record of several lines.
    NeverClosed,
    /// Text follows a closing quote. The number is the position of that text in the record; `None`
    /// if the text may be on a later line.
    TextAfterQuote(Option<usize>),
    /// The record has this number of fields, but the header has another number.
    Fields(usize),
    /// The record is not a JSON object, or a value in it cannot be assigned to a column.
    InvalidJson,
    /// The record is JSON, but not valid UTF-8.
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

/// What the parser found at its current position.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A record with the right number of fields. [`Records::field`] returns the fields.
    Record(Span),
    /// A record that is rejected, or the first line of a malformed one.
    Fault {
        /// The rejected bytes.
        span: Span,
        /// Why these bytes are rejected.
        flaw: StructureFault,
    },
    /// The rest of the chunk, from this position on, is the start of a record that continues in the
    /// next chunk.
    Incomplete(usize),
    /// The chunk has no more records.
    End,
}

/// What follows a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// More of the text. The last record of the chunk may continue in it.
    Unknown,
    /// The end of the file.
    EndOfFile,
}

/// A parser of records, with its buffers. The same parser is used for all chunks.
pub struct Records {
    /// csv-core's parser. It is created when it is first needed.
    reader: Option<csv_core::Reader>,
    /// The places of the fields of the last record. The list has one element per field of the
    /// header.
    places: Vec<Place>,
    /// Texts of fields that differ from the bytes in the chunk, such as fields with doubled quotes.
    undoubled: Vec<u8>,
    /// The output buffer of csv-core. It grows to the length of the longest record.
    output: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    max_record: usize,
    /// The parser for a dialect that is not the default one.
    general: Option<Box<General>>,
    /// The parser for JSON records.
    json: Option<Box<Json>>,
    /// The kinds of the fields of the last record. Empty if all fields of the dialect are of the
    /// same kind.
    kinds: Vec<FieldKind>,
    /// The delimiter for the fast path for plain numbers. `None` if the dialect cannot use it.
    numbers: Option<u8>,
    position: usize,
    line: u64,
    /// Number of line feeds in the last record.
    lines: u64,
    /// Number of byte order marks that were skipped in this chunk, and the place of the first one.
    marks: Option<(u64, Span)>,
    /// Number of comments that were skipped in this chunk, and the place of the first one.
    comments: Option<(u64, Span)>,
}

impl Records {
    /// Makes a parser for records of `fields` fields and at most `max_record` bytes.
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

    /// Sets which values are taken out of JSON records. `None` if the records are not JSON.
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

    /// Resets the parser for a new chunk.
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

    /// Begins at a record of a chunk; `position` is the position of the record's first byte. The
    /// lines before the record are not counted. JSON records must be read from the start.
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

    /// The text of field `index` of the record that [`Records::step`] returned last, without its
    /// quotes. `bytes` must be the chunk of this record.
    #[inline]
    pub fn field<'a>(&'a self, bytes: &'a [u8], index: usize) -> &'a [u8] {
        match self.places[index] {
            Place::Chunk(start, end) => &bytes[start..end],
            Place::Undoubled(start, end) => &self.undoubled[start..end],
            Place::Parsed(start, end) => &self.output[start..end],
        }
    }

    /// Whether field `index` is an empty pair of quotes. The byte before the field's content
    /// decides.
    #[inline]
    pub fn is_empty_in_quotes(&self, bytes: &[u8], index: usize) -> bool {
        match self.places[index] {
            Place::Chunk(start, end) => start == end && start > 0 && bytes[start - 1] == b'"',
            _ => false,
        }
    }

    /// Like [`Records::field`], for a chunk that is valid UTF-8. `None` if the text of the field is
    /// not in the chunk.
    #[inline]
    pub fn text<'a>(&self, chunk: &'a str, index: usize) -> Option<&'a str> {
        match self.places[index] {
            Place::Chunk(start, end) => chunk.get(start..end),
            _ => None,
        }
    }

    /// Fast path: field `index` as a plain number, see [`Records::numbers`]. `None` for any other
    /// field, and for some plain numbers at the end of a chunk. These fields must be read by
    /// [`Records::field`].
    #[inline(always)]
    pub fn plain_number(&self, bytes: &[u8], index: usize) -> Option<PlainField> {
        match self.places[index] {
            Place::Chunk(start, end) => numbers::field(bytes, start, end),
            _ => None,
        }
    }

    /// Position of the next record, or of the blank lines before it.
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Number of line feeds in the record that [`Records::step`] returned last.
    #[inline]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// What the dialect says about field `index` besides its text.
    #[inline]
    pub fn kind(&self, index: usize) -> FieldKind {
        self.kinds.get(index).copied().unwrap_or_default()
    }

    /// Number of comments that were skipped in this chunk, and the place of the first one.
    pub fn comments(&self) -> Option<(u64, Span)> {
        self.comments
    }

    /// Number of byte order marks that were skipped in this chunk, and the place of the first one.
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

    /// Fast path: if all fields of the next record are plain numbers, reads them into `found` and
    /// returns the record's place. `found` must have one element per field. The values are the same
    /// as those of [`Records::step`]. The record is not skipped: the caller calls [`Records::pass`]
    /// for that.
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

    /// Skips a record that [`Records::numbers`] returned.
    #[inline]
    pub fn pass(&mut self, numbers: &Span) {
        self.position = numbers.start + numbers.length;
        self.line += 1;
    }
}

/// Length of a record without its line end, which may be LF, CR LF or CR. Trailing blanks are
/// counted.
pub fn without_line_end(record: &[u8]) -> usize {
    match record {
        [content @ .., b'\r', b'\n'] | [content @ .., b'\r' | b'\n'] => content.len(),
        content => content.len(),
    }
}

#[cfg(test)]
mod tests;
