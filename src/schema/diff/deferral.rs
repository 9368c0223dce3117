//! What makes an empty table quick to load: without its secondary indexes and foreign keys.

use super::{Clause, Statement, Step};
use crate::quote::quote_identifier;
use crate::schema::{Index, IndexKey, IndexKind, Schema, Table};

/// The statements that strip EMPTY tables of what is quicker built after the data: foreign keys of all tables first, then
/// their secondary indexes. [`diff`](super::diff()) of the result and the schema brings everything back.
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
        let clauses = clauses.into_iter().map(Clause::plain).collect();
        statements.push(Statement::new(&table.name, step, clauses));
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
