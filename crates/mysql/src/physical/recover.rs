//! The ledger's list of tables that are being imported, and the clean-up of tables that a killed
//! run left.
//!
//! Between DISCARD and the end of IMPORT a table has no rows and cannot be read, and after a failed
//! import its next use may crash the server. So `_reviewseed_imports` lists the table from before
//! it is created until its rows are imported. The next run drops the tables that it finds there,
//! with their files.

use std::io::ErrorKind;
use std::path::Path;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::ledger;
use innodb_file::build::file_of;
use mysql_schema::quote::quote_identifier;

pub(super) const IMPORTS: &str = "_reviewseed_imports";
pub(super) const FILES: &str = "_reviewseed_files";

/// Drops a table, and removes its files from the folder.
pub(super) async fn drop_table(
    connection: &mut MySqlConnection,
    table: &str,
    folder: Option<&Path>,
) -> Result<()> {
    connection
        .execute("SET SESSION foreign_key_checks = 0")
        .await?;
    connection
        .execute(AssertSqlSafe(format!(
            "DROP TABLE IF EXISTS {}",
            quote_identifier(table)
        )))
        .await
        .with_context(|| format!("cannot drop {table}"))?;
    let Some(folder) = folder else {
        return Ok(());
    };
    for ending in ["ibd", "cfg"] {
        remove(&folder.join(format!("{table}.{ending}")))?;
    }
    remove(&file_of(folder, table))
}

pub(super) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove '{}'", path.display()))
        }
        _ => Ok(()),
    }
}

/// Writes the names of tables that may be imported into the ledger, before the tables are created.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn announce(connection: &mut MySqlConnection, tables: &[String]) -> Result<()> {
    if !tables.is_empty() {
        ledger::ensure(connection, &[IMPORTS, FILES]).await?;
    }
    for table in tables {
        sqlx::query("INSERT IGNORE INTO _reviewseed_imports VALUES (?)")
            .bind(table)
            .execute(&mut *connection)
            .await
            .context("cannot write the ledger")?;
    }
    Ok(())
}

/// Removes a table from the ledger's list of imports, because its rows are imported, or will be
/// loaded by SQL.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn forget(connection: &mut MySqlConnection, table: &str) -> Result<()> {
    sqlx::query("DELETE FROM _reviewseed_imports WHERE table_name = ?")
        .bind(table)
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}

/// Writes to the ledger that a table's rows were imported; the caller owns the transaction.
pub(super) async fn note(connection: &mut MySqlConnection, run: u64, table: &str) -> Result<()> {
    sqlx::query("INSERT INTO _reviewseed_files VALUES (?, ?)")
        .bind(run)
        .bind(table)
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}

/// Whether some of a run's tables were imported.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn any_came_in(connection: &mut MySqlConnection, run: u64) -> Result<bool> {
    if !ledger::has_table(connection, FILES).await? {
        return Ok(false);
    }
    let found = sqlx::query("SELECT 1 FROM _reviewseed_files WHERE run = ? LIMIT 1")
        .bind(run)
        .fetch_optional(connection)
        .await
        .context("cannot read the ledger")?;
    Ok(found.is_some())
}

/// The tables whose import was begun but not finished.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn unfinished(connection: &mut MySqlConnection) -> Result<Vec<String>> {
    if !ledger::has_table(connection, IMPORTS).await? {
        return Ok(Vec::new());
    }
    let rows = connection
        .fetch_all("SELECT table_name FROM _reviewseed_imports")
        .await
        .context("cannot read the ledger")?;
    rows.iter()
        .map(|row| Ok(row.try_get_unchecked(0)?))
        .collect()
}

/// Drops the tables that a killed run was importing. Removes their files from the server's folder,
/// if that is given. Returns the names of the tables.
///
/// # Errors
///
/// When a table cannot be dropped.
pub async fn recover(
    connection: &mut MySqlConnection,
    folder: Option<&Path>,
) -> Result<Vec<String>> {
    let tables = unfinished(connection).await?;
    for table in &tables {
        drop_table(connection, table, folder).await?;
        forget(connection, table).await?;
    }
    Ok(tables)
}
