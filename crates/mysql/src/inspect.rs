//! Reads the catalogue of a live server into a [`Schema`].
//!
//! Reading the catalogue takes five queries, for any number of tables. They are the same on all
//! servers, except for indexes and CHECKs, where the catalogues differ (`engines`). `words`
//! converts the servers' texts to one form, so that the result equals that of `parse` for the
//! tables' schema file, except for the text of CHECKs. Tables named `_reviewseed_…` belong to this
//! program and are left out. `scratch` lets a server read a schema file.

mod created;
mod listed;
mod scratch;
mod words;

use std::collections::BTreeMap;

use crate::error::{Context, Result};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Row};

use crate::db::MySqlConnection;
use crate::engines::Catalogue;
use model::flavour::Flavour;
use model::schema::{
    Check, Column, ColumnType, Decode, ForeignKey, Index, IndexKey, IndexKind, IndexPart,
    ReferenceAction, Schema, Table, ZeroDates,
};
use mysql_schema::catalogue;
use mysql_schema::order::in_load_order;
use mysql_schema::parse::types;
use mysql_schema::quote::quote_identifier;

pub use listed::{Listed, ListedKind, listed};
pub use scratch::{
    Scratch, ServerRead, create_table, scratch_name, scratch_schema, scratch_schema_of,
    scratch_schema_with_definitions,
};

pub use mysql_schema::statements::OWN_TABLES;

/// Reads all tables of a database from the catalogue.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn inspect(connection: &mut MySqlConnection, database: &str) -> Result<Schema> {
    // views and sequences are left out
    let tables = listed(connection, database).await?;
    let tables = tables
        .into_iter()
        .filter(|found| !matches!(found.kind, ListedKind::Other(_)));
    read(connection, database, tables.collect(), CheckNames::Written).await
}

/// Reads the named tables of a database; tables that it does not have are left out. Other tables
/// need not be readable.
///
/// # Errors
///
/// The same as for [`inspect`], and when something other than a table has one of the names.
pub async fn inspect_tables(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[&str],
) -> Result<Schema> {
    let named = named(connection, database, tables).await?;
    read(connection, database, named, CheckNames::Written).await
}

/// Reads the named tables as [`inspect_tables`] does, but with the names that the server generated
/// for CHECKs. These names are needed to drop the CHECKs. On MariaDB, the CHECKs of a column have
/// no names.
///
/// # Errors
///
/// The same as for [`inspect_tables`].
pub async fn inspect_for_change(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[&str],
) -> Result<Schema> {
    let named = named(connection, database, tables).await?;
    read(connection, database, named, CheckNames::All).await
}

/// Which names the CHECKs in the result have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CheckNames {
    /// The names that the schema states.
    Written,
    /// The names that the schema states, and those that the server generated.
    All,
}

/// The named tables that the database has.
async fn named(
    connection: &mut MySqlConnection,
    database: &str,
    names: &[&str],
) -> Result<Vec<Listed>> {
    let mut found = listed(connection, database).await?;
    found.retain(|found| names.contains(&found.name.as_str()));
    found
        .iter()
        .try_for_each(|found| found.must_be_table(database))?;
    Ok(found)
}

