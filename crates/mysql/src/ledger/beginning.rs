//! The beginning of a run: its command, and with `--append` what the tables held before.
//!
//! An interrupted run that appends rows can be resumed only if its own rows can be distinguished
//! from older ones. So the number, checksum and keys of the older rows are written in the
//! transaction that begins the run. The keys are deleted when the rows of the run are loaded.

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::inputs::{self, RunInput};
use super::schemas::{self, RunSchema};
use super::{merges, statements};
use crate::ledger;
use clean::keys::AcceptedKeys;
use model::schema::Table;

const BEFORE: &str = "_reviewseed_before";
const KEYS: &str = "_reviewseed_keys";

/// Maximum number of bytes of keys in one row of the ledger: far below the smallest
/// max_allowed_packet that is in use.
const PIECE: usize = 256 << 10;

/// What one table held before a run added rows to it.
#[derive(Debug, Clone)]
pub struct TableBefore {
    /// Table name.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Checksum of the rows that the table held.
    pub checksum: u64,
    /// The keys of the rows that the table held, as [`AcceptedKeys::to_bytes`] returns them.
    pub keys: Vec<u8>,
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Hash of everything that decides which rows are loaded, except the content of the files.
    pub fingerprint: &'a str,
    /// Number of bytes of input per batch.
    pub batch_bytes: usize,
    /// The command, without password.
    pub command: &'a str,
    /// The schema, and the tables that the run loads.
    pub schema: RunSchema,
    /// How the run reads the file of each table.
    pub inputs: Vec<RunInput>,
}

/// Begins a run and returns its number. Either everything is written to the ledger, or nothing.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn begin(
    connection: &mut MySqlConnection,
    new: &NewRun<'_>,
    before: &[TableBefore],
) -> Result<u64> {
    // before BEGIN, because creating a table commits the open transaction
    if !before.is_empty() {
        ledger::ensure(connection, &[BEFORE, KEYS]).await?;
    }
    let has_statements = ledger::has_table(connection, statements::TABLE).await?;
    connection.execute("BEGIN").await?;
    let run = super::begin(connection, new.fingerprint, new.batch_bytes).await?;
    let written: Result<(), sqlx::Error> = async {
        sqlx::query("INSERT INTO _reviewseed_commands VALUES (?, ?)")
            .bind(run)
            .bind(new.command)
            .execute(&mut *connection)
            .await?;
        schemas::record(connection, run, &new.schema).await?;
        inputs::record(connection, run, &new.inputs).await?;
        for table in before {
            sqlx::query("INSERT INTO _reviewseed_before VALUES (?, ?, ?, ?)")
                .bind(run)
                .bind(&table.name)
                .bind(table.rows)
                .bind(table.checksum)
                .execute(&mut *connection)
                .await?;
            for (number, piece) in table.keys.chunks(PIECE).enumerate() {
                sqlx::query("INSERT INTO _reviewseed_keys VALUES (?, ?, ?, ?)")
                    .bind(run)
                    .bind(&table.name)
                    .bind(number as u32)
                    .bind(piece)
                    .execute(&mut *connection)
                    .await?;
            }
        }
        if has_statements {
            sqlx::query("UPDATE _reviewseed_statements SET run = ? WHERE run = 0")
                .bind(run)
                .execute(&mut *connection)
                .await?;
        }
        connection.execute("COMMIT").await?;
        Ok(())
    }
    .await;
    written.context("cannot write the ledger")?;
    Ok(run)
}

/// The command that began a run; `None` for runs of versions that did not write it.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn command_of(connection: &mut MySqlConnection, run: u64) -> Result<Option<String>> {
    let exists = sqlx::query(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '_reviewseed_commands'",
    )
    .fetch_optional(&mut *connection)
    .await
    .context("cannot read the ledger")?;
    if exists.is_none() {
        return Ok(None);
    }
    let row = sqlx::query("SELECT command FROM _reviewseed_commands WHERE run = ?")
        .bind(run)
        .fetch_optional(connection)
        .await
        .context("cannot read the ledger")?;
    Ok(row.map(|row| row.try_get_unchecked(0)).transpose()?)
}

/// Whether a run adds rows to those that the tables held before.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn appends(connection: &mut MySqlConnection, run: u64) -> Result<bool> {
    if !ledger::has_table(connection, BEFORE).await? {
        return Ok(false);
    }
    let found = sqlx::query("SELECT 1 FROM _reviewseed_before WHERE run = ? LIMIT 1")
        .bind(run)
        .fetch_optional(connection)
        .await
        .context("cannot read the ledger")?;
    Ok(found.is_some())
}

/// For each table, its name, and the number and checksum of the rows that it held before a run.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn sums_before(
    connection: &mut MySqlConnection,
    run: u64,
) -> Result<Vec<(String, u64, u64)>> {
    let rows = sqlx::query(
        "SELECT table_name, rows_before, checksum FROM _reviewseed_before WHERE run = ?",
    )
    .bind(run)
    .fetch_all(connection)
    .await
    .context("cannot read the ledger")?;
    rows.iter()
        .map(|row| {
            let name = row.try_get_unchecked(0)?;
            Ok((name, row.try_get(1)?, row.try_get(2)?))
        })
        .collect()
}

/// The keys that a table held before a run.
///
/// # Errors
///
/// When the ledger cannot be read, or the keys are not those of this table.
pub async fn keys_before(
    connection: &mut MySqlConnection,
    run: u64,
    table: &Table,
) -> Result<AcceptedKeys> {
    let rows = sqlx::query(
        "SELECT piece FROM _reviewseed_keys WHERE run = ? AND table_name = ? ORDER BY number",
    )
    .bind(run)
    .bind(&table.name)
    .fetch_all(connection)
    .await
    .context("cannot read the ledger")?;
    let mut bytes = Vec::new();
    for row in &rows {
        bytes.extend_from_slice(&row.try_get_unchecked::<Vec<u8>, _>(0)?);
    }
    AcceptedKeys::from_bytes(table, &bytes)
        .map_err(Error::other)
        .with_context(|| {
            format!(
                "cannot read the keys that {} had before the run",
                table.name
            )
        })
}

/// Deletes the keys of all runs; nothing reads them after the rows of the last run are loaded.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn forget_keys(connection: &mut MySqlConnection) -> Result<()> {
    for table in [KEYS, merges::KEYS] {
        if ledger::has_table(connection, table).await? {
            let delete = format!("DELETE FROM {table}");
            let deleted = connection.execute(AssertSqlSafe(delete)).await;
            deleted.context("cannot write the ledger")?;
        }
    }
    Ok(())
}
