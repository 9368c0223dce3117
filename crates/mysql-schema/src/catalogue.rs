//! Column types in the notation of a server's catalogue: `int unsigned`, `enum('a','b')`.
//!
//! `inspect` reads such texts from `information_schema.COLUMNS`, and `parse` makes them from all
//! spellings of a type in schema.sql. Both use [`column_type`], so a new type is added in one
//! place.

use model::schema::ColumnType;

/// Parses a type in the catalogue's notation. An unknown type keeps its text.
pub fn column_type(written: &str) -> ColumnType {
    ColumnType::of_catalogue(&without_comments(written))
}

/// A default that consists of bytes, up to the first zero byte. MySQL's catalogue omits the rest,
/// and MariaDB shows `?` instead of bytes that are not text.
pub fn default_of_bytes(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]);
    text.replace('\u{fffd}', "?")
}

/// Whether the values of a type are bytes with a maximum length.
pub fn is_binary(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Binary { .. } | ColumnType::VarBinary { .. }
    )
}

/// The members of ENUM or SET in the catalogue's notation: `'a','it''s'`.
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

/// Removes comments. MariaDB writes `/*M!100301 COMPRESSED*/` and `/* mariadb-5.3 */` after some
/// types.
fn without_comments(written: &str) -> String {
    let mut text = written.to_owned();
    // a text that ends with `)` is a list of members, which may contain these characters
    while let (Some(open), false) = (text.rfind("/*"), text.ends_with(')')) {
        text.truncate(open);
        text.truncate(text.trim_end().len());
    }
    text
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
    fn members_are_written_as_they_are_read() {
        let list = ["a", "it's", "b\\c", "line\nfeed", "(,)"].map(str::to_owned);
        let written = format!("enum({})", members(&list));
        let kind = ColumnType::Enum {
            members: list.to_vec(),
        };
        assert_eq!(column_type(&written), kind);
    }
}
