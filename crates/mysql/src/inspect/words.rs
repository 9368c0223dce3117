//! Converts texts that the two servers write differently in their catalogues to one form.
//!
//! MariaDB quotes defaults, keeps display widths and writes `current_timestamp(3)` in lower case.
//! MySQL escapes its expressions twice. Both generate names for CHECKs. All functions are pure, so
//! that they can be tested without a server.

use mysql_schema::catalogue;
use mysql_schema::check_name::is_generated_check_name;

use model::flavour::Flavour;
use model::schema::ColumnType;

/// The text of a default, in the form that `Column` has. `extra` is in upper case.
pub(super) fn default(
    text: &str,
    extra: &str,
    kind: &ColumnType,
    flavour: Flavour,
) -> Option<String> {
    let of_bytes = |text: &str| {
        let digits = text.strip_prefix("0x").unwrap_or_default();
        let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let bytes: Vec<u8> = (0..digits.len()).step_by(2).filter_map(pair).collect();
        catalogue::default_of_bytes(&bytes)
    };
    match flavour {
        Flavour::MySql if extra.contains("DEFAULT_GENERATED") => {
            Some(current_timestamp(text).unwrap_or_else(|| expression(text, flavour)))
        }
        // MySQL shows a literal without quotes. So CURRENT_TIMESTAMP is a text, except in a column
        // with date and time.
        Flavour::MySql if catalogue::is_binary(kind) => Some(of_bytes(text)),
        Flavour::MySql => match kind {
            ColumnType::DateTime { .. } | ColumnType::Timestamp { .. } => {
                Some(current_timestamp(text).unwrap_or_else(|| text.to_owned()))
            }
            _ => Some(text.to_owned()),
        },
        Flavour::MariaDb if text.eq_ignore_ascii_case("NULL") => None,
        Flavour::MariaDb => Some(match unquote(text) {
            Some(literal) if catalogue::is_binary(kind) => {
                catalogue::default_of_bytes(literal.as_bytes())
            }
            Some(literal) => literal,
            None => current_timestamp(text).unwrap_or_else(|| text.to_owned()),
        }),
    }
}

/// `current_timestamp()` and `CURRENT_TIMESTAMP(3)` as MySQL writes them.
fn current_timestamp(text: &str) -> Option<String> {
    let upper = text.to_uppercase();
    let digits = upper.strip_prefix("CURRENT_TIMESTAMP")?;
    match digits {
        "" | "()" => Some("CURRENT_TIMESTAMP".to_owned()),
        _ => Some(format!("CURRENT_TIMESTAMP{digits}")),
    }
}

/// The text of a literal in quotes; `None` for anything else.
fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                // a single quote ends the literal, so this is an expression
                if characters.next() != Some('\'') {
                    return None;
                }
                plain.push('\'');
            }
            '\\' => plain.push(match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'Z' => '\x1a',
                other => other,
            }),
            other => plain.push(other),
        }
    }
    Some(plain)
}

/// An expression as it is written in a schema. MySQL's catalogue escapes quotes and backslashes
/// once more (`_utf8mb4\'x\'`), and gives each byte of UTF-8 as a character.
pub(super) fn expression(text: &str, flavour: Flavour) -> String {
    if flavour == Flavour::MariaDb {
        return text.to_owned();
    }
    let text = utf8_taken_for_latin1(text).unwrap_or_else(|| text.to_owned());
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(match characters.next() {
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('0') => Some('\0'),
                other => other,
            }),
            other => plain.push(other),
        }
    }
    plain
}

