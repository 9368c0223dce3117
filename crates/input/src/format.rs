//! The settings that describe the format of an input file: CSV or JSON, the dialect, whether there
//! is a header, the encoding.
//!
//! Each setting is an option (`--skip-lines`) and a key in `reviewseed.toml` (`skip_lines`). If a
//! setting is missing, the named dialect, the file's name or its first lines decide.

use encoding_rs::{Encoding, UTF_8};
use model::setting::{SettingError, single, switch};

pub use crate::dialect::HeaderLine;
use crate::dialect::{
    Blanks, Dialect, Escape, EscapeStyle, LineEnd, LongRows, NamedDialect, Notation, Quoted,
    ShortRows, Symbol,
};
use crate::json::RecordsPath;

/// The format of an input file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Delimited text.
    Csv,
    /// JSON objects, one per line.
    JsonLines,
    /// A JSON array of objects, or JSON Lines. The first character of the file decides.
    Json,
    /// Parquet. Its rows are read as JSON Lines.
    Parquet,
}

/// The settings of an input file's format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Format {
    /// The file format. If `None`, the file's name decides.
    pub file: Option<FileFormat>,
    /// The array with the records, if each file is one JSON object.
    pub records: Option<RecordsPath>,
    /// The named dialect. It decides the settings that are `None` here.
    pub dialect: Option<NamedDialect>,
    /// What separates fields. If `None`, the dialect decides. If the dialect leaves the delimiter
    /// open, fields are separated by a tab in `.tsv` files and by a comma in others.
    pub delimiter: Option<Symbol>,
    /// The byte that encloses fields. `Some(None)` means that no byte does.
    pub quote: Option<Option<u8>>,
    /// The escape character. `Some(None)` means that there is none.
    pub escape: Option<Option<u8>>,
    /// Where lines end.
    pub line_end: Option<LineEnd>,
    /// The symbol that comments begin with.
    pub comment: Option<Symbol>,
    /// Whether blanks around fields are removed.
    pub blanks: Option<Blanks>,
    /// What happens to a record with too few fields.
    pub short_rows: Option<ShortRows>,
    /// What happens to a record with too many fields.
    pub long_rows: Option<LongRows>,
    /// Whether a quoted field that is empty or a word for NULL is NULL.
    pub quoted: Option<Quoted>,
    /// Number of physical lines to skip before the header.
    pub skip_lines: u64,
    /// Whether the first record is a header.
    pub header: HeaderLine,
    /// The encoding; `None` means UTF-8. A byte order mark of UTF-16 takes precedence.
    pub encoding: Option<&'static Encoding>,
}

impl Format {
    /// The names of the settings.
    pub const KEYS: &[&str] = &[
        "format",
        "records",
        "dialect",
        "delimiter",
        "quote",
        "escape",
        "line_end",
        "comment",
        "skip_lines",
        "trim",
        "short_rows",
        "long_rows",
        "empty_quoted",
        "encoding",
        "no_header",
    ];

