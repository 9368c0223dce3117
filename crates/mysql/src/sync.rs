//! Makes tables equal to files with few changes, while others read the tables.
//!
//! The rows are compared in three steps. First the client and the server compute checksums of
//! buckets of keys ([`digest`]). Then the rows of the buckets that differ are inserted into a work
//! table ([`staging`]), so that the server itself compares keys and values ([`differences`]). Only
//! rows that are new, changed or gone are then written ([`apply`]), in small transactions that
//! check foreign keys. Rows that depend on each other in a cycle are written in one transaction
//! ([`together`]).
//!
//! Every transaction leaves the tables valid, and only the tables show how far a run has come. So a
//! run that was killed is repeated from the start, and finds fewer differences.

pub mod apply;
pub mod buckets;
mod conditions;
pub mod decide;
pub mod differences;
pub mod digest;
mod edges;
pub mod kept_parents;
pub mod locks;
mod order;
pub mod rejecting;
pub mod staging;
mod statements;
mod together;
pub mod work_tables;
mod writing;

use crate::db::MySqlConnection;
use crate::error::{Context, Result, fail};
use crate::target::Target;
use buckets::KeyBuckets;
use model::rejection::Rule;
use model::schema::{Column, ForeignKey, IndexKey, IndexKind, Schema, Table};
use mysql_schema::quote::{quote_identifier, quote_literal};

/// A foreign key and the table that has it.
#[derive(Debug, Clone)]
pub struct Child {
    /// The child table.
    pub table: String,
    /// The foreign key of the child table.
    pub key: ForeignKey,
}

/// How one table is compared with its file, and changed.
#[derive(Debug, Clone)]
pub struct SyncTable {
    /// The table, with the columns that the file fills.
    pub target: Target,
    /// The table as it is on the server.
    pub live: Table,
    /// The columns of the primary key.
    pub key: Vec<Column>,
    /// The buckets of the table's keys.
    pub buckets: KeyBuckets,
    /// The other unique keys that consist of whole columns.
    unique: Vec<Vec<String>>,
    /// The foreign keys that refer to this table, including those of tables that no file fills.
    children: Vec<Child>,
    /// The number of the table in the run, by which its work tables are named.
    number: usize,
}

/// A record that the server does not accept, found after its file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateReject {
    /// Number of the record's batch.
    pub batch: u32,
    /// Position of the record in the batch.
    pub row: usize,
    /// The rule that the record breaks.
    pub rule: Rule,
    /// The message for the user.
    pub message: String,
}

impl SyncTable {
    /// The plan for table number `number` of a run. `all` has the tables of the database.
    ///
    /// # Errors
    ///
    /// When rows and records cannot be matched, because the table has no primary key, or the file
    /// does not fill it.
    pub fn new(target: Target, number: usize, all: &Schema) -> Result<SyncTable> {
        let name = &target.table;
        let Some(live) = all.table(name) else {
            fail!(Unfit, "table {name} no longer exists");
        };
        let key = key_columns(live, &target)?;
        let unique = live.indexes.iter().filter(|i| i.kind == IndexKind::Unique);
        let columns = unique.filter_map(|index| {
            let parts = index
                .parts
                .iter()
                .map(|part| match (&part.key, part.prefix) {
                    (IndexKey::Column(name), None) => Some(name.clone()),
                    _ => None,
                });
            parts.collect::<Option<Vec<String>>>()
        });
        let children = all.tables.iter().flat_map(|child| {
            let keys = child.foreign_keys.iter().filter(|key| key.refers_to(name));
            keys.map(|key| Child {
                table: child.name.clone(),
                key: key.clone(),
            })
        });
        Ok(SyncTable {
            buckets: KeyBuckets::new(&target, &key),
            unique: columns.collect(),
            children: children.collect(),
            live: live.clone(),
            key,
            number,
            target,
        })
    }

    /// Name of the table.
    pub fn name(&self) -> &str {
        &self.target.table
    }

    fn fills(&self, column: &str) -> bool {
        self.target.columns.iter().any(|c| c.name == *column)
    }

    fn quoted(&self) -> String {
        quote_identifier(self.name())
    }
}

/// The foreign keys of other databases that refer to one of these tables, as pairs of the child
/// with its database and the parent. Foreign keys that the account may not see are left out.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn children_elsewhere(
    connection: &mut MySqlConnection,
    tables: &[String],
) -> Result<Vec<(String, String)>> {
    let names: Vec<String> = tables.iter().map(|name| quote_literal(name)).collect();
    let sql = format!(
        "SELECT DISTINCT CAST(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS CHAR), \
         CAST(REFERENCED_TABLE_NAME AS CHAR) FROM information_schema.KEY_COLUMN_USAGE \
         WHERE REFERENCED_TABLE_SCHEMA = DATABASE() AND TABLE_SCHEMA <> DATABASE() \
         AND REFERENCED_TABLE_NAME IN ({})",
        names.join(", ")
    );
    let rows = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .fetch_all(connection)
        .await;
    rows.context("cannot look for foreign keys of other databases")
}

/// Checks that a table can be compared with its file.
///
/// # Errors
///
/// A message for the user, when the table has no primary key, or the file does not fill it.
pub fn check_key(table: &Table, filled: &[&str]) -> Result<(), String> {
    let name = &table.name;
    let Some(primary) = table.primary_key() else {
        return Err(format!(
            "{name} has no primary key, by which --sync matches records with rows; nothing was \
             changed: give the table a primary key, or leave its file out with --tables"
        ));
    };
    for part in &primary.parts {
        match &part.key {
            IndexKey::Column(column) if part.prefix.is_none() => {
                if !filled.contains(&column.as_str()) {
                    return Err(format!(
                        "{name}: the file does not fill {column} of the primary key, by which \
                         --sync matches records with rows; nothing was changed: add the column, \
                         or leave the file out with --tables"
                    ));
                }
            }
            _ => {
                return Err(format!(
                    "{name}: the primary key has a prefix of a column, or an expression, so --sync cannot match \
                     records with rows; nothing was changed: leave the file out with --tables"
                ));
            }
        }
    }
    Ok(())
}

fn key_columns(live: &Table, target: &Target) -> Result<Vec<Column>> {
    let filled: Vec<&str> = target.columns.iter().map(|c| c.name.as_str()).collect();
    if let Err(why) = check_key(live, &filled) {
        fail!(Unfit, "{why}");
    }
    let parts = live.primary_key().map_or(&[][..], |key| &key.parts);
    let column = |part: &model::schema::IndexPart| match &part.key {
        IndexKey::Column(name) => target.columns.iter().find(|c| c.name == *name).cloned(),
        IndexKey::Expression(_) => None,
    };
    Ok(parts.iter().filter_map(column).collect())
}
