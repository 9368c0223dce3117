//! The procedures of a file, and which calls of them can be skipped.
//!
//! A CALL may create tables, so it cannot be skipped without knowing its procedure. But many files
//! define a procedure that only stores or reads rows, and call it. Such a call is skipped like an
//! INSERT.

use std::collections::HashSet;

use super::{ScriptStatement, StatementKind, Token};

/// The procedures that do not change tables and do not run statements that are not in the file.
#[derive(Debug, Default)]
pub(super) struct Procedures {
    harmless: HashSet<String>,
}

impl Procedures {
    /// Processes a statement that may define a procedure.
    pub(super) fn take_up(&mut self, statement: &ScriptStatement<'_>) {
        if statement.kind() != StatementKind::NotCreated("procedure") {
            return;
        }
        let tokens = statement.tokens();
        let word = tokens.iter().position(|token| token.is("PROCEDURE"));
        let Some(word) = word else {
            return;
        };
        let defines = tokens.first().is_some_and(|token| token.is("CREATE"));
        let if_not_exists = match tokens.get(word + 1) {
            Some(token) if token.is("IF") => 3,
            _ => 0,
        };
        let Some(name) = name_at(&tokens, word + 1 + if_not_exists).filter(|_| defines) else {
            return;
        };
        let is_harmless = (word..tokens.len()).all(|at| !self.may_change_tables(&tokens[at..]));
        match is_harmless {
            true => self.harmless.insert(name),
            false => self.harmless.remove(&name),
        };
    }

    /// Whether a statement calls a harmless procedure that the file defines.
    pub(super) fn is_harmless_call(&self, statement: &ScriptStatement<'_>) -> bool {
        let tokens = statement.first_tokens(8);
        tokens.first().is_some_and(|token| token.is("CALL")) && self.is_harmless_name(&tokens, 1)
    }

    fn is_harmless_name(&self, tokens: &[Token], at: usize) -> bool {
        name_at(tokens, at).is_some_and(|name| self.harmless.contains(&name))
    }

    /// Whether a statement that begins here may change tables that are not temporary.
    fn may_change_tables(&self, tokens: &[Token]) -> bool {
        let is = |words: &[&str]| words.iter().any(|word| tokens[0].is(word));
        let is_temporary = tokens.get(1).is_some_and(|next| next.is("TEMPORARY"));
        is(&["CREATE", "ALTER", "DROP", "RENAME"]) && !is_temporary
            || is(&["PREPARE", "EXECUTE"])
            || is(&["CALL"]) && !self.is_harmless_name(tokens, 1)
    }
}

/// The name of a procedure without its database, in lower case because servers disregard case.
fn name_at(tokens: &[Token], at: usize) -> Option<String> {
    let at = match tokens.get(at + 1) {
        Some(dot) if dot.is_sign('.') => at + 2,
        _ => at,
    };
    Some(tokens.get(at)?.name()?.to_lowercase())
}
