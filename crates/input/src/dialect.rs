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
    /// Whether records are delimited fields or JSON objects. For JSON, only the line end of the
    /// dialect applies.
    pub notation: Notation,
    /// What separates fields.
    pub delimiter: Symbol,
    /// The byte that encloses fields. Within a field, it is doubled or escaped. If `None`, quotes
    /// are text.
    pub quote: Option<u8>,
    /// The escape character, which gives the next byte another meaning.
    pub escape: Option<Escape>,
    /// Where lines end.
    pub line_end: LineEnd,
    /// A line that begins with this symbol is a comment, not a record.
    pub comment: Option<Symbol>,
    /// Whether blanks around an unquoted field belong to the field.
    pub blanks: Blanks,
    /// What happens to a record with too few fields.
    pub short_rows: ShortRows,
    /// What happens to a record with too many fields.
    pub long_rows: LongRows,
    /// Whether a quoted field that is empty or a word for NULL is NULL.
    pub quoted: Quoted,
    /// Which unquoted fields are NULL.
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
    /// The escape character.
    pub byte: u8,
    /// What an escaped byte means.
    pub style: EscapeStyle,
}

/// What an escaped byte means. A field that consists of an escaped `N` is NULL, except with
/// [`EscapeStyle::Quotes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscapeStyle {
    /// As in LOAD DATA: `0 b n r t Z` mean control characters, and every other byte means itself.
    Mysql,
    /// As in PostgreSQL's COPY: `b f n r t v` mean control characters, digits give the number of a
    /// byte, and every other byte means itself.
    Postgres,
    /// As in Spark: within quotes, an escaped quote or escape means itself. All other escapes are
    /// text.
    Quotes,
}

/// Whether a file begins with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeaderLine {
    /// The named dialect decides. Without a named dialect, the file has a header.
    #[default]
    ByDialect,
    /// The first record names the columns.
    Present,
    /// Every record is data. The fields are the columns of the table in the schema's order.
    Absent,
}

/// What happens to blanks around unquoted fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blanks {
    /// The blanks are a part of the field.
    #[default]
    Keep,
    /// The blanks are removed.
    Trim,
}

/// What happens to a record with too few fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShortRows {
    /// The record is rejected.
    #[default]
    Reject,
    /// The missing fields, which are the last ones, are empty.
    Pad,
}

/// What happens to a record with too many fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LongRows {
    /// The record is rejected.
    #[default]
    Reject,
    /// The additional fields are ignored if all of them are empty. Otherwise the record is
    /// rejected.
    IgnoreEmpty,
}

/// What a quoted field means if it is empty or is a word for NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoted {
    /// NULL, like an unquoted field.
    #[default]
    Null,
    /// Text.
    Text,
}

/// Which unquoted fields are NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nulls {
    /// An empty field, `\N`, and `null` in any case.
    #[default]
    Words,
    /// An escaped `N`. If the dialect has quotes, also the word `NULL`, because the program that
    /// writes such files would quote a text. An empty field is an empty string.
    Mark,
    /// An empty field.
    Empty,
}

/// What the dialect says about a field besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldKind {
    /// Nothing: the usual words mean NULL.
    #[default]
    Plain,
    /// The field is NULL.
    Null,
    /// The field is not NULL, even if it is empty or is a word for NULL.
    Value,
    /// The field is not NULL and is quoted, so words for NULL that a user sets do not apply.
    Quoted,
    /// The field is a JSON number, `true` or `false`. A point in it is a decimal point, whatever
    /// the format of the column says.
    Literal,
    /// The field is a JSON array or object although its column needs a single value.
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
    /// The dialect of JSON objects with this line end.
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

    /// Finds line ends in this dialect.
    pub(crate) fn lines(&self) -> Lines {
        Lines::with_escape(self.line_end, self.escape_everywhere())
    }

    /// Whether this is the default dialect.
    pub fn is_default(&self) -> bool {
        *self == Dialect::default()
    }

    /// Whether fields may have a kind other than [`FieldKind::Plain`].
    pub fn has_kinds(&self) -> bool {
        self.escape.is_some() || self.quoted == Quoted::Text || self.nulls != Nulls::Words
    }

    /// The escape character, if it also works outside quotes.
    pub(crate) fn escape_everywhere(&self) -> Option<u8> {
        let escape = self.escape?;
        (escape.style != EscapeStyle::Quotes).then_some(escape.byte)
    }

    /// Whether a byte is a space or tab that may surround a quoted field, or any field if blanks
    /// are trimmed. A byte of the delimiter is not a blank.
    #[inline]
    pub(crate) fn is_blank(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') && !self.delimiter.bytes().contains(&byte)
    }

    /// Length of a record without its line end. Trailing blanks are counted.
    pub fn without_line_end(&self, record: &[u8]) -> usize {
        self.lines().without_end(record)
    }

    /// Whether a record consists only of delimiters and blanks, so that no field has a value.
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

    /// Checks that delimiter, quote, escape and comment differ from each other.
    ///
    /// # Errors
    ///
    /// When two symbols are equal, or one contains the other. The message names both.
    pub fn check(&self) -> Result<(), String> {
        let delimiter = ("delimiter", self.delimiter);
        let quote = self.quote.map(|byte| ("quote", Symbol::byte(byte)));
        let escape = self.escape.map(|e| ("escape", Symbol::byte(e.byte)));
        let comment = self.comment.map(|comment| ("comment", comment));
        if let (Some(quote), Some(escape)) = (quote, escape)
            && quote.1 == escape.1
        {
            return clash(quote, escape).map_err(|words| {
                format!("{words}; if quotes within fields are doubled, set the escape to none")
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
    /// The bytes that end a written line.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            LineEnd::Any | LineEnd::Lf => b"\n",
            LineEnd::CrLf => b"\r\n",
            LineEnd::Cr => b"\r",
            LineEnd::Separator => b"\x1e",
        }
    }
}

/// The error about two symbols that are equal, or of which one contains the other.
fn clash(one: (&str, Symbol), other: (&str, Symbol)) -> Result<(), String> {
    let is_longer = one.1.bytes().len() >= other.1.bytes().len();
    let ((a, longer), (b, shorter)) = match is_longer {
        true => (one, other),
        false => (other, one),
    };
    Err(match longer == shorter {
        true => format!("{a} and {b} are both {longer}"),
        false => format!("{a} {longer} contains the {b} {shorter}"),
    })
}