async fn read(
    connection: &mut MySqlConnection,
    database: &str,
    wanted: Vec<Listed>,
    check_names: CheckNames,
) -> Result<Schema> {
    let engine = connection.engine();
    let flavour = engine.flavour;
    let mut tables: Tables = wanted.into_iter().filter_map(without_columns).collect();
    for row in rows(connection, include_str!("inspect/columns.sql"), &[database]).await? {
        if let Some(table) = tables.get_mut(&text(&row, 0)?) {
            table.columns.push(column(&row, flavour)?);
        }
    }
    if flavour == Flavour::MySql {
        srids(connection, database, &mut tables).await?;
    }
    let Catalogue {
        indexes, checks, ..
    } = engine.catalogue;
    for row in rows(connection, indexes, &[database]).await? {
        if let Some(table) = tables.get_mut(&text(&row, 0)?) {
            key_part(table, &row)?;
        }
    }
    if flavour == Flavour::MySql {
        full_text_parsers(connection, database, &mut tables).await?;
    }
    for row in rows(
        connection,
        include_str!("inspect/foreign-keys.sql"),
        &[database, database],
    )
    .await?
    {
        if let Some(table) = tables.get_mut(&text(&row, 0)?) {
            reference(table, &row, database, flavour)?;
        }
    }
    for row in rows(connection, checks, &[database]).await? {
        if let Some(table) = tables.get_mut(&text(&row, 0)?) {
            let (name, level) = (text(&row, 1)?, text(&row, 3)?);
            let name = match check_names {
                CheckNames::All if level != "Column" => name,
                _ => words::check_name(&name, &table.name, &level),
            };
            let expression = words::expression(&text(&row, 2)?, flavour);
            table.checks.push(Check { name, expression });
        }
    }
    Ok(in_load_order(tables.into_values().collect()))
}

/// Adds the SRIDs of spatial columns. Engines that are similar to MySQL lack this table of the
/// catalogue, so it is read only when there is such a column.
async fn srids(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &mut Tables,
) -> Result<()> {
    let is_spatial = |column: &Column| matches!(column.kind, ColumnType::Geometry { .. });
    let mut columns = tables.values().flat_map(|table| &table.columns);
    if !columns.any(is_spatial) {
        return Ok(());
    }
    for row in rows(connection, include_str!("inspect/srids.sql"), &[database]).await? {
        let Some(table) = tables.get_mut(&text(&row, 0)?) else {
            continue;
        };
        let (name, srid) = (text(&row, 1)?, number(&row, 2)?);
        for column in table.columns.iter_mut().filter(|c| c.name == name) {
            let srid = srid.and_then(|srid| u32::try_from(srid).ok());
            column.kind = column.kind.clone().with_srid(srid);
        }
    }
    Ok(())
}

/// A table with its name, before its columns are read; `None` for a table of this program.
fn without_columns(found: Listed) -> Option<(String, Table)> {
    if found.name.starts_with(OWN_TABLES) {
        return None;
    }
    let table = Table {
        charset: found.collation.as_deref().map(types::charset_of),
        collation: found.collation,
        system_versioned: found.kind == ListedKind::SystemVersioned,
        engine: found.engine,
        ..Table::named(found.name.clone())
    };
    Some((found.name, table))
}

type Tables = BTreeMap<String, Table>;

async fn rows(
    connection: &mut MySqlConnection,
    sql: &'static str,
    parameters: &[&str],
) -> Result<Vec<MySqlRow>> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for parameter in parameters {
        query = query.bind(*parameter);
    }
    let title = sql
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("-- ");
    query
        .fetch_all(connection)
        .await
        .with_context(|| format!("cannot read the catalogue: {title}"))
}

fn text(row: &MySqlRow, at: usize) -> Result<String> {
    Ok(optional(row, at)?.unwrap_or_default())
}

fn optional(row: &MySqlRow, at: usize) -> Result<Option<String>> {
    row.try_get(at)
        .with_context(|| format!("cannot read column {at} of a query of the catalogue"))
}

fn number(row: &MySqlRow, at: usize) -> Result<Option<i64>> {
    row.try_get(at)
        .with_context(|| format!("cannot read column {at} of a query of the catalogue"))
}

/// Converts one row of columns.sql to a column.
fn column(row: &MySqlRow, flavour: Flavour) -> Result<Column> {
    let written = text(row, 2)?;
    let kind = catalogue::column_type(&written);
    let extra = text(row, 5)?.to_uppercase();
    let generated = !text(row, 9)?.is_empty();
    let default = match optional(row, 4)? {
        Some(default) if !generated => words::default(&default, &extra, &kind, flavour),
        _ => None,
    };
    Ok(Column {
        kind,
        nullable: text(row, 3)? == "YES",
        default,
        auto_increment: extra.contains("AUTO_INCREMENT"),
        zero_filled: written.contains("zerofill"),
        generated,
        charset: optional(row, 6)?,
        collation: optional(row, 7)?,
        comment: text(row, 8)?,
        name: text(row, 1)?,
        decode: Decode::default(),
        generates_ids: false,
        zero_dates: ZeroDates::default(),
        format: None,
        json: None,
    })
}

