//! The tokens of a statement with their positions, and what the tokens tell about the statement:
//! its table, the lines of columns and keys, its storage engine.

use std::ops::Range;

use super::pieces::{Piece, Pieces};
use super::sql_mode::SqlMode;
use super::{ScriptStatement, StatementKind};
use model::flavour::Flavour;

/// A word or sign of a statement. Comments have no tokens, but the content of executable comments
/// has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Byte offset of the token in the text of the statement.
    pub(crate) at: usize,
    /// Length in bytes.
    pub(crate) length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// The word or sign, as written.
    Word(String),
    /// The name without its quotes.
    QuotedName(String),
    /// The string without its quotes and escapes.
    String(String),
    Other(char),
}

impl Token {
    /// Whether the token is this unquoted word, in any case.
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.kind, TokenKind::Word(own) if own.eq_ignore_ascii_case(word))
    }

    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == TokenKind::Other(sign)
    }

    /// The text of a word, a quoted name or a string.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(text) | TokenKind::QuotedName(text) | TokenKind::String(text) => {
                Some(text)
            }
            TokenKind::Other(_) => None,
        }
    }

    /// The text of a word or a quoted name.
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(name) | TokenKind::QuotedName(name) => Some(name),
            TokenKind::String(_) | TokenKind::Other(_) => None,
        }
    }
}

/// In the parentheses of CREATE TABLE, a definition that begins with one of these words is not a
/// column.
const NO_COLUMN: [&str; 11] = [
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "KEY",
    "INDEX",
    "FULLTEXT",
    "SPATIAL",
    "FOREIGN",
    "CHECK",
    "PERIOD",
    "VECTOR",
];

/// A storage engine that a statement specifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEngine {
    /// The engine, as written, without quotes.
    pub name: String,
    /// The line of the name in the file, from 1.
    pub line: usize,
    /// The byte range of the name in the file, with its quotes.
    pub(crate) place_in_file: Range<usize>,
}

