//! A reader of any dialect that shares nothing with the parser: a byte at a time, over the whole
//! file.

use super::reading::Item;
use crate::dialect::{
    Blanks, Dialect, EscapeStyle, FieldKind, LineEnd, LongRows, Nulls, Quoted, ShortRows,
};
use model::rejection::Rule;

struct Reader<'a> {
    dialect: &'a Dialect,
    bytes: &'a [u8],
    at: usize,
    /// Quotes of the record that are not escaped.
    quotes: usize,
}

type Field = (FieldKind, Vec<u8>);

/// Everything in a file.
pub(super) fn read(bytes: &[u8], dialect: &Dialect, fields: usize, max_record: usize) -> Vec<Item> {
    let mut reader = Reader {
        dialect,
        bytes,
        at: 0,
        quotes: 0,
    };
    let mut items = Vec::new();
    while reader.at < bytes.len() {
        if reader.is_too_long_with_comment(max_record) || !reader.skip(fields) {
            items.push(reader.item(fields, max_record));
        }
    }
    items
}

/// Number of fields of the first record.
pub(super) fn count(bytes: &[u8], dialect: &Dialect) -> usize {
    let mut reader = Reader {
        dialect,
        bytes,
        at: 0,
        quotes: 0,
    };
    reader.record().map_or(0, |fields| fields.len())
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Length of the line end here; 0 if there is none.
    fn line_end(&self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        match self.dialect.line_end {
            LineEnd::Any if rest.starts_with(b"\r\n") => 2,
            LineEnd::Any if rest.starts_with(b"\r") || rest.starts_with(b"\n") => 1,
            LineEnd::Lf if rest.starts_with(b"\n") => 1,
            LineEnd::Cr if rest.starts_with(b"\r") => 1,
            LineEnd::CrLf if rest.starts_with(b"\r\n") => 2,
            _ => 0,
        }
    }

    /// The line from here on: its length without and with its line end.
    fn line(&self, escapes: bool) -> (usize, usize) {
        let escape = self
            .dialect
            .escape
            .filter(|e| escapes && e.style != EscapeStyle::Quotes);
        let mut at = self.at;
        while at < self.bytes.len() {
            let end = self.line_end(at);
            if end > 0 {
                return (at - self.at, at + end - self.at);
            }
            if escape.is_some_and(|e| e.byte == self.bytes[at]) {
                at += 1;
                at += if at < self.bytes.len() {
                    self.line_end(at).max(1)
                } else {
                    0
                };
            } else {
                at += 1;
            }
        }
        let at = at.min(self.bytes.len());
        (at - self.at, at - self.at)
    }

    /// Whether a comment and what follows it are one line that is too long, because the line end of
    /// the comment is escaped.
    fn is_too_long_with_comment(&self, max_record: usize) -> bool {
        let is_comment = self
            .dialect
            .comment
            .is_some_and(|c| self.rest().starts_with(c.bytes()));
        let (line, physical) = (self.line(true), self.line(false));
        is_comment && line > physical && line.0 > max_record
    }

    /// Passes over something that is no record.
    fn skip(&mut self, fields: usize) -> bool {
        let has_empty_rows = fields == 1 && self.dialect.nulls == Nulls::Mark;
        let end = self.line_end(self.at);
        let is_comment = self
            .dialect
            .comment
            .is_some_and(|c| self.rest().starts_with(c.bytes()));
        let (content, line) = self.line(false);
        let is_end = self.dialect.escape.is_some_and(|e| {
            e.style == EscapeStyle::Postgres && self.rest()[..content] == [e.byte, b'.']
        });
        let length = match self.rest() {
            _ if end > 0 && !has_empty_rows => end,
            _ if is_comment || is_end => line,
            rest if rest.starts_with(b"\xef\xbb\xbf") => 3,
            _ => return false,
        };
        self.at += length;
        true
    }

    fn is_delimiter(&self) -> bool {
        self.rest().starts_with(self.dialect.delimiter.bytes())
    }

    fn is_field_end(&self) -> bool {
        self.at == self.bytes.len() || self.is_delimiter() || self.line_end(self.at) > 0
    }

    fn is_blank(&self) -> bool {
        let is_part = |byte: &u8| self.dialect.delimiter.bytes().contains(byte);
        let byte = self.rest().first();
        byte.is_some_and(|byte| (*byte == b' ' || *byte == b'\t') && !is_part(byte))
    }

    fn is_quote(&self) -> bool {
        let quote = self.dialect.quote;
        quote.is_some() && self.rest().first().copied() == quote
    }

    /// Takes an escape and what it escapes.
    fn escaped(&mut self, value: &mut Vec<u8>) {
        let escape = self.dialect.escape.unwrap();
        let rest = &self.bytes[self.at + 1..];
        let is_everywhere = escape.style != EscapeStyle::Quotes;
        if is_everywhere && self.dialect.line_end == LineEnd::Any && rest.starts_with(b"\r\n") {
            value.extend(b"\r\n");
            self.at += 3;
            return;
        }
        let Some(&next) = rest.first() else {
            value.push(escape.byte);
            self.at += 1;
            return;
        };
        self.at += 2;
        let letters: &[(u8, u8)] = match escape.style {
            EscapeStyle::Mysql => &[
                (b'0', 0),
                (b'b', 8),
                (b't', 9),
                (b'n', 10),
                (b'r', 13),
                (b'Z', 26),
            ],
            EscapeStyle::Postgres => &[
                (b'b', 8),
                (b't', 9),
                (b'n', 10),
                (b'v', 11),
                (b'f', 12),
                (b'r', 13),
            ],
            EscapeStyle::Quotes => {
                if next != escape.byte && Some(next) != self.dialect.quote {
                    value.push(escape.byte);
                }
                &[]
            }
        };
        if escape.style == EscapeStyle::Postgres {
            let digits = |from: usize, base, most| -> String {
                let bytes = rest[from..].iter().take(most).map(|byte| char::from(*byte));
                bytes.take_while(|c| c.is_digit(base)).collect()
            };
            let (octal, hex) = (digits(0, 8, 3), digits(1, 16, 2));
            if !octal.is_empty() {
                value.push(u32::from_str_radix(&octal, 8).unwrap() as u8);
                self.at += octal.len() - 1;
                return;
            }
            if next == b'x' && !hex.is_empty() {
                value.push(u8::from_str_radix(&hex, 16).unwrap());
                self.at += hex.len();
                return;
            }
        }
        let letter = letters.iter().find(|(letter, _)| *letter == next);
        value.push(letter.map_or(next, |(_, meaning)| *meaning));
    }

    /// A field; `None` when its quote is not closed, or text follows the closing one.
    fn field(&mut self) -> Option<Field> {
        let trims = self.dialect.blanks == Blanks::Trim;
        while trims && self.is_blank() {
            self.at += 1;
        }
        match self.is_quote() {
            true => self.quoted(trims),
            false => Some(self.unquoted(trims)),
        }
    }

    fn is_mark(&self, raw: &[u8]) -> bool {
        let escape = self.dialect.escape;
        escape.is_some_and(|e| e.style != EscapeStyle::Quotes && raw == [e.byte, b'N'])
    }

    fn quoted(&mut self, trims: bool) -> Option<Field> {
        let escape = self.dialect.escape.map(|e| e.byte);
        let (mut value, mut has_escape) = (Vec::new(), false);
        self.quotes += 1;
        self.at += 1;
        let start = self.at;
        loop {
            let byte = *self.rest().first()?;
            if Some(byte) == escape {
                has_escape = true;
                if self.rest().len() == 1 {
                    return None;
                }
                self.escaped(&mut value);
            } else if self.is_quote() {
                self.quotes += 1;
                self.at += 1;
                if !self.is_quote() {
                    break;
                }
                self.quotes += 1;
                self.at += 1;
                value.push(byte);
            } else {
                value.push(byte);
                self.at += 1;
            }
        }
        let is_mark = self.is_mark(&self.bytes[start..self.at - 1]);
        let blanks = self.at;
        while self.is_blank() {
            self.at += 1;
        }
        if !self.is_field_end() {
            return None;
        }
        let blanks = if trims {
            &[]
        } else {
            &self.bytes[blanks..self.at]
        };
        if is_mark && blanks.is_empty() {
            return Some((FieldKind::Null, Vec::new()));
        }
        value.extend(blanks);
        let kind = match self.dialect.quoted {
            Quoted::Text => FieldKind::Quoted,
            Quoted::Null if has_escape => FieldKind::Value,
            Quoted::Null => FieldKind::Plain,
        };
        Some((self.kind(kind), value))
    }

    fn unquoted(&mut self, trims: bool) -> Field {
        let escape = self
            .dialect
            .escape
            .filter(|e| e.style != EscapeStyle::Quotes);
        let (mut value, mut has_escape, mut kept) = (Vec::new(), false, 0);
        let start = self.at;
        while !self.is_field_end() {
            let byte = self.bytes[self.at];
            if escape.is_some_and(|e| e.byte == byte) {
                has_escape = true;
                self.escaped(&mut value);
                kept = value.len();
            } else {
                self.quotes += usize::from(self.is_quote());
                if !self.is_blank() {
                    kept = value.len() + 1;
                }
                value.push(byte);
                self.at += 1;
            }
        }
        let blanks = value.len() - kept;
        if trims {
            value.truncate(kept);
        }
        let raw = &self.bytes[start..self.at - if trims { blanks } else { 0 }];
        let kind = match self.dialect.nulls {
            _ if self.is_mark(raw) => FieldKind::Null,
            _ if has_escape => FieldKind::Value,
            Nulls::Words => FieldKind::Plain,
            Nulls::Mark if self.dialect.quote.is_some() && value == b"NULL" => FieldKind::Null,
            Nulls::Empty if value.is_empty() => FieldKind::Null,
            Nulls::Mark | Nulls::Empty => FieldKind::Value,
        };
        match kind {
            FieldKind::Null => (kind, Vec::new()),
            kind => (self.kind(kind), value),
        }
    }

    /// A dialect without kinds gives none.
    fn kind(&self, kind: FieldKind) -> FieldKind {
        match self.dialect.has_kinds() {
            true => kind,
            false => FieldKind::Plain,
        }
    }

    /// The fields of a record, up to its line end.
    fn record(&mut self) -> Option<Vec<Field>> {
        let mut fields = vec![self.field()?];
        while self.at < self.bytes.len() && self.is_delimiter() {
            self.at += self.dialect.delimiter.bytes().len();
            fields.push(self.field()?);
        }
        Some(fields)
    }

    fn item(&mut self, fields: usize, max_record: usize) -> Item {
        let start = self.at;
        self.quotes = 0;
        let (first_line, with_end) = self.line(true);
        let read = self.record();
        let length = self.at - start;
        let is_stray = read.is_none() || (length > first_line && self.quotes % 2 == 1);
        let (length, whole) = match is_stray {
            true => (first_line, with_end),
            false => (
                length,
                length
                    + if self.at < self.bytes.len() {
                        self.line_end(self.at)
                    } else {
                        0
                    },
            ),
        };
        self.at = start + whole;
        let line = self.bytes[..start].iter().filter(|b| **b == b'\n').count() as u64;
        Item {
            offset: start as u64,
            length: whole as u64,
            line: line + 1,
            read: match read {
                _ if length > max_record => Err(Rule::RecordTooLarge),
                _ if is_stray => Err(Rule::UnclosedQuote),
                None => Err(Rule::UnclosedQuote),
                Some(read) => self.fitted(read, fields).ok_or(Rule::FieldCount),
            },
        }
    }

    fn fitted(&self, mut read: Vec<Field>, fields: usize) -> Option<Vec<Field>> {
        if read.len() < fields && self.dialect.short_rows == ShortRows::Pad {
            read.resize(fields, (FieldKind::Plain, Vec::new()));
        }
        let surplus = read.get(fields..).unwrap_or_default();
        let is_empty = surplus.iter().all(|(kind, value)| {
            value.is_empty() && (*kind != FieldKind::Null || self.dialect.nulls == Nulls::Empty)
        });
        if is_empty && self.dialect.long_rows == LongRows::IgnoreEmpty {
            read.truncate(fields);
        }
        (read.len() == fields).then_some(read)
    }
}
