//! Splits a script into comments, strings, quoted names and other text. Nothing else of SQL is
//! recognized.

use super::sql_mode::SqlMode;

/// The kind of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A comment that servers ignore.
    Comment,
    /// `'…'` or `"…"`.
    String,
    /// `` `…` ``.
    QuotedName,
    /// `/*!50100` or `/*M!100401`, which starts an executable comment: servers of this version or
    /// later execute what follows.
    Open,
    /// The `*/` that ends an executable comment.
    Close,
    /// The line that drizzle-kit writes between two statements.
    Breakpoint,
    /// Everything else.
    Other,
}

/// A string, name or comment that is never closed.
pub(super) struct Unclosed {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

/// Iterates over the pieces of a script, with their positions.
pub(super) struct Pieces<'a> {
    sql: &'a str,
    at: usize,
    /// Number of executable comments that are open at `at`.
    depth: usize,
    /// The sql_mode, which decides how quotes are read.
    pub(super) mode: SqlMode,
    /// The delimiter that ends a statement.
    pub(super) delimiter: &'a str,
    /// Whether a statement has begun before `at`.
    begun: bool,
}

impl<'a> Pieces<'a> {
    /// Iterates over the pieces of a whole script.
    pub(super) fn of_script(sql: &'a str, mode: SqlMode) -> Self {
        Pieces {
            begun: false,
            ..Pieces::new(sql, mode)
        }
    }

    /// Iterates over the pieces of a statement, or of a part of one.
    pub(super) fn new(sql: &'a str, mode: SqlMode) -> Self {
        Pieces {
            sql,
            at: 0,
            depth: 0,
            mode,
            delimiter: ";",
            begun: true,
        }
    }

    /// The kind of the piece that begins at `rest`. `before` is the text of kind [`Piece::Other`]
    /// that precedes it. `None` if the first byte of `rest` continues that text.
    fn special(&self, before: &str, rest: &str) -> Option<Piece> {
        let second = rest.as_bytes().get(1).copied();
        match rest.as_bytes()[0] {
            b'"' if self.mode.ansi_quotes => Some(Piece::QuotedName),
            b'\'' | b'"' => Some(Piece::String),
            b'`' => Some(Piece::QuotedName),
            b'#' => Some(Piece::Comment),
            b'-' if is_breakpoint(rest) => Some(Piece::Breakpoint),
            // both servers require a blank after the dashes, because 1--1 is an expression
            b'-' if second == Some(b'-')
                && rest[2..]
                    .chars()
                    .next()
                    .is_none_or(|c| c.is_whitespace() || c.is_control()) =>
            {
                Some(Piece::Comment)
            }
            // clients such as MariaDB's do not send comments, so they do not send such a line
            // either
            b'-' if second == Some(b'-') && !self.has_begun(before) => Some(Piece::Comment),
            b'/' if second == Some(b'*') => match executable(rest) {
                Some(_) => Some(Piece::Open),
                None => Some(Piece::Comment),
            },
            b'*' if second == Some(b'/') && self.depth > 0 => Some(Piece::Close),
            _ => None,
        }
    }

    /// Whether a statement has begun but not ended at the end of `text`.
    fn has_begun(&self, text: &str) -> bool {
        let text = text.trim_end();
        let first_word = || text.lines().next_back()?.split_whitespace().next();
        let is_ended = text.ends_with(';')
            || text.ends_with(self.delimiter)
            || first_word().is_some_and(|word| word.eq_ignore_ascii_case("DELIMITER"));
        match text.is_empty() {
            true => self.begun,
            false => !is_ended,
        }
    }

    /// Length of the quoted text at the start of `rest`, quotes included.
    fn quoted(&self, rest: &str, piece: Piece) -> Option<usize> {
        let escapes = piece == Piece::String && !self.mode.no_backslash_escapes;
        let bytes = rest.as_bytes();
        let quote = bytes[0];
        let mut at = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if escapes => at += 1,
                byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 1,
                byte if byte == quote => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
        None
    }
}

fn is_breakpoint(rest: &str) -> bool {
    rest.strip_prefix("-->")
        .is_some_and(|rest| rest.trim_start().starts_with("statement-breakpoint"))
}

/// Length of the mark that opens an executable comment. `/*M!999999\-`, with which dumps of MariaDB
/// begin, is not one: it is a command for the client.
fn executable(rest: &str) -> Option<usize> {
    let mark = ["/*!", "/*M!"]
        .into_iter()
        .find(|mark| rest.starts_with(mark))?;
    let digits = rest[mark.len()..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    let length = mark.len() + digits;
    (!rest[length..].starts_with("\\-")).then_some(length)
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<(Piece, &'a str, usize), Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = &self.sql[at..];
        if rest.is_empty() {
            return None;
        }
        let piece = self.special("", rest).unwrap_or(Piece::Other);
        let length = match piece {
            Piece::Comment if rest.starts_with("/*") => match rest[2..].find("*/") {
                Some(end) => end + 4,
                None => return self.unclosed("the comment"),
            },
            Piece::Comment | Piece::Breakpoint => rest.find('\n').unwrap_or(rest.len()),
            Piece::String | Piece::QuotedName => match (self.quoted(rest, piece), piece) {
                (Some(length), _) => length,
                (None, Piece::String) => return self.unclosed("the string"),
                (None, _) => return self.unclosed("the quoted name"),
            },
            Piece::Open => executable(rest).unwrap_or(2),
            Piece::Close => 2,
            Piece::Other => rest
                .char_indices()
                .skip(1)
                .find(|(offset, _)| self.special(&rest[..*offset], &rest[*offset..]).is_some())
                .map_or(rest.len(), |(offset, _)| offset),
        };
        match piece {
            Piece::Open => self.depth += 1,
            Piece::Close => self.depth -= 1,
            _ => {}
        }
        self.begun = match piece {
            Piece::Comment => self.begun,
            Piece::Other => self.has_begun(&rest[..length]),
            Piece::Breakpoint => false,
            Piece::String | Piece::QuotedName | Piece::Open | Piece::Close => true,
        };
        self.at += length;
        Some(Ok((piece, &rest[..length], at)))
    }
}

impl<'a> Pieces<'a> {
    fn unclosed(&mut self, what: &'static str) -> Option<<Self as Iterator>::Item> {
        let at = std::mem::replace(&mut self.at, self.sql.len());
        Some(Err(Unclosed { what, at }))
    }
}