    /// Changes the setting of this name.
    ///
    /// # Errors
    ///
    /// When no setting has this name, or the setting does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        match key {
            "format" => self.file = Some(one_of(values, FILES)?),
            "records" => self.records = Some(RecordsPath::parse(single(values)?)?),
            "dialect" => self.dialect = Some(parse_dialect(single(values)?)?),
            "delimiter" => self.delimiter = Some(Format::parse_delimiter(single(values)?)?),
            "quote" => self.quote = Some(parse_byte("quote", single(values)?)?),
            "escape" => self.escape = Some(parse_byte("escape", single(values)?)?),
            "line_end" => self.line_end = Some(one_of(values, LINE_ENDS)?),
            "comment" => {
                let comment = Symbol::parse(single(values)?);
                self.comment = Some(comment.map_err(|why| format!("comment: {why}"))?);
            }
            "skip_lines" => {
                let lines = single(values)?;
                let wrong = |_| format!("\"{lines}\" is not a whole number");
                self.skip_lines = lines.parse().map_err(wrong)?;
            }
            "trim" => {
                self.blanks = Some(match switch(values)? {
                    true => Blanks::Trim,
                    false => Blanks::Keep,
                });
            }
            "short_rows" => self.short_rows = Some(one_of(values, SHORT_ROWS)?),
            "long_rows" => self.long_rows = Some(one_of(values, LONG_ROWS)?),
            "empty_quoted" => self.quoted = Some(one_of(values, QUOTED)?),
            "encoding" => self.encoding = Some(Format::parse_encoding(single(values)?)?),
            "no_header" => {
                self.header = match switch(values)? {
                    true => HeaderLine::Absent,
                    false => HeaderLine::Present,
                }
            }
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    /// The settings that differ from their defaults, each with the value that a user would type.
    /// The setting about the header is left out.
    pub fn told(&self) -> Vec<(&'static str, String)> {
        let byte = |byte: Option<u8>| match byte {
            Some(byte) => Symbol::byte(byte).typed(),
            None => "none".to_owned(),
        };
        let trims = self.blanks.map(|blanks| blanks == Blanks::Trim);
        let lines = (self.skip_lines > 0).then(|| self.skip_lines.to_string());
        let encoding = self.encoding.map(|e| e.name().to_ascii_lowercase());
        let told = [
            ("format", self.file.and_then(|file| word_of(file, FILES))),
            ("records", self.records.as_ref().map(ToString::to_string)),
            ("dialect", self.dialect.map(|named| named.name().to_owned())),
            ("delimiter", self.delimiter.map(|symbol| symbol.typed())),
            ("quote", self.quote.map(byte)),
            ("escape", self.escape.map(byte)),
            (
                "line_end",
                self.line_end.and_then(|end| word_of(end, LINE_ENDS)),
            ),
            ("comment", self.comment.map(|symbol| symbol.typed())),
            ("skip_lines", lines),
            ("trim", trims.map(|trims| trims.to_string())),
            (
                "short_rows",
                self.short_rows.and_then(|rows| word_of(rows, SHORT_ROWS)),
            ),
            (
                "long_rows",
                self.long_rows.and_then(|rows| word_of(rows, LONG_ROWS)),
            ),
            (
                "empty_quoted",
                self.quoted.and_then(|quoted| word_of(quoted, QUOTED)),
            ),
            ("encoding", encoding),
        ];
        let told = told.into_iter();
        told.filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    /// Resets all settings of the dialect, because another dialect is named for a table.
    pub fn forget_dialect(&mut self) {
        *self = Format {
            file: self.file,
            records: self.records.take(),
            skip_lines: self.skip_lines,
            header: self.header,
            encoding: self.encoding,
            ..Format::default()
        };
    }

    /// The dialect of a file with this delimiter. Each setting overrides the named dialect.
    ///
    /// # Errors
    ///
    /// When two of its symbols are equal, or one contains the other.
    pub fn resolved(&self, delimiter: Symbol) -> Result<Dialect, String> {
        let base = self.dialect.map(|named| named.bundle().dialect);
        let base = base.unwrap_or_default();
        let escape = match self.escape {
            None => base.escape,
            Some(None) => None,
            Some(Some(byte)) => Some(Escape {
                byte,
                style: base.escape.map_or(EscapeStyle::Mysql, |e| e.style),
            }),
        };
        let dialect = Dialect {
            notation: Notation::Delimited,
            delimiter,
            quote: self.quote.unwrap_or(base.quote),
            escape,
            line_end: self.line_end_of_lines(),
            comment: self.comment,
            blanks: self.blanks.unwrap_or(base.blanks),
            short_rows: self.short_rows.unwrap_or(base.short_rows),
            long_rows: self.long_rows.unwrap_or(base.long_rows),
            quoted: self.quoted.unwrap_or(base.quoted),
            nulls: base.nulls,
        };
        dialect.check().map(|()| dialect)
    }

    /// The delimiter of a file; `is_tsv` says whether its name ends with `.tsv`.
    pub fn delimiter_of(&self, is_tsv: bool) -> Symbol {
        let by_dialect = self.dialect.and_then(|named| named.bundle().delimiter);
        let by_name = match is_tsv {
            true => Some(Symbol::byte(b'\t')),
            false => by_dialect,
        };
        let delimiter = self.delimiter.or(by_name);
        delimiter.unwrap_or(Symbol::byte(b','))
    }

    /// Where lines end.
    pub(super) fn line_end_of_lines(&self) -> LineEnd {
        let by_dialect = self.dialect.map(|named| named.bundle().dialect.line_end);
        self.line_end.or(by_dialect).unwrap_or_default()
    }

    /// Whether the file has a header.
    pub fn header_line(&self) -> HeaderLine {
        match (self.header, self.dialect) {
            (HeaderLine::ByDialect, Some(named)) => named.bundle().header,
            (HeaderLine::ByDialect, None) => HeaderLine::Present,
            (told, _) => told,
        }
    }

    /// Parses the value of `--delimiter`: one or several characters, or `tab`.
    ///
    /// # Errors
    ///
    /// When the delimiter is empty, too long, or contains a line end.
    pub fn parse_delimiter(text: &str) -> Result<Symbol, String> {
        Symbol::parse(text).map_err(|why| format!("delimiter: {why}"))
    }

    /// Parses the value of `--encoding`: a label of the WHATWG Encoding Standard.
    ///
    /// # Errors
    ///
    /// When no encoding has this label.
    pub fn parse_encoding(text: &str) -> Result<&'static Encoding, String> {
        Encoding::for_label_no_replacement(text.trim().as_bytes()).ok_or_else(|| {
            format!(
                "unknown encoding \"{text}\"; use utf-8, utf-16le, utf-16be, latin1, windows-1252, …"
            )
        })
    }

