//! Spellings of column types. SQL has many spellings for the few types that a server stores.
//!
//! A type is finally written in the catalogue's notation. For some types, the notation depends on
//! the character set, which a table may specify after its columns. So [`Spelled::in_charset`] is
//! called later.

mod numbers;
mod text;

use super::cursor::Cursor;
use super::{Result, bytes};
use crate::catalogue;
use crate::statements::SqlMode;
use model::flavour::Flavour;

/// A type as it is written, with the attributes that belong to the type.
#[derive(Debug, Clone)]
pub(super) struct Spelled {
    pub(super) base: Base,
    pub(super) zero_filled: bool,
    /// The character set that the type specifies.
    pub(super) charset: Option<String>,
    /// The attribute BINARY, which means the collation that compares the bytes of the character
    /// set.
    pub(super) is_binary: bool,
    /// Whether the type is SERIAL, which means BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE.
    pub(super) is_serial: bool,
    /// Whether the type is JSON of MariaDB, which is a text with a CHECK.
    pub(super) is_json: bool,
}

/// The type as far as it is known without the character set.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// The type in the catalogue's notation.
    Plain(String),
    /// CHAR(length).
    Char(u64),
    /// VARCHAR(length).
    VarChar(u64),
    /// VARBINARY(length).
    VarBinary(u64),
    /// TEXT with the prefix `tiny`, `medium` or `long`, or without a prefix.
    Text(&'static str),
    /// TEXT(length): the smallest TEXT type that can store this many characters.
    SizedText(u64),
    /// `enum` or `set`, with the members.
    Members(&'static str, Vec<Member>),
}

/// A member of ENUM or SET.
#[derive(Debug, Clone)]
pub(super) enum Member {
    Text(String),
    /// A literal of bytes in the character set of the column.
    Bytes(Vec<u8>),
}

impl Member {
    /// The member as servers store it, without trailing blanks.
    fn stored(&self, charset: Option<&str>) -> String {
        let text = match self {
            Member::Text(text) => text.clone(),
            Member::Bytes(bytes) => bytes::decoded(bytes, charset),
        };
        text.trim_end_matches(' ').to_owned()
    }
}

/// Maximum length of a VARCHAR or VARBINARY in bytes.
const LONGEST: u64 = 65_535;

impl Base {
    /// Whether a column of this type has a character set.
    pub(super) fn has_charset(&self) -> bool {
        !matches!(self, Base::Plain(_) | Base::VarBinary(_))
    }
}

impl Spelled {
    fn plain(text: impl Into<String>) -> Spelled {
        Spelled::of(Base::Plain(text.into()))
    }

    fn of(base: Base) -> Spelled {
        Spelled {
            base,
            zero_filled: false,
            charset: None,
            is_binary: false,
            is_serial: false,
            is_json: false,
        }
    }

    /// The type in the catalogue's notation for a column with this character set.
    pub(super) fn in_charset(&self, charset: Option<&str>, mode: SqlMode) -> String {
        let is_bytes = charset == Some("binary");
        let in_bytes = |length: u64| length.saturating_mul(longest_character(charset));
        match &self.base {
            Base::VarBinary(length) if !mode.strict && *length > LONGEST => {
                format!("{}blob", size_for(*length))
            }
            Base::VarBinary(length) => format!("varbinary({length})"),
            Base::VarChar(length) if !mode.strict && in_bytes(*length) > LONGEST => {
                let name = if is_bytes { "blob" } else { "text" };
                format!("{}{name}", size_for(in_bytes(*length)))
            }
            Base::Plain(text) => text.clone(),
            Base::Char(length) if is_bytes => format!("binary({length})"),
            Base::Char(length) => format!("char({length})"),
            Base::VarChar(length) if is_bytes => format!("varbinary({length})"),
            Base::VarChar(length) => format!("varchar({length})"),
            Base::Text(size) if is_bytes => format!("{size}blob"),
            Base::Text(size) => format!("{size}text"),
            Base::SizedText(length) => {
                let name = if is_bytes { "blob" } else { "text" };
                format!("{}{name}", size_for(in_bytes(*length)))
            }
            Base::Members(name, members) => {
                let stored = members.iter().map(|member| member.stored(charset));
                let stored: Vec<String> = stored.collect();
                format!("{name}({})", catalogue::members(&stored))
            }
        }
    }
}

/// The prefix of the smallest TEXT or BLOB that can store this many bytes.
fn size_for(bytes: u64) -> &'static str {
    match bytes {
        // the length 0 comes only from MariaDB, which ignores it, so 0 is not `tiny`
        1..=255 => "tiny",
        0..=65_535 => "",
        65_536..=16_777_215 => "medium",
        _ => "long",
    }
}

