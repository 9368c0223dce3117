//! Rewrites table names in the text of a schema file.
//!
//! A file may name the database for which it was written (`USE sdc`, `CREATE TABLE sdc.entry`), but
//! the database comes from the URL. A server with `lower_case_table_names=1` stores table names in
//! lower case. Both kinds of names are changed once, in the text, so that all later code uses the
//! names that the server has.

use std::ops::Range;

use super::{ScriptStatement, StatementKind, Token, TokenKind, database_charset, split};
use crate::error::{Error, Result};

/// A schema file without database names before its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unqualified {
    /// The text of the file. Every line keeps its number.
    pub sql: String,
    /// Messages for the user, for example about statements that are not run.
    pub notes: Vec<String>,
}

/// A table name in the text, with its database if that is written.
struct Named {
    database: Option<Name>,
    table: Name,
}

struct Name {
    text: String,
    /// The byte range of the name in the file, quotes included.
    at: Range<usize>,
    is_quoted: bool,
}

/// Removes the database name before the tables of a file. Foreign keys to another database keep the
/// name of that database. CREATE DATABASE, USE and similar statements stay in the text, because
/// they are never run; a note mentions them. If the file sets the character set of a database, the
/// character set is written into the tables that specify none.
///
/// # Errors
///
/// The same as for [`split`]. Also when the tables of the file are in two databases.
pub fn without_own_database(sql: &str, origin: &str) -> Result<Unqualified> {
    let statements = split(sql, origin)?;
    let mut notes = Vec::new();
    let not_run: Vec<String> = statements
        .iter()
        .filter(|statement| about_database(statement))
        .map(|statement| format!("{} (line {})", one_line(statement.text), statement.line))
        .collect();
    if !not_run.is_empty() {
        notes.push(format!(
            "{origin}: statements not run, because the database URL names the database: {}",
            not_run.join("; ")
        ));
    }
    let own = own_database(&statements, origin)?;
    let mut edits = Vec::new();
    for named in named_tables(sql, &statements)
        .into_iter()
        .filter(|_| own.is_some())
    {
        if let (Some(database), Some((own, _))) = (named.database, &own)
            && same(&database.text, own)
        {
            edits.push((database.at.start..named.table.at.start, String::new()));
        }
    }
    if let Some((own, line)) = own.filter(|_| !edits.is_empty()) {
        notes.push(format!(
            "{origin}:{line}: the tables are named with the database {own}; the database of --database-url is used instead"
        ));
    }
    let inherited = database_charset::inherit(sql, &statements, origin);
    edits.extend(inherited.edits);
    notes.extend(inherited.notes);
    let sql = edited(sql, edits);
    Ok(Unqualified { sql, notes })
}

/// Removes this database name wherever it precedes a table name.
///
/// # Errors
///
/// The same as for [`split`].
pub fn without_database(sql: &str, origin: &str, database: &str) -> Result<String> {
    let statements = split(sql, origin)?;
    let edits = named_tables(sql, &statements)
        .into_iter()
        .filter_map(|named| {
            let qualifier = named.database.filter(|d| d.text == database)?;
            Some((qualifier.at.start..named.table.at.start, String::new()))
        });
    Ok(edited(sql, edits.collect()))
}

