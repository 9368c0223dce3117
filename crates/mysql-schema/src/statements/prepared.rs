//! The prepared statements of a file, and which EXECUTE statements can be skipped.
//!
//! EXECUTE may create tables, so it cannot be skipped without knowing its text. But dumps of
//! Percona Server, and files for several server versions, only execute a SET or a SELECT, which
//! they choose with IF. An EXECUTE is skipped if every text that it may run would be skipped
//! itself, or is a SET that does not affect how tables are created. If it can run only one text,
//! `executed` replaces the EXECUTE by that text.

mod conditions;

use std::collections::{HashMap, HashSet};

pub use conditions::RowCount;

use super::sql_mode::assignments;
use super::{ScriptStatement, SqlMode, StatementKind, Token, TokenKind, split};

/// The possible values of user variables and prepared statements at one place in a file. A name
/// that is not in a map has an unknown value.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// By the name of a variable in lower case, the texts that it may contain.
    variables: HashMap<String, Vec<String>>,
    /// By the name of a prepared statement in lower case, the texts that EXECUTE may run.
    statements: HashMap<String, Vec<String>>,
    /// The variables that contain the name of the current database, in lower case.
    databases: HashSet<String>,
}

/// How many rows a query of the catalogue finds at the current place in the file. `None` if
/// unknown.
pub(crate) type CountRows<'c> = dyn Fn(&RowCount) -> Option<usize> + 'c;

/// If there may be more texts than this, the value is treated as unknown.
const ENOUGH_TEXTS: usize = 16;

impl Prepared {
    /// Processes a statement that may set a variable, or prepare or execute a statement.
    pub(crate) fn take_up(&mut self, statement: &ScriptStatement<'_>, count: &CountRows<'_>) {
        let first = statement.first_tokens(1);
        let is = |word: &str| first.first().is_some_and(|token| token.is(word));
        if is("SET") {
            for assignment in assignments(&statement.tokens()[1..]) {
                self.assign(assignment, count);
            }
        } else if is("PREPARE") {
            self.prepare(&statement.tokens(), count);
        } else if is("EXECUTE") {
            self.forget_variables_of(statement);
        } else if is("SELECT") || is("CALL") {
            let tokens = statement.tokens();
            let selected = self.selected(&tokens, count);
            self.forget(&tokens);
            if let Some((name, texts)) = selected {
                self.variables.insert(name, texts);
            }
        }
    }

    /// Whether a statement is an EXECUTE that only runs texts that can be skipped.
    pub(super) fn is_harmless_execute(&self, statement: &ScriptStatement<'_>) -> bool {
        let texts = self.texts_of(statement);
        texts.is_some_and(|texts| texts.iter().all(|text| is_harmless(text, statement.mode)))
    }

    /// The only text that an EXECUTE may run. `None` if there may be several.
    pub(crate) fn only_text(&self, statement: &ScriptStatement<'_>) -> Option<&str> {
        let [text] = &self.texts_of(statement)?[..] else {
            return None;
        };
        // EXECUTE s USING @value fills placeholders, which statements about tables cannot have
        (statement.first_tokens(3).len() == 2).then_some(text)
    }

    /// The texts that an EXECUTE may run. `None` if they are unknown, or for another statement.
    fn texts_of(&self, statement: &ScriptStatement<'_>) -> Option<&Vec<String>> {
        let tokens = statement.first_tokens(2);
        let executes = tokens.first()?.is("EXECUTE");
        let name = tokens.get(1)?.name()?.to_lowercase();
        self.statements.get(&name).filter(|_| executes)
    }

    /// The texts that EXECUTE or EXECUTE IMMEDIATE may run; `None` if they are unknown.
    pub(crate) fn executed_texts(&self, statement: &ScriptStatement<'_>) -> Option<Vec<String>> {
        let tokens = statement.tokens();
        match &tokens[..] {
            [_, immediate, text @ ..] if immediate.is("IMMEDIATE") => self.texts(text, &|_| None),
            _ => self.texts_of(statement).cloned(),
        }
    }

    fn assign(&mut self, assignment: &[Token], count: &CountRows<'_>) {
        let Some(equals) = assignment.iter().position(|token| token.is_sign('=')) else {
            return;
        };
        let target = match assignment[..equals].split_last() {
            // the operator is `:=`, so the colon is not part of the name
            Some((colon, target)) if colon.is_sign(':') => target,
            _ => &assignment[..equals],
        };
        let Some(name) = variable(target) else {
            return;
        };
        let value = &assignment[equals + 1..];
        let texts = self.texts(value, count);
        self.forget(value);
        match conditions::is_current_database(value) {
            true => self.databases.insert(name.clone()),
            false => self.databases.remove(&name),
        };
        match texts {
            Some(texts) => drop(self.variables.insert(name, texts)),
            None => drop(self.variables.remove(&name)),
        }
    }

    /// Processes PREPARE name FROM 'text', or FROM @variable.
    fn prepare(&mut self, tokens: &[Token], count: &CountRows<'_>) {
        let [_, name, from, value @ ..] = tokens else {
            return;
        };
        let Some(name) = name.name().filter(|_| from.is("FROM")) else {
            return;
        };
        match self.texts(value, count) {
            Some(texts) => drop(self.statements.insert(name.to_lowercase(), texts)),
            None => drop(self.statements.remove(&name.to_lowercase())),
        }
    }