/// Maximum number of bytes per character. Without a character set, the number is that of utf8mb4,
/// MySQL's default.
pub(crate) fn longest_character(charset: Option<&str>) -> u64 {
    match charset.unwrap_or("utf8mb4") {
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" => 4,
        "utf8mb3" | "ujis" | "eucjpms" => 3,
        "ucs2" | "big5" | "cp932" | "euckr" | "gb2312" | "gbk" | "sjis" => 2,
        _ => 1,
    }
}

/// Types without parentheses, each with its name in the catalogue.
const PLAIN: [(&str, &str); 20] = [
    ("DATE", "date"),
    ("JSON", "json"),
    ("TINYBLOB", "tinyblob"),
    ("MEDIUMBLOB", "mediumblob"),
    ("LONGBLOB", "longblob"),
    ("GEOMETRY", "geometry"),
    ("GEOMETRYCOLLECTION", "geomcollection"),
    ("GEOMCOLLECTION", "geomcollection"),
    ("POINT", "point"),
    ("MULTIPOINT", "multipoint"),
    ("LINESTRING", "linestring"),
    ("MULTILINESTRING", "multilinestring"),
    ("POLYGON", "polygon"),
    ("MULTIPOLYGON", "multipolygon"),
    ("INET4", "inet4"),
    ("INET6", "inet6"),
    ("UUID", "uuid"),
    ("XMLTYPE", "xmltype"),
    ("BOOL", "tinyint(1)"),
    ("BOOLEAN", "tinyint(1)"),
];

/// Parses a type.
///
/// # Errors
///
/// Why the type cannot be parsed. A server may still be able to parse it. The message follows the
/// name of the column.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Spelled> {
    let start = cursor.at();
    if cursor.mode().oracle_types
        && let Some(spelled) = of_oracle(cursor)?
    {
        return Ok(spelled);
    }
    if let Some(spelled) = numbers::read(cursor)? {
        return Ok(spelled);
    }
    if let Some(spelled) = text::read(cursor)? {
        return Ok(spelled);
    }
    if let Some(spelled) = time_or_bytes(cursor)? {
        return Ok(spelled);
    }
    if cursor.eat("SERIAL") {
        let mut spelled = Spelled::plain("bigint unsigned");
        spelled.is_serial = true;
        return Ok(spelled);
    }
    match find(&PLAIN, cursor) {
        // MariaDB stores JSON as text
        Some(("JSON", _)) if cursor.flavour == Flavour::MariaDb => {
            let mut spelled = Spelled::of(Base::Text("long"));
            spelled.charset = Some("utf8mb4".to_owned());
            spelled.is_binary = true;
            spelled.is_json = true;
            Ok(spelled)
        }
        Some((_, "geomcollection")) if cursor.flavour == Flavour::MariaDb => {
            Ok(Spelled::plain("geometrycollection"))
        }
        Some((_, name)) => Ok(Spelled::plain(name)),
        None if cursor.at_end() => Err("has no type".to_owned()),
        None => Err(format!(
            "has type {}, which cannot be parsed without a server",
            cursor.text(start..start + 1)
        )),
    }
}

