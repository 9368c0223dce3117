//! The parser for every dialect except the default one.
//!
//! `fields` finds the fields of a record in one pass. It uses `needles`, which searches for the
//! bytes that may end an unquoted field, and `unescape`, which interprets escapes. Malformed
//! records are rejected by the same rules as in the default dialect, except that an escaped line
//! end does not end a line.

mod fields;
mod needles;
mod unescape;

use memchr::memchr_iter;

use super::quotes::{MARK, Quotes};
use super::split::Place;
use super::{Following, Records, Span, Step, StructureFault};
use crate::chunks::has_odd_quotes;
use crate::dialect::{
    Blanks, Dialect, EscapeStyle, FieldKind, LineEnd, LongRows, Nulls, ShortRows,
};
use crate::lines::Lines;
use fields::{Found, Malformed, Shape};
use needles::Needles;

/// A dialect, prepared for fast parsing.
#[derive(Debug)]
pub(super) struct General {
    dialect: Dialect,
    /// Number of fields in a record.
    fields: usize,
    lines: Lines,
    /// Finds physical lines, without regard to escapes. Comments have no escapes.
    physical: Lines,
    /// The bytes that may end an unquoted field, or begin an escape in it.
    needles: Needles,
    /// The first byte of the delimiter.
    delimiter: u8,
    /// Whether the delimiter is only one byte.
    is_single: bool,
    /// The escape character, if it also works outside quotes.
    escape: Option<u8>,
    trims: bool,
    has_kinds: bool,
    /// Whether an LF alone is text, not a line end.
    has_line_feeds: bool,
    /// Whether a CR alone may end a line.
    ends_at_carriage_returns: bool,
    /// Whether an empty line is a record with one empty field.
    has_empty_records: bool,
}

impl General {
    pub(super) fn new(dialect: &Dialect, fields: usize) -> General {
        let delimiter = dialect.delimiter.bytes()[0];
        let escape = dialect.escape_everywhere();
        let line_ends: &[u8] = match dialect.line_end {
            LineEnd::Any => b"\r\n",
            LineEnd::Lf => b"\n",
            LineEnd::CrLf | LineEnd::Cr => b"\r",
            // only JSON has this line end
            LineEnd::Separator => b"\x1e",
        };
        let ends: Vec<u8> = [delimiter].into_iter().chain(escape).collect();
        General {
            fields,
            lines: dialect.lines(),
            physical: Lines::ending_with(dialect.line_end),
            needles: Needles::new(&[&ends, line_ends].concat()),
            delimiter,
            is_single: dialect.delimiter.bytes().len() == 1,
            escape,
            trims: dialect.blanks == Blanks::Trim,
            has_kinds: dialect.has_kinds(),
            has_line_feeds: matches!(dialect.line_end, LineEnd::CrLf | LineEnd::Cr),
            ends_at_carriage_returns: matches!(dialect.line_end, LineEnd::Any | LineEnd::Cr),
            has_empty_records: fields == 1 && dialect.nulls == Nulls::Mark,
            dialect: *dialect,
        }
    }

    /// Where the lines of the dialect end.
    pub(super) fn line_end(&self) -> LineEnd {
        self.dialect.line_end
    }

    /// The delimiter for the fast path for records of plain numbers. `None` if the dialect cannot
    /// use the fast path.
    pub(super) fn delimiter_of_numbers(&self) -> Option<u8> {
        let is_plain = matches!(self.dialect.line_end, LineEnd::Any | LineEnd::Lf)
            && self.dialect.delimiter.bytes().len() == 1
            && !self.delimiter.is_ascii_digit();
        let comment = self.dialect.comment;
        let is_number = comment.is_some_and(|c| c.bytes()[0].is_ascii_digit());
        (is_plain && !is_number).then_some(self.delimiter)
    }
}

impl Records {
    /// Like [`Records::step`], for a dialect that is not the default one.
    pub(super) fn step_general(&mut self, bytes: &[u8], following: Following) -> Step {
        let Some(general) = self.general.take() else {
            return Step::End;
        };
        let step = self.step_of(&general, bytes, following);
        self.general = Some(general);
        step
    }

    fn step_of(&mut self, general: &General, bytes: &[u8], following: Following) -> Step {
        self.skip(general, bytes);
        let start = self.position;
        if start == bytes.len() {
            return Step::End;
        }
        self.places.clear();
        self.kinds.clear();
        self.undoubled.clear();
        let mut found = Found {
            places: &mut self.places,
            kinds: &mut self.kinds,
            copied: &mut self.undoubled,
        };
        match general.scan(bytes, start, &mut found) {
            Ok(shape) if !shape.line_end.is_empty() || following == Following::EndOfFile => {
                self.complete_shape(general, bytes, start, &shape)
            }
            Err(Malformed::Broken(at)) => {
                let flaw = StructureFault::TextAfterQuote(Some(at - start));
                self.reject_line(general, bytes, start, flaw)
            }
            Err(Malformed::Open) if following == Following::EndOfFile => {
                self.reject_line(general, bytes, start, StructureFault::NeverClosed)
            }
            Ok(_) | Err(Malformed::Open) => Step::Incomplete(start),
        }
    }

