//! The ledger records how each run has read its files, so that a later run recognises files that
//! are loaded already.
//!
//! In ledgers of older versions, this is missing: files that such a version loaded are not
//! recognised.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Row};

use super::{LoadedTable, Phase, has_table, loaded_table};
use mysql_schema::quote::quote_literals;

const TABLE: &str = "_reviewseed_inputs";

/// How a run reads the file of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInput {
    /// Table name.
    pub table: String,
    /// Hash of the settings by which the file is split into records and fields, 32 hexadecimal
    /// digits.
    pub format: String,
    /// Hash of the settings by which fields become values of columns, 32 hexadecimal digits.
    pub columns: String,
}

/// The rows that a run has loaded into one table.
#[derive(Debug, Clone)]
pub struct TableLoad {
    /// Number of the run.
    pub run: u64,
    /// When the run began, UTC.
    pub started_at: String,
    /// The phase that the run is in.
    pub phase: Phase,
    /// Number and checksum of the rows that the table held before; `None` if it was empty.
    pub before: Option<(u64, u64)>,
    /// How the file was read; `None` in ledgers of older versions.
    pub input: Option<RunInput>,
    /// What the table held after the load.
    pub table: LoadedTable,
}

impl TableLoad {
    /// The rows of this load alone, without those that the table held before.
    pub fn own_rows(&self) -> LoadedTable {
        let (rows, checksum) = self.before.unwrap_or_default();
        let table = &self.table;
        LoadedTable {
            loaded: table.loaded.saturating_sub(rows),
            checksum: table.checksum.wrapping_sub(checksum),
            ..table.clone()
        }
    }
}

/// Writes to the ledger how a run reads its files; the caller owns the transaction.
pub(super) async fn record(
    connection: &mut MySqlConnection,
    run: u64,
    inputs: &[RunInput],
) -> Result<(), sqlx::Error> {
    for input in inputs {
        sqlx::query("INSERT INTO _reviewseed_inputs VALUES (?, ?, ?, ?)")
            .bind(run)
            .bind(&input.table)
            .bind(&input.format)
            .bind(&input.columns)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// How a run reads its files; empty if the ledger does not say.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn inputs_of(connection: &mut MySqlConnection, run: u64) -> Result<Vec<RunInput>> {
    if !has_table(connection, TABLE).await? {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "SELECT table_name, format_hash, columns_hash FROM _reviewseed_inputs WHERE run = ?",
    )
    .bind(run)
    .fetch_all(connection)
    .await
    .context("cannot read the ledger")?;
    let input = |row: &MySqlRow| {
        Ok(RunInput {
            table: row.try_get_unchecked(0)?,
            format: row.try_get_unchecked(1)?,
            columns: row.try_get_unchecked(2)?,
        })
    };
    rows.iter().map(input).collect()
}

/// What runs have loaded into these tables, the oldest run first.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn loads_of(
    connection: &mut MySqlConnection,
    tables: &[String],
) -> Result<Vec<TableLoad>> {
    if tables.is_empty() || !super::exists(connection).await? {
        return Ok(Vec::new());
    }
    // ledgers of older versions lack newer tables, whose columns are NULL then
    let (mut inputs, mut before) = (("NULL, NULL", ""), ("NULL, NULL", ""));
    if has_table(connection, TABLE).await? {
        inputs = (
            "i.format_hash, i.columns_hash",
            "LEFT JOIN _reviewseed_inputs AS i ON i.run = t.run AND i.table_name = t.table_name",
        );
    }
    if has_table(connection, "_reviewseed_before").await? {
        before = (
            "b.rows_before, b.checksum AS checksum_before",
            "LEFT JOIN _reviewseed_before AS b ON b.run = t.run AND b.table_name = t.table_name",
        );
    }
    let sql = format!(
        "SELECT {}, {}, CAST(r.phase AS CHAR), CAST(r.started_at AS CHAR), t.* \
         FROM _reviewseed_tables AS t JOIN _reviewseed_runs AS r ON r.run = t.run {} {} \
         WHERE t.table_name IN ({}) ORDER BY t.run",
        inputs.0,
        before.0,
        inputs.1,
        before.1,
        quote_literals(tables)
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read the ledger")?;
    rows.iter().map(table_load).collect()
}

fn table_load(row: &MySqlRow) -> Result<TableLoad> {
    let table = loaded_table(row)?;
    let format: Option<String> = row.try_get_unchecked(0)?;
    let columns: Option<String> = row.try_get_unchecked(1)?;
    let rows: Option<u64> = row.try_get_unchecked(2)?;
    let checksum: Option<u64> = row.try_get_unchecked(3)?;
    let input = format.zip(columns).map(|(format, columns)| RunInput {
        table: table.name.clone(),
        format,
        columns,
    });
    Ok(TableLoad {
        run: row.try_get("run")?,
        started_at: row.try_get_unchecked(5)?,
        phase: Phase::from_name(&row.try_get_unchecked::<String, _>(4)?)?,
        before: rows.zip(checksum).filter(|(rows, _)| *rows > 0),
        input,
        table,
    })
}
