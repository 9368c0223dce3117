//! Finds the fields of a record in one pass, and handles delimiters, quotes and escapes.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::General;
use super::unescape::unescape;
use crate::dialect::{EscapeStyle, FieldKind, LineEnd, Nulls, Quoted};
use crate::records::split::Place;

/// The buffers for the fields of a record.
pub(super) struct Found<'a> {
    pub(super) places: &'a mut Vec<Place>,
    pub(super) kinds: &'a mut Vec<FieldKind>,
    /// Texts of fields that differ from the bytes in the chunk, for example because of escapes.
    pub(super) copied: &'a mut Vec<u8>,
}

/// One field.
struct Field {
    /// Position of the delimiter or line end after the field.
    end: usize,
    place: Place,
    kind: FieldKind,
    /// Whether the field has no bytes.
    is_empty: bool,
}

/// Why a record cannot be divided into fields.
pub(super) enum Malformed {
    /// A quoted field is not closed at the end of the bytes.
    Open,
    /// Text follows a closing quote. The number is the position of this text.
    Broken(usize),
}

/// The shape of a record.
pub(super) struct Shape {
    /// The line end of the record. Empty if the bytes end first.
    pub(super) line_end: Range<usize>,
    /// Number of fields of the record.
    pub(super) fields: usize,
    /// Whether a field that has no place in the header is not empty.
    pub(super) has_surplus: bool,
    /// Whether a field is quoted, so that it may contain line ends.
    pub(super) has_quotes: bool,
    /// Whether a field has an escape, so that it may contain line ends.
    pub(super) has_escapes: bool,
}

