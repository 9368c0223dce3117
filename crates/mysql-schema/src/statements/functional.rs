//! Finds functional keys in the text of a schema file.
//!
//! A server without functional keys only reports a syntax error, without the name of the key. So
//! the key is searched for in the text.

use super::{ScriptStatement, StatementKind, Token, TokenKind, split};
use crate::error::Result;

/// A key that contains an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionalKey {
    /// The name of the table.
    pub table: String,
    /// The name of the key. `None` if the file gives it no name.
    pub key: Option<String>,
    /// Line on which the statement begins, from 1.
    pub line: usize,
}

/// The functional keys that a schema file defines.
///
/// # Errors
///
/// The same as for [`split`].
pub fn functional_keys(sql: &str, origin: &str) -> Result<Vec<FunctionalKey>> {
    let statements = split(sql, origin)?;
    Ok(statements.iter().flat_map(of_statement).collect())
}

fn of_statement(statement: &ScriptStatement<'_>) -> Vec<FunctionalKey> {
    let Some((_, table)) = statement.table() else {
        return Vec::new();
    };
    let tokens = statement.tokens();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
    let opens = |at: usize| tokens.get(at).is_some_and(|token| token.is_sign('('));
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if !["KEY", "INDEX", "UNIQUE"].iter().any(|word| is(at, word)) {
            continue;
        }
        let name = tokens.get(at + 1).and_then(Token::name).map(str::to_owned);
        let mut parts = at + 1 + usize::from(name.is_some());
        if statement.kind() == StatementKind::CreateIndex && is(parts, "ON") {
            while parts < tokens.len() && !opens(parts) {
                parts += 1;
            }
        }
        if is(parts, "USING") {
            parts += 2;
        }
        if opens(parts) && has_expression(&tokens[parts..]) {
            let (table, line) = (table.clone(), statement.line);
            found.push(FunctionalKey {
                table,
                key: name,
                line,
            });
        }
    }
    found
}

/// Whether a key part in the parentheses that begin here is itself in parentheses. Then it is an
/// expression.
fn has_expression(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Other('(') => {
                let before = &tokens[at.saturating_sub(1)];
                let begins = before.is_sign('(') || before.is_sign(',');
                if depth == 1 && begins {
                    return true;
                }
                depth += 1;
            }
            TokenKind::Other(')') => {
                depth -= 1;
                if depth == 0 {
                    return false;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functional_keys_are_found_by_name_and_others_are_not() {
        let sql = "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), CHECK ((a > 'x')), KEY low ((LOWER(a))), UNIQUE (a, (id + 1)), KEY pre (a(3), id DESC), \
                   UNIQUE KEY `two``s` USING BTREE (id, (UPPER(a))), FULLTEXT KEY ft (a), FOREIGN KEY (id) REFERENCES p (id));\n\
                   CREATE UNIQUE INDEX late ON t ((a + 1)); CREATE INDEX plain ON t (a)";
        let found = functional_keys(sql, "s.sql").unwrap();
        let named: Vec<_> = found.iter().map(|k| (k.key.as_deref(), k.line)).collect();
        assert_eq!(
            named,
            [
                (Some("low"), 1),
                (None, 1),
                (Some("two`s"), 1),
                (Some("late"), 2)
            ]
        );
    }
}