/// Decodes `Ã¼` to `ü`; `None` if the text is not UTF-8 that was read as Latin-1.
fn utf8_taken_for_latin1(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

/// The name of a CHECK; empty if the server generated it.
pub(super) fn check_name(name: &str, table: &str, level: &str) -> String {
    match level == "Column" || is_generated_check_name(name, table) {
        true => String::new(),
        false => name.to_owned(),
    }
}

/// The parser of a FULLTEXT index, from its line of SHOW CREATE TABLE.
pub(super) fn parser(line: &str) -> Option<String> {
    let (_, after) = line.split_once(" /*!50100 WITH PARSER `")?;
    let (name, _) = after.split_once('`')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: ColumnType = ColumnType::VarChar { length: 9 };
    const TIME: ColumnType = ColumnType::DateTime { precision: 3 };

    #[test]
    fn defaults_of_both_servers_become_the_same() {
        let my = |text, extra, kind: &ColumnType| default(text, extra, kind, Flavour::MySql);
        let maria = |text, kind: &ColumnType| default(text, "", kind, Flavour::MariaDb);
        for (mysql, extra, mariadb, kind, expected) in [
            ("it's", "", "'it''s'", &TEXT, Some("it's")),
            ("", "", "''", &TEXT, Some("")),
            ("NULL", "", "'NULL'", &TEXT, Some("NULL")),
            (
                "CURRENT_TIMESTAMP(3)",
                "DEFAULT_GENERATED",
                "current_timestamp(3)",
                &TIME,
                Some("CURRENT_TIMESTAMP(3)"),
            ),
            (
                "CURRENT_TIMESTAMP",
                "DEFAULT_GENERATED",
                "current_timestamp()",
                &TIME,
                Some("CURRENT_TIMESTAMP"),
            ),
            (
                "2020-01-01 00:00:00.000",
                "",
                "'2020-01-01 00:00:00.000'",
                &TIME,
                Some("2020-01-01 00:00:00.000"),
            ),
            ("-1", "", "-1", &ColumnType::Boolean, Some("-1")),
        ] {
            assert_eq!(my(mysql, extra, kind).as_deref(), expected);
            assert_eq!(maria(mariadb, kind).as_deref(), expected);
        }
        assert_eq!(maria("NULL", &TEXT), None);
        assert_eq!(
            maria("concat('a','b')", &TEXT).as_deref(),
            Some("concat('a','b')")
        );
        assert_eq!(
            my(r"upper(_utf8mb4\'x\')", "DEFAULT_GENERATED", &TEXT).as_deref(),
            Some("upper(_utf8mb4'x')")
        );
    }

    #[test]
    fn made_up_names_of_checks_are_no_names() {
        assert_eq!(check_name("t_chk_1", "t", "Table"), "");
        assert_eq!(check_name("CONSTRAINT_2", "t", "Table"), "");
        assert_eq!(check_name("rating", "t", "Column"), "");
        assert_eq!(check_name("t_chk_range", "t", "Table"), "t_chk_range");
        assert_eq!(check_name("u_chk_1", "t", "Table"), "u_chk_1");
    }

    #[test]
    fn text_that_mysql_returns_byte_by_byte_is_decoded() {
        let mangled = "(`\u{c3}\u{bc}` <> _utf8mb4\\'\u{e2}\u{82}\u{ac}\\')";
        assert_eq!(expression(mangled, Flavour::MySql), "(`ü` <> _utf8mb4'€')");
        assert_eq!(expression("(`ü` <> 'ß')", Flavour::MySql), "(`ü` <> 'ß')");
        assert_eq!(expression("'€'", Flavour::MySql), "'€'");
    }

    #[test]
    fn expressions_lose_the_escapes_of_the_catalogue_only() {
        assert_eq!(
            expression(
                r"(`l` in (_utf8mb4\'a\',_utf8mb4\'b\\\\c\'))",
                Flavour::MySql
            ),
            r"(`l` in (_utf8mb4'a',_utf8mb4'b\\c'))"
        );
        assert_eq!(
            expression(r"`l` = 'b\\c'", Flavour::MariaDb),
            r"`l` = 'b\\c'"
        );
    }

    #[test]
    fn the_parser_of_a_full_text_index_is_in_its_line() {
        let line = "FULLTEXT KEY `words` (`note`) /*!50100 WITH PARSER `ngram` */  COMMENT 'x',";
        assert_eq!(parser(line).as_deref(), Some("ngram"));
        assert_eq!(parser("FULLTEXT KEY `words` (`note`)"), None);
    }
}
