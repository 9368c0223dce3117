//! The values that global settings of the server had before a run changed them, so that this run,
//! or the next one, restores them.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::{Executor, Row, SqlSafeStr};

use mysql_schema::quote::{quote_identifier, quote_literal};

/// The prefix in the ledger for a consumer of the performance_schema. A consumer is a global
/// setting, but not a variable.
pub const CONSUMER: &str = "setup_consumers.";

/// Writes the old value of a global setting to the ledger, and changes the setting by `sql`. If the
/// ledger has an older value already, it is kept.
///
/// # Errors
///
/// When the ledger cannot be written, and when the change fails. Nothing has changed then.
pub async fn change_global(
    connection: &mut MySqlConnection,
    name: &str,
    old: &str,
    sql: impl SqlSafeStr + Send,
) -> Result<()> {
    sqlx::query("INSERT IGNORE INTO _reviewseed_globals VALUES (?, ?)")
        .bind(name)
        .bind(old)
        .execute(&mut *connection)
        .await
        .context("cannot write the ledger")?;
    if let Err(error) = connection.execute(sql).await {
        // an account that may not change the setting may not restore it either, so the ledger must
        // not list it
        forget(connection, name).await?;
        return Err(error).with_context(|| format!("cannot change the global setting {name}"));
    }
    Ok(())
}

async fn forget(connection: &mut MySqlConnection, name: &str) -> Result<()> {
    sqlx::query("DELETE FROM _reviewseed_globals WHERE variable_name = ?")
        .bind(name)
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}

/// Restores all global settings whose old values are in the ledger, and deletes these values.
/// Returns the names of the settings.
///
/// # Errors
///
/// When a setting cannot be restored.
pub async fn restore_globals(connection: &mut MySqlConnection) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT variable_name, old_value FROM _reviewseed_globals")
        .fetch_all(&mut *connection)
        .await
        .context("cannot read the ledger")?;
    let mut names = Vec::new();
    for row in &rows {
        let name: String = row.try_get_unchecked(0)?;
        let old: String = row.try_get_unchecked(1)?;
        let sql = match name.strip_prefix(CONSUMER) {
            Some(consumer) => format!(
                "UPDATE performance_schema.setup_consumers SET ENABLED = {} WHERE NAME = {}",
                quote_literal(&old),
                quote_literal(consumer)
            ),
            None => format!("SET GLOBAL {} = {old}", quote_identifier(&name)),
        };
        connection
            .execute(sqlx::AssertSqlSafe(sql))
            .await
            .with_context(|| {
                format!("cannot set the global variable {name} back to {old}; set it by hand")
            })?;
        forget(connection, &name).await?;
        names.push(name);
    }
    Ok(names)
}
