//! Which schema a run had: its file, a hash of its text, and the tables that the run loads.
//!
//! `verify` and `reindex` compare the tables with the schema by which they were loaded. Ledgers of
//! older versions do not have the schema; then the functions return `None`.

use std::path::PathBuf;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::Row;

const TABLE: &str = "_reviewseed_schemas";

/// The schema of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSchema {
    /// The file, as an absolute path; `None` for the schema that is compiled in.
    pub file: Option<PathBuf>,
    /// Hash of the schema's text, as [`RunSchema::hash_of`] returns it.
    pub hash: String,
    /// Tables that the run loads.
    pub tables: Vec<String>,
}

impl RunSchema {
    /// XXH3-128 of a schema's text, in hexadecimal.
    pub fn hash_of(sql: &str) -> String {
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(sql.as_bytes()))
    }
}

/// Writes the schema of a run to the ledger; the caller owns the transaction.
pub(super) async fn record(
    connection: &mut MySqlConnection,
    run: u64,
    schema: &RunSchema,
) -> Result<(), sqlx::Error> {
    let file = schema.file.as_deref().map(|f| f.to_string_lossy());
    sqlx::query("INSERT INTO _reviewseed_schemas VALUES (?, ?, ?, ?)")
        .bind(run)
        .bind(file.as_deref())
        .bind(&schema.hash)
        // separated by line feeds and not by commas, because the name of a table may have a comma
        .bind(schema.tables.join("\n"))
        .execute(connection)
        .await?;
    Ok(())
}

/// The schema of a run; `None` if the ledger does not have it.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn schema_of(connection: &mut MySqlConnection, run: u64) -> Result<Option<RunSchema>> {
    if !super::has_table(connection, TABLE).await? {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT schema_file, text_hash, table_names FROM _reviewseed_schemas WHERE run = ?",
    )
    .bind(run)
    .fetch_optional(connection)
    .await
    .context("cannot read the ledger")?;
    row.map(|row| {
        let file: Option<String> = row.try_get_unchecked(0)?;
        let tables: String = row.try_get_unchecked(2)?;
        Ok(RunSchema {
            file: file.map(PathBuf::from),
            hash: row.try_get_unchecked(1)?,
            tables: tables.lines().map(str::to_owned).collect(),
        })
    })
    .transpose()
}

/// The tables that runs have loaded, each with the newest run that loaded it.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn newest_runs(connection: &mut MySqlConnection) -> Result<Vec<(String, u64)>> {
    let rows =
        sqlx::query("SELECT table_name, MAX(run) FROM _reviewseed_tables GROUP BY table_name")
            .fetch_all(connection)
            .await
            .context("cannot read the ledger")?;
    let pair = |row: &sqlx::mysql::MySqlRow| Ok((row.try_get_unchecked(0)?, row.try_get(1)?));
    let mut runs: Vec<(String, u64)> = rows.iter().map(pair).collect::<Result<_>>()?;
    // sorted here, because the order that a server uses depends on its collation
    runs.sort();
    Ok(runs)
}

/// Writes to the ledger that the tables of these runs follow another schema now. What the ledger
/// says about the loaded rows does not change.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn adopt(
    connection: &mut MySqlConnection,
    runs: &[u64],
    schema: &RunSchema,
) -> Result<()> {
    if !super::has_table(connection, TABLE).await? {
        return Ok(());
    }
    let file = schema.file.as_deref().map(|f| f.to_string_lossy());
    for run in runs {
        sqlx::query("UPDATE _reviewseed_schemas SET schema_file = ?, text_hash = ? WHERE run = ?")
            .bind(file.as_deref())
            .bind(&schema.hash)
            .bind(run)
            .execute(&mut *connection)
            .await
            .context("cannot write the ledger")?;
    }
    Ok(())
}
