//! The keys that a table holds before a run adds rows to it.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

use clean::keys::{AcceptedKeys, ExistingKeys};
use model::schema::{ColumnType, Table};
use mysql_schema::quote::quote_identifier;

/// Reads the keys of a table that the client can check itself.
pub async fn keys_of(connection: &mut MySqlConnection, table: &Table) -> Result<AcceptedKeys> {
    keys_of_in(connection, None, table).await
}

/// Like [`keys_of`], for a table in another database of the server.
pub async fn keys_of_in(
    connection: &mut MySqlConnection,
    database: Option<&str>,
    table: &Table,
) -> Result<AcceptedKeys> {
    let mut keys = ExistingKeys::of(table);
    if keys.columns().is_empty() {
        return Ok(keys.into_accepted());
    }
    let columns: Vec<String> = keys.columns().to_vec();
    let signed: Vec<bool> = columns
        .iter()
        .map(|name| {
            let column = table.columns.iter().find(|c| c.name == *name);
            !matches!(
                column.map(|c| &c.kind),
                Some(ColumnType::Integer { unsigned: true, .. } | ColumnType::Bit { .. })
            )
        })
        .collect();
    let list: Vec<String> = columns
        .iter()
        .zip(&signed)
        .map(|(name, signed)| {
            let name = quote_identifier(name);
            let as_type = if *signed { "SIGNED" } else { "UNSIGNED" };
            format!("CAST({name} AS {as_type})")
        })
        .collect();
    let database = database.map_or(String::new(), |name| quote_identifier(name) + ".");
    let place = format!("{database}{}", quote_identifier(&table.name));
    let sql = format!("SELECT {} FROM {place}", list.join(","));
    let mut rows = connection.fetch(AssertSqlSafe(sql));
    let mut values = vec![None; columns.len()];
    while let Some(row) = rows
        .try_next()
        .await
        .with_context(|| format!("cannot read the keys of {}", table.name))?
    {
        for (at, value) in values.iter_mut().enumerate() {
            *value = if signed[at] {
                row.try_get_unchecked::<Option<i64>, _>(at)?
                    .map(|v| v as u64)
            } else {
                row.try_get_unchecked::<Option<u64>, _>(at)?
            };
        }
        keys.add(&values);
    }
    drop(rows);
    Ok(keys.into_accepted())
}