impl ScriptStatement<'_> {
    /// Whether the statement stores, changes or deletes rows. A CALL is included, because its
    /// procedure may do so.
    pub(super) fn changes_rows(&self) -> bool {
        let verbs = [
            "INSERT", "REPLACE", "LOAD", "UPDATE", "DELETE", "TRUNCATE", "CALL",
        ];
        let first = self.first_tokens(1);
        first
            .first()
            .is_some_and(|token| verbs.iter().any(|verb| token.is(verb)))
    }

    pub(super) fn tokens(&self) -> Vec<Token> {
        self.first_tokens(usize::MAX)
    }

    /// At least the first `enough` tokens. An INSERT may have a million tokens, but most callers
    /// need only a few.
    pub(crate) fn first_tokens(&self, enough: usize) -> Vec<Token> {
        let all = |_: &str| true;
        self.tokens_where(enough, all)
    }

    /// The tokens, without those in executable comments that servers of this family ignore.
    pub(crate) fn tokens_for(&self, flavour: Flavour) -> Vec<Token> {
        self.tokens_where(usize::MAX, |mark| is_executed(mark, flavour))
    }

    /// The first tokens. `is_read` gets the mark that opens an executable comment, and says whether
    /// the content of the comment is included.
    fn tokens_where(&self, enough: usize, is_read: impl Fn(&str) -> bool) -> Vec<Token> {
        tokens_in(self.text, self.mode, enough, is_read)
    }

    /// The table that the statement creates or changes, as (database if it is written, table name).
    /// `None` for other statements.
    pub fn table(&self) -> Option<(Option<String>, String)> {
        let tokens = self.tokens();
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
        let after = |word: &str| (0..tokens.len()).find(|at| is(*at, word)).map(|at| at + 1);
        let mut at = match self.kind() {
            StatementKind::CreateTable
            | StatementKind::CreateTemporary
            | StatementKind::AlterTable => after("TABLE")?,
            StatementKind::CreateIndex | StatementKind::DropIndex => after("ON")?,
            // only the first table is returned
            StatementKind::RenameTable => 2,
            _ => return None,
        };
        while ["IF", "NOT", "EXISTS"].iter().any(|word| is(at, word)) {
            at += 1;
        }
        let name = |at: usize| tokens.get(at)?.name().map(str::to_owned);
        let first = name(at)?;
        match tokens.get(at + 1) {
            Some(dot) if dot.is_sign('.') => Some((Some(first), name(at + 2)?)),
            _ => Some((None, first)),
        }
    }

    /// The line on which the statement defines the column with this name.
    pub fn column_line(&self, name: &str) -> Option<usize> {
        let tokens = self.tokens();
        let mut depth = 0;
        let mut begins = false;
        for token in &tokens {
            let is_column = token
                .name()
                .is_some_and(|own| own.to_lowercase() == name.to_lowercase());
            let is_bare = matches!(token.kind, TokenKind::Word(_));
            let is_key = is_bare && NO_COLUMN.iter().any(|word| token.is(word));
            if begins && is_column && !is_key {
                return Some(self.line_at(token.at));
            }
            match token.kind {
                TokenKind::Other('(') => depth += 1,
                TokenKind::Other(')') => depth -= 1,
                _ => {}
            }
            begins = match self.kind() {
                StatementKind::CreateTable => {
                    depth == 1 && (token.is_sign('(') || token.is_sign(','))
                }
                StatementKind::AlterTable => {
                    let words = ["ADD", "COLUMN", "MODIFY", "CHANGE", "EXISTS"];
                    words.iter().any(|word| token.is(word)) || (begins && is_column)
                }
                _ => false,
            };
        }
        None
    }

    /// The line of the first foreign key that refers to this parent table.
    pub fn reference_line(&self, parent: &str) -> Option<usize> {
        let tokens = self.tokens();
        let mut after = tokens.windows(2).filter(|pair| pair[0].is("REFERENCES"));
        let found = after.find(|pair| pair[1].name() == Some(parent))?;
        Some(self.line_at(found[0].at))
    }

    /// The storage engines that the statement specifies: first that of the table, then those of its
    /// partitions. A SET specifies the default engine.
    pub fn engines(&self) -> Vec<NamedEngine> {
        let kind = self.kind();
        let tokens = self.tokens();
        let mut found = Vec::new();
        // in the parentheses with the definitions, ENGINE is the name of a column
        let (mut depth, mut columns) = (0, kind == StatementKind::CreateTable);
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Other('(') => depth += 1,
                TokenKind::Other(')') => {
                    depth -= 1;
                    columns &= depth > 0;
                }
                _ => {}
            }
            let begins = match kind {
                StatementKind::CreateTable | StatementKind::AlterTable => token.is("ENGINE"),
                StatementKind::SetSession => {
                    token.is("DEFAULT_STORAGE_ENGINE") || token.is("STORAGE_ENGINE")
                }
                _ => false,
            };
            if columns || !begins || at == 0 {
                continue;
            }
            let equals = tokens.get(at + 1).is_some_and(|token| token.is_sign('='));
            // in ALTER TABLE, the word ENGINE may be the name of a column
            let is_option = kind == StatementKind::CreateTable
                || tokens[at - 1].is_sign(',')
                || at == 3 && tokens[1].is("TABLE");
            if !equals && (depth > 0 || !is_option) {
                continue;
            }
            let named = tokens.get(at + 1 + usize::from(equals));
            if let Some(named) = named
                && let TokenKind::Word(name) | TokenKind::QuotedName(name) | TokenKind::String(name) =
                    &named.kind
            {
                found.push(NamedEngine {
                    name: name.clone(),
                    line: self.line_at(token.at),
                    place_in_file: self.start + named.at..self.start + named.at + named.length,
                });
            }
        }
        found
    }

    /// The byte ranges in the file of row formats that InnoDB does not support.
    pub(crate) fn fixed_row_formats(&self) -> Vec<Range<usize>> {
        let tokens = self.tokens();
        let sign = |at: usize| tokens.get(at).is_some_and(|token| token.is_sign('='));
        let named = (0..tokens.len()).filter(|at| tokens[*at].is("ROW_FORMAT"));
        let formats = named.filter_map(|at| tokens.get(at + 1 + usize::from(sign(at + 1))));
        formats
            .filter(|token| token.is("FIXED") || token.is("PAGE"))
            .map(|token| self.start + token.at..self.start + token.at + token.length)
            .collect()
    }

    /// The line in the file of a byte offset in the statement's text.
    pub fn line_at(&self, at: usize) -> usize {
        self.line + self.text[..at].matches('\n').count()
    }
}

