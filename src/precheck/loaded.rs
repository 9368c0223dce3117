//! What of a run's files an earlier, interrupted run has loaded: that needs no more room on the disk.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, MySqlConnection};

use crate::load::ledger::{self, Phase};
use crate::load::prepare;
use crate::quote::quote_literal;

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
    /// Bytes that the loaded rows take at least. The server's figure may be old; stored rows hardly take less than their text.
    pub fn on_disk(self) -> u64 {
        match self {
            Loaded::Part { text, tables } => text.max(tables),
            Loaded::Nothing | Loaded::All => 0,
        }
    }

    /// Asks the ledger of the database of this connection.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn read(
        connection: &mut MySqlConnection,
        database: &str,
        tables: &[String],
        append: bool,
    ) -> Result<Loaded> {
        if !ledger::exists(connection).await? {
            return Ok(Loaded::Nothing);
        }
        let Some(run) = ledger::last_run(connection).await? else {
            return Ok(Loaded::Nothing);
        };
        let filled = prepare::present(connection, database, tables).await?.filled;
        match run.phase {
            _ if filled.is_empty() => Ok(Loaded::Nothing),
            // rows are added to these
            Phase::Done if append => Ok(Loaded::Nothing),
            Phase::Done => Ok(Loaded::All),
            _ => part(connection, database, run.id, &filled).await,
        }
    }
}

async fn part(
    connection: &mut MySqlConnection,
    database: &str,
    run: u64,
    tables: &[String],
) -> Result<Loaded> {
    let quoted: Vec<String> = tables.iter().map(|t| quote_literal(t)).collect();
    let list = quoted.join(",");
    let text = format!(
        "SELECT CAST(COALESCE(SUM(byte_end - byte_start), 0) AS UNSIGNED) FROM _reviewseed_batches \
         WHERE run = {run} AND table_name IN ({list})"
    );
    let text: u64 = sqlx::query_scalar(AssertSqlSafe(text))
        .fetch_one(&mut *connection)
        .await
        .context("cannot read the ledger")?;
    // MySQL keeps these figures for a day otherwise; MariaDB does not know the variable
    let _ = sqlx::raw_sql("SET SESSION information_schema_stats_expiry = 0")
        .execute(&mut *connection)
        .await;
    let sizes = format!(
        "SELECT CAST(COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS UNSIGNED) FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({list})",
        quote_literal(database)
    );
    let tables: u64 = sqlx::query_scalar(AssertSqlSafe(sizes))
        .fetch_one(connection)
        .await
        .context("cannot read how large the tables are")?;
    Ok(Loaded::Part { text, tables })
}
