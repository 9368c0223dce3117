//! Replaces character sets and collations in a schema that a server lacks by the most similar ones
//! that it has.

use std::ops::Range;

use super::names::edited;
use super::tokens::Token;
use super::{ScriptStatement, split};
use crate::error::Result;
use model::flavour::Flavour;

/// The character sets and collations of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collations {
    /// Names of character sets.
    pub charsets: Vec<String>,
    /// Names of collations.
    pub collations: Vec<String>,
}

/// A name that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The name in the schema file.
    pub from: String,
    /// The name that replaces it for the server.
    pub to: String,
    /// The first line that contains the name.
    pub line: usize,
}

/// Character sets of MySQL and MariaDB. Any other word is something else, such as the type of a
/// column named `charset`.
const CHARSETS: [&str; 42] = [
    "armscii8", "ascii", "big5", "binary", "cp1250", "cp1251", "cp1256", "cp1257", "cp850",
    "cp852", "cp866", "cp932", "dec8", "eucjpms", "euckr", "gb18030", "gb2312", "gbk", "geostd8",
    "greek", "hebrew", "hp8", "keybcs2", "koi8r", "koi8u", "latin1", "latin2", "latin5", "latin7",
    "macce", "macroman", "sjis", "swe7", "tis620", "ucs2", "ujis", "utf16", "utf16le", "utf32",
    "utf8", "utf8mb3", "utf8mb4",
];

/// Collations of utf8mb4 that disregard case and accents. The one with the most exact order comes
/// first.
const WITHOUT_CASE: [&str; 4] = [
    "utf8mb4_unicode_520_ci",
    "utf8mb4_unicode_ci",
    "utf8mb4_0900_ai_ci",
    "utf8mb4_general_ci",
];

/// Collations of utf8mb4 that distinguish all characters.
const EXACT: [&str; 3] = ["utf8mb4_bin", "utf8mb4_0900_bin", "utf8mb4_0900_as_cs"];

impl Collations {
    fn has_charset(&self, name: &str) -> bool {
        self.charsets
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    }

    fn has_collation(&self, name: &str) -> bool {
        let mut own = self.collations.iter();
        own.any(|own| own.eq_ignore_ascii_case(name))
    }

    /// The character set to use instead of the one with this name. `None` if the server has that
    /// one, or if the name is not a character set.
    fn instead_of_charset(&self, name: &str) -> Option<&'static str> {
        let is_one = CHARSETS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name));
        // utf8mb4 contains the characters of all other character sets
        (is_one && !self.has_charset(name)).then_some("utf8mb4")
    }

    /// The collation to use instead of the one with this name. `None` if the server has that one,
    /// or has no similar one.
    fn instead_of_collation(&self, name: &str) -> Option<&'static str> {
        let lower = name.to_lowercase();
        let (charset, _) = lower.split_once('_')?;
        if !CHARSETS.contains(&charset) || self.has_collation(name) {
            return None;
        }
        let is_exact = ["_bin", "_cs"].iter().any(|end| lower.ends_with(end));
        let near: &[&'static str] = match is_exact {
            true => &EXACT,
            false => &WITHOUT_CASE,
        };
        near.iter().copied().find(|near| self.has_collation(near))
    }
}

/// Replaces every character set and collation that the server lacks by the most similar one that it
/// has. Returns the new text of the schema file and what was replaced. Every line keeps its number.
///
/// # Errors
///
/// The same as for [`split`].
pub fn with_collations_of(
    server: &Collations,
    sql: &str,
    origin: &str,
) -> Result<(String, Vec<Replaced>)> {
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let (mut edits, mut replaced) = (Vec::new(), Vec::<Replaced>::new());
    for statement in &split(sql, origin)? {
        for (place, from, to) in replacements(server, statement) {
            if !replaced.iter().any(|known| known.from == from) {
                let line = statement.line_at(place.start - statement.start);
                let to = to.to_owned();
                replaced.push(Replaced { from, to, line });
            }
            edits.push((place, to.to_owned()));
        }
    }
    Ok((edited(sql, edits), replaced))
}

