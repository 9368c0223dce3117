//! Global settings that a run changes on request, noted in the ledger, so that they are put back even if it is killed.

use anyhow::{Context, Result};
use sqlx::MySqlConnection;

use super::ledger;

/// Notes what a setting was, before it is changed; a note that is there already is the older one, and stays.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn remember(connection: &mut MySqlConnection, name: &str, old_value: &str) -> Result<()> {
    ledger::create(connection).await?;
    sqlx::query("INSERT IGNORE INTO _reviewseed_globals (variable_name, old_value) VALUES (?, ?)")
        .bind(name)
        .bind(old_value)
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}

/// What a setting was, if a run has changed it and not put it back.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn remembered(connection: &mut MySqlConnection, name: &str) -> Result<Option<String>> {
    if !ledger::exists(connection).await? {
        return Ok(None);
    }
    sqlx::query_scalar(
        "SELECT CAST(old_value AS CHAR) FROM _reviewseed_globals WHERE variable_name = ?",
    )
    .bind(name)
    .fetch_optional(connection)
    .await
    .context("cannot read the ledger")
}

/// Strikes the note, once the setting is what it was.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn forget(connection: &mut MySqlConnection, name: &str) -> Result<()> {
    sqlx::query("DELETE FROM _reviewseed_globals WHERE variable_name = ?")
        .bind(name)
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}