/// Adds one row of the query for indexes: a key part, which begins an index or continues the last
/// one.
fn key_part(table: &mut Table, row: &MySqlRow) -> Result<()> {
    let name = text(row, 1)?;
    let kind = match (name.as_str(), number(row, 2)?, text(row, 6)?.as_str()) {
        ("PRIMARY", ..) => IndexKind::Primary,
        (_, _, "FULLTEXT") => IndexKind::FullText,
        (_, _, "SPATIAL") => IndexKind::Spatial,
        (_, Some(0), _) => IndexKind::Unique,
        _ => IndexKind::Plain,
    };
    let key = match optional(row, 3)? {
        Some(column) => IndexKey::Column(column),
        None => IndexKey::Expression(words::expression(&text(row, 8)?, Flavour::MySql)),
    };
    let part = IndexPart {
        key,
        // the index covers the whole geometry, although the catalogue shows a length
        prefix: number(row, 5)?
            .filter(|_| kind != IndexKind::Spatial)
            .and_then(|length| u32::try_from(length).ok()),
        descending: text(row, 4)? == "D",
    };
    match table.indexes.last_mut() {
        Some(index) if index.name == name => index.parts.push(part),
        _ => table.indexes.push(Index {
            name,
            kind,
            parts: vec![part],
            visible: text(row, 9)? == "YES",
            comment: text(row, 7)?,
            parser: None,
        }),
    }
    Ok(())
}

/// Reads the parsers of FULLTEXT indexes, which only SHOW CREATE TABLE shows.
async fn full_text_parsers(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &mut Tables,
) -> Result<()> {
    for table in tables.values_mut() {
        let is_full_text = |index: &Index| index.kind == IndexKind::FullText;
        if !table.indexes.iter().any(is_full_text) {
            continue;
        }
        let text = scratch::create_table(connection, database, &table.name).await?;
        for index in table.indexes.iter_mut().filter(|index| is_full_text(index)) {
            let start = format!("FULLTEXT KEY {} (", quote_identifier(&index.name));
            let line = text.lines().map(str::trim).find(|l| l.starts_with(&start));
            index.parser = line.and_then(words::parser);
        }
    }
    Ok(())
}

/// Adds one row of foreign-keys.sql: a column of a foreign key.
fn reference(table: &mut Table, row: &MySqlRow, database: &str, flavour: Flavour) -> Result<()> {
    let name = text(row, 1)?;
    let (column, parent_column) = (text(row, 2)?, text(row, 5)?);
    match table.foreign_keys.last_mut() {
        Some(key) if key.name == name => {
            key.columns.push(column);
            key.parent_columns.push(parent_column);
        }
        _ => {
            let (parent_database, parent) = (text(row, 3)?, text(row, 4)?);
            let elsewhere = parent_database != database;
            table.foreign_keys.push(ForeignKey {
                name,
                columns: vec![column],
                parent_database: elsewhere.then_some(parent_database),
                parent_table: parent,
                parent_columns: vec![parent_column],
                on_delete: action(&text(row, 6)?, flavour),
                on_update: action(&text(row, 7)?, flavour),
            });
        }
    }
    Ok(())
}

fn action(rule: &str, flavour: Flavour) -> ReferenceAction {
    match (rule, flavour) {
        ("CASCADE", _) => ReferenceAction::Cascade,
        ("SET NULL", _) => ReferenceAction::SetNull,
        ("SET DEFAULT", _) => ReferenceAction::SetDefault,
        // the other words are what the server stores if the foreign key specifies nothing
        ("RESTRICT", Flavour::MySql) => ReferenceAction::StatedRestrict,
        ("NO ACTION", Flavour::MariaDb) => ReferenceAction::StatedNoAction,
        _ => ReferenceAction::Restrict,
    }
}
