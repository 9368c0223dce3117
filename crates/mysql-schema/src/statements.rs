//! Splits the text of a schema.sql into statements. Each statement has its line.
//!
//! There are three reasons: servers run one statement at a time, messages name lines of the file,
//! and only some statements may be run. For example, a dump begins with DROP TABLE, which must
//! never drop live tables while a scratch copy is created. [`split`] recognizes strings, quoted
//! names and comments, and nothing else of SQL.

mod collations;
mod compound;
mod database_charset;
mod functional;
mod keywords;
mod kind;
mod left_out;
mod names;
mod pieces;
mod prepared;
mod procedures;
mod script;
mod sql_mode;
mod tables;
mod tokens;
mod unreadable;

use std::borrow::Cow;

use crate::error::{Error, Result};

pub use collations::{Collations, Replaced, with_collations_of};
pub use functional::{FunctionalKey, functional_keys};
pub use kind::StatementKind;
pub use left_out::LeftOut;
pub(crate) use names::edited;
pub use names::{Unqualified, in_lower_case, without_database, without_own_database};
use pieces::{Piece, Pieces};
pub(crate) use prepared::{Prepared, RowCount};
pub use script::{Definition, OWN_TABLES, Script};
use sql_mode::ModeTracker;
pub use sql_mode::SqlMode;
pub use tokens::NamedEngine;
pub(crate) use tokens::{Token, TokenKind, tokens_of};
pub use unreadable::first_place_that_counts;

/// One statement of a script, without its semicolon and without the comments before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptStatement<'a> {
    /// The text of the statement, from its first word on.
    pub text: &'a str,
    /// Line on which the statement begins, from 1.
    pub line: usize,
    /// Byte offset in the file. A byte order mark is not counted.
    pub(crate) start: usize,
    /// What ended the statement.
    end: End,
    /// The sql_mode that the file has set before the statement.
    pub(crate) mode: SqlMode,
    /// Whether the file has turned `explicit_defaults_for_timestamp` off before the statement.
    pub(crate) implicit_timestamps: bool,
    /// Whether the file has turned `foreign_key_checks` off before the statement.
    pub(crate) unchecked_keys: bool,
}

/// What ended a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A semicolon, a breakpoint, or the end of the file.
    Semicolon,
    /// The delimiter that a DELIMITER line defines.
    Delimiter,
}

impl ScriptStatement<'_> {
    /// Whether `foreign_key_checks` is on when the statement runs.
    pub fn checks_foreign_keys(&self) -> bool {
        !self.unchecked_keys
    }

    /// The text to run, without OR REPLACE. MySQL does not have OR REPLACE, and on MariaDB it would
    /// drop an existing table.
    pub fn to_run(&self) -> Cow<'_, str> {
        let or_replace = self.or_replace();
        match or_replace.filter(|_| self.kind() == StatementKind::CreateTable) {
            Some(words) => Cow::Owned(format!(
                "{}{}",
                &self.text[..words.start],
                &self.text[words.end..]
            )),
            None => Cow::Borrowed(self.text),
        }
    }

    /// The text before PARTITION BY, because partitions do not affect which rows are valid.
    pub fn without_partitions(&self) -> &str {
        let mut depth = 0;
        for (piece, text, at) in Pieces::new(self.text, self.mode).flatten() {
            if piece != Piece::Other {
                continue;
            }
            for (offset, character) in text.char_indices() {
                match character {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    'p' | 'P' if depth == 0 && is_partition_by(&text[offset..]) => {
                        let before = &self.text[..at + offset];
                        // dumps write the clause as /*!50100 PARTITION BY … */
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
}

fn is_partition_by(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let mut is = |word: &str| words.next().is_some_and(|w| w.eq_ignore_ascii_case(word));
    is("PARTITION") && is("BY")
}

/// Splits `sql` at semicolons. If a DELIMITER line sets another delimiter, also splits there, and
/// no longer at semicolons within a routine. `origin` is the name of the file for messages.
///
/// # Errors
///
/// When a string, quoted name or comment is never closed.
pub fn split<'a>(sql: &'a str, origin: &str) -> Result<Vec<ScriptStatement<'a>>> {
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let mut splitter = Splitter {
        sql,
        delimiter: ";",
        begin: None,
        open: None,
        done: 0,
        is_compound: false,
        line: 1,
        counted: 0,
        modes: ModeTracker::default(),
        statements: Vec::new(),
    };
    let never_closed = |what: &'static str, at: usize| Error::NeverClosed {
        origin: origin.to_owned(),
        line: line_of(sql, at),
        what,
    };
    let mut pieces = Pieces::of_script(sql, SqlMode::default());
    while let Some(piece) = pieces.next() {
        let (piece, text, at) = match piece {
            Ok(piece) => piece,
            Err(unclosed) => return Err(never_closed(unclosed.what, unclosed.at)),
        };
        splitter
            .add(piece, text, at)
            .map_err(|open| never_closed("the comment /*!", open))?;
        pieces.mode = splitter.modes.now;
        pieces.delimiter = splitter.delimiter;
    }
    splitter
        .end(sql.len())
        .map_err(|open| never_closed("the comment /*!", open))?;
    Ok(splitter.statements)
}

/// Joins the pieces of a script (strings, quoted names, comments and the text between them) to
/// statements.
struct Splitter<'a> {
    sql: &'a str,
    delimiter: &'a str,
    /// Offset of the current statement. `None` between two statements.
    begin: Option<usize>,
    /// Offset of the current executable comment. `None` outside one.
    open: Option<usize>,
    /// All bytes before this one have been processed.
    done: usize,
    /// Whether semicolons do not end the current statement.
    is_compound: bool,
    /// The line that contains the byte `counted`.
    line: usize,
    counted: usize,
    modes: ModeTracker,
    statements: Vec<ScriptStatement<'a>>,
}

