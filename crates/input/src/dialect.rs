//! The dialect of a delimited file: how its bytes are divided into records and fields, and which
//! fields have no value.
//!
//! The default is RFC 4180. `named` has the dialects of well-known programs.

mod named;
mod symbol;

pub use crate::lines::LineEnd;
use crate::lines::Lines;
pub use named::NamedDialect;
pub use symbol::Symbol;

/// How a file is divided into records and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// How records are written. Of JSON, only the line end applies.
    pub notation: Notation,
    /// What separates fields.
    pub delimiter: Symbol,
    /// The byte that encloses fields; within them it is doubled or escaped. `None`: a quote is
    /// text.
    pub quote: Option<u8>,
    /// What gives the next byte another meaning.
    pub escape: Option<Escape>,
    /// Where lines end.
    pub line_end: LineEnd,
    /// Lines that begin with it are not records.
    pub comment: Option<Symbol>,
    /// What blanks around unquoted fields are.
    pub blanks: Blanks,
    /// What a record with too few fields is.
    pub short_rows: ShortRows,
    /// What a record with too many fields is.
    pub long_rows: LongRows,
    /// What a quoted field without a value is.
    pub quoted: Quoted,
    /// Which unquoted fields have no value.
    pub nulls: Nulls,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// Fields with delimiters between them.
    #[default]
    Delimited,
    /// A JSON object.
    Json,
}

/// An escape and its convention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape {
    /// The byte.
    pub byte: u8,
    /// What an escaped byte means.
    pub style: EscapeStyle,
}

/// What an escaped byte means. A field that is only an escaped `N` is NULL, except in
/// [`EscapeStyle::Quotes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscapeStyle {
    /// As LOAD DATA reads it: `0 b n r t Z` are control characters, every other byte is itself.
    Mysql,
    /// As PostgreSQL's COPY reads it: `b f n r t v` are control characters, digits are the number
    /// of a byte, every other byte is itself.
    Postgres,
    /// Within quotes, a quote or an escape is itself; all other escapes are text (Spark).
    Quotes,
}

/// Whether a file begins with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeaderLine {
    /// As the named dialect has it; without one, there is a header.
    #[default]
    ByDialect,
    /// The first record names the columns.
    Present,
    /// Every record is data. The fields are the columns of the table in the schema's order.
    Absent,
}

/// What blanks around unquoted fields are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blanks {
    /// A part of the field.
    #[default]
    Keep,
    /// Nothing.
    Trim,
}

/// What a record with too few fields is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShortRows {
    /// It is rejected.
    #[default]
    Reject,
    /// Its missing fields, which are the last ones, are empty.
    Pad,
}

/// What a record with too many fields is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LongRows {
    /// It is rejected.
    #[default]
    Reject,
    /// If all additional fields are empty, they are ignored.
    IgnoreEmpty,
}

/// What a quoted field is that is empty or is a word for NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoted {
    /// The same as the unquoted one.
    #[default]
    Null,
    /// Text.
    Text,
}

/// Which unquoted fields have no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nulls {
    /// An empty field, `\N`, and `null` in any case.
    #[default]
    Words,
    /// An escaped `N`, and the word `NULL` if there are quotes, because a text would have them. An
    /// empty field is the empty text.
    Mark,
    /// An empty field.
    Empty,
}

/// What is known of a field besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldKind {
    /// The usual words mean NULL.
    #[default]
    Plain,
    /// The dialect says that it is NULL.
    Null,
    /// The dialect says that it is not NULL, even if it is empty or is a word for NULL.
    Value,
    /// The same, and it is quoted, so words for NULL that were set do not apply.
    Quoted,
    /// The same, and it is a JSON number, `true` or `false`: a point in it is a decimal point.
    Literal,
    /// A JSON array or object where a single value is wanted.
    Nested,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            notation: Notation::default(),
            delimiter: Symbol::byte(b','),
            quote: Some(b'"'),
            escape: None,
            line_end: LineEnd::default(),
            comment: None,
            blanks: Blanks::default(),
            short_rows: ShortRows::default(),
            long_rows: LongRows::default(),
            quoted: Quoted::default(),
            nulls: Nulls::default(),
        }
    }
}

