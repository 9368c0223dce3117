//! Column types as the catalogue of a server writes them: `int unsigned`, `enum('a','b')`.
//!
//! Two producers have such a text: `inspect` reads it from `information_schema.COLUMNS`, and
//! `parse` makes it of every spelling of a type in schema.sql. So a type is added in one place,
//! [`column_type`].

use model::schema::ColumnType;

/// The type that a catalogue text means. A type that cannot be loaded keeps its text.
pub fn column_type(written: &str) -> ColumnType {
    let written = without_comments(written);
    let known = Parts::of(&written).and_then(|parts| known(&parts));
    known.unwrap_or(ColumnType::Unsupported { written })
}

/// The type of a column with the attribute SRID. The texts of types that cannot be loaded do not
/// have it.
pub fn with_srid(kind: ColumnType, _srid: Option<u32>) -> ColumnType {
    kind
}

/// A default of bytes, up to the first zero byte. MySQL's catalogue has no more of it, and MariaDB
/// shows `?` in place of bytes that are no text.
pub fn default_of_bytes(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]);
    text.replace('\u{fffd}', "?")
}

/// Whether the values of a type are bytes of a limited length.
pub fn is_binary(kind: &ColumnType) -> bool {
    let text = kind.to_string();
    text.starts_with("binary(") || text.starts_with("varbinary(")
}

/// The members of ENUM or SET as the catalogue writes them: `'a','it''s'`.
pub fn members(members: &[String]) -> String {
    let mut text = String::new();
    for (at, member) in members.iter().enumerate() {
        text.push_str(if at == 0 { "'" } else { ",'" });
        for character in member.chars() {
            match character {
                '\'' => text.push_str("''"),
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\0' => text.push_str("\\0"),
                other => text.push(other),
            }
        }
        text.push('\'');
    }
    text
}

/// The parts of a catalogue text.
struct Parts {
    /// The first word, in lower case.
    name: String,
    arguments: Arguments,
    unsigned: bool,
}

/// What a type has in parentheses.
enum Arguments {
    None,
    Numbers(Vec<u64>),
    Members(Vec<String>),
}

impl Parts {
    /// Splits a text; `None` when it has words that are unknown here.
    fn of(written: &str) -> Option<Parts> {
        let written = written.trim();
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = written.find(|c| !is_of_name(c)).unwrap_or(written.len());
        let (name, rest) = written.split_at(end);
        let (arguments, rest) = match rest.trim_start().strip_prefix('(') {
            None => (Arguments::None, rest),
            Some(inner) => arguments(inner)?,
        };
        let mut unsigned = false;
        for word in rest.split_whitespace() {
            match word.to_ascii_lowercase().as_str() {
                // ZEROFILL changes only how the number is shown, and makes it UNSIGNED
                "unsigned" | "zerofill" => unsigned = true,
                _ => return None,
            }
        }
        Some(Parts {
            name: name.to_ascii_lowercase(),
            arguments,
            unsigned,
        })
    }

    /// The numbers in parentheses; `None` when there are members.
    fn numbers(&self) -> Option<&[u64]> {
        match &self.arguments {
            Arguments::None => Some(&[]),
            Arguments::Numbers(numbers) => Some(numbers),
            Arguments::Members(_) => None,
        }
    }
}

/// MariaDB writes `/*M!100301 COMPRESSED*/` and `/* mariadb-5.3 */` after some types.
fn without_comments(written: &str) -> String {
    let mut text = written.to_owned();
    // a member of ENUM or SET may have the same characters
    while let (Some(open), false) = (text.rfind("/*"), text.ends_with(')')) {
        text.truncate(open);
        text.truncate(text.trim_end().len());
    }
    text
}

/// The arguments of a type, and what follows the closing parenthesis.
fn arguments(inner: &str) -> Option<(Arguments, &str)> {
    if inner.trim_start().starts_with('\'') {
        let (members, rest) = read_members(inner.trim_start())?;
        return Some((Arguments::Members(members), rest));
    }
    let (numbers, rest) = inner.split_once(')')?;
    let numbers: Option<Vec<u64>> = numbers
        .split(',')
        .map(|text| text.trim().parse().ok())
        .collect();
    Some((Arguments::Numbers(numbers?), rest))
}

/// Reads `'a','b')` and gives what follows.
fn read_members(mut rest: &str) -> Option<(Vec<String>, &str)> {
    let mut members = Vec::new();
    loop {
        let (member, after) = read_member(rest.strip_prefix('\'')?)?;
        members.push(member);
        let after = after.trim_start();
        if let Some(after) = after.strip_prefix(')') {
            return Some((members, after));
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

/// Reads one member up to its closing quote and gives what follows.
fn read_member(text: &str) -> Option<(String, &str)> {
    let mut member = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
                member.push('\'');
            }
            '\'' => return Some((member, &text[at + 1..])),
            '\\' => member.push(match characters.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'Z' => '\x1a',
                other => other,
            }),
            other => member.push(other),
        }
    }
    None
}

