//! Reads JSON records. A record is one object. It gives one row, or one row for each element of an
//! array in it. The mapping says which values become the fields of a row.
//!
//! A record always ends at the first line end, because JSON writes line ends within texts as
//! escapes. So a broken record does not affect the next line.

use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use super::quotes::MARK;
use super::split::Place;
use super::{Following, Records, Span, Step, StructureFault};
use crate::dialect::{FieldKind, LineEnd};
use crate::json::{Element, Extract, Extracted, Kind};
use crate::lines::SEPARATOR;

/// The parser of JSON records, and the rows of the current record.
pub(super) struct Json {
    extract: Arc<Extract>,
    /// The byte that ends a record.
    end: u8,
    rows: Extracted,
    /// Number of rows of the current record that were returned so far.
    next: usize,
    /// The record from which the rows were made.
    record: Span,
}

/// The record and element from which a row was made, if rows are elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfRecord {
    /// The record.
    pub record: Span,
    /// Position of the element in the array, from 1.
    pub element: u32,
}

impl Json {
    pub(super) fn new(extract: &Arc<Extract>, line_end: LineEnd) -> Json {
        Json {
            extract: Arc::clone(extract),
            end: match line_end {
                LineEnd::Separator => SEPARATOR,
                _ => b'\n',
            },
            rows: Extracted::default(),
            next: 0,
            record: Span {
                start: 0,
                length: 0,
                line: 0,
            },
        }
    }

    /// Resets the parser for a new chunk.
    pub(super) fn begin(&mut self) {
        self.rows.rows = 0;
        self.next = 0;
    }

    fn element(&self) -> Option<Element> {
        let row = self.next.checked_sub(1)?;
        self.rows.elements.get(row).copied()
    }
}

impl Records {
    /// The record and element of the row that [`Records::step`] returned last. `None` if rows are
    /// whole records.
    #[inline]
    pub fn of_record(&self) -> Option<OfRecord> {
        let json = self.json.as_ref()?;
        let element = json.element()?.number;
        Some(OfRecord {
            record: json.record,
            element,
        })
    }

    /// Like [`Records::step`], for JSON.
    pub(super) fn step_json(&mut self, bytes: &[u8], following: Following) -> Step {
        let Some(mut json) = self.json.take() else {
            return Step::End;
        };
        let step = loop {
            if json.next < json.rows.rows {
                break Step::Record(self.row(&mut json, bytes));
            }
            match self.next_record(&mut json, bytes, following) {
                Ok(()) => {}
                Err(step) => break step,
            }
        };
        self.json = Some(json);
        step
    }

    /// Reads the rows of the next record. If there is no next record, or the record is broken,
    /// `Err` has the step to return.
    fn next_record(
        &mut self,
        json: &mut Json,
        bytes: &[u8],
        following: Following,
    ) -> Result<(), Step> {
        json.begin();
        self.skip_blanks(json.end, bytes);
        let start = self.position;
        if start == bytes.len() {
            return Err(Step::End);
        }
        let (content, end) = match memchr(json.end, &bytes[start..]) {
            Some(length) => (start + length, start + length + 1),
            None if following == Following::EndOfFile => (bytes.len(), bytes.len()),
            None => return Err(Step::Incomplete(start)),
        };
        let found = self.extracted(json, &bytes[start..content]);
        json.record = self.passed(bytes, start, end);
        found.map_err(|flaw| {
            json.begin();
            Step::Fault {
                span: json.record,
                flaw,
            }
        })
    }

    fn extracted(&self, json: &mut Json, record: &[u8]) -> Result<(), StructureFault> {
        if record.len() > self.max_record {
            return Err(StructureFault::TooLarge);
        }
        let record = std::str::from_utf8(record).map_err(|_| StructureFault::NotUtf8)?;
        let rows = json.extract.rows(record, &mut json.rows);
        rows.map_err(|_| StructureFault::InvalidJson)
    }

    /// Skips blank lines, blanks and byte order marks before a record.
    fn skip_blanks(&mut self, end: u8, bytes: &[u8]) {
        while let Some(byte) = bytes.get(self.position) {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.position += 1;
                }
                b' ' | b'\t' | b'\r' => self.position += 1,
                byte if *byte == end => self.position += 1,
                byte if *byte == MARK[0] && self.pass_mark(bytes) => {}
                _ => return,
            }
        }
    }

    /// Takes the next row of the record, and returns its place.
    fn row(&mut self, json: &mut Json, bytes: &[u8]) -> Span {
        let (record, row) = (json.record, json.next);
        json.next += 1;
        self.undoubled.clear();
        self.undoubled
            .extend_from_slice(json.rows.copied.as_bytes());
        let fields = json.rows.fields.iter().skip(row * self.fields);
        for ((place, kind), field) in self.places.iter_mut().zip(&mut self.kinds).zip(fields) {
            let (start, end) = (record.start + field.start, record.start + field.end);
            *kind = match field.kind {
                Kind::Null => FieldKind::Null,
                Kind::Text => FieldKind::Value,
                Kind::Plain => FieldKind::Literal,
                Kind::Nested => FieldKind::Nested,
            };
            *place = match field.kind {
                Kind::Null => Place::Undoubled(0, 0),
                // the JSON text is copied out of the chunk, so that no fast path takes it for the
                // text of a field
                Kind::Nested => {
                    let at = self.undoubled.len();
                    self.undoubled.extend_from_slice(&bytes[start..end]);
                    Place::Undoubled(at, self.undoubled.len())
                }
                Kind::Text | Kind::Plain if field.is_copied => {
                    Place::Undoubled(field.start, field.end)
                }
                Kind::Text | Kind::Plain => Place::Chunk(start, end),
            };
        }
        let Some(element) = json.element() else {
            return record;
        };
        let start = record.start + element.start;
        let before = &bytes[record.start..start];
        Span {
            start,
            length: element.end - element.start,
            line: record.line + memchr_iter(b'\n', before).count() as u64,
        }
    }
}

#[cfg(test)]
mod tests;
