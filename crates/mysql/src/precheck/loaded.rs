//! How much of a run's files an interrupted run has loaded already. What is loaded needs no more
//! disk space.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::AssertSqlSafe;

use crate::ledger::{self, Phase};
use mysql_schema::quote::{quote_literal, quote_literals};

/// How much of the files of a run is loaded when it begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loaded {
    /// Nothing, or rows of other files.
    #[default]
    Nothing,
    /// A part of the files, loaded by an interrupted run.
    Part {
        /// Number of bytes of the files' text that are loaded.
        text: u64,
        /// Size of the tables in bytes, by the server's statistics.
        tables: u64,
    },
    /// All rows are loaded, and all indexes are built.
    All,
}

impl Loaded {
    /// The smallest number of bytes that the loaded rows can take on disk. The server's statistics
    /// may be old, and stored rows are rarely smaller than their text.
    pub fn on_disk(self) -> u64 {
        match self {
            Loaded::Part { text, tables } => text.max(tables),
            Loaded::Nothing | Loaded::All => 0,
        }
    }

    /// Reads the ledger of the connection's database. Does not read the tables of the rows, because
    /// a session of a killed run may hold a lock on one, and this run must not wait for such a lock
    /// before it has the run lock.
    ///
    /// # Errors
    ///
    /// When the ledger or the catalogue cannot be read.
    pub async fn read(
        connection: &mut MySqlConnection,
        database: &str,
        tables: &[String],
        append: bool,
    ) -> Result<Loaded> {
        if tables.is_empty() || !ledger::exists(connection).await? {
            return Ok(Loaded::Nothing);
        }
        let Some(run) = ledger::last_run(connection).await? else {
            return Ok(Loaded::Nothing);
        };
        let there = there(connection, database, tables).await?;
        match run.phase {
            _ if there.is_empty() => Ok(Loaded::Nothing),
            // this run appends rows to those of the finished run, so nothing of this run is loaded
            Phase::Done if append => Ok(Loaded::Nothing),
            // a finished run has updated the statistics, so they show if the tables were emptied
            // later
            Phase::Done if there.iter().all(|table| table.rows == 0) => Ok(Loaded::Nothing),
            Phase::Done => Ok(Loaded::All),
            _ => Ok(Loaded::Part {
                text: text(connection, run.id, &there).await?,
                tables: there.iter().map(|table| table.bytes).sum(),
            }),
        }
    }
}

/// The size of a table, according to the server's statistics.
struct There {
    name: String,
    rows: u64,
    bytes: u64,
}

/// The statistics of the tables that exist.
async fn there(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[String],
) -> Result<Vec<There>> {
    // MySQL caches these numbers for a day otherwise; MariaDB does not have the variable, so an
    // error is ignored
    let _ = sqlx::raw_sql("SET SESSION information_schema_stats_expiry = 0")
        .execute(&mut *connection)
        .await;
    let sql = format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(COALESCE(TABLE_ROWS, 0) AS UNSIGNED), \
         CAST(COALESCE(DATA_LENGTH + INDEX_LENGTH, 0) AS UNSIGNED) \
         FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({})",
        quote_literal(database),
        quote_literals(tables)
    );
    let rows: Vec<(String, u64, u64)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read how large the tables are")?;
    let table = |(name, rows, bytes)| There { name, rows, bytes };
    Ok(rows.into_iter().map(table).collect())
}

/// Bytes of the files' text that a run has loaded into these tables.
async fn text(connection: &mut MySqlConnection, run: u64, tables: &[There]) -> Result<u64> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(byte_end - byte_start), 0) AS UNSIGNED) FROM _reviewseed_batches \
         WHERE run = {run} AND table_name IN ({})",
        quote_literals(tables.iter().map(|table| &table.name))
    );
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .map_err(ledger::unreadable)
}