/// Parses types that exist or have another meaning only if the sql_mode is ORACLE.
fn of_oracle(cursor: &mut Cursor<'_>) -> Result<Option<Spelled>> {
    let has_length = cursor.is_sign_ahead(1, '(');
    Ok(Some(match cursor.peek().and_then(|token| token.name()) {
        Some(word) if word.eq_ignore_ascii_case("RAW") && has_length => {
            cursor.next();
            let length = in_parentheses(cursor)?.first().copied();
            Spelled::of(Base::VarBinary(length.unwrap_or(1)))
        }
        Some(word) if !has_length => {
            let spelled = match word.to_ascii_uppercase().as_str() {
                "NUMBER" => Spelled::plain("double"),
                "DATE" => Spelled::plain("datetime"),
                "BLOB" => Spelled::plain("longblob"),
                "CLOB" => Spelled::of(Base::Text("long")),
                _ => return Ok(None),
            };
            cursor.next();
            spelled
        }
        _ => return Ok(None),
    }))
}

/// Skips one of these words, and returns its entry.
fn find(
    list: &[(&'static str, &'static str)],
    cursor: &mut Cursor<'_>,
) -> Option<(&'static str, &'static str)> {
    let found = list.iter().copied().find(|(word, _)| cursor.is(word))?;
    cursor.eat(found.0);
    Some(found)
}

/// The numbers in parentheses. Empty if there are no parentheses.
fn in_parentheses(cursor: &mut Cursor<'_>) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    if cursor.eat_sign('(') {
        loop {
            let number = cursor.whole_number();
            numbers.push(number.map_err(|_| "has something other than numbers in parentheses")?);
            if !cursor.eat_sign(',') {
                break;
            }
        }
        if !cursor.eat_sign(')') {
            return Err("has a parenthesis that is not closed".to_owned());
        }
    }
    Ok(numbers)
}

/// Parses types of dates and times, BINARY, BLOB and VECTOR.
fn time_or_bytes(cursor: &mut Cursor<'_>) -> Result<Option<Spelled>> {
    let words = [
        "DATETIME",
        "TIMESTAMP",
        "TIME",
        "YEAR",
        "BINARY",
        "VARBINARY",
        "BLOB",
        "VECTOR",
    ];
    let Some(word) = cursor.eat_any(&words) else {
        return Ok(None);
    };
    let number = in_parentheses(cursor)?.first().copied();
    let text = match (word, number) {
        ("DATETIME" | "TIMESTAMP" | "TIME", Some(digits @ 7..)) => {
            return Err(format!(
                "has {digits} digits for the fraction of a second; the most are 6"
            ));
        }
        ("DATETIME" | "TIMESTAMP" | "TIME", Some(digits @ 1..)) => {
            format!("{}({digits})", word.to_lowercase())
        }
        ("YEAR", Some(2)) => "year(2)".to_owned(),
        ("BINARY", length) => format!("binary({})", length.unwrap_or(1)),
        ("VARBINARY", None) => return Err("is a VARBINARY without a length".to_owned()),
        ("VARBINARY", Some(length)) => {
            return Ok(Some(Spelled::of(Base::VarBinary(length))));
        }
        // MariaDB ignores the length 0
        ("BLOB", Some(0)) if cursor.flavour == Flavour::MySql => "tinyblob".to_owned(),
        ("BLOB", Some(length)) => format!("{}blob", size_for(length)),
        ("VECTOR", dimensions) => format!("vector({})", dimensions.unwrap_or(2048)),
        _ => word.to_lowercase(),
    };
    if word == "YEAR" {
        // after YEAR, these words are allowed but have no effect
        numbers::signs(cursor);
    }
    Ok(Some(Spelled::plain(text)))
}

/// Whether a word specifies the character set of the text that follows it: `_utf8mb4'x'`, `N'x'`.
pub(super) fn is_introducer(word: &str) -> bool {
    word.starts_with('_') || word.eq_ignore_ascii_case("N")
}