    /// Skips blank lines, byte order marks and comments before a record.
    fn skip(&mut self, general: &General, bytes: &[u8]) {
        while let Some(byte) = bytes.get(self.position) {
            let rest = &bytes[self.position..];
            let line_end = match byte {
                b'\r' | b'\n' if !general.has_empty_records => {
                    general.physical.at(bytes, self.position)
                }
                _ => None,
            };
            if let Some(line_end) = line_end {
                self.line += u64::from(bytes[line_end.end - 1] == b'\n');
                self.position = line_end.end;
            } else if general
                .dialect
                .comment
                .is_some_and(|c| rest.starts_with(c.bytes()))
            {
                let span = self.skip_line(general, bytes);
                self.comments = Some(self.comments.map_or((1, span), |(n, first)| (n + 1, first)));
            } else if general.is_end_of_data(rest) {
                self.skip_line(general, bytes);
            } else if !rest.starts_with(MARK) || !self.pass_mark(bytes) {
                return;
            }
        }
    }

    /// Skips a physical line.
    fn skip_line(&mut self, general: &General, bytes: &[u8]) -> Span {
        let start = self.position;
        let end = general.physical.find(bytes, start);
        let end = end.map_or(bytes.len(), |end| end.end);
        let span = Span {
            start,
            length: end - start,
            line: self.line,
        };
        self.line += memchr_iter(b'\n', &bytes[start..end]).count() as u64;
        self.position = end;
        span
    }

    fn complete_shape(
        &mut self,
        general: &General,
        bytes: &[u8],
        start: usize,
        shape: &Shape,
    ) -> Step {
        let (content, end) = (&bytes[start..shape.line_end.start], shape.line_end.end);
        let feeds = match shape.has_quotes || shape.has_escapes || general.has_line_feeds {
            true => memchr_iter(b'\n', content).count() as u64,
            false => 0,
        };
        // without an escape, only a quoted field can contain a line end
        let may_span = shape.has_quotes && (feeds > 0 || general.ends_at_carriage_returns);
        let spans = may_span && general.lines.find(content, 0).is_some();
        if spans && general.has_stray_quote(content) {
            return self.reject_line(general, bytes, start, StructureFault::NeverClosed);
        }
        if content.len() > self.max_record {
            return self.fault(bytes, start, end, StructureFault::TooLarge);
        }
        if shape.fields != self.fields && !self.fit(general, shape) {
            return self.fault(bytes, start, end, StructureFault::Fields(shape.fields));
        }
        let span = Span {
            start,
            length: end - start,
            line: self.line,
        };
        self.lines = feeds + u64::from(bytes[end - 1] == b'\n' && end > shape.line_end.start);
        self.line += self.lines;
        self.position = end;
        Step::Record(span)
    }

    /// Whether a record with the wrong number of fields is accepted. If it is, missing fields are
    /// added.
    fn fit(&mut self, general: &General, shape: &Shape) -> bool {
        if shape.fields > self.fields {
            return general.dialect.long_rows == LongRows::IgnoreEmpty && !shape.has_surplus;
        }
        let end = shape.line_end.start;
        self.places.resize(self.fields, Place::Chunk(end, end));
        if general.has_kinds {
            self.kinds.resize(self.fields, FieldKind::Plain);
        }
        general.dialect.short_rows == ShortRows::Pad
    }

    /// Rejects only the first line of a record. Reading resumes at the second line.
    fn reject_line(
        &mut self,
        general: &General,
        bytes: &[u8],
        start: usize,
        flaw: StructureFault,
    ) -> Step {
        let line_end = general.lines.find(bytes, start);
        let line_end = line_end.unwrap_or(bytes.len()..bytes.len());
        let length = line_end.start - start;
        let flaw = match flaw {
            _ if length > self.max_record => StructureFault::TooLarge,
            StructureFault::TextAfterQuote(Some(at)) if at >= length => {
                StructureFault::TextAfterQuote(None)
            }
            flaw => flaw,
        };
        self.fault(bytes, start, line_end.end, flaw)
    }
}

impl General {
    /// Whether the quotes of a record of several lines show a stray quote, because their number is
    /// odd.
    fn has_stray_quote(&self, content: &[u8]) -> bool {
        let dialect = &self.dialect;
        if dialect.escape.is_some() && self.escape.is_none() {
            let mut quotes = Quotes::at_start(dialect);
            quotes.follow(content);
            return quotes.is_odd();
        }
        has_odd_quotes(content, dialect.quote, self.escape)
    }

    /// Whether the bytes begin with `\.`, the line that ends the data in files of PostgreSQL's
    /// COPY.
    fn is_end_of_data(&self, rest: &[u8]) -> bool {
        let escape = self.dialect.escape;
        let is_of_copy =
            escape.is_some_and(|e| e.style == EscapeStyle::Postgres && rest[0] == e.byte);
        is_of_copy
            && rest.get(1) == Some(&b'.')
            && (rest.len() == 2 || self.physical.at(rest, 2).is_some())
    }
}

/// The fields of the first record, and the position after its line end. `None` if the record is
/// malformed or does not end.
pub fn first_record(
    bytes: &[u8],
    dialect: &Dialect,
    following: Following,
) -> Option<(Vec<String>, usize)> {
    let general = General::new(dialect, usize::MAX);
    let (mut places, mut copied) = (Vec::new(), Vec::new());
    let mut found = Found {
        places: &mut places,
        kinds: &mut Vec::new(),
        copied: &mut copied,
    };
    let shape = general.scan(bytes, 0, &mut found).ok()?;
    if shape.line_end.is_empty() && following == Following::Unknown {
        return None;
    }
    let text = |place: &Place| {
        let field = match place {
            Place::Chunk(start, end) => &bytes[*start..*end],
            Place::Undoubled(start, end) | Place::Parsed(start, end) => &copied[*start..*end],
        };
        String::from_utf8_lossy(field).into_owned()
    };
    Some((places.iter().map(text).collect(), shape.line_end.end))
}

#[cfg(test)]
mod tests;