    /// The encoding of a text that begins with these bytes. `None` means UTF-8.
    ///
    /// # Errors
    ///
    /// When the text is UTF-32.
    pub(super) fn encoding_of(&self, start: &[u8]) -> Result<Option<&'static Encoding>, String> {
        if start.starts_with(&[0xff, 0xfe, 0, 0]) || start.starts_with(&[0, 0, 0xfe, 0xff]) {
            return Err("UTF-32 text, which is not supported; convert it to UTF-8 first (iconv -f UTF-32 -t UTF-8)".into());
        }
        let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding);
        Ok(marked.or(self.encoding).filter(|e| *e != UTF_8))
    }
}

const FILES: &[(&str, FileFormat)] = &[
    ("csv", FileFormat::Csv),
    ("jsonl", FileFormat::JsonLines),
    ("json", FileFormat::Json),
    ("parquet", FileFormat::Parquet),
];
const LINE_ENDS: &[(&str, LineEnd)] = &[
    ("lf", LineEnd::Lf),
    ("crlf", LineEnd::CrLf),
    ("cr", LineEnd::Cr),
];
const SHORT_ROWS: &[(&str, ShortRows)] = &[("reject", ShortRows::Reject), ("pad", ShortRows::Pad)];
const LONG_ROWS: &[(&str, LongRows)] = &[
    ("reject", LongRows::Reject),
    ("ignore-empty", LongRows::IgnoreEmpty),
];
const QUOTED: &[(&str, Quoted)] = &[("text", Quoted::Text), ("null", Quoted::Null)];

/// The word for a value in settings.
fn word_of<T: PartialEq>(value: T, words: &[(&str, T)]) -> Option<String> {
    let mut words = words.iter();
    let found = words.find(|(_, other)| *other == value);
    found.map(|(word, _)| (*word).to_owned())
}

/// The value that a word in settings means.
fn one_of<T: Copy>(values: &[String], words: &[(&str, T)]) -> Result<T, SettingError> {
    let typed = single(values)?;
    let named = words.iter().find(|(word, _)| *word == typed);
    let Some((_, value)) = named else {
        let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let why = format!("\"{typed}\" is not one of {}", all.join(", "));
        return Err(SettingError::Wrong(why));
    };
    Ok(*value)
}

fn parse_dialect(text: &str) -> Result<NamedDialect, String> {
    NamedDialect::from_name(text).ok_or_else(|| {
        let names = NamedDialect::ALL.map(NamedDialect::name).join(", ");
        format!("\"{text}\" is not one of {names}")
    })
}

/// Parses a quote or an escape: an ASCII character that is not a letter, digit or blank, or `none`.
fn parse_byte(what: &str, text: &str) -> Result<Option<u8>, String> {
    if text == "none" {
        return Ok(None);
    }
    match Symbol::parse(text).map(|s| s.bytes().to_vec()).as_deref() {
        Ok([byte]) if is_sign(*byte) => Ok(Some(*byte)),
        _ => Err(format!(
            "\"{text}\" cannot be the {what}; use the word \"none\", or one ASCII character that is not a letter, a digit or a blank"
        )),
    }
}

fn is_sign(byte: u8) -> bool {
    byte.is_ascii_punctuation() || (byte.is_ascii_control() && byte != b'\t' && byte != 0)
}

#[cfg(test)]
mod tests;
