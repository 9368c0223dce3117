//! The prepared statements of a file, and which executions of them need not be run.
//!
//! EXECUTE may create tables, so it cannot be skipped unseen. But dumps of Percona Server, and
//! files for several server versions, execute a SET or a SELECT that they choose with IF. Such an
//! EXECUTE is skipped if every text that it may run is a statement that would be skipped, or a SET
//! that does not change how tables are created.

use std::collections::HashMap;

use super::sql_mode::assignments;
use super::{ScriptStatement, SqlMode, StatementKind, Token, TokenKind, split};

/// What the user variables and the prepared statements may hold at a place in a file. What is not
/// in a map is unknown.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The texts that a variable may hold, by its name in lower case.
    variables: HashMap<String, Vec<String>>,
    /// The texts that EXECUTE may run, by the name of the prepared statement in lower case.
    statements: HashMap<String, Vec<String>>,
}

/// More texts than these are not followed.
const ENOUGH_TEXTS: usize = 16;

impl Prepared {
    /// Takes up a statement that may set a variable, or prepare or execute a statement.
    pub(super) fn take_up(&mut self, statement: &ScriptStatement<'_>) {
        let first = statement.first_tokens(1);
        let is = |word: &str| first.first().is_some_and(|token| token.is(word));
        if is("SET") {
            for assignment in assignments(&statement.tokens()[1..]) {
                self.assign(assignment);
            }
        } else if is("PREPARE") {
            self.prepare(&statement.tokens());
        } else if is("EXECUTE") {
            self.forget_variables_of(statement);
        } else if is("SELECT") || is("CALL") {
            self.forget(&statement.tokens());
        }
    }

    /// Whether a statement executes only what need not be run.
    pub(super) fn is_harmless_execute(&self, statement: &ScriptStatement<'_>) -> bool {
        let texts = self.texts_of(statement);
        texts.is_some_and(|texts| texts.iter().all(|text| is_harmless(text, statement.mode)))
    }

    /// The texts that EXECUTE may run; `None` for another statement, and if they are unknown.
    fn texts_of(&self, statement: &ScriptStatement<'_>) -> Option<&Vec<String>> {
        let tokens = statement.first_tokens(2);
        let executes = tokens.first()?.is("EXECUTE");
        let name = tokens.get(1)?.name()?.to_lowercase();
        self.statements.get(&name).filter(|_| executes)
    }

    fn assign(&mut self, assignment: &[Token]) {
        let Some(equals) = assignment.iter().position(|token| token.is_sign('=')) else {
            return;
        };
        let target = match assignment[..equals].split_last() {
            // :=
            Some((colon, target)) if colon.is_sign(':') => target,
            _ => &assignment[..equals],
        };
        let Some(name) = variable(target) else {
            return;
        };
        let value = &assignment[equals + 1..];
        let texts = self.texts(value);
        self.forget(value);
        match texts {
            Some(texts) => drop(self.variables.insert(name, texts)),
            None => drop(self.variables.remove(&name)),
        }
    }

    /// PREPARE name FROM 'text', or FROM @variable.
    fn prepare(&mut self, tokens: &[Token]) {
        let [_, name, from, value @ ..] = tokens else {
            return;
        };
        let Some(name) = name.name().filter(|_| from.is("FROM")) else {
            return;
        };
        match self.texts(value) {
            Some(texts) => drop(self.statements.insert(name.to_lowercase(), texts)),
            None => drop(self.statements.remove(&name.to_lowercase())),
        }
    }

    /// The texts that an expression may have; `None` if that is unknown.
    fn texts(&self, expression: &[Token]) -> Option<Vec<String>> {
        let texts = match expression {
            [one] => match &one.kind {
                TokenKind::String(text) => vec![text.clone()],
                _ => return None,
            },
            [first, .., last] if first.is_sign('(') && last.is_sign(')') => {
                self.texts(&expression[1..expression.len() - 1])?
            }
            [select, rest @ ..] if select.is("SELECT") => self.texts(rest)?,
            [name, open, inner @ .., close] if open.is_sign('(') && close.is_sign(')') => {
                let parts = assignments(inner);
                match parts[..] {
                    [_, one, other] if name.is("IF") => {
                        let mut texts = self.texts(one)?;
                        texts.extend(self.texts(other)?);
                        texts
                    }
                    _ if name.is("CONCAT") => self.joined(&parts)?,
                    _ => return None,
                }
            }
            _ => self.variables.get(&variable(expression)?)?.clone(),
        };
        (texts.len() <= ENOUGH_TEXTS).then_some(texts)
    }

    fn joined(&self, parts: &[&[Token]]) -> Option<Vec<String>> {
        let mut joined = vec![String::new()];
        for part in parts {
            let texts = self.texts(part)?;
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

    /// Forgets the variables that get a value within these tokens: INTO @a, @b and @a := 1.
    fn forget(&mut self, tokens: &[Token]) {
        let into = tokens.iter().position(|token| token.is("INTO"));
        for at in 0..tokens.len() {
            let Some(name) = variable(&tokens[at..tokens.len().min(at + 2)]) else {
                continue;
            };
            let is_target = into.is_some_and(|into| into < at);
            let is_assigned = tokens.get(at + 2).is_some_and(|sign| sign.is_sign(':'));
            if is_target || is_assigned {
                self.variables.remove(&name);
            }
        }
    }

    /// Forgets all variables that the executed texts name.
    fn forget_variables_of(&mut self, statement: &ScriptStatement<'_>) {
        match self.texts_of(statement).cloned() {
            Some(texts) => self
                .variables
                .retain(|name, _| !texts.iter().any(|text| text.to_lowercase().contains(name))),
            None => self.variables.clear(),
        }
    }
}

/// The name of a user variable, in lower case, when the tokens are that and no more.
fn variable(tokens: &[Token]) -> Option<String> {
    match tokens {
        [at, name] if at.is_sign('@') => Some(name.text()?.to_lowercase()),
        _ => None,
    }
}

/// Whether a text is one statement that need not be run.
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