impl General {
    /// Finds the fields of the record at `start`.
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        start: usize,
        found: &mut Found<'_>,
    ) -> Result<Shape, Malformed> {
        let mut shape = Shape {
            line_end: start..start,
            fields: 0,
            has_surplus: false,
            has_quotes: false,
            has_escapes: false,
        };
        let mut at = start;
        loop {
            if self.trims {
                at = self.after_blanks(bytes, at);
            }
            let field = match (bytes.get(at), self.dialect.quote) {
                (Some(byte), Some(quote)) if *byte == quote => {
                    shape.has_quotes = true;
                    self.quoted(bytes, at + 1, quote, found)?
                }
                _ => self.unquoted(bytes, at, found),
            };
            shape.fields += 1;
            shape.has_escapes |=
                field.kind != FieldKind::Null && matches!(field.place, Place::Undoubled(..));
            if shape.fields <= self.fields {
                found.places.push(field.place);
                if self.has_kinds {
                    found.kinds.push(field.kind);
                }
            } else {
                shape.has_surplus |= !field.is_empty;
            }
            if bytes.get(field.end) == Some(&self.delimiter) {
                at = field.end + self.dialect.delimiter.bytes().len();
                continue;
            }
            let line_end = self.lines.at(bytes, field.end);
            shape.line_end = line_end.unwrap_or(field.end..field.end);
            return Ok(shape);
        }
    }

    fn after_blanks(&self, bytes: &[u8], at: usize) -> usize {
        let blanks = bytes[at..]
            .iter()
            .take_while(|b| self.dialect.is_blank(**b));
        at + blanks.count()
    }

    #[inline]
    fn is_delimiter(&self, bytes: &[u8], at: usize) -> bool {
        let delimiter = self.dialect.delimiter;
        bytes.get(at) == Some(&self.delimiter)
            && (self.is_single || bytes[at..].starts_with(delimiter.bytes()))
    }

    /// Whether a field ends at this position.
    #[inline]
    fn ends(&self, bytes: &[u8], at: usize) -> bool {
        self.is_delimiter(bytes, at) || self.lines.at(bytes, at).is_some()
    }

    /// The position of the first escape, delimiter or line end of an unquoted field, or else the
    /// end of the bytes; and whether it is an escape.
    #[inline]
    fn stop(&self, bytes: &[u8], start: usize) -> (usize, bool) {
        let mut at = start;
        loop {
            let Some(n) = self.needles.find(&bytes[at..]) else {
                return (bytes.len(), false);
            };
            at += n;
            let byte = bytes[at];
            if byte == self.delimiter {
                if self.is_delimiter(bytes, at) {
                    return (at, false);
                }
            } else if Some(byte) == self.escape {
                return (at, true);
            } else if self.lines.at(bytes, at).is_some() {
                return (at, false);
            }
            at += 1;
        }
    }

    #[inline]
    fn unquoted(&self, bytes: &[u8], start: usize, found: &mut Found<'_>) -> Field {
        let (end, is_escape) = self.stop(bytes, start);
        if is_escape {
            // most fields with an escape are only the mark for NULL
            if end == start && bytes.get(start + 1) == Some(&b'N') && self.ends(bytes, start + 2) {
                return null(start + 2);
            }
            return self.unquoted_with_escapes(bytes, start, end, found);
        }
        let content = start..self.without_blanks(bytes, start, end);
        let kind = self.kind_of_unquoted(&bytes[content.clone()]);
        Field {
            end,
            place: match kind {
                FieldKind::Null => NO_TEXT,
                _ => Place::Chunk(content.start, content.end),
            },
            kind,
            is_empty: content.is_empty(),
        }
    }

    /// Reads an unquoted field whose first escape is at `at`.
    fn unquoted_with_escapes(
        &self,
        bytes: &[u8],
        start: usize,
        at: usize,
        found: &mut Found<'_>,
    ) -> Field {
        let written = found.copied.len();
        let (mut copied, mut at) = (start, at);
        let end = loop {
            found.copied.extend_from_slice(&bytes[copied..at]);
            at = self.unescape(bytes, at, found.copied);
            copied = at;
            let is_escape;
            (at, is_escape) = self.stop(bytes, at);
            if !is_escape {
                break at;
            }
        };
        let content_end = self.without_blanks(bytes, copied, end);
        if self.is_null_mark(&bytes[start..content_end]) {
            return null(end);
        }
        found.copied.extend_from_slice(&bytes[copied..content_end]);
        Field {
            end,
            place: Place::Undoubled(written, found.copied.len()),
            kind: FieldKind::Value,
            is_empty: false,
        }
    }

    /// The end of an unquoted field. If blanks are trimmed, it is before the trailing blanks.
    #[inline]
    fn without_blanks(&self, bytes: &[u8], start: usize, end: usize) -> usize {
        if !self.trims {
            return end;
        }
        let field = bytes[start..end].iter().rev();
        end - field.take_while(|b| self.dialect.is_blank(**b)).count()
    }

    #[inline]
    fn kind_of_unquoted(&self, field: &[u8]) -> FieldKind {
        match self.dialect.nulls {
            Nulls::Words => FieldKind::Plain,
            Nulls::Mark if self.dialect.quote.is_some() && field == b"NULL" => FieldKind::Null,
            Nulls::Empty if field.is_empty() => FieldKind::Null,
            Nulls::Mark | Nulls::Empty => FieldKind::Value,
        }
    }

    /// Whether the bytes of a field are an escaped `N`, the mark for NULL.
    fn is_null_mark(&self, field: &[u8]) -> bool {
        let escape = self.dialect.escape;
        escape.is_some_and(|e| e.style != EscapeStyle::Quotes && field == [e.byte, b'N'])
    }

    /// Appends the meaning of the escape at `at`. Returns the position after the escaped bytes.
    fn unescape(&self, bytes: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
        let Some(escape) = self.dialect.escape else {
            return at;
        };
        let rest = &bytes[at + 1..];
        let is_line_end = self.escape.is_some() && self.dialect.line_end == LineEnd::Any;
        if is_line_end && rest.starts_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
            return at + 3;
        }
        at + 1 + unescape(escape, self.dialect.quote, rest, out)
    }

    /// Reads a quoted field whose content begins at `start`.
    #[inline]
    fn quoted(
        &self,
        bytes: &[u8],
        start: usize,
        quote: u8,
        found: &mut Found<'_>,
    ) -> Result<Field, Malformed> {
        let at = start + self.quote_or_escape(bytes, start, quote)?;
        if bytes[at] == quote && bytes.get(at + 1) == Some(&self.delimiter) && self.is_single {
            // most quoted fields have neither doubled quotes nor escapes
            return Ok(Field {
                end: at + 1,
                place: Place::Chunk(start, at),
                kind: self.kind_of_quoted(false),
                is_empty: start == at,
            });
        }
        self.quoted_with_more(bytes, (start, at), quote, found)
    }

    /// Distance from `from` to the next quote or escape.
    #[inline]
    fn quote_or_escape(&self, bytes: &[u8], from: usize, quote: u8) -> Result<usize, Malformed> {
        let next = match self.dialect.escape {
            None => memchr(quote, &bytes[from..]),
            Some(escape) => memchr2(quote, escape.byte, &bytes[from..]),
        };
        next.ok_or(Malformed::Open)
    }

    fn kind_of_quoted(&self, has_escapes: bool) -> FieldKind {
        match self.dialect.quoted {
            Quoted::Text => FieldKind::Quoted,
            Quoted::Null if has_escapes => FieldKind::Value,
            Quoted::Null => FieldKind::Plain,
        }
    }

    /// Reads a quoted field whose content begins at `start`. Its first quote or escape is at `at`.
    fn quoted_with_more(
        &self,
        bytes: &[u8],
        (start, at): (usize, usize),
        quote: u8,
        found: &mut Found<'_>,
    ) -> Result<Field, Malformed> {
        let written = found.copied.len();
        // all bytes before `copied` are already in `found.copied`
        let (mut at, mut copied, mut has_escapes) = (at, start, false);
        loop {
            if bytes[at] != quote {
                if at + 1 == bytes.len() {
                    return Err(Malformed::Open);
                }
                found.copied.extend_from_slice(&bytes[copied..at]);
                at = self.unescape(bytes, at, found.copied);
                (copied, has_escapes) = (at, true);
            } else if bytes.get(at + 1) == Some(&quote) {
                found.copied.extend_from_slice(&bytes[copied..=at]);
                at += 2;
                copied = at;
            } else {
                break;
            }
            at += self.quote_or_escape(bytes, at, quote)?;
        }
        let close = at;
        let end = match bytes.get(close + 1) {
            Some(b' ' | b'\t') => self.after_blanks(bytes, close + 1),
            _ => close + 1,
        };
        if end < bytes.len() && !self.ends(bytes, end) {
            return Err(Malformed::Broken(end));
        }
        let blanks = match self.trims {
            true => &[],
            false => &bytes[close + 1..end],
        };
        if blanks.is_empty() && self.is_null_mark(&bytes[start..close]) {
            return Ok(null(end));
        }
        let place = match copied == start && blanks.is_empty() {
            true => Place::Chunk(start, close),
            false => {
                found.copied.extend_from_slice(&bytes[copied..close]);
                found.copied.extend_from_slice(blanks);
                Place::Undoubled(written, found.copied.len())
            }
        };
        Ok(Field {
            end,
            place,
            kind: self.kind_of_quoted(has_escapes),
            is_empty: start == close,
        })
    }
}

/// The place of a field that is NULL. It has no text, whatever the file contains.
const NO_TEXT: Place = Place::Undoubled(0, 0);

/// A field that is NULL.
fn null(end: usize) -> Field {
    Field {
        end,
        place: NO_TEXT,
        kind: FieldKind::Null,
        is_empty: false,
    }
}