impl Dialect {
    /// JSON objects that end there.
    pub(crate) fn json(line_end: LineEnd) -> Dialect {
        Dialect {
            notation: Notation::Json,
            quote: None,
            line_end,
            nulls: Nulls::Mark,
            ..Dialect::default()
        }
    }

    /// Whether records are JSON objects.
    pub fn is_json(&self) -> bool {
        self.notation == Notation::Json
    }

    /// Where its lines end.
    pub(crate) fn lines(&self) -> Lines {
        Lines::with_escape(self.line_end, self.escape_everywhere())
    }

    /// Whether it is the default.
    pub fn is_default(&self) -> bool {
        *self == Dialect::default()
    }

    /// Whether a field may be of another kind than [`FieldKind::Plain`].
    pub fn has_kinds(&self) -> bool {
        self.escape.is_some() || self.quoted == Quoted::Text || self.nulls != Nulls::Words
    }

    /// The escape, if it also works outside of quotes.
    pub(crate) fn escape_everywhere(&self) -> Option<u8> {
        let escape = self.escape?;
        (escape.style != EscapeStyle::Quotes).then_some(escape.byte)
    }

    /// Whether a byte is a blank that may surround a quoted or, if they are trimmed, any field.
    #[inline]
    pub(crate) fn is_blank(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') && !self.delimiter.bytes().contains(&byte)
    }

    /// Length of a record without its line end. Blanks at its end count.
    pub fn without_line_end(&self, record: &[u8]) -> usize {
        self.lines().without_end(record)
    }

    /// Whether a record consists of delimiters and blanks alone, so that it has no value.
    pub fn is_blank_record(&self, content: &[u8]) -> bool {
        let delimiter = self.delimiter.bytes();
        let mut rest = content;
        while let Some(first) = rest.first() {
            rest = match rest.strip_prefix(delimiter) {
                Some(after) => after,
                None if matches!(first, b' ' | b'\t') => &rest[1..],
                None => return false,
            };
        }
        true
    }

    /// Checks that no two of its parts are the same.
    ///
    /// # Errors
    ///
    /// Names the two parts.
    pub fn check(&self) -> Result<(), String> {
        let delimiter = ("delimiter", self.delimiter);
        let quote = self.quote.map(|byte| ("quote", Symbol::byte(byte)));
        let escape = self.escape.map(|e| ("escape", Symbol::byte(e.byte)));
        let comment = self.comment.map(|comment| ("comment", comment));
        if let (Some(quote), Some(escape)) = (quote, escape)
            && quote.1 == escape.1
        {
            return clash(quote, escape).map_err(|words| {
                format!("{words}; a quote that is written twice needs no escape: escape none")
            });
        }
        for part in [quote, escape].into_iter().flatten() {
            let byte = part.1.bytes()[0];
            if self.delimiter.bytes().contains(&byte) {
                return clash(delimiter, part);
            }
        }
        let Some(comment) = comment else {
            return Ok(());
        };
        for part in [Some(delimiter), quote, escape].into_iter().flatten() {
            let (shorter, longer) = (part.1.bytes(), comment.1.bytes());
            if longer.starts_with(shorter) || shorter.starts_with(longer) {
                return clash(comment, part);
            }
        }
        Ok(())
    }
}

impl LineEnd {
    /// What ends a line that is written.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            LineEnd::Any | LineEnd::Lf => b"\n",
            LineEnd::CrLf => b"\r\n",
            LineEnd::Cr => b"\r",
            LineEnd::Separator => b"\x1e",
        }
    }
}

/// The error about two parts of which one is in the other.
fn clash(one: (&str, Symbol), other: (&str, Symbol)) -> Result<(), String> {
    let is_longer = one.1.bytes().len() >= other.1.bytes().len();
    let ((a, longer), (b, shorter)) = match is_longer {
        true => (one, other),
        false => (other, one),
    };
    Err(match longer == shorter {
        true => format!("{a} and {b} are both {longer}"),
        false => format!("{a} {longer} has the {b} {shorter} in it"),
    })
}