/// The tokens of an expression whose quotes do not depend on the sql_mode.
pub(crate) fn tokens_of(expression: &str) -> Vec<Token> {
    tokens_in(expression, SqlMode::default(), usize::MAX, |_| true)
}

fn tokens_in(
    text: &str,
    mode: SqlMode,
    enough: usize,
    is_read: impl Fn(&str) -> bool,
) -> Vec<Token> {
    let mut tokens = Vec::new();
    // for each open executable comment, whether its content is included
    let mut open: Vec<bool> = Vec::new();
    for (piece, text, at) in Pieces::new(text, mode).flatten() {
        if tokens.len() >= enough {
            break;
        }
        match piece {
            Piece::Open => open.push(is_read(text)),
            Piece::Close => {
                open.pop();
            }
            _ if open.contains(&false) => {}
            Piece::Comment | Piece::Breakpoint => {}
            Piece::String | Piece::QuotedName => tokens.push(Token {
                kind: quoted(piece, text, mode),
                at,
                length: text.len(),
            }),
            Piece::Other => ordinary_tokens(text, at, &mut tokens),
        }
    }
    tokens
}

/// Whether the newest servers of this family execute a comment that begins with this mark, such as
/// `/*!50100`. Also true for `/*!999999`, which no server executes, because such a comment states
/// constraints.
fn is_executed(mark: &str, flavour: Flavour) -> bool {
    let version = mark.trim_start_matches(|c: char| !c.is_ascii_digit());
    match (mark.starts_with("/*M!"), version.parse(), flavour) {
        (true, _, flavour) => flavour == Flavour::MariaDb,
        (false, Ok(999_999), _) | (false, Err(_), _) => true,
        // a version with six digits is one of MariaDB
        (false, Ok(version), Flavour::MySql) => version < 99_999,
        // MariaDB does not have what MySQL has added since 5.7
        (false, Ok(version), Flavour::MariaDb) => !(50_700..=99_999).contains(&version),
    }
}

/// The token of a quoted name or string.
fn quoted(piece: Piece, text: &str, mode: SqlMode) -> TokenKind {
    let quote = &text[..1];
    let inner = &text[1..text.len() - 1];
    let doubled = format!("{quote}{quote}");
    if piece == Piece::QuotedName {
        return TokenKind::QuotedName(inner.replace(&doubled, quote));
    }
    if mode.no_backslash_escapes || !inner.contains('\\') {
        return TokenKind::String(inner.replace(&doubled, quote));
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('t') => plain.push('\t'),
                Some('b') => plain.push('\u{8}'),
                Some('0') => plain.push('\0'),
                Some('Z') => plain.push('\x1a'),
                // `\%` and `\_` keep their backslash, because they are meant for LIKE
                Some(wildcard @ ('%' | '_')) => plain.extend(['\\', wildcard]),
                other => plain.extend(other),
            },
            own if quote.starts_with(own) => {
                // skip the second half of a doubled quote
                characters.next();
                plain.push(own);
            }
            other => plain.push(other),
        }
    }
    TokenKind::String(plain)
}

/// Whether a name may contain this character without being quoted.
fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

fn ordinary_tokens(text: &str, begin: usize, tokens: &mut Vec<Token>) {
    let mut word: Option<usize> = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if is_of_word(character) {
            word.get_or_insert(at);
            continue;
        }
        if let Some(from) = word.take() {
            tokens.push(Token {
                kind: TokenKind::Word(text[from..at].to_owned()),
                at: begin + from,
                length: at - from,
            });
        }
        if !character.is_whitespace() {
            tokens.push(Token {
                kind: TokenKind::Other(character),
                at: begin + at,
                length: character.len_utf8(),
            });
        }
    }
}
