//! What of a run's files an earlier, interrupted run has loaded: that needs no more room on the
//! disk.

use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, MySqlConnection};

use crate::ledger::{self, Phase};
use mysql_schema::quote::{quote_literal, quote_literals};

/// What is there of the files of a run that begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loaded {
    /// Nothing, or rows of other files.
    #[default]
    Nothing,
    /// A part, by an interrupted run.
    Part {
        /// Bytes of the files' text.
        text: u64,
        /// Bytes that the tables take, as far as the server knows.
        tables: u64,
    },
    /// All rows, with indexes.
    All,
}

impl Loaded {
    /// Bytes that the loaded rows take at least. The server's figure may be old; stored rows hardly
    /// take less than their text.
    pub fn on_disk(self) -> u64 {
        match self {
            Loaded::Part { text, tables } => text.max(tables),
            Loaded::Nothing | Loaded::All => 0,
        }
    }

    /// Asks the ledger of the database of this connection. No table of rows is read: another
    /// session may be changing one, perhaps for a killed run, and nothing waits for it before this
    /// run leads.
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
            // rows are added to these
            Phase::Done if append => Ok(Loaded::Nothing),
            // a finished run has renewed the statistics, so that tables that were emptied since are
            // known
            Phase::Done if there.iter().all(|table| table.rows == 0) => Ok(Loaded::Nothing),
            Phase::Done => Ok(Loaded::All),
            _ => Ok(Loaded::Part {
                text: text(connection, run.id, &there).await?,
                tables: there.iter().map(|table| table.bytes).sum(),
            }),
        }
    }
}

/// A table as the server's statistics have it.
struct There {
    name: String,
    rows: u64,
    bytes: u64,
}

/// Those of the tables that exist.
async fn there(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[String],
) -> Result<Vec<There>> {
    // MySQL keeps these figures for a day otherwise; MariaDB does not know the variable
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
        .context("cannot read the ledger")
}
