//! Classifies statements by their first words. A statement that may create or change a table is
//! never skipped: if its kind is unknown, that is an error with its line.

use std::ops::Range;

use super::compound::is_after_body;
use super::keywords::{
    CHARACTERISTICS, NO_TABLE, NOT_CREATED, NOT_OF_SESSION, OF_TABLES, TEXT_VARIABLES, VERBS,
};
use super::tokens::{Token, TokenKind};
use super::{End, ScriptStatement};

/// The kind of a statement, by its first words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// CREATE [OR REPLACE] TABLE.
    CreateTable,
    /// CREATE TEMPORARY TABLE. It is skipped with a warning, because such tables end with the
    /// session.
    CreateTemporary,
    /// CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX.
    CreateIndex,
    /// ALTER TABLE.
    AlterTable,
    /// DROP INDEX.
    DropIndex,
    /// RENAME TABLE.
    RenameTable,
    /// DROP TABLE.
    DropTable,
    /// SET of session variables that may affect CREATE TABLE.
    SetSession,
    /// A view, trigger, routine or similar object. It is skipped with a warning.
    NotCreated(&'static str),
    /// A known statement that does not create a table. It is skipped.
    Other,
    /// None of these kinds.
    Unknown,
}

/// Except for SET, at most this many of the first tokens decide the kind of a statement.
const ENOUGH_TOKENS: usize = 64;

