//! Splits the text of a schema.sql into its statements, each with its line.
//!
//! The servers take one statement at a time, `parse` wants to name lines of the file, and only some statements of a file
//! may be run: a dump begins with DROP TABLE, and a scratch copy of the tables must never drop the live ones. So the splitting is
//! here, apart from reading what a statement means: it knows strings, quoted names and comments, and nothing else of SQL.

mod functional;
mod names;

use anyhow::{Result, bail};

pub use functional::{FunctionalKey, functional_keys};
pub use names::{Unqualified, in_lower_case, without_database, without_own_database};

/// One statement of a script, without its semicolon and without the comments before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptStatement<'a> {
    /// The text, from its first word on.
    pub text: &'a str,
    /// Line on which it begins, from 1.
    pub line: usize,
}

/// What a statement is about, as far as its first words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// CREATE TABLE.
    CreateTable,
    /// CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX.
    CreateIndex,
    /// ALTER TABLE.
    AlterTable,
    /// SET of anything but global or persisted variables.
    SetSession,
    /// Everything else, passed over when a schema is read or made.
    Other,
}

impl ScriptStatement<'_> {
    /// What the first words say.
    pub fn kind(&self) -> StatementKind {
        let words: Vec<String> = self.words().take(3).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["CREATE", "TABLE", ..] => StatementKind::CreateTable,
            ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE" | "FULLTEXT" | "SPATIAL", "INDEX"] => {
                StatementKind::CreateIndex
            }
            ["ALTER", "TABLE", ..] => StatementKind::AlterTable,
            ["SET", ..] if !self.sets_globals() => StatementKind::SetSession,
            _ => StatementKind::Other,
        }
    }

    fn sets_globals(&self) -> bool {
        self.words().any(|word| {
            matches!(
                word.as_str(),
                "GLOBAL" | "PERSIST" | "PERSIST_ONLY" | "PASSWORD"
            )
        })
    }

    /// The bare words in upper case; strings, quoted names and comments are left out.
    fn words(&self) -> impl Iterator<Item = String> {
        self.tokens().into_iter().filter_map(|token| match token {
            Token::Word(word) => Some(word.to_uppercase()),
            _ => None,
        })
    }

    /// The table that the statement makes or changes, if it is about one: its database, where it is named with one, and
    /// its name.
    pub fn table(&self) -> Option<(Option<String>, String)> {
        let tokens = self.tokens();
        let is = |at: usize, word: &str| matches!(tokens.get(at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        let after = |word: &str| (0..tokens.len()).find(|at| is(*at, word)).map(|at| at + 1);
        let mut at = match self.kind() {
            StatementKind::CreateTable | StatementKind::AlterTable => after("TABLE")?,
            StatementKind::CreateIndex => after("ON")?,
            StatementKind::SetSession | StatementKind::Other => return None,
        };
        while ["IF", "NOT", "EXISTS"].iter().any(|word| is(at, word)) {
            at += 1;
        }
        let name = |at: usize| match tokens.get(at) {
            Some(Token::Word(name) | Token::QuotedName(name)) => Some(name.clone()),
            _ => None,
        };
        let first = name(at)?;
        match tokens.get(at + 1) {
            Some(Token::Other('.')) => Some((Some(first), name(at + 2)?)),
            _ => Some((None, first)),
        }
    }

    /// The text before PARTITION BY, which says where rows lie and nothing of what they are.
    pub fn without_partitions(&self) -> &str {
        let mut depth = 0;
        for (piece, text, at) in Pieces::new(self.text).flatten() {
            if piece != Piece::Other {
                continue;
            }
            for (offset, character) in text.char_indices() {
                match character {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    'p' | 'P' if depth == 0 && is_partition_by(&text[offset..]) => {
                        let before = &self.text[..at + offset];
                        // dumps have it in /*!50100 … */
                        let open = before
                            .trim_end()
                            .trim_end_matches(|c: char| c.is_ascii_digit());
                        return open.strip_suffix("/*!").unwrap_or(before);
                    }
                    _ => {}
                }
            }
        }
        self.text
    }

    /// Where in the statement a key of that name is defined, as a number that grows from key to key.
    pub fn key_position(&self, name: &str) -> Option<usize> {
        let tokens = self.tokens();
        let named = |token: &Token| match token {
            Token::Word(word) | Token::QuotedName(word) => {
                word.to_lowercase() == name.to_lowercase()
            }
            _ => false,
        };
        let after_key = |at: usize| {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            matches!(before, Some(Token::Word(word)) if ["KEY", "INDEX", "UNIQUE", "FULLTEXT", "CONSTRAINT"]
                .contains(&word.to_uppercase().as_str()))
        };
        let found: Vec<usize> = (0..tokens.len()).filter(|at| named(&tokens[*at])).collect();
        // a key without a name has that of its first column
        found
            .iter()
            .find(|at| after_key(**at))
            .or(found.first())
            .copied()
    }

    fn tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        for (piece, text, _) in Pieces::new(self.text).flatten() {
            match piece {
                Piece::Comment => {}
                Piece::String => tokens.push(Token::String),
                Piece::QuotedName => {
                    tokens.push(Token::QuotedName(
                        text[1..text.len() - 1].replace("``", "`"),
                    ));
                }
                Piece::Other => ordinary_tokens(text, &mut tokens),
            }
        }
        tokens
    }
}

fn is_partition_by(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let mut is = |word: &str| words.next().is_some_and(|w| w.eq_ignore_ascii_case(word));
    is("PARTITION") && is("BY")
}

enum Token {
    Word(String),
    QuotedName(String),
    String,
    Other(char),
}