impl<'a> Splitter<'a> {
    /// Adds a piece. The error is the position of a comment that is never closed.
    fn add(&mut self, piece: Piece, text: &'a str, at: usize) -> std::result::Result<(), usize> {
        if at < self.done && piece != Piece::Other {
            return Ok(());
        }
        match piece {
            Piece::Comment => {}
            Piece::Open => {
                self.begin.get_or_insert(at);
                self.open.get_or_insert(at);
            }
            Piece::Close => self.open = None,
            Piece::Breakpoint => self.end(at)?,
            Piece::QuotedName | Piece::String => {
                self.begin.get_or_insert(at);
            }
            Piece::Other => {
                for (offset, character) in text.char_indices() {
                    self.add_character(character, at + offset)?;
                }
            }
        }
        Ok(())
    }

    fn add_character(&mut self, character: char, at: usize) -> std::result::Result<(), usize> {
        if at < self.done {
            return Ok(());
        }
        let rest = &self.sql[at..];
        if rest.starts_with(self.delimiter) {
            self.end(at)?;
            self.done = at + self.delimiter.len();
        } else if character == ';' && self.open.is_none() && self.ends_at_semicolon(at) {
            self.end_by(End::Semicolon, at)?;
            self.done = at + 1;
        } else if !character.is_whitespace() && self.begin.is_none() && self.is_delimiter_line(at) {
            let line = rest.lines().next().unwrap_or_default();
            self.delimiter = line.split_whitespace().nth(1).unwrap_or(";");
            self.done = at + line.len();
        } else if !character.is_whitespace() {
            let begins = self.begin.is_none();
            self.begin.get_or_insert(at);
            // only the first word of a line is examined, because lines of INSERTs can be very long
            if begins && let Some(end) = self.end_of_use(at) {
                self.end(end)?;
                self.done = end;
            }
        }
        Ok(())
    }

    /// The end of a line such as `USE shop`, which needs no delimiter. `None` for any other line.
    fn end_of_use(&self, at: usize) -> Option<usize> {
        let line = self.sql[at..].lines().next()?;
        let mut words = line.split_whitespace();
        let is_use = words.next()?.eq_ignore_ascii_case("USE");
        let is_whole = words.next().is_some() && words.next().is_none();
        let end = at + line.trim_end().len();
        (is_use && is_whole && !line.contains(self.delimiter)).then_some(end)
    }

    /// Whether a DELIMITER line begins here. It is a command of the mysql client, not SQL. Dumps
    /// write it around triggers and routines.
    fn is_delimiter_line(&self, at: usize) -> bool {
        let begins_line = self.sql[..at]
            .rsplit('\n')
            .next()
            .is_none_or(|s| s.trim().is_empty());
        let word = self.sql[at..].split_whitespace().next();
        begins_line && word.is_some_and(|word| word.eq_ignore_ascii_case("DELIMITER"))
    }

    /// Whether the semicolon at `at` ends a statement although a DELIMITER line has set another
    /// delimiter. A statement with a compound body is examined only once, because it has many
    /// semicolons.
    fn ends_at_semicolon(&mut self, at: usize) -> bool {
        if let Some(begin) = self.begin.filter(|_| !self.is_compound) {
            let before = self.statement(begin, at, End::Semicolon);
            self.is_compound = !before.ends_at_semicolon();
        }
        !self.is_compound
    }

    fn end(&mut self, end: usize) -> std::result::Result<(), usize> {
        match self.delimiter {
            ";" => self.end_by(End::Semicolon, end),
            _ => self.end_by(End::Delimiter, end),
        }
    }

    fn end_by(&mut self, by: End, end: usize) -> std::result::Result<(), usize> {
        let Some(start) = self.begin.take() else {
            return Ok(());
        };
        if let Some(open) = self.open.take() {
            return Err(open);
        }
        self.is_compound = false;
        self.line += line_of(&self.sql[self.counted..], start - self.counted) - 1;
        self.counted = start;
        let statement = self.statement(start, end, by);
        self.modes.take_up(&statement);
        self.statements.push(statement);
        Ok(())
    }

    fn statement(&self, start: usize, end: usize, by: End) -> ScriptStatement<'a> {
        ScriptStatement {
            text: self.sql[start..end].trim_end(),
            line: self.line,
            start,
            end: by,
            mode: self.modes.now,
            implicit_timestamps: self.modes.implicit_timestamps,
            unchecked_keys: self.modes.unchecked_keys,
        }
    }
}

fn line_of(sql: &str, at: usize) -> usize {
    1 + sql[..at].matches('\n').count()
}

#[cfg(test)]
mod tests;