impl ScriptStatement<'_> {
    /// The kind of the statement, from its first words.
    pub fn kind(&self) -> StatementKind {
        let mut words = words_of(self.first_tokens(ENOUGH_TOKENS));
        if words.first().is_some_and(|word| word == "SET") {
            words = self.words();
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["CREATE", "OR", "REPLACE", ref rest @ ..] | ["CREATE", ref rest @ ..] => created(rest),
            ["ALTER", ref rest @ ..] => altered(rest),
            ["DROP", ref rest @ ..] => dropped(rest),
            ["SET", ref rest @ ..] => set(rest),
            ["RENAME", "TABLE" | "TABLES", ..] => StatementKind::RenameTable,
            [verb, ..] if VERBS.contains(&verb) => StatementKind::Other,
            _ => StatementKind::Unknown,
        }
    }

    /// The byte range of OR REPLACE in the text of the statement.
    pub(super) fn or_replace(&self) -> Option<Range<usize>> {
        let tokens = self.tokens();
        match &tokens[..] {
            [create, or, replace, ..]
                if create.is("CREATE") && or.is("OR") && replace.is("REPLACE") =>
            {
                Some(or.at..replace.at + replace.length)
            }
            _ => None,
        }
    }

    pub(super) fn sets_sql_mode(&self) -> bool {
        self.words().iter().any(|word| word == "SQL_MODE")
    }

    /// Whether the whole statement is in an executable comment, which a server may ignore.
    pub fn is_conditional(&self) -> bool {
        self.text.starts_with("/*") && self.text.ends_with("*/")
    }

    /// The words in upper case. Strings, quoted names and comments are left out.
    fn words(&self) -> Vec<String> {
        words_of(self.tokens())
    }

    /// The text that a server executes, from its first word on. Comments before it, and the start
    /// of an executable comment, are left out.
    pub fn from_first_word(&self) -> &str {
        let tokens = self.first_tokens(1);
        tokens.first().map_or("", |first| &self.text[first.at..])
    }

    /// The words among the first `enough` tokens, in upper case.
    pub(super) fn first_words(&self, enough: usize) -> Vec<String> {
        words_of(self.first_tokens(enough))
    }

    /// If the statement can neither be run nor skipped: the line and the message.
    pub(super) fn fault(&self) -> Option<(usize, String)> {
        let kind = self.kind();
        if let StatementKind::NotCreated(what) = kind
            && what != "view"
        {
            return self.cut_off_routine(what);
        }
        if let Some((line, words)) = self.inner_statement() {
            let words = format!(
                "{words} begins within the statement of line {}; write the semicolon that is missing before it",
                self.line
            );
            return Some((line, words));
        }
        match kind {
            StatementKind::Unknown => self.unknown().map(|words| (self.line, words)),
            StatementKind::CreateTable | StatementKind::CreateTemporary if self.is_open() => {
                let words = "this CREATE TABLE is cut off: a parenthesis is never closed; is the file complete?";
                Some((self.line, words.to_owned()))
            }
            StatementKind::CreateTable | StatementKind::CreateTemporary
                if self.table().is_none() =>
            {
                let words = "this CREATE TABLE names no table; is the file complete?";
                Some((self.line, words.to_owned()))
            }
            _ => None,
        }
    }

    /// The message for a routine that was cut off. Either no DELIMITER lines enclose it, so it was
    /// split at the semicolons of its own statements, or it ends before the delimiter.
    fn cut_off_routine(&self, what: &str) -> Option<(usize, String)> {
        if self.end == End::Delimiter {
            return self.statement_after_body(what);
        }
        let words = self.words();
        let of = |word: &str| words.iter().filter(|w| *w == word).count();
        (of("BEGIN") > of("END") || self.inner_statement().is_some()).then(|| {
            let words = format!(
                "this {what} has statements of its own; put it between DELIMITER lines, or remove it, because reviewseed does not create it"
            );
            (self.line, words)
        })
    }

    fn statement_after_body(&self, what: &str) -> Option<(usize, String)> {
        if !self.has_verb_of_table() {
            return None;
        }
        let tokens = self.tokens();
        let (at, words) = (1..tokens.len()).find_map(|at| {
            let words = verb_of_table(&tokens[at..])?;
            is_after_body(&tokens, at).then_some((at, words))
        })?;
        let words = format!(
            "{words} follows the {what} of line {} before the next delimiter; write the delimiter before it",
            self.line
        );
        Some((self.line_at(tokens[at].at), words))
    }

    /// A quick test. Most statements, above all large ones, contain none of these words.
    fn has_verb_of_table(&self) -> bool {
        let verbs = ["CREATE", "ALTER", "DROP", "RENAME"];
        verbs.iter().any(|verb| contains_word(self.text, verb))
    }

    /// A statement about a table or an index that begins within this one: its line and its first
    /// words.
    fn inner_statement(&self) -> Option<(usize, String)> {
        if !self.has_verb_of_table() {
            return None;
        }
        let tokens = self.tokens();
        let first = tokens.first()?;
        // skip the second word of SHOW CREATE TABLE and similar statements
        let from = match ["SHOW", "EXPLAIN", "HELP", "DESC", "DESCRIBE"]
            .iter()
            .any(|w| first.is(w))
        {
            true => 2,
            false => 1,
        };
        // a routine may consist of one statement, which is not an inner statement
        let body = body(&tokens).filter(|at| verb_of_table(&tokens[*at..]).is_some());
        let from = body.map_or(from, |at| at + 1);
        let drops_are_clauses = match body {
            Some(at) => tokens[at].is("ALTER"),
            None => self.kind() == StatementKind::AlterTable,
        };
        (from..tokens.len()).find_map(|at| {
            let words = verb_of_table(&tokens[at..])?;
            let is_clause = drops_are_clauses && words.starts_with("DROP");
            (!is_clause).then(|| (self.line_at(tokens[at].at), words))
        })
    }

    fn is_open(&self) -> bool {
        let tokens = self.tokens();
        let count = |sign| tokens.iter().filter(|token| token.is_sign(sign)).count();
        count('(') > count(')')
    }

    /// The message for a statement of unknown kind, if it may create or change a table.
    fn unknown(&self) -> Option<String> {
        if self.text.starts_with('\\') {
            let command = self.text.split_whitespace().next().unwrap_or_default();
            return Some(of_client(command));
        }
        let words = self.words();
        let (first, second) = (words.first()?, words.get(1).map_or("", String::as_str));
        Some(match (first.as_str(), second) {
            ("END" | "DECLARE" | "IF" | "LEAVE" | "LOOP" | "WHILE" | "RETURN", _) => format!(
                "{first} belongs to a routine; put the routine between DELIMITER lines, or remove it, because reviewseed does not create it"
            ),
            ("CALL" | "EXECUTE", _) => format!(
                "{first} may create or change tables, but it is not run; replace it by the statements that it runs, or remove it"
            ),
            ("SOURCE", _) => of_client("SOURCE"),
            _ => {
                let about_tables = ["CREATE", "ALTER", "DROP", "TABLE", "INDEX"];
                if !words
                    .iter()
                    .any(|word| about_tables.contains(&word.as_str()))
                {
                    return None;
                }
                let beginning: Vec<&str> = self.text.split_whitespace().take(4).collect();
                format!(
                    "\"{}\" does not begin a known statement; correct it, or remove it",
                    beginning.join(" ")
                )
            }
        })
    }
}

/// The message for a command of the mysql client, which is not SQL.
fn of_client(command: &str) -> String {
    format!(
        "{command} is a command of the mysql client; write the statements of the file that it reads here, or remove the line"
    )
}

fn words_of(tokens: Vec<Token>) -> Vec<String> {
    let words = tokens.into_iter().filter_map(|token| match token.kind {
        TokenKind::Word(word) => Some(word.to_uppercase()),
        _ => None,
    });
    words.collect()
}

