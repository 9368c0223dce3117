//! Moves over the tokens of a statement.

use std::ops::Range;

use super::{Place, Result};
use crate::quote::{quote_identifier, quote_literal};
use crate::statements::{ScriptStatement, SqlMode, Token, TokenKind};
use model::flavour::Flavour;

/// A position between two tokens of a statement.
pub(super) struct Cursor<'a> {
    statement: &'a ScriptStatement<'a>,
    tokens: Vec<Token>,
    at: usize,
    place: Place<'a>,
    /// The server family whose syntax is parsed.
    pub(super) flavour: Flavour,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(
        statement: &'a ScriptStatement<'a>,
        place: Place<'a>,
        flavour: Flavour,
    ) -> Cursor<'a> {
        Cursor {
            statement,
            tokens: statement.tokens_for(flavour),
            at: 0,
            place,
            flavour,
        }
    }

    /// The file and the line of the next token.
    pub(super) fn place(&self) -> Place<'a> {
        let last = self.tokens.len().saturating_sub(1);
        let token = self.tokens.get(self.at.min(last));
        Place {
            line: token.map_or(self.place.line, |token| self.statement.line_at(token.at)),
            ..self.place
        }
    }

    /// Makes a message with the file and line of the next token.
    pub(super) fn error(&self, text: impl std::fmt::Display) -> String {
        self.place().error(text)
    }

    /// Makes a message with the file and line where the statement begins.
    pub(super) fn error_at_start(&self, text: impl std::fmt::Display) -> String {
        self.place.error(text)
    }

    /// The message for an unknown clause. It contains the first words of the clause.
    pub(super) fn unknown(&self) -> String {
        match self.at_end() {
            true => self.error(
                "this clause cannot be parsed without a server: the statement ends too early",
            ),
            false => self.error(format!(
                "this clause cannot be parsed without a server: {}",
                self.text(self.at..(self.at + 6).min(self.tokens.len()))
            )),
        }
    }

    /// Whether the definition of a column or key ends here. In ALTER TABLE, a clause about
    /// partitions may follow the last definition without a comma.
    pub(super) fn at_end_of_item(&self) -> bool {
        let is_partitioning = self.is("PARTITION") && self.is_ahead(1, "BY")
            || self.is("REMOVE") && self.is_ahead(1, "PARTITIONING");
        self.at_end() || self.is_sign(',') || self.is_sign(')') || is_partitioning
    }

    /// Whether the statement has a comment `/*!999999`. No server executes it; it states
    /// constraints that the rows meet.
    pub(super) fn states_constraints(&self) -> bool {
        self.statement.text.contains("/*!999999")
    }

    /// The sql_mode that is set when the statement runs.
    pub(super) fn mode(&self) -> SqlMode {
        self.statement.mode
    }

    /// Whether `explicit_defaults_for_timestamp` is off when the statement runs.
    pub(super) fn has_implicit_timestamps(&self) -> bool {
        self.statement.implicit_timestamps
    }

    /// The storage engine that the statement specifies.
    pub(super) fn engine(&self) -> Option<String> {
        let first = self.statement.engines().into_iter().next();
        first.map(|engine| engine.name)
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    /// Whether the token at distance `ahead` from the next one is this word.
    pub(super) fn is_ahead(&self, ahead: usize, word: &str) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(|token| token.is(word))
    }

    pub(super) fn is_sign_ahead(&self, ahead: usize, sign: char) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(|token| token.is_sign(sign))
    }

    pub(super) fn is_string_ahead(&self, ahead: usize) -> bool {
        let token = self.tokens.get(self.at + ahead);
        token.is_some_and(|token| matches!(token.kind, TokenKind::String(_)))
    }

    /// Whether CURRENT_TIMESTAMP, or one of its aliases, is at this distance from the next token.
    pub(super) fn is_now_ahead(&self, ahead: usize) -> bool {
        super::defaults::NOW
            .iter()
            .any(|word| self.is_ahead(ahead, word))
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.is_ahead(0, word)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.is_sign_ahead(0, sign)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    pub(super) fn eat_sign(&mut self, sign: char) -> bool {
        let is = self.is_sign(sign);
        self.at += usize::from(is);
        is
    }

    /// Skips all of these words if they follow. Otherwise skips none and returns false.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let are = (0..words.len()).all(|ahead| self.is_ahead(ahead, words[ahead]));
        self.at += if are { words.len() } else { 0 };
        are
    }

    /// Skips the next word if it is one of these, and returns it.
    pub(super) fn eat_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let found = words.iter().copied().find(|word| self.is(word))?;
        self.at += 1;
        Some(found)
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<()> {
        match self.eat(word) {
            true => Ok(()),
            false => Err(self.unknown()),
        }
    }

    pub(super) fn expect_sign(&mut self, sign: char) -> Result<()> {
        match self.eat_sign(sign) {
            true => Ok(()),
            false => Err(self.unknown()),
        }
    }

    /// Parses a word or a quoted name.
    pub(super) fn name(&mut self) -> Result<String> {
        match self.peek().and_then(Token::name).map(str::to_owned) {
            Some(name) => {
                self.at += 1;
                Ok(name)
            }
            None => Err(self.unknown()),
        }
    }

    /// Parses the name of a table, which must not be preceded by a database.
    pub(super) fn table_name(&mut self) -> Result<String> {
        let name = self.name()?;
        match self.is_sign('.') {
            false => Ok(name),
            true => Err(self.error(format!(
                "{name} is the name of a database; name the table alone, the database comes from --database-url"
            ))),
        }
    }

    /// Parses a name that is optional before a parenthesis, USING or TYPE.
    pub(super) fn optional_name(&mut self) -> Option<String> {
        let begins_type = self.is_any(&["USING", "TYPE"])
            && ["BTREE", "HASH", "RTREE"]
                .iter()
                .any(|word| self.is_ahead(1, word));
        match begins_type {
            true => None,
            false => self.name().ok(),
        }
    }

    /// Parses a name or a text in quotes, which options accept.
    pub(super) fn name_or_text(&mut self) -> Result<String> {
        match self.string() {
            Some(text) => Ok(text),
            None => self.name(),
        }
    }

    /// Parses a text in quotes. Several adjacent texts are joined to one.
    pub(super) fn string(&mut self) -> Option<String> {
        let mut text: Option<String> = None;
        while let Some(TokenKind::String(own)) = self.peek().map(|token| &token.kind) {
            text.get_or_insert_default().push_str(own);
            self.at += 1;
        }
        text
    }

    pub(super) fn expect_string(&mut self) -> Result<String> {
        self.string().ok_or_else(|| self.unknown())
    }

    /// Parses a number without a decimal point.
    pub(super) fn whole_number(&mut self) -> Result<u64> {
        let parsed = self
            .peek()
            .and_then(Token::name)
            .and_then(|text| text.parse().ok());
        match parsed {
            Some(number) => {
                self.at += 1;
                Ok(number)
            }
            None => Err(self.unknown()),
        }
    }

    /// Parses a number such as `1.50` or `1e-3`, and returns it as it is written.
    pub(super) fn number(&mut self) -> Option<String> {
        let start = self.peek()?.at;
        let rest = &self.statement.text[start..];
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(rest);
        let mut length = whole;
        if rest[length..].starts_with('.') {
            let fraction = digits(&rest[length + 1..]);
            length += 1 + fraction;
            if whole + fraction == 0 {
                return None;
            }
        } else if whole == 0 {
            return None;
        }
        if rest[length..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
            let exponent = digits(&rest[length + 1 + sign..]);
            if exponent > 0 {
                length += 1 + sign + exponent;
            }
        }
        let end = start + length;
        let mut at = self.at;
        while self.tokens.get(at).is_some_and(|token| token.at < end) {
            at += 1;
        }
        // a word such as 1abc is a name, not a number
        let last = &self.tokens[at - 1];
        if last.at + last.length != end {
            return None;
        }
        self.at = at;
        Some(rest[..length].to_owned())
    }

    /// The range of the tokens within the parentheses that begin here. Moves past the closing
    /// parenthesis.
    pub(super) fn parentheses(&mut self) -> Result<Range<usize>> {
        self.expect_sign('(')?;
        let from = self.at;
        let mut depth = 1;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Other('(') => depth += 1,
                TokenKind::Other(')') => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(from..self.at - 1);
            }
        }
        Err(self.unknown())
    }

    /// Skips to the next comma or closing parenthesis that is not within inner parentheses, or to
    /// the end.
    pub(super) fn skip_item(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Other('(') => depth += 1,
                TokenKind::Other(')') if depth == 0 => return,
                TokenKind::Other(')') => depth -= 1,
                TokenKind::Other(',') if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The text of some tokens, without comments and line ends. Its quotes do not depend on the
    /// sql_mode.
    pub(super) fn text(&self, range: Range<usize>) -> String {
        let is_usual =
            !self.statement.mode.ansi_quotes && !self.statement.mode.no_backslash_escapes;
        let mut text = String::new();
        let mut end = None;
        for token in &self.tokens[range] {
            if end.is_some_and(|end| end < token.at) {
                text.push(' ');
            }
            end = Some(token.at + token.length);
            match &token.kind {
                TokenKind::String(own) if !is_usual => text.push_str(&quote_literal(own)),
                TokenKind::QuotedName(own) if !is_usual => text.push_str(&quote_identifier(own)),
                _ => text.push_str(&self.statement.text[token.at..token.at + token.length]),
            }
        }
        text
    }
}
