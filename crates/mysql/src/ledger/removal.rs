//! Removes the ledger, for users who no longer want its tables in their database.

use sqlx::{AssertSqlSafe, Executor};

use super::{has_table, restore_globals};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use mysql_schema::quote::{quote_identifier, quote_literal};

/// The tables of the database that reviewseed made for itself, by name.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn tables(connection: &mut MySqlConnection) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE '\\_reviewseed\\_%' \
         ORDER BY TABLE_NAME",
    )
    .fetch_all(connection)
    .await
    .context("cannot list the tables of the ledger")
}

/// Other databases that an interrupted run of this database has left, such as that of `--replace`.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn databases(connection: &mut MySqlConnection, database: &str) -> Result<Vec<String>> {
    let prefix = format!("{database}__reviewseed_");
    let sql = format!(
        "SELECT CAST(SCHEMA_NAME AS CHAR) FROM information_schema.SCHEMATA \
         WHERE LEFT(SCHEMA_NAME, {}) = {} ORDER BY SCHEMA_NAME",
        prefix.chars().count(),
        quote_literal(&prefix)
    );
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot list the databases")
}

/// Restores the global settings that a run has changed, and drops these tables. Returns the names
/// of the restored settings.
///
/// # Errors
///
/// When a setting cannot be restored, or a table cannot be dropped.
pub async fn remove(connection: &mut MySqlConnection, tables: &[String]) -> Result<Vec<String>> {
    let restored = match has_table(connection, "_reviewseed_globals").await? {
        true => restore_globals(connection).await?,
        false => Vec::new(),
    };
    let names: Vec<_> = tables.iter().map(|name| quote_identifier(name)).collect();
    let sql = format!("DROP TABLE IF EXISTS {}", names.join(", "));
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .context("cannot drop the tables of the ledger; the account needs the privilege DROP")?;
    Ok(restored)
}