fn created(words: &[&str]) -> StatementKind {
    match words {
        ["TABLE", ..] => StatementKind::CreateTable,
        ["INDEX", ..]
        | [
            "UNIQUE" | "FULLTEXT" | "SPATIAL" | "VECTOR" | "ONLINE" | "OFFLINE",
            "INDEX",
            ..,
        ] => StatementKind::CreateIndex,
        ["TEMPORARY", "TABLE", ..] => StatementKind::CreateTemporary,
        // sequences of MariaDB
        ["TEMPORARY", ..] => StatementKind::Unknown,
        _ => without_table(words),
    }
}

fn altered(words: &[&str]) -> StatementKind {
    match words {
        // dumps write these statements around the rows, which are not loaded
        ["TABLE", "DISABLE" | "ENABLE", "KEYS"] | ["TABLE", _, "DISABLE" | "ENABLE", "KEYS"] => {
            StatementKind::Other
        }
        ["TABLE", ..]
        | ["ONLINE" | "OFFLINE" | "IGNORE", "TABLE", ..]
        | ["ONLINE" | "OFFLINE", "IGNORE", "TABLE", ..] => StatementKind::AlterTable,
        _ => match without_table(words) {
            StatementKind::NotCreated(_) => StatementKind::Other,
            other => other,
        },
    }
}

fn dropped(words: &[&str]) -> StatementKind {
    match words {
        ["TABLE", ..] | ["TEMPORARY", "TABLE", ..] => StatementKind::DropTable,
        ["INDEX", ..] | ["ONLINE" | "OFFLINE", "INDEX", ..] => StatementKind::DropIndex,
        _ => match without_table(words) {
            StatementKind::NotCreated(_) => StatementKind::Other,
            other => other,
        },
    }
}

fn without_table(words: &[&str]) -> StatementKind {
    for word in words {
        if let Some((_, what)) = NOT_CREATED.iter().find(|(own, _)| own == word) {
            return StatementKind::NotCreated(what);
        }
        if NO_TABLE.contains(word) {
            return StatementKind::Other;
        }
    }
    StatementKind::Unknown
}

fn set(words: &[&str]) -> StatementKind {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let text = has(&TEXT_VARIABLES) || words.starts_with(&["CHARACTER", "SET"]);
    match has(&NOT_OF_SESSION) || text && !has(&OF_TABLES) {
        true => StatementKind::Other,
        false => StatementKind::SetSession,
    }
}

/// Whether a text contains this ASCII word in any case.
fn contains_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let begins = [word[0], word[0].to_ascii_lowercase()];
    memchr::memchr2_iter(begins[0], begins[1], text).any(|at| {
        let found = text.get(at..at + word.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    })
}

/// The position of the body of a procedure or an event. Other routines must not change tables.
fn body(tokens: &[Token]) -> Option<usize> {
    if !tokens
        .first()
        .is_some_and(|t| t.is("CREATE") || t.is("ALTER"))
    {
        return None;
    }
    let what = tokens.iter().position(|t| {
        t.is("PROCEDURE") || t.is("EVENT") || t.is("TABLE") || t.is("INDEX") || t.is("VIEW")
    })?;
    if tokens[what].is("EVENT") {
        let is_do = |at: &usize| tokens[*at].is("DO");
        return (what..tokens.len())
            .find(is_do)
            .map(|at| at + 1)
            .filter(|at| *at < tokens.len());
    }
    if !tokens[what].is("PROCEDURE") {
        return None;
    }
    let mut depth = 0;
    let parameters = (what..tokens.len()).find(|at| {
        depth += i32::from(tokens[*at].is_sign('(')) - i32::from(tokens[*at].is_sign(')'));
        depth == 0 && tokens[*at].is_sign(')')
    })?;
    let is_characteristic = |token: &Token| {
        CHARACTERISTICS.iter().any(|word| token.is(word))
            || matches!(token.kind, TokenKind::String(_))
    };
    (parameters + 1..tokens.len()).find(|at| !is_characteristic(&tokens[*at]))
}

/// If the tokens begin with `CREATE TABLE`, `DROP INDEX` or similar words: these words.
fn verb_of_table(tokens: &[Token]) -> Option<String> {
    let verb = ["CREATE", "ALTER", "DROP", "RENAME"]
        .into_iter()
        .find(|verb| tokens.first().is_some_and(|token| token.is(verb)))?;
    let between = [
        "OR",
        "REPLACE",
        "TEMPORARY",
        "UNIQUE",
        "FULLTEXT",
        "SPATIAL",
        "ONLINE",
        "IGNORE",
    ];
    let mut rest = tokens[1..].iter();
    let next = rest.find(|token| verb == "DROP" || !between.iter().any(|word| token.is(word)))?;
    let of = ["TABLE", "INDEX"].into_iter().find(|of| next.is(of))?;
    let known = of == "TABLE" || matches!(verb, "CREATE" | "DROP");
    known.then(|| format!("{verb} {of}"))
}