fn ordinary_tokens(text: &str, tokens: &mut Vec<Token>) {
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_alphanumeric() || matches!(character, '_' | '$') {
            word.push(character);
            continue;
        }
        if !word.is_empty() {
            tokens.push(Token::Word(std::mem::take(&mut word)));
        }
        if !character.is_whitespace() {
            tokens.push(Token::Other(character));
        }
    }
}

/// Splits `sql` at its semicolons. `origin` is the name of the file, for messages.
///
/// # Errors
///
/// A string, quoted name or comment that is never closed, and DELIMITER, which is a command of the mysql client and not SQL.
pub fn split<'a>(sql: &'a str, origin: &str) -> Result<Vec<ScriptStatement<'a>>> {
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let mut statements = Vec::new();
    let mut begin: Option<usize> = None;
    let mut end_of = |begin: &mut Option<usize>, end: usize| -> Result<()> {
        if let Some(start) = begin.take() {
            let text = sql[start..end].trim_end();
            let line = line_of(sql, start);
            if text
                .split_whitespace()
                .next()
                .is_some_and(|w| w.eq_ignore_ascii_case("DELIMITER"))
            {
                bail!(
                    "{origin}:{line}: DELIMITER is a command of the mysql client, not SQL; keep routines and triggers out \
                     of the schema file"
                );
            }
            statements.push(ScriptStatement { text, line });
        }
        Ok(())
    };
    for piece in Pieces::new(sql) {
        let (piece, text, at) = match piece {
            Ok(piece) => piece,
            Err(unclosed) => {
                let line = line_of(sql, unclosed.at);
                bail!("{origin}:{line}: {} is never closed", unclosed.what);
            }
        };
        match piece {
            Piece::Comment => {}
            Piece::QuotedName | Piece::String => {
                begin.get_or_insert(at);
            }
            Piece::Other => {
                for (offset, character) in text.char_indices() {
                    if character == ';' {
                        end_of(&mut begin, at + offset)?;
                    } else if !character.is_whitespace() {
                        begin.get_or_insert(at + offset);
                    }
                }
            }
        }
    }
    end_of(&mut begin, sql.len())?;
    Ok(statements)
}

/// The statements that make tables, and the session settings they may rely on: what may be run to create the tables of
/// a schema file in whatever database is chosen. DROP, INSERT, USE and everything else is left out.
///
/// # Errors
///
/// As [`split`]; and a table named with its database, which would not go where the others go.
pub fn definitions<'a>(sql: &'a str, origin: &str) -> Result<Vec<ScriptStatement<'a>>> {
    let mut statements = split(sql, origin)?;
    statements.retain(|statement| statement.kind() != StatementKind::Other);
    for statement in &statements {
        if let Some((Some(database), table)) = statement.table() {
            bail!(
                "{origin}:{}: {table} is named with its database {database}; name the table alone, the database comes \
                 from --database-url",
                statement.line
            );
        }
    }
    Ok(statements)
}

fn line_of(sql: &str, at: usize) -> usize {
    1 + sql[..at].matches('\n').count()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Comment,
    String,
    QuotedName,
    Other,
}

struct Unclosed {
    what: &'static str,
    at: usize,
}

/// Cuts a script into comments, strings, quoted names and the rest.
struct Pieces<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Pieces<'a> {
    fn new(sql: &'a str) -> Self {
        Pieces { sql, at: 0 }
    }

    /// What begins at the front of `rest`, if it is anything but ordinary text.
    fn special(rest: &str) -> Option<Piece> {
        let second = rest.as_bytes().get(1).copied();
        match rest.as_bytes()[0] {
            b'\'' | b'"' => Some(Piece::String),
            b'`' => Some(Piece::QuotedName),
            b'#' => Some(Piece::Comment),
            // both servers want a blank after the dashes: 1--1 is an expression
            b'-' if second == Some(b'-')
                && rest[2..]
                    .chars()
                    .next()
                    .is_none_or(|c| c.is_whitespace() || c.is_control()) =>
            {
                Some(Piece::Comment)
            }
            // what stands in /*! … */ and MariaDB's /*M! … */ is executed
            b'/' if second == Some(b'*') => {
                match rest[2..].starts_with('!') || rest[2..].starts_with("M!") {
                    true => None,
                    false => Some(Piece::Comment),
                }
            }
            _ => None,
        }
    }

    /// Length of the quoted text at the front of `rest`, both quotes included.
    fn quoted(rest: &str) -> Option<usize> {
        let bytes = rest.as_bytes();
        let quote = bytes[0];
        let mut at = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote != b'`' => at += 1,
                byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 1,
                byte if byte == quote => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
        None
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = std::result::Result<(Piece, &'a str, usize), Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = &self.sql[at..];
        if rest.is_empty() {
            return None;
        }
        let unclosed = |what| Some(Err(Unclosed { what, at }));
        let piece = Self::special(rest).unwrap_or(Piece::Other);
        let length = match piece {
            Piece::Comment if rest.starts_with("/*") => match rest[2..].find("*/") {
                Some(end) => end + 4,
                None => {
                    self.at = self.sql.len();
                    return unclosed("the comment");
                }
            },
            Piece::Comment => rest.find('\n').unwrap_or(rest.len()),
            Piece::String | Piece::QuotedName => match Self::quoted(rest) {
                Some(length) => length,
                None => {
                    self.at = self.sql.len();
                    return unclosed(match piece {
                        Piece::String => "the string",
                        _ => "the quoted name",
                    });
                }
            },
            Piece::Other => rest
                .char_indices()
                .skip(1)
                .find(|(offset, _)| Self::special(&rest[*offset..]).is_some())
                .map_or(rest.len(), |(offset, _)| offset),
        };
        self.at += length;
        Some(Ok((piece, &rest[..length], at)))
    }
}

#[cfg(test)]
mod tests;
