//! The ledger: what runs did to a database, written into that database in the same transactions as
//! the rows.
//!
//! The tables and their meaning are in `ledger.sql`. The ledger row of a batch is the first
//! statement of the batch's transaction. If two sessions load the same batch of the same run, one
//! of them waits at this statement, and then fails because of the primary key.

mod batches;
pub mod beginning;
mod columns;
mod globals;
pub mod inputs;
pub mod merges;
pub mod owned;
pub mod removal;
pub mod schemas;
pub mod statements;
mod tables;

use std::collections::HashMap;

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, fail};
use crate::server_error::ER_NO_SUCH_TABLE;
use sqlx::mysql::MySqlRow;
use sqlx::{Executor, Row};

pub use batches::{
    batch_of, batch_statement, batches_of, correction_statement, refusal_statement,
    refusals_statement, tables_with_orphans,
};
pub use globals::{CONSUMER, change_global, restore_globals};
pub use tables::{TABLE_NAMES, create, ensure, exists, has_table};

const TABLE_CHECKSUMS: &str = "_reviewseed_table_checksums";

/// The phase that a run is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Rows are being loaded.
    Load,
    /// Indexes and foreign keys are being built.
    Index,
    /// The result is being verified.
    Verify,
    /// The run is finished.
    Done,
}

impl Phase {
    /// The word in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Load => "load",
            Phase::Index => "index",
            Phase::Verify => "verify",
            Phase::Done => "done",
        }
    }

    fn from_name(name: &str) -> Result<Phase> {
        Ok(match name {
            "load" => Phase::Load,
            "index" => Phase::Index,
            "verify" => Phase::Verify,
            "done" => Phase::Done,
            _ => fail!(
                Unfit,
                "the ledger has a phase \"{name}\" that this version of reviewseed does not know; use a newer version"
            ),
        })
    }
}

/// One run, as the ledger describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Number of the run.
    pub id: u64,
    /// Hash of everything that decides which rows are loaded, except the content of the files.
    pub fingerprint: String,
    /// The phase that the run is in.
    pub phase: Phase,
    /// Number of bytes of input per batch.
    pub batch_bytes: u64,
    /// When the run began, UTC.
    pub started_at: String,
}

/// What a run has loaded into one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedTable {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: String,
    /// Size of the file in bytes.
    pub file_bytes: u64,
    /// XXH3-128 of the file, in hexadecimal.
    pub content_hash: String,
    /// The columns that the file fills. The checksum covers these columns.
    pub columns: Vec<String>,
    /// Number of records read.
    pub read: u64,
    /// Number of rows that the table must hold: those loaded, and with `--append` those that the
    /// table held before.
    pub loaded: u64,
    /// Number of records rejected.
    pub rejected: u64,
    /// Checksum of the rows that the table must hold.
    pub checksum: u64,
    /// The number that `CHECKSUM TABLE` must return, if the client has computed it.
    pub table_checksum: Option<u32>,
}

/// Begins a run and returns its number; the caller owns the transaction.
///
/// # Errors
///
/// When the ledger cannot be written.
async fn begin(
    connection: &mut MySqlConnection,
    fingerprint: &str,
    batch_bytes: usize,
) -> Result<u64> {
    let result = sqlx::query(
        "INSERT INTO _reviewseed_runs (fingerprint, phase, tool_version, batch_bytes, connection_id, started_at) \
         VALUES (?, 'load', ?, ?, CONNECTION_ID(), UTC_TIMESTAMP(3))",
    )
    .bind(fingerprint)
    .bind(env!("CARGO_PKG_VERSION"))
    .bind(batch_bytes as u64)
    .execute(connection)
    .await
    .context("cannot write the ledger")?;
    Ok(result.last_insert_id())
}

/// Writes to the ledger that a run has entered a phase.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn enter(connection: &mut MySqlConnection, run: u64, phase: Phase) -> Result<()> {
    sqlx::query("UPDATE _reviewseed_runs SET phase = ?, ended_at = IF(? = 'done', UTC_TIMESTAMP(3), NULL) WHERE run = ?")
        .bind(phase.name())
        .bind(phase.name())
        .bind(run)
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}

