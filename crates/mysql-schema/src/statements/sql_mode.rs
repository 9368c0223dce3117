//! The session variables that decide how a statement is parsed (`sql_mode`,
//! `explicit_defaults_for_timestamp`) or what it may refer to (`foreign_key_checks`), and the SET
//! statements in a file that change them.

use std::collections::HashMap;

use super::ScriptStatement;
use super::tokens::{Token, TokenKind};

/// How strings, quoted names and some types are read. The default is the mode of the sessions that
/// create tables, which are strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlMode {
    /// `"x"` is a quoted name, not a string.
    pub ansi_quotes: bool,
    /// A backslash in a string has no special meaning.
    pub no_backslash_escapes: bool,
    /// REAL means FLOAT.
    pub real_as_float: bool,
    /// Some types have the meaning that they have in Oracle (MariaDB).
    pub oracle_types: bool,
    /// A definition that exceeds a limit is an error. Without this mode, the server changes such a
    /// definition: a VARCHAR that is too long becomes a TEXT.
    pub strict: bool,
}

impl Default for SqlMode {
    fn default() -> Self {
        SqlMode {
            strict: true,
            ..SqlMode::EMPTY
        }
    }
}

/// The variable that decides whether TIMESTAMP columns get implicit attributes.
const TIMESTAMPS: &str = "EXPLICIT_DEFAULTS_FOR_TIMESTAMP";
/// The variable that decides whether the parent of a foreign key must exist.
const FOREIGN_KEYS: &str = "FOREIGN_KEY_CHECKS";

impl SqlMode {
    /// The mode after `SET sql_mode = ''`.
    const EMPTY: SqlMode = SqlMode {
        ansi_quotes: false,
        no_backslash_escapes: false,
        real_as_float: false,
        oracle_types: false,
        strict: false,
    };

    fn set(&mut self, list: &str, value: bool) {
        for flag in list.split(',') {
            match flag.trim().to_ascii_uppercase().as_str() {
                "ANSI_QUOTES" | "POSTGRESQL" | "MSSQL" | "DB2" | "MAXDB" => {
                    self.ansi_quotes = value;
                }
                "ORACLE" => {
                    self.ansi_quotes = value;
                    self.oracle_types = value;
                }
                "ANSI" => {
                    self.ansi_quotes = value;
                    self.real_as_float = value;
                }
                "NO_BACKSLASH_ESCAPES" => self.no_backslash_escapes = value,
                "REAL_AS_FLOAT" => self.real_as_float = value,
                "STRICT_ALL_TABLES" | "STRICT_TRANS_TABLES" | "TRADITIONAL" => self.strict = value,
                _ => {}
            }
        }
    }
}

/// The variables at one place in a file, and the values that the file has saved in user variables.
#[derive(Debug, Default)]
pub(super) struct ModeTracker {
    pub(super) now: SqlMode,
    /// Whether `explicit_defaults_for_timestamp` is off. Then TIMESTAMP means TIMESTAMP NOT NULL
    /// with a default.
    pub(super) implicit_timestamps: bool,
    /// Whether `foreign_key_checks` is off. Then the parents of a foreign key need not exist.
    pub(super) unchecked_keys: bool,
    saved: HashMap<String, SqlMode>,
    /// For user variables in which a statement saved `explicit_defaults_for_timestamp` or
    /// `foreign_key_checks`: whether the saved value is OFF.
    saved_off: HashMap<String, bool>,
}

impl ModeTracker {
    /// Processes a statement that may be a SET of these variables, or of a user variable from which
    /// they are set later.
    pub(super) fn take_up(&mut self, statement: &ScriptStatement<'_>) {
        let first = statement.first_tokens(1);
        if !first.first().is_some_and(|token| token.is("SET")) {
            return;
        }
        let tokens = statement.tokens();
        for assignment in assignments(&tokens[1..]) {
            self.assign(assignment);
        }
    }

