//! The further tables that a statement names: the new names in RENAME, the model in CREATE TABLE …
//! LIKE, and all tables in DROP TABLE.

use super::tokens::Token;
use super::{ScriptStatement, StatementKind};

/// A rename of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rename {
    pub(super) from: String,
    pub(super) to: String,
    /// The database that precedes one of the two names.
    pub(super) database: Option<String>,
}

impl ScriptStatement<'_> {
    /// The renames in RENAME TABLE or ALTER TABLE, in the order in which they are executed.
    pub(super) fn renames(&self) -> Vec<Rename> {
        let tokens = self.tokens();
        match self.kind() {
            StatementKind::RenameTable => of_rename(&tokens),
            StatementKind::AlterTable => self.of_alter(&tokens),
            _ => Vec::new(),
        }
    }

    fn of_alter(&self, tokens: &[Token]) -> Vec<Rename> {
        let Some((_, table)) = self.table() else {
            return Vec::new();
        };
        let is = |at: usize, words: &[&str]| {
            let token = tokens.get(at);
            token.is_some_and(|token| words.iter().any(|word| token.is(word)))
        };
        let begins = |at: usize| {
            let before = &tokens[at - 1];
            let is_waited = before.is("NOWAIT") || is(at - 2, &["WAIT"]);
            before.is_sign(',') || before.name() == Some(&table) || is_waited
        };
        let mut renames = Vec::new();
        for at in (3..tokens.len()).filter(|at| is(*at, &["RENAME"])) {
            if !begins(at) || is(at + 1, &["COLUMN", "INDEX", "KEY"]) {
                continue;
            }
            let has_equals = tokens.get(at + 1).is_some_and(|token| token.is_sign('='));
            let is_skipped = has_equals || is(at + 1, &["TO", "AS"]);
            let mut next = at + 1 + usize::from(is_skipped);
            if let Some((database, to)) = named(tokens, &mut next) {
                renames.push(Rename {
                    from: table.clone(),
                    to,
                    database,
                });
            }
        }
        renames
    }

    /// The table whose definition CREATE TABLE … LIKE copies.
    pub(super) fn like(&self) -> Option<String> {
        let tokens = self.first_tokens(16);
        let mut at = tokens.iter().position(|token| token.is("TABLE"))? + 1;
        while ["IF", "NOT", "EXISTS"]
            .iter()
            .any(|word| tokens.get(at).is_some_and(|t| t.is(word)))
        {
            at += 1;
        }
        named(&tokens, &mut at)?;
        at += usize::from(tokens.get(at)?.is_sign('('));
        if !tokens.get(at)?.is("LIKE") {
            return None;
        }
        at += 1;
        named(&tokens, &mut at).map(|(_, table)| table)
    }

    /// An ALTER TABLE with foreign keys, changed so that the server copies the table. `None` if the
    /// statement itself specifies an algorithm.
    pub(super) fn by_copy(&self) -> Option<String> {
        let tokens = self.tokens();
        let has = |word: &str| tokens.iter().any(|token| token.is(word));
        let is_chosen = ["ALGORITHM", "LOCK", "ONLINE"].into_iter().any(has);
        if self.kind() != StatementKind::AlterTable || !has("REFERENCES") || is_chosen {
            return None;
        }
        let table = tokens.iter().position(|token| token.is("TABLE"))?;
        let mut at = table + 1 + 2 * usize::from(self.says_if_exists());
        named(&tokens, &mut at)?;
        if tokens.get(at)?.is("WAIT") {
            at += 2;
        }
        at += usize::from(tokens.get(at)?.is("NOWAIT"));
        let (before, after) = self.text.split_at(tokens.get(at)?.at);
        Some(format!("{before}ALGORITHM=COPY, {after}"))
    }

    /// Whether a foreign key has two names: one for the constraint and one for its index.
    pub(super) fn names_foreign_key_twice(&self) -> bool {
        let tokens = self.tokens();
        let is_twice = |at: usize| {
            let constraint = tokens.get(at).is_some_and(|token| token.is("CONSTRAINT"));
            let words = at + 2..at + 4;
            let foreign_key = tokens
                .get(words.clone())
                .is_some_and(|pair| pair[0].is("FOREIGN") && pair[1].is("KEY"));
            let index = tokens
                .get(words.end)
                .is_some_and(|token| !token.is_sign('('));
            constraint && foreign_key && index
        };
        (0..tokens.len()).any(is_twice)
    }

    /// Whether an ALTER TABLE or RENAME TABLE has no effect if its table does not exist.
    pub(super) fn says_if_exists(&self) -> bool {
        let tokens = self.first_tokens(8);
        let table = tokens.iter().position(|t| t.is("TABLE") || t.is("TABLES"));
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
        table.is_some_and(|at| is(at + 1, "IF") && is(at + 2, "EXISTS"))
    }

    /// The tables in a DROP TABLE, without their databases.
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
}

fn of_rename(tokens: &[Token]) -> Vec<Rename> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
    // skip RENAME TABLE
    let mut at = 2;
    if is(at, "IF") && is(at + 1, "EXISTS") {
        at += 2;
    }
    let mut renames = Vec::new();
    while let Some((from_database, from)) = named(tokens, &mut at) {
        // skip WAIT 5 and NOWAIT of MariaDB
        while at < tokens.len() && !is(at, "TO") {
            at += 1;
        }
        at += 1;
        let Some((to_database, to)) = named(tokens, &mut at) else {
            break;
        };
        renames.push(Rename {
            from,
            to,
            database: from_database.or(to_database),
        });
        // skip the comma
        at += 1;
    }
    renames
}

/// Parses `table` or `database.table` at this token. Moves to the token after it.
fn named(tokens: &[Token], at: &mut usize) -> Option<(Option<String>, String)> {
    let name = |at: usize| tokens.get(at).and_then(Token::name).map(str::to_owned);
    let first = name(*at)?;
    *at += 1;
    if !tokens.get(*at).is_some_and(|dot| dot.is_sign('.')) {
        return Some((None, first));
    }
    let second = name(*at + 1)?;
    *at += 2;
    Some((Some(first), second))
}