/// Writes all table names, and the database names before them, in lower case.
///
/// # Errors
///
/// The same as for [`split`].
pub fn in_lower_case(sql: &str, origin: &str) -> Result<String> {
    let statements = split(sql, origin)?;
    let mut edits = Vec::new();
    for named in named_tables(sql, &statements) {
        for name in named.database.into_iter().chain([named.table]) {
            let lower = name.text.to_lowercase();
            if lower != name.text {
                let written = match name.is_quoted {
                    true => crate::quote::quote_identifier(&lower),
                    false => lower,
                };
                edits.push((name.at, written));
            }
        }
    }
    Ok(edited(sql, edits))
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The database of all tables of the file, and the line that names it. `None` if the file names no
/// database.
fn own_database(
    statements: &[ScriptStatement<'_>],
    origin: &str,
) -> Result<Option<(String, usize)>> {
    let mut chosen: Option<(String, usize)> = None;
    let mut own: Option<(String, usize)> = None;
    for statement in statements {
        if let Some(database) = used(statement) {
            chosen = Some((database, statement.line));
        }
        let Some((qualifier, table)) = statement.table() else {
            continue;
        };
        let database = match qualifier {
            Some(qualifier) => Some((qualifier, statement.line)),
            None => chosen.clone(),
        };
        let Some((database, line)) = database else {
            continue;
        };
        match &own {
            Some((first, first_line)) if !same(first, &database) => {
                return Err(Error::TwoDatabases(format!(
                    "{origin}:{}: {table} is in the database {database}, and the tables above are in {first} (line {first_line}); \
                     one run loads one database: write a schema file for each of the two",
                    statement.line
                )));
            }
            Some(_) => {}
            None => own = Some((database, line)),
        }
    }
    Ok(own)
}

/// The database that `USE` selects.
fn used(statement: &ScriptStatement<'_>) -> Option<String> {
    let tokens = statement.first_tokens(2);
    match &tokens[..] {
        [verb, name, ..] if verb.is("USE") => name.name().map(str::to_owned),
        _ => None,
    }
}

/// Whether a statement creates, selects or drops a database.
fn about_database(statement: &ScriptStatement<'_>) -> bool {
    let words = statement.first_words(5);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["USE", ..]
            | ["CREATE", "OR", "REPLACE", "DATABASE" | "SCHEMA", ..]
            | ["CREATE" | "DROP" | "ALTER", "DATABASE" | "SCHEMA", ..]
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The table names in all statements that create or change tables.
fn named_tables(sql: &str, statements: &[ScriptStatement<'_>]) -> Vec<Named> {
    let mut all = Vec::new();
    for statement in statements {
        let kind = statement.kind();
        let makes_tables = [
            StatementKind::CreateTable,
            StatementKind::CreateIndex,
            StatementKind::AlterTable,
            StatementKind::DropIndex,
            StatementKind::RenameTable,
        ];
        if !makes_tables.contains(&kind) {
            continue;
        }
        let start = statement.text.as_ptr() as usize - sql.as_ptr() as usize;
        let tokens = statement.tokens();
        for at in 0..tokens.len() {
            if !is_before_table(&tokens, at, kind) {
                continue;
            }
            let mut at = at + 1;
            let skipped = |t: &Token| ["IF", "NOT", "EXISTS"].iter().any(|word| t.is(word));
            while tokens.get(at).is_some_and(skipped) {
                at += 1;
            }
            all.extend(named_at(&tokens, at, start));
        }
    }
    all
}

/// Whether a table name follows this token.
fn is_before_table(tokens: &[Token], at: usize, kind: StatementKind) -> bool {
    let token = &tokens[at];
    let is_rename = at > 0 && tokens[at - 1].is("RENAME");
    match kind {
        StatementKind::CreateIndex | StatementKind::DropIndex if token.is("ON") => true,
        StatementKind::RenameTable if token.is("TO") || token.is_sign(',') => true,
        StatementKind::RenameTable if token.is("TABLES") => true,
        StatementKind::AlterTable if is_rename && (token.is("TO") || token.is("AS")) => true,
        _ => token.is("REFERENCES") || token.is("LIKE") || token.is("TABLE"),
    }
}

/// Parses `table` or `database.table` at this token. `start` is the offset of the statement in the
/// file.
fn named_at(tokens: &[Token], at: usize, start: usize) -> Option<Named> {
    let first = name(tokens.get(at)?, start)?;
    if !tokens.get(at + 1).is_some_and(|dot| dot.is_sign('.')) {
        let (database, table) = (None, first);
        return Some(Named { database, table });
    }
    let table = name(tokens.get(at + 2)?, start)?;
    let database = Some(first);
    Some(Named { database, table })
}

fn name(token: &Token, start: usize) -> Option<Name> {
    let at = start + token.at;
    Some(Name {
        text: token.name()?.to_owned(),
        at: at..at + token.length,
        is_quoted: matches!(token.kind, TokenKind::QuotedName(_)),
    })
}

/// Applies the replacements. Line ends in a replaced range are kept, so that every line keeps its
/// number.
pub(crate) fn edited(sql: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(at, _)| at.start);
    let (mut text, mut done) = (String::with_capacity(sql.len()), 0);
    for (at, new) in edits {
        text.push_str(&sql[done..at.start]);
        text.push_str(&new);
        text.extend(sql[at.clone()].chars().filter(|c| *c == '\n'));
        done = at.end;
    }
    text.push_str(&sql[done..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unqualified(sql: &str) -> Unqualified {
        without_own_database(sql, "s.sql").unwrap()
    }

    #[test]
    fn the_database_that_a_file_was_written_for_is_removed_and_lines_stay() {
        let read = unqualified(
            "DROP DATABASE IF EXISTS sdc;\nCREATE SCHEMA sdc;\nUSE `sdc`;\n-- of sdc.x\nCREATE TABLE IF NOT EXISTS sdc\n.`entry` \
             (id INT, note VARCHAR(9) DEFAULT 'sdc.x', FOREIGN KEY (id) REFERENCES `SDC`.shop (id), FOREIGN KEY (id) REFERENCES other.shop (id));\n\
             ALTER TABLE sdc.entry ADD INDEX x (id);\nCREATE INDEX y ON sdc.entry (id);",
        );
        assert_eq!(
            read.sql,
            "DROP DATABASE IF EXISTS sdc;\nCREATE SCHEMA sdc;\nUSE `sdc`;\n-- of sdc.x\nCREATE TABLE IF NOT EXISTS \n`entry` \
             (id INT, note VARCHAR(9) DEFAULT 'sdc.x', FOREIGN KEY (id) REFERENCES shop (id), FOREIGN KEY (id) REFERENCES other.shop (id));\n\
             ALTER TABLE entry ADD INDEX x (id);\nCREATE INDEX y ON entry (id);"
        );
        let notes = read.notes.join("\n");
        for said in [
            "DROP DATABASE IF EXISTS sdc (line 1); CREATE SCHEMA sdc (line 2); USE `sdc` (line 3)",
            "s.sql:5: the tables are named with the database sdc",
        ] {
            assert!(notes.contains(said), "{notes}");
        }
    }

    #[test]
    fn a_file_that_names_no_database_stays_as_it_is() {
        let sql = "CREATE TABLE a (id INT, CHECK (a.id > 0));\nCREATE TABLE b (id INT REFERENCES far.a (id))";
        assert_eq!(unqualified(sql).sql, sql);
        assert!(unqualified(sql).notes.is_empty());
    }

    #[test]
    fn tables_of_two_databases_are_an_error_with_both_lines() {
        for sql in [
            "CREATE TABLE a.x (id INT);\nCREATE TABLE b.y (id INT)",
            "USE a; CREATE TABLE x (id INT);\nUSE b; CREATE TABLE y (id INT)",
            "USE a; CREATE TABLE x (id INT);\nCREATE TABLE b.y (id INT)",
        ] {
            let error = without_own_database(sql, "s.sql").unwrap_err().to_string();
            assert!(
                error.starts_with(
                    "s.sql:2: y is in the database b, and the tables above are in a (line 1); "
                ),
                "{error}"
            );
        }
        // the first USE has no effect, because no table follows it
        assert!(without_own_database("USE a; USE b; CREATE TABLE b.y (id INT)", "s.sql").is_ok());
    }

    #[test]
    fn names_of_tables_and_nothing_else_become_lower_case() {
        let sql = "CREATE TABLE `Shop``s` (ID INT, K VARCHAR(3) DEFAULT 'Ab', CONSTRAINT Fk FOREIGN KEY (ID) REFERENCES Far.Other (ID)); \
                   CREATE INDEX Ix ON Item (ID)";
        assert_eq!(
            in_lower_case(sql, "s.sql").unwrap(),
            "CREATE TABLE `shop``s` (ID INT, K VARCHAR(3) DEFAULT 'Ab', CONSTRAINT Fk FOREIGN KEY (ID) REFERENCES far.other (ID)); \
             CREATE INDEX Ix ON item (ID)"
        );
    }

    #[test]
    fn the_database_of_the_url_is_removed_where_it_is_named() {
        let sql = "CREATE TABLE b (id INT REFERENCES far.a (id), n INT REFERENCES own.a (id))";
        let expected = "CREATE TABLE b (id INT REFERENCES far.a (id), n INT REFERENCES a (id))";
        assert_eq!(without_database(sql, "s.sql", "own").unwrap(), expected);
    }
}