    fn assign(&mut self, assignment: &[Token]) {
        let Some(equals) = assignment.iter().position(|token| token.is_sign('=')) else {
            return;
        };
        let (target, value) = (&assignment[..equals], &assignment[equals + 1..]);
        let (names, words) = (upper_words(target), upper_words(value));
        let has = |words: &[String], word: &str| words.iter().any(|own| own == word);
        let is_global = ["GLOBAL", "PERSIST", "PERSIST_ONLY"]
            .iter()
            .any(|word| has(&names, word));
        let is_user_variable = target.first().is_some_and(|t| t.is_sign('@')) && !is_system(target);
        match names.last() {
            Some(name) if is_user_variable => {
                if has(&words, TIMESTAMPS) {
                    let now = self.implicit_timestamps;
                    self.saved_off.insert(name.clone(), now);
                } else if has(&words, FOREIGN_KEYS) {
                    self.saved_off.insert(name.clone(), self.unchecked_keys);
                } else {
                    // the value may later be assigned to sql_mode
                    let mode = self.value(value, &words);
                    self.saved.insert(name.clone(), mode);
                }
            }
            Some(name) if name == "SQL_MODE" && !is_global => self.now = self.value(value, &words),
            Some(name) if name == TIMESTAMPS && !is_global => {
                self.implicit_timestamps = self.is_off(value, &words);
            }
            Some(name) if name == FOREIGN_KEYS && !is_global => {
                self.unchecked_keys = self.is_off(value, &words);
            }
            _ => {}
        }
    }

    /// Whether the right side of an assignment means OFF, for a variable that is ON or OFF.
    fn is_off(&self, tokens: &[Token], words: &[String]) -> bool {
        let word = match (words, tokens) {
            ([name], [at, ..]) if at.is_sign('@') => {
                return self.saved_off.get(name).copied().unwrap_or_default();
            }
            ([word], _) => word.clone(),
            (_, [token]) => match &token.kind {
                TokenKind::String(text) => text.to_ascii_uppercase(),
                _ => return false,
            },
            _ => return false,
        };
        ["0", "OFF", "FALSE"].contains(&word.as_str())
    }

    /// The mode that the right side of an assignment represents.
    fn value(&self, tokens: &[Token], words: &[String]) -> SqlMode {
        let has = |word: &str| words.iter().any(|own| own == word);
        let keeps = has("SQL_MODE");
        let mut mode = match (&words, keeps) {
            ([name], false) if tokens.first().is_some_and(|t| t.is_sign('@')) => {
                return self.saved.get(name).copied().unwrap_or_default();
            }
            (_, true) => self.now,
            // the mode of the server, which is strict unless an administrator has changed it
            ([name], false) if name == "DEFAULT" => return SqlMode::default(),
            (_, false) => SqlMode::EMPTY,
        };
        let removes = has("REPLACE") && keeps;
        for token in tokens {
            match &token.kind {
                TokenKind::String(list) => mode.set(list, !removes),
                TokenKind::QuotedName(list) => mode.set(list, !removes),
                TokenKind::Word(word) => mode.set(word, true),
                TokenKind::Other(_) => {}
            }
        }
        mode
    }
}

/// The words and quoted names among the tokens, in upper case.
fn upper_words(tokens: &[Token]) -> Vec<String> {
    let names = tokens.iter().filter_map(Token::name);
    names.map(str::to_ascii_uppercase).collect()
}

fn is_system(target: &[Token]) -> bool {
    target.get(1).is_some_and(|token| token.is_sign('@'))
}

/// Splits the tokens at the commas that are not in parentheses.
pub(super) fn assignments(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut depth, mut from, mut found) = (0_i32, 0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Other('(') => depth += 1,
            TokenKind::Other(')') => depth -= 1,
            TokenKind::Other(',') if depth == 0 => {
                found.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[from..]);
    found
}

#[cfg(test)]
mod tests {
    use super::super::split;

    fn last_has_ansi_quotes(sql: &str) -> bool {
        split(sql, "t").unwrap().last().unwrap().mode.ansi_quotes
    }

