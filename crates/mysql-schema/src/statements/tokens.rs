//! The tokens of a statement with their positions, and what can be found in them: the table, the
//! lines of columns and keys, the storage engine.

use std::ops::Range;

use super::pieces::{Piece, Pieces};
use super::{ScriptStatement, StatementKind};

/// A word or sign of a statement. Comments have no tokens; the content of executable comments has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Byte offset in the text of the statement.
    pub(super) at: usize,
    /// Length in bytes.
    pub(super) length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// The word or sign, as written.
    Word(String),
    /// Without its quotes.
    QuotedName(String),
    /// Without its quotes; escapes are kept.
    String(String),
    Other(char),
}

impl Token {
    /// Whether it is this word without quotes, in any case.
    pub fn is(&self, word: &str) -> bool {
        matches!(&self.kind, TokenKind::Word(own) if own.eq_ignore_ascii_case(word))
    }

    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == TokenKind::Other(sign)
    }

    /// The text of a word or a quoted name.
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(name) | TokenKind::QuotedName(name) => Some(name),
            TokenKind::String(_) | TokenKind::Other(_) => None,
        }
    }
}

/// Within the parentheses of CREATE TABLE, a definition that begins with one of these words defines
/// no column.
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

/// A storage engine that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEngine {
    /// The engine, as written, without quotes.
    pub name: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// The byte range of the name in the file, with its quotes.
    pub(crate) place_in_file: Range<usize>,
}

impl ScriptStatement<'_> {
    /// Whether it stores, changes or removes rows.
    pub(super) fn changes_rows(&self) -> bool {
        let verbs = ["INSERT", "REPLACE", "LOAD", "UPDATE", "DELETE", "TRUNCATE"];
        let first = self.first_tokens(1);
        first
            .first()
            .is_some_and(|token| verbs.iter().any(|verb| token.is(verb)))
    }

    pub(super) fn tokens(&self) -> Vec<Token> {
        self.first_tokens(usize::MAX)
    }

    /// At least the first `enough` tokens. An INSERT may have a million, and most callers need few.
    pub(super) fn first_tokens(&self, enough: usize) -> Vec<Token> {
        let mut tokens = Vec::new();
        for (piece, text, at) in Pieces::new(self.text).flatten() {
            if tokens.len() >= enough {
                break;
            }
            let length = text.len();
            let mut push = |kind| tokens.push(Token { kind, at, length });
            match piece {
                Piece::Comment | Piece::Open | Piece::Close | Piece::Breakpoint => {}
                Piece::String => push(TokenKind::String(text[1..length - 1].to_owned())),
                Piece::QuotedName => push(TokenKind::QuotedName(
                    text[1..length - 1].replace("``", "`"),
                )),
                Piece::Other => ordinary_tokens(text, at, &mut tokens),
            }
        }
        tokens
    }

    /// The table that the statement creates or changes: the database, where it is written, and the
    /// table name. `None` for other statements.
    pub fn table(&self) -> Option<(Option<String>, String)> {
        let tokens = self.tokens();
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
        let after = |word: &str| (0..tokens.len()).find(|at| is(*at, word)).map(|at| at + 1);
        let mut at = match self.kind() {
            StatementKind::CreateTable | StatementKind::AlterTable => after("TABLE")?,
            StatementKind::CreateIndex => after("ON")?,
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

    /// The tables that DROP TABLE names, without database names.
    pub fn dropped_tables(&self) -> Vec<String> {
        let tokens = self.tokens();
        let names = tokens.iter().skip_while(|token| !token.is("TABLE")).skip(1);
        let names: Vec<&Token> = names
            .filter(|token| !token.is("IF") && !token.is("EXISTS"))
            .collect();
        let of_list = names.split(|token| token.is_sign(','));
        of_list
            .filter_map(|one| one.iter().rfind(|token| token.name().is_some()))
            .filter_map(|token| token.name().map(str::to_owned))
            .collect()
    }

    /// Where the statement defines the key of that name: a key with a larger number is defined
    /// later.
    pub fn key_position(&self, name: &str) -> Option<usize> {
        let tokens = self.tokens();
        let named = |token: &Token| {
            token
                .name()
                .is_some_and(|own| own.to_lowercase() == name.to_lowercase())
        };
        let after_key = |at: usize| {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            let words = ["KEY", "INDEX", "UNIQUE", "FULLTEXT", "CONSTRAINT"];
            before.is_some_and(|token| words.iter().any(|word| token.is(word)))
        };
        let found: Vec<usize> = (0..tokens.len()).filter(|at| named(&tokens[*at])).collect();
        // a key without a name gets the name of its first column
        found
            .iter()
            .find(|at| after_key(**at))
            .or(found.first())
            .copied()
    }

    /// The line on which the statement defines a column of that name.
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

    /// The line of the first foreign key to a parent table.
    pub fn reference_line(&self, parent: &str) -> Option<usize> {
        let tokens = self.tokens();
        let mut after = tokens.windows(2).filter(|pair| pair[0].is("REFERENCES"));
        let found = after.find(|pair| pair[1].name() == Some(parent))?;
        Some(self.line_at(found[0].at))
    }

    /// The storage engines that the statement names: first that of the table, then those of its
    /// partitions. For SET it is the default engine.
    pub fn engines(&self) -> Vec<NamedEngine> {
        let kind = self.kind();
        let tokens = self.tokens();
        let mut found = Vec::new();
        // within the parentheses with the columns, ENGINE is the name of a column
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
            // in ALTER TABLE, the word may be the name of a column
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

    /// The byte ranges in the file that name a row format that InnoDB does not have.
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

    /// Whether ALTER TABLE sets only the engine or the next AUTO_INCREMENT value.
    pub(crate) fn sets_options_only(&self) -> bool {
        let tokens = self.tokens();
        let Some(table) = tokens.iter().position(|token| token.is("TABLE")) else {
            return false;
        };
        // the name may have a database before it
        let dotted = tokens.get(table + 2).is_some_and(|t| t.is_sign('.'));
        let rest = tokens.get(table + if dotted { 4 } else { 2 }..);
        let options = rest.unwrap_or_default().split(|token| token.is_sign(','));
        self.kind() == StatementKind::AlterTable
            && options.into_iter().all(|option| {
                let option: Vec<&Token> = option.iter().filter(|t| !t.is_sign('=')).collect();
                option.len() == 2 && (option[0].is("ENGINE") || option[0].is("AUTO_INCREMENT"))
            })
    }

    /// The line in the file of a byte offset in the text of the statement.
    pub fn line_at(&self, at: usize) -> usize {
        self.line + self.text[..at].matches('\n').count()
    }
}

fn ordinary_tokens(text: &str, begin: usize, tokens: &mut Vec<Token>) {
    let mut word: Option<usize> = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if character.is_alphanumeric() || matches!(character, '_' | '$') {
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
