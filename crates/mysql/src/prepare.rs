//! Prepares the tables for the load: creates the missing ones, and drops the indexes and foreign
//! keys that are built after the load.

use std::fmt;

use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor};

use crate::apply;
use crate::db::{Database, MySqlConnection, ServerInfo};
use crate::inspect::{inspect_tables, listed};
use crate::make::{LeftOut, make_tables};
use model::schema::{Column, ColumnType, Index, Schema, Table};
use mysql_schema::diff::deferral;
use mysql_schema::engine::Engines;
use mysql_schema::parse::faults_for_user;
use mysql_schema::quote::{quote_identifier, quote_literal, quote_literals};
use mysql_schema::statements::{Definition, Script};

/// Which of the named tables exist, and which of those hold rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    /// Tables that exist.
    pub tables: Vec<String>,
    /// Tables that hold at least one row.
    pub filled: Vec<String>,
}

/// Finds which of the tables exist and which hold rows.
///
/// # Errors
///
/// When the catalogue or a table cannot be read, and when something other than a table has one of
/// the names.
pub async fn present(
    connection: &mut MySqlConnection,
    database: &str,
    names: &[String],
) -> Result<Present> {
    let found = listed(connection, database).await?;
    let mut present = Present::default();
    for name in names {
        let Some(found) = found.iter().find(|found| found.name == *name) else {
            continue;
        };
        found.must_be_table(database)?;
        present.tables.push(name.clone());
        let (of, table) = (quote_identifier(database), quote_identifier(name));
        let sql = format!("SELECT 1 FROM {of}.{table} LIMIT 1");
        let first = connection
            .fetch_optional(AssertSqlSafe(sql))
            .await
            .with_context(|| format!("cannot read table {name}"))?;
        if first.is_some() {
            present.filled.push(name.clone());
        }
    }
    Ok(present)
}

/// Runs the statements of schema.sql that define tables which do not exist yet. `needed` says which
/// tables the run needs; the errors of the others are returned. Afterwards the session is
/// as it was at its beginning.
///
/// # Errors
///
/// When a statement for a needed table fails; the message has its line.
pub async fn create_missing(
    connection: &mut MySqlConnection,
    sql: &str,
    origin: &str,
    existing: &[String],
    needed: impl Fn(&str) -> bool,
) -> Result<LeftOut> {
    let script = Script::read(sql, origin).map_err(Error::other)?;
    let flavour = ServerInfo::read(connection).await?.flavour;
    let faults = faults_for_user(&script, origin, flavour);
    let mut statements = script.definitions;
    statements.retain(|definition| {
        let tables = definition.made_for();
        tables.is_empty() || !tables.iter().all(|table| existing.contains(table))
    });
    names_are_free(connection, &statements, origin).await?;
    let made = make_tables(connection, &statements, origin, &faults, needed).await;
    connection.begin_again().await?;
    made
}