/// The type of these parts; `None` when it cannot be loaded.
fn known(parts: &Parts) -> Option<ColumnType> {
    if let Arguments::Members(members) = &parts.arguments {
        return (parts.name == "enum").then(|| ColumnType::Enum {
            members: members.clone(),
        });
    }
    let numbers = parts.numbers()?;
    numeric(parts, numbers)
        .or_else(|| temporal(&parts.name, numbers))
        .or_else(|| textual(&parts.name, numbers))
}

fn numeric(parts: &Parts, numbers: &[u64]) -> Option<ColumnType> {
    let unsigned = parts.unsigned;
    let integer = |bits| Some(ColumnType::Integer { bits, unsigned });
    match (parts.name.as_str(), numbers) {
        ("tinyint", [1]) if !unsigned => Some(ColumnType::Boolean),
        // the number is the width in which clients show the values
        ("tinyint", [] | [_]) => integer(8),
        ("smallint", [] | [_]) => integer(16),
        ("mediumint", [] | [_]) => integer(24),
        ("int", [] | [_]) => integer(32),
        ("bigint", [] | [_]) => integer(64),
        ("decimal", [precision, scale]) => Some(ColumnType::Decimal {
            precision: u8::try_from(*precision).ok()?,
            scale: u8::try_from(*scale).ok()?,
            unsigned,
        }),
        ("float", []) => Some(ColumnType::Float { unsigned }),
        ("double", []) => Some(ColumnType::Double { unsigned }),
        _ => None,
    }
}

fn temporal(name: &str, numbers: &[u64]) -> Option<ColumnType> {
    let precision = match numbers {
        [] => 0,
        [digits] => u8::try_from(*digits).ok()?,
        _ => return None,
    };
    match (name, numbers) {
        ("date", []) => Some(ColumnType::Date),
        ("datetime", _) => Some(ColumnType::DateTime { precision }),
        ("timestamp", _) => Some(ColumnType::Timestamp { precision }),
        ("time", _) => Some(ColumnType::Time { precision }),
        ("year", [] | [4]) => Some(ColumnType::Year),
        _ => None,
    }
}

fn textual(name: &str, numbers: &[u64]) -> Option<ColumnType> {
    let text = |max_bytes| Some(ColumnType::Text { max_bytes });
    match (name, numbers) {
        ("char", [length]) => Some(ColumnType::Char {
            length: u32::try_from(*length).ok()?,
        }),
        ("varchar", [length]) => Some(ColumnType::VarChar {
            length: u32::try_from(*length).ok()?,
        }),
        ("tinytext", []) => text(255),
        ("text", []) => text(65_535),
        ("mediumtext", []) => text(16_777_215),
        ("longtext", []) => text(u32::MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_both_catalogues_are_read() {
        for (written, shown) in [
            ("int", "int"),
            ("int(11)", "int"),
            ("int(10) unsigned zerofill", "int unsigned"),
            ("tinyint(4)", "tinyint"),
            ("tinyint(1)", "tinyint(1)"),
            ("tinyint(1) unsigned", "tinyint unsigned"),
            ("decimal(5,2) unsigned", "decimal(5,2) unsigned"),
            ("year(4)", "year"),
            ("datetime(3)", "datetime(3)"),
            ("timestamp /* mariadb-5.3 */", "timestamp"),
            ("varchar(20) /*M!100301 COMPRESSED*/", "varchar(20)"),
            ("longtext", "longtext"),
            (r"enum('a','it''s','b\\c')", r"enum('a','it''s','b\c')"),
            ("enum('/*a','b*/')", "enum('/*a','b*/')"),
            ("blob /*M!100301 COMPRESSED*/", "blob"),
        ] {
            assert_eq!(column_type(written).to_string(), shown, "{written}");
        }
    }

    #[test]
    fn types_that_are_not_loaded_keep_their_text() {
        for written in [
            "json",
            "bit(1)",
            "set('a','b,c')",
            "binary(16)",
            "longblob",
            "float(7,4)",
            "double(15,8) unsigned",
            "point",
            "inet6",
            "vector(3)",
            "uuid",
            "year(2)",
            "something_new",
            "",
            "(",
            "enum('a'",
        ] {
            let expected = ColumnType::Unsupported {
                written: written.to_owned(),
            };
            assert_eq!(column_type(written), expected);
        }
    }

    #[test]
    fn members_are_written_as_they_are_read() {
        let list = ["a", "it's", "b\\c", "line\nfeed", "(,)"].map(str::to_owned);
        let written = format!("enum({})", members(&list));
        let kind = ColumnType::Enum {
            members: list.to_vec(),
        };
        assert_eq!(column_type(&written), kind);
    }
}
