//! The parts of `sql_mode` that decide how a statement is read, and the SET statements that change
//! them in the middle of a file.

use std::collections::HashMap;

use super::ScriptStatement;
use super::tokens::{Token, TokenKind};

/// How strings, quoted names and some types are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SqlMode {
    /// `"x"` is a name, not a string.
    pub ansi_quotes: bool,
    /// A backslash in a string is a backslash.
    pub no_backslash_escapes: bool,
    /// REAL means FLOAT.
    pub real_as_float: bool,
}

impl SqlMode {
    fn set(&mut self, list: &str, value: bool) {
        for flag in list.split(',') {
            match flag.trim().to_ascii_uppercase().as_str() {
                "ANSI_QUOTES" | "ORACLE" | "POSTGRESQL" | "MSSQL" | "DB2" | "MAXDB" => {
                    self.ansi_quotes = value;
                }
                "ANSI" => {
                    self.ansi_quotes = value;
                    self.real_as_float = value;
                }
                "NO_BACKSLASH_ESCAPES" => self.no_backslash_escapes = value,
                "REAL_AS_FLOAT" => self.real_as_float = value,
                _ => {}
            }
        }
    }
}

/// The mode at a place in a file, and the modes that the file keeps in user variables.
#[derive(Debug, Default)]
pub(super) struct ModeTracker {
    pub(super) now: SqlMode,
    saved: HashMap<String, SqlMode>,
}

impl ModeTracker {
    /// Takes up a statement that may be a SET of the session's sql_mode.
    pub(super) fn take_up(&mut self, statement: &ScriptStatement<'_>) {
        if !statement.text.to_ascii_lowercase().contains("sql_mode") {
            return;
        }
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
        let words = |tokens: &[Token]| -> Vec<String> {
            tokens
                .iter()
                .filter_map(|token| token.name().map(str::to_ascii_uppercase))
                .collect()
        };
        let (names, words) = (words(target), words(value));
        let is_global = ["GLOBAL", "PERSIST", "PERSIST_ONLY"]
            .iter()
            .any(|word| names.iter().any(|name| name == word));
        let is_user_variable = target.first().is_some_and(|t| t.is_sign('@')) && !is_system(target);
        match names.last() {
            Some(name) if is_user_variable && words.iter().any(|word| word == "SQL_MODE") => {
                self.saved.insert(name.clone(), self.now);
            }
            Some(name) if name == "SQL_MODE" && !is_global => self.now = self.value(value, &words),
            _ => {}
        }
    }

    /// The mode that the right side of an assignment means.
    fn value(&self, tokens: &[Token], words: &[String]) -> SqlMode {
        let has = |word: &str| words.iter().any(|own| own == word);
        let keeps = has("SQL_MODE");
        let mut mode = match (&words, keeps) {
            ([name], false) if tokens.first().is_some_and(|t| t.is_sign('@')) => {
                return self.saved.get(name).copied().unwrap_or_default();
            }
            (_, true) => self.now,
            (_, false) => SqlMode::default(),
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

fn is_system(target: &[Token]) -> bool {
    target.get(1).is_some_and(|token| token.is_sign('@'))
}

/// Splits at the commas that are not in parentheses.
fn assignments(tokens: &[Token]) -> Vec<&[Token]> {
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