/// Checks that no table of the database has the name of a table that the file creates, and later
/// renames or drops. Otherwise the file would rename or drop the existing table.
async fn names_are_free(
    connection: &mut MySqlConnection,
    definitions: &[Definition<'_>],
    origin: &str,
) -> Result<()> {
    let passing = definitions
        .iter()
        .filter_map(|definition| Some((definition.passing_name()?, definition.statement.line)));
    let passing: Vec<(String, usize)> = passing.collect();
    if passing.is_empty() {
        return Ok(());
    }
    let sql = "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
    let present: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(connection)
        .await
        .context("cannot list the tables of the database")?;
    match passing.iter().find(|(name, _)| present.contains(name)) {
        None => Ok(()),
        Some((name, line)) => fail!(
            Unfit,
            "{origin}:{line}: the file creates the table {name}, and renames or drops it later, but the database already has a table {name}; \
             nothing was changed: rename one of the two"
        ),
    }
}

/// Checks that the live tables have the columns of the schema, because rows are loaded by column.
/// Returns the live tables.
///
/// # Errors
///
/// When a table differs; the message says in which column.
pub async fn check_columns(
    connection: &mut MySqlConnection,
    database: &str,
    schema: &Schema,
) -> Result<Schema> {
    let names: Vec<&str> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    let live = inspect_tables(connection, database, &names).await?;
    for wanted in &schema.tables {
        let Some(table) = live.table(&wanted.name) else {
            fail!(
                Unfit,
                "table {} does not exist, although its CREATE TABLE statement was run; has another \
                 client dropped the table?",
                wanted.name
            );
        };
        if let Some(difference) = other_columns(table, wanted).into_iter().next() {
            return Err(Error::Unfit(difference));
        }
    }
    Ok(live)
}

/// For each live table whose engine has no transactions: why no rows are loaded into it.
pub fn without_transactions(live: &Schema, engines: &Engines) -> Vec<String> {
    let words = |table: &Table| {
        let engine = table.engine.as_deref()?;
        engines.lacks_transactions(engine).then(|| {
            format!(
                "table {} has ENGINE={engine}, which has no transactions: rows that are rolled back would stay; \
                 change it with ALTER TABLE {} ENGINE=InnoDB",
                table.name,
                quote_identifier(&table.name)
            )
        })
    };
    live.tables.iter().filter_map(words).collect()
}

/// How the columns of a live table differ from those of `wanted`: a text for each column that
/// differs.
pub fn other_columns(table: &Table, wanted: &Table) -> Vec<String> {
    let describe = |c: &Column| format!("{}{}", c.kind, if c.nullable { "" } else { " NOT NULL" });
    let difference = |column: &Column| {
        let name = &wanted.name;
        // columns of unsupported types are not compared, because no file fills them, and servers
        // have different names for such types
        let is_loaded = !matches!(column.kind, ColumnType::Unsupported { .. });
        match table.columns.iter().find(|c| c.name == column.name) {
            Some(_) if !is_loaded => None,
            Some(found) if found.kind == column.kind && found.nullable == column.nullable => None,
            Some(found) => Some(format!(
                "table {name}: column {} is {}, the schema has {}",
                column.name,
                describe(found),
                describe(column)
            )),
            None => Some(format!("table {name} has no column {}", column.name)),
        }
    };
    wanted.columns.iter().filter_map(difference).collect()
}

/// Drops the secondary indexes and foreign keys of empty tables, because it is faster to build them
/// after the load. Indexes for which `keep` is true stay: unique keys whose duplicates the server
/// has to find row by row, and indexes that are imported with the rows.
///
/// # Errors
///
/// When a statement fails.
pub async fn strip(
    database: &Database,
    live: &Schema,
    keep: impl Fn(&Table, &Index) -> bool,
) -> Result<()> {
    let statements = deferral(live, keep);
    let settings = apply::Settings {
        jobs: 1,
        cores: 1,
        memory: 0,
    };
    apply::run(database, &statements, settings, &|_| {}).await?;
    Ok(())
}

/// A trigger. A table loses its triggers when it is moved into another database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Name of the trigger.
    pub name: String,
    /// The table of the trigger.
    pub table: String,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name, self.table)
    }
}

/// The triggers of tables.
///
/// # Errors
///
/// When a query fails.
pub async fn triggers(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[String],
) -> Result<Vec<Trigger>> {
    let sql = format!(
        "SELECT CAST(trigger_name AS CHAR), CAST(event_object_table AS CHAR) FROM information_schema.triggers \
         WHERE event_object_schema = {} AND event_object_table IN ({})",
        quote_literal(database),
        quote_literals(tables)
    );
    let found: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read the triggers")?;
    let trigger = |(name, table)| Trigger { name, table };
    Ok(found.into_iter().map(trigger).collect())
}

/// The triggers as text, separated by commas.
pub fn listed_triggers(triggers: &[Trigger]) -> String {
    let list: Vec<String> = triggers.iter().map(ToString::to_string).collect();
    list.join(", ")
}
