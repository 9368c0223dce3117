//! Finds where statements end if a DELIMITER line has set another delimiter.
//!
//! The mysql client sends everything up to the delimiter at once. The server then ends a statement
//! at each semicolon, except within the body of a routine. Only a complete grammar of routines
//! could tell where such a body ends. So a routine with a compound body is kept whole up to the
//! delimiter. A statement about a table that seems to follow the body is an error.

use super::{ScriptStatement, StatementKind, Token};

impl ScriptStatement<'_> {
    /// Whether a semicolon after this text ends the statement, although a DELIMITER line has set
    /// another delimiter.
    pub(super) fn ends_at_semicolon(&self) -> bool {
        let has_body = match self.kind() {
            StatementKind::NotCreated(what) => what != "view",
            // ALTER EVENT, and MariaDB's BEGIN NOT ATOMIC and IF outside routines
            StatementKind::Other | StatementKind::Unknown => true,
            _ => false,
        };
        !has_body || !is_compound(&self.tokens())
    }
}

/// Whether the token at `place` begins a statement that follows the compound body of a routine.
/// BEGIN and CASE open a block that END closes; IF, LOOP and similar words have their own END.
pub(super) fn is_after_body(tokens: &[Token], place: usize) -> bool {
    let before = &tokens[..place];
    let mut depth = 0;
    for (at, token) in before.iter().enumerate() {
        if token.is("BEGIN") || token.is("CASE") && !(at > 0 && before[at - 1].is("END")) {
            depth += 1;
        } else if token.is("END") {
            let others = ["IF", "LOOP", "WHILE", "REPEAT", "FOR"];
            let next = before.get(at + 1);
            let ends_other = next.is_some_and(|next| others.iter().any(|word| next.is(word)));
            depth -= i32::from(!ends_other);
        }
    }
    let has_body = before.iter().any(|token| token.is("BEGIN"));
    has_body && depth <= 0 && before.last().is_some_and(|token| token.is_sign(';'))
}

/// Whether a body of several statements has begun before the first semicolon of the statement.
fn is_compound(tokens: &[Token]) -> bool {
    let count = |word: &str| tokens.iter().filter(|token| token.is(word)).count();
    let starts_transaction = match tokens {
        [begin] => begin.is("BEGIN"),
        [begin, work] => begin.is("BEGIN") && work.is("WORK"),
        _ => false,
    };
    let has_open_block = count("BEGIN") + count("CASE") > count("END") && !starts_transaction;
    // the function IF has no THEN, so only the statement IF is counted
    let has_if = count("THEN") > count("WHEN");
    let has_loop = tokens.iter().enumerate().any(|(at, token)| {
        let next = tokens.get(at + 1);
        let next_is = |words: &[&str]| next.is_some_and(|n| words.iter().any(|word| n.is(word)));
        token.is("WHILE")
            || token.is("LOOP")
            || token.is("REPEAT") && !next.is_some_and(|next| next.is_sign('('))
            || token.is("FOR") && !next_is(&["EACH", "UPDATE", "SHARE", "SYSTEM_TIME"])
    });
    // packages of MariaDB, and the code of a LIBRARY, contain several statements too
    let is_package = count("PACKAGE") + count("LIBRARY") > 0;
    has_open_block || has_if || has_loop || is_package
}