    /// The texts to which an expression may evaluate. `None` if they are unknown.
    fn texts(&self, expression: &[Token], count: &CountRows<'_>) -> Option<Vec<String>> {
        let texts = match expression {
            [one] => match &one.kind {
                TokenKind::String(text) => vec![text.clone()],
                TokenKind::Word(word) if word.bytes().all(|b| b.is_ascii_digit()) => {
                    vec![word.clone()]
                }
                _ => return None,
            },
            [first, .., last] if first.is_sign('(') && last.is_sign(')') => {
                self.texts(&expression[1..expression.len() - 1], count)?
            }
            [select, rest @ ..] if select.is("SELECT") => {
                match (
                    self.rows(expression, count),
                    self.with_rows(expression, count),
                ) {
                    (Some(rows), _) => vec![rows.to_string()],
                    (None, Some(selected)) => self.texts(&selected, count)?,
                    (None, None) => self.texts(rest, count)?,
                }
            }
            [name, open, inner @ .., close] if open.is_sign('(') && close.is_sign(')') => {
                let parts = assignments(inner);
                match parts[..] {
                    [condition, one, other] if name.is("IF") => {
                        match self.condition(condition, count) {
                            Some(true) => self.texts(one, count)?,
                            Some(false) => self.texts(other, count)?,
                            None => {
                                let mut texts = self.texts(one, count)?;
                                texts.extend(self.texts(other, count)?);
                                texts
                            }
                        }
                    }
                    _ if name.is("CONCAT") => self.joined(&parts, count)?,
                    _ => return None,
                }
            }
            _ => self.variables.get(&variable(expression)?)?.clone(),
        };
        (texts.len() <= ENOUGH_TEXTS).then_some(texts)
    }

    fn joined(&self, parts: &[&[Token]], count: &CountRows<'_>) -> Option<Vec<String>> {
        let mut joined = vec![String::new()];
        for part in parts {
            let texts = self.texts(part, count)?;
            let one = |before: &String| -> Vec<String> {
                let after = texts.iter().map(|text| format!("{before}{text}"));
                after.collect()
            };
            joined = joined.iter().flat_map(one).collect();
            if joined.len() > ENOUGH_TEXTS {
                return None;
            }
        }
        Some(joined)
    }

    /// Forgets the variables that are assigned within these tokens, as in INTO @a, @b and @a := 1.
    fn forget(&mut self, tokens: &[Token]) {
        let mut is_target = false;
        for at in 0..tokens.len() {
            if let Some(name) = variable(&tokens[at..tokens.len().min(at + 2)]) {
                let is_assigned = tokens.get(at + 2).is_some_and(|sign| sign.is_sign(':'));
                if is_target || is_assigned {
                    self.variables.remove(&name);
                    self.databases.remove(&name);
                }
            }
            let goes_on = tokens[at].is_sign('@')
                || tokens[at].is_sign(',')
                || at > 0 && tokens[at - 1].is_sign('@');
            is_target = tokens[at].is("INTO") || is_target && goes_on;
        }
    }

    /// The variable that SELECT … INTO sets, and the texts that it may then contain.
    fn selected(&self, tokens: &[Token], count: &CountRows<'_>) -> Option<(String, Vec<String>)> {
        let into = tokens.iter().position(|token| token.is("INTO"))?;
        let name = variable(tokens.get(into + 1..into + 3)?)?;
        // SELECT … INTO @v FROM … means the same as SELECT … FROM … INTO @v
        let rest = tokens[into + 3..].iter().cloned();
        let query: Vec<Token> = tokens[..into].iter().cloned().chain(rest).collect();
        let from_dual = query
            .len()
            .checked_sub(2)
            .filter(|from| query[*from].is("FROM") && query[from + 1].is("DUAL"));
        let texts = self.texts(&query[..from_dual.unwrap_or(query.len())], count)?;
        Some((name, texts))
    }

    /// Forgets all variables that the executed texts name.
    fn forget_variables_of(&mut self, statement: &ScriptStatement<'_>) {
        match self.texts_of(statement).cloned() {
            Some(texts) => self
                .variables
                .retain(|name, _| !texts.iter().any(|text| text.to_lowercase().contains(name))),
            None => {
                self.variables.clear();
                self.databases.clear();
            }
        }
    }
}

/// The name of a user variable in lower case, if the tokens are exactly that.
fn variable(tokens: &[Token]) -> Option<String> {
    match tokens {
        [at, name] if at.is_sign('@') => Some(name.text()?.to_lowercase()),
        _ => None,
    }
}

/// Whether a text is exactly one statement, and can be skipped.
fn is_harmless(text: &str, mode: SqlMode) -> bool {
    let Ok(statements) = split(text, "") else {
        return false;
    };
    let [mut statement] = statements[..] else {
        return false;
    };
    statement.mode = mode;
    let decides_tables = || {
        let words = statement.first_words(usize::MAX);
        let decides = ["SQL_MODE", "EXPLICIT_DEFAULTS_FOR_TIMESTAMP"];
        let engines = statement.engines();
        words.iter().any(|word| decides.contains(&word.as_str()))
            || engines
                .iter()
                .any(|e| !e.name.eq_ignore_ascii_case("InnoDB"))
    };
    match statement.kind() {
        StatementKind::Other => !statement.changes_rows(),
        StatementKind::SetSession => !decides_tables(),
        _ => false,
    }
}