    #[test]
    fn the_mode_of_a_statement_is_that_of_the_sets_before_it() {
        for (sets, ansi) in [
            ("", false),
            ("SET sql_mode = 'STRICT_ALL_TABLES'", false),
            ("SET sql_mode = 'ansi_quotes,NO_ZERO_DATE'", true),
            ("SET SESSION sql_mode = ANSI", true),
            (
                "SET @@SESSION.sql_mode := CONCAT(@@sql_mode, ',ANSI_QUOTES')",
                true,
            ),
            ("SET GLOBAL sql_mode = 'ANSI'", false),
            ("SET @a = 'ANSI', sql_mode = ''", false),
            ("SET @a = 'ANSI'; SET SESSION sql_mode = @a", true),
            (
                "SET sql_mode = 'ANSI'; SET @none = \"\"; SET sql_mode = @none",
                false,
            ),
            (
                "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI' */; SET SQL_MODE=@OLD_SQL_MODE",
                false,
            ),
            (
                "SET sql_mode='ANSI'; SET sql_mode=REPLACE(@@sql_mode, 'ANSI_QUOTES', '')",
                false,
            ),
        ] {
            assert_eq!(
                last_has_ansi_quotes(&format!("{sets}; SELECT 1")),
                ansi,
                "{sets}"
            );
        }
    }

    #[test]
    fn a_mode_is_strict_when_it_says_so_or_when_the_file_sets_none() {
        let is_strict = |sets: &str| {
            let sql = format!("{sets}; SELECT 1");
            split(&sql, "t").unwrap().last().unwrap().mode.strict
        };
        for (sets, strict) in [
            ("", true),
            ("SET sql_mode = ''", false),
            ("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", false),
            ("SET sql_mode = 'ANSI,STRICT_TRANS_TABLES'", true),
            ("SET sql_mode = TRADITIONAL", true),
            ("SET sql_mode = DEFAULT", true),
            (
                "SET @old = @@sql_mode, sql_mode = ''; SET sql_mode = @old",
                true,
            ),
            (
                "SET sql_mode = REPLACE(@@sql_mode, 'STRICT_ALL_TABLES', '')",
                false,
            ),
            ("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", true),
        ] {
            assert_eq!(is_strict(sets), strict, "{sets}");
        }
    }

    #[test]
    fn timestamps_are_implicit_while_the_file_switches_explicit_defaults_off() {
        for (sets, implicit) in [
            ("", false),
            ("SET explicit_defaults_for_timestamp = 0", true),
            ("SET SESSION explicit_defaults_for_timestamp = 'off'", true),
            (
                "SET @@session.explicit_defaults_for_timestamp = FALSE",
                true,
            ),
            ("SET GLOBAL explicit_defaults_for_timestamp = OFF", false),
            (
                "SET @old = @@explicit_defaults_for_timestamp, explicit_defaults_for_timestamp = OFF; \
                 SET explicit_defaults_for_timestamp = @old",
                false,
            ),
        ] {
            let sql = format!("{sets}; SELECT 1");
            let statements = split(&sql, "t").unwrap();
            assert_eq!(
                statements.last().unwrap().implicit_timestamps,
                implicit,
                "{sets}"
            );
        }
    }

    #[test]
    fn foreign_keys_are_unchecked_between_the_sets_of_a_dump() {
        let unchecked = |sets: &str| {
            let sql = format!("{sets}; SELECT 1");
            split(&sql, "t").unwrap().last().unwrap().unchecked_keys
        };
        let off =
            "/*!40014 SET @OLD=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */; SET @x = @@time_zone";
        assert!(unchecked(off));
        assert!(unchecked("SET SESSION foreign_key_checks = OFF"));
        assert!(!unchecked(&format!("{off}; SET FOREIGN_KEY_CHECKS=@OLD")));
        assert!(!unchecked(
            "SET foreign_key_checks = 0; SET foreign_key_checks = 1"
        ));
        assert!(!unchecked("SET GLOBAL foreign_key_checks = 0"));
    }

    #[test]
    fn quotes_and_backslashes_are_read_as_the_mode_says() {
        let texts = |sql: &str| -> Vec<String> {
            let statements = split(sql, "t").unwrap();
            statements.iter().map(|s| s.text.to_owned()).collect()
        };
        let ansi = texts("SET sql_mode='ANSI_QUOTES'; CREATE TABLE \"a\\\" (b INT); SELECT 1");
        assert_eq!(ansi[1..], ["CREATE TABLE \"a\\\" (b INT)", "SELECT 1"]);
        let plain = texts(r"SET sql_mode='NO_BACKSLASH_ESCAPES'; SELECT 'a\'; SELECT 1");
        assert_eq!(plain[1..], [r"SELECT 'a\'", "SELECT 1"]);
    }
}