/// Writes to the ledger what was loaded into a table.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn record_table(
    connection: &mut MySqlConnection,
    run: u64,
    table: &LoadedTable,
) -> Result<()> {
    sqlx::query("REPLACE INTO _reviewseed_tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(run)
        .bind(&table.name)
        .bind(&table.file)
        .bind(table.file_bytes)
        .bind(&table.content_hash)
        .bind(columns::listed(&table.columns))
        .bind(table.read)
        .bind(table.loaded)
        .bind(table.rejected)
        .bind(table.checksum)
        .execute(&mut *connection)
        .await
        .context("cannot write the ledger")?;
    record_table_checksum(connection, run, table).await
}

async fn record_table_checksum(
    connection: &mut MySqlConnection,
    run: u64,
    table: &LoadedTable,
) -> Result<()> {
    let write = match table.table_checksum {
        Some(checksum) => {
            ensure(connection, &[TABLE_CHECKSUMS]).await?;
            sqlx::query("REPLACE INTO _reviewseed_table_checksums VALUES (?, ?, ?)")
                .bind(run)
                .bind(&table.name)
                .bind(checksum)
        }
        None if !has_table(connection, TABLE_CHECKSUMS).await? => return Ok(()),
        None => {
            sqlx::query("DELETE FROM _reviewseed_table_checksums WHERE run = ? AND table_name = ?")
                .bind(run)
                .bind(&table.name)
        }
    };
    write
        .execute(connection)
        .await
        .context("cannot write the ledger")?;
    Ok(())
}

/// The newest run; `None` if the database has no ledger.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn last_run(connection: &mut MySqlConnection) -> Result<Option<Run>> {
    if !exists(connection).await? {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT run, fingerprint, CAST(phase AS CHAR) AS phase, batch_bytes, CAST(started_at AS CHAR) AS started_at \
         FROM _reviewseed_runs ORDER BY run DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await
    .context("cannot read the ledger")?;
    row.map(|row| {
        Ok(Run {
            id: row.try_get("run")?,
            fingerprint: row.try_get_unchecked("fingerprint")?,
            phase: Phase::from_name(&row.try_get_unchecked::<String, _>("phase")?)?,
            batch_bytes: row.try_get("batch_bytes")?,
            started_at: row.try_get_unchecked("started_at")?,
        })
    })
    .transpose()
}

/// What a run loaded, table by table.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn tables_of(connection: &mut MySqlConnection, run: u64) -> Result<Vec<LoadedTable>> {
    let rows = sqlx::query("SELECT * FROM _reviewseed_tables WHERE run = ?")
        .bind(run)
        .fetch_all(&mut *connection)
        .await
        .context("cannot read the ledger")?;
    loaded_tables(connection, &rows).await
}

/// What each table must hold, according to the newest run that loaded it.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn newest_tables(connection: &mut MySqlConnection) -> Result<Vec<LoadedTable>> {
    let rows = sqlx::query(
        "SELECT loaded.* FROM _reviewseed_tables AS loaded \
         JOIN (SELECT table_name, MAX(run) AS run FROM _reviewseed_tables GROUP BY table_name) AS newest \
         ON newest.table_name = loaded.table_name AND newest.run = loaded.run",
    )
    .fetch_all(&mut *connection)
    .await
    .context("cannot read the ledger")?;
    loaded_tables(connection, &rows).await
}

async fn loaded_tables(
    connection: &mut MySqlConnection,
    rows: &[MySqlRow],
) -> Result<Vec<LoadedTable>> {
    let mut checksums = HashMap::new();
    if has_table(connection, TABLE_CHECKSUMS).await? {
        let all = "SELECT run, table_name, checksum FROM _reviewseed_table_checksums";
        let all = connection.fetch_all(all).await;
        for row in all.context("cannot read the ledger")? {
            let run: u64 = row.try_get_unchecked(0)?;
            let name: String = row.try_get_unchecked(1)?;
            checksums.insert((run, name), row.try_get_unchecked::<u32, _>(2)?);
        }
    }
    let loaded = |row: &MySqlRow| {
        let run: u64 = row.try_get("run")?;
        let table = loaded_table(row)?;
        Ok(LoadedTable {
            table_checksum: checksums.get(&(run, table.name.clone())).copied(),
            ..table
        })
    };
    rows.iter().map(loaded).collect()
}

fn loaded_table(row: &MySqlRow) -> Result<LoadedTable> {
    let columns: String = row.try_get_unchecked("columns_loaded")?;
    Ok(LoadedTable {
        name: row.try_get_unchecked("table_name")?,
        file: row.try_get_unchecked("file")?,
        file_bytes: row.try_get("file_bytes")?,
        content_hash: row.try_get_unchecked("content_hash")?,
        columns: columns::of_list(&columns),
        read: row.try_get("rows_read")?,
        loaded: row.try_get("rows_loaded")?,
        rejected: row.try_get("rows_rejected")?,
        checksum: row.try_get("checksum")?,
        table_checksum: None,
    })
}

/// The message for a ledger that cannot be read.
pub(crate) fn unreadable(error: sqlx::Error) -> Error {
    let error = Error::from(error);
    let words = match error.code() {
        Some(ER_NO_SUCH_TABLE) => {
            "cannot read the ledger, because another program has dropped one of its tables, so it is not known which rows are loaded; to load all of them into new tables, add --replace --force"
        }
        _ => "cannot read the ledger",
    };
    error.context(words)
}
