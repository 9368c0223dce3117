//! Writes what a plan says as SQL, and what makes an empty table quick to load.
//!
//! All indexes of a table go into one ALTER, so that the table is read once; only FULLTEXT indexes need one each, which is as
//! many as InnoDB builds at a time. Foreign keys come last, for a session with foreign_key_checks off: with them on, the server would copy the table.

use super::Change;
use crate::db::{quote_identifier, quote_literal};
use crate::schema::{
    ForeignKey, Index, IndexKey, IndexKind, IndexPart, ReferenceAction, Schema, Table,
};

/// One statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Name of the table that it changes.
    pub table: String,
    /// When it may run.
    pub step: Step,
    /// The text, without a semicolon.
    pub sql: String,
}

/// All statements of a step may run once all of the steps before are done; those of one table one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Foreign keys go from the empty tables.
    DropForeignKeys,
    /// Then indexes, which a foreign key might have needed.
    DropIndexes,
    /// Indexes are built: tables in parallel.
    AddIndexes,
    /// Foreign keys come, with foreign_key_checks off.
    AddForeignKeys,
}

pub(super) fn statements(changes: &[Change]) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for change in changes {
        let (step, clause, alone) = match change {
            Change::AddIndex { index, .. } => {
                let alone = index.kind == IndexKind::FullText;
                (
                    Step::AddIndexes,
                    format!("ADD {}", index_definition(index)),
                    alone,
                )
            }
            Change::AddForeignKey { key, .. } => {
                let clause = format!("ADD {}", foreign_key_definition(key));
                (Step::AddForeignKeys, clause, false)
            }
        };
        // the FULLTEXT ones keep to themselves, so the first ALTER of a table is the one to join
        let joined = statements.iter_mut().find(|statement| {
            !alone
                && statement.table == change.table()
                && statement.step == step
                && !statement.sql.contains("ADD FULLTEXT INDEX")
        });
        match joined {
            Some(statement) => statement.sql.push_str(&format!(",\n  {clause}")),
            None => statements.push(alter(change.table(), step, &clause)),
        }
    }
    // stable: the order of the tables stays
    statements.sort_by_key(|statement| statement.step);
    statements
}

fn alter(table: &str, step: Step, clauses: &str) -> Statement {
    Statement {
        table: table.to_owned(),
        step,
        sql: format!("ALTER TABLE {}\n  {clauses}", quote_identifier(table)),
    }
}

/// `UNIQUE INDEX name (a, b(10) DESC) COMMENT '…'`, as it stands after ADD.
pub fn index_definition(index: &Index) -> String {
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let parts = parts.join(", ");
    let name = quote_identifier(&index.name);
    let mut text = match index.kind {
        IndexKind::Primary => format!("PRIMARY KEY ({parts})"),
        IndexKind::Unique => format!("UNIQUE INDEX {name} ({parts})"),
        IndexKind::Plain => format!("INDEX {name} ({parts})"),
        IndexKind::FullText => format!("FULLTEXT INDEX {name} ({parts})"),
    };
    if !index.comment.is_empty() {
        text.push_str(&format!(" COMMENT {}", quote_literal(&index.comment)));
    }
    if !index.visible {
        // each server reads its own word and takes the other for a comment
        text.push_str(" /*!80000 INVISIBLE */ /*M! IGNORED */");
    }
    text
}

fn part(part: &IndexPart) -> String {
    let key = match &part.key {
        IndexKey::Column(name) => quote_identifier(name),
        IndexKey::Expression(text) => format!("({text})"),
    };
    let prefix = part
        .prefix
        .map(|length| format!("({length})"))
        .unwrap_or_default();
    let direction = if part.descending { " DESC" } else { "" };
    format!("{key}{prefix}{direction}")
}

/// `CONSTRAINT name FOREIGN KEY (a) REFERENCES parent (id) …`, as it stands after ADD.
pub(super) fn foreign_key_definition(key: &ForeignKey) -> String {
    let mut text = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quote_identifier(&key.name),
        names(&key.columns),
        quote_identifier(&key.parent_table),
        names(&key.parent_columns)
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let action = match action {
            ReferenceAction::Restrict => continue,
            ReferenceAction::Cascade => "CASCADE",
            ReferenceAction::SetNull => "SET NULL",
            ReferenceAction::SetDefault => "SET DEFAULT",
        };
        text.push_str(&format!(" ON {event} {action}"));
    }
    text
}

fn names(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| quote_identifier(name)).collect();
    quoted.join(", ")
}

/// The statements that strip EMPTY tables of what is quicker built after the data: foreign keys of all tables first, then
/// their secondary indexes. [`diff`](super::diff) of the result and the schema brings everything back.
///
/// What stays: UNIQUE indexes for which `keep` is true, an index that AUTO_INCREMENT needs, and in a table without a primary key
/// the UNIQUE ones that could stand in for it, since building one later would copy the table.
pub fn deferral(schema: &Schema, keep: impl Fn(&Table, &Index) -> bool) -> Vec<Statement> {
    let mut statements = Vec::new();
    for table in &schema.tables {
        let clauses = table.foreign_keys.iter().map(|key| &key.name);
        let clauses = clauses.map(|name| format!("DROP FOREIGN KEY {}", quote_identifier(name)));
        push(
            &mut statements,
            table,
            Step::DropForeignKeys,
            clauses.collect(),
        );
    }
    for table in &schema.tables {
        let stays = |index: &Index| {
            index.kind == IndexKind::Primary
                || index.kind == IndexKind::Unique
                    && (keep(table, index) || stands_in_for_primary(table, index))
        };
        let needed = needed_by_auto_increment(table, stays);
        let clauses = table
            .indexes
            .iter()
            .filter(|index| !stays(index) && needed != Some(index.name.as_str()))
            .map(|index| format!("DROP INDEX {}", quote_identifier(&index.name)));
        push(&mut statements, table, Step::DropIndexes, clauses.collect());
    }
    statements
}

fn push(statements: &mut Vec<Statement>, table: &Table, step: Step, clauses: Vec<String>) {
    if !clauses.is_empty() {
        statements.push(alter(&table.name, step, &clauses.join(",\n  ")));
    }
}

fn stands_in_for_primary(table: &Table, index: &Index) -> bool {
    table.primary_key().is_none()
        && index.parts.iter().all(|part| match &part.key {
            IndexKey::Column(name) => {
                let column = table.columns.iter().find(|column| column.name == *name);
                part.prefix.is_none() && column.is_some_and(|column| !column.nullable)
            }
            IndexKey::Expression(_) => false,
        })
}

/// The index without which the AUTO_INCREMENT column would begin none.
fn needed_by_auto_increment(table: &Table, stays: impl Fn(&Index) -> bool) -> Option<&str> {
    let column = table.columns.iter().find(|column| column.auto_increment)?;
    let begins = |index: &&Index| {
        let first = index.parts.first().map(|part| &part.key);
        first == Some(&IndexKey::Column(column.name.clone()))
    };
    if table.indexes.iter().filter(begins).any(&stays) {
        return None;
    }
    table
        .indexes
        .iter()
        .find(begins)
        .map(|index| index.name.as_str())
}