/// The places to replace in a statement, with the old and the new name. Each place is a range of
/// bytes in the file.
fn replacements(
    server: &Collations,
    statement: &ScriptStatement<'_>,
) -> Vec<(Range<usize>, String, &'static str)> {
    let tokens = statement.tokens_for(Flavour::MySql);
    let found = (0..tokens.len()).filter_map(|at| {
        let (name, is_collation) = named_after(&tokens, at)?;
        let text = name.text()?;
        let to = match is_collation {
            true => server.instead_of_collation(text)?,
            false => server.instead_of_charset(text)?,
        };
        let start = statement.start + name.at;
        Some((start..start + name.length, text.to_owned(), to))
    });
    found.collect()
}

/// The name after COLLATE, CHARSET or CHARACTER SET, and whether it is the name of a collation.
fn named_after(tokens: &[Token], at: usize) -> Option<(&Token, bool)> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
    let (is_collation, words) = match () {
        () if is(at, "COLLATE") => (true, 1),
        () if is(at, "CHARSET") => (false, 1),
        () if (is(at, "CHARACTER") || is(at, "CHAR")) && is(at + 1, "SET") => (false, 2),
        () => return None,
    };
    let equals = tokens
        .get(at + words)
        .is_some_and(|token| token.is_sign('='));
    let name = tokens.get(at + words + usize::from(equals))?;
    Some((name, is_collation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oceanbase() -> Collations {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Collations {
            charsets: names(&["binary", "utf8mb4"]),
            collations: names(&["utf8mb4_general_ci", "utf8mb4_bin", "binary"]),
        }
    }

    #[test]
    fn what_a_server_lacks_is_replaced_and_nothing_else_changes() {
        let sql = "-- COLLATE utf8mb4_unicode_520_ci\nCREATE TABLE a (\n  charset BINARY(4),\n  \
                   b CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin COMMENT 'COLLATE x_ci',\n  \
                   c TEXT COLLATE `utf8mb4_0900_ai_ci`, d TEXT CHARSET 'utf8mb3'\n\
                   ) DEFAULT CHARSET=utf8mb4 COLLATE = utf8mb4_unicode_520_ci;\n\
                   CREATE TABLE b (e TEXT COLLATE utf8mb4_bin, f TEXT COLLATE made_up);";
        let (text, replaced) = with_collations_of(&oceanbase(), sql, "t.sql").unwrap();
        let expected = "-- COLLATE utf8mb4_unicode_520_ci\nCREATE TABLE a (\n  charset BINARY(4),\n  \
             b CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'COLLATE x_ci',\n  \
             c TEXT COLLATE utf8mb4_general_ci, d TEXT CHARSET utf8mb4\n\
             ) DEFAULT CHARSET=utf8mb4 COLLATE = utf8mb4_general_ci;\n\
             CREATE TABLE b (e TEXT COLLATE utf8mb4_bin, f TEXT COLLATE made_up);";
        assert_eq!(text, expected);
        let found: Vec<_> = replaced
            .iter()
            .map(|r| (r.line, &*r.from, &*r.to))
            .collect();
        assert_eq!(
            found,
            [
                (4, "latin1", "utf8mb4"),
                (4, "latin1_bin", "utf8mb4_bin"),
                (5, "utf8mb4_0900_ai_ci", "utf8mb4_general_ci"),
                (5, "utf8mb3", "utf8mb4"),
                (6, "utf8mb4_unicode_520_ci", "utf8mb4_general_ci"),
            ]
        );
        assert_eq!(
            with_collations_of(&oceanbase(), &text, "t.sql").unwrap(),
            (text, vec![])
        );
    }

    #[test]
    fn the_nearest_collation_is_that_of_the_newest_unicode_that_the_server_has() {
        let mut tidb = oceanbase();
        let more = [
            "utf8mb4_unicode_ci",
            "utf8mb4_0900_ai_ci",
            "utf8mb4_0900_bin",
        ];
        tidb.collations.extend(more.map(str::to_owned));
        let near = |name| tidb.instead_of_collation(name);
        assert_eq!(near("utf8mb4_unicode_520_ci"), Some("utf8mb4_unicode_ci"));
        assert_eq!(near("utf8mb4_0900_as_cs"), Some("utf8mb4_bin"));
        assert_eq!(near("UTF8MB4_0900_BIN"), None);
        assert_eq!(near("latin1_swedish_ci"), Some("utf8mb4_unicode_ci"));
    }
}
