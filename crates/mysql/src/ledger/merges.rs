//! What batches of a run with `--on-duplicate` did with rows that their tables already held.

use std::collections::HashMap;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Row};

use model::merged::{Merged, MergedBatch};
use mysql_schema::quote::quote_literal;

const TABLE: &str = "_reviewseed_merges";
pub(super) const KEYS: &str = "_reviewseed_merged_keys";

/// Creates the ledger tables that only a run with `--on-duplicate` writes.
///
/// # Errors
///
/// When the account may not create tables.
pub async fn create(connection: &mut MySqlConnection) -> Result<()> {
    super::ensure(connection, &[TABLE, KEYS]).await
}

/// The statement that writes to the ledger what a batch did. It is executed in the transaction of
/// the batch.
pub(crate) fn statement(run: u64, table: &str, batch: u32, merged: &MergedBatch) -> String {
    let MergedBatch { counts, checksum } = merged;
    format!(
        "INSERT INTO {TABLE} VALUES ({run}, {}, {batch}, {}, {}, {}, {}, {checksum})",
        quote_literal(table),
        counts.inserted,
        counts.updated,
        counts.unchanged,
        counts.ignored,
    )
}

/// What the batches that the condition `which` selects did, by table and batch number.
pub(super) async fn read(
    connection: &mut MySqlConnection,
    which: &str,
) -> Result<HashMap<(String, u32), MergedBatch>> {
    // the table is missing if no run had --on-duplicate
    if !super::has_table(connection, TABLE).await? {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT * FROM {TABLE} WHERE {which}");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await;
    let rows = rows.context("cannot read the ledger")?;
    let mut found = HashMap::new();
    for row in &rows {
        let key = (row.try_get_unchecked("table_name")?, row.try_get("batch")?);
        let counts = Merged {
            inserted: row.try_get("inserted")?,
            updated: row.try_get("updated")?,
            unchanged: row.try_get("unchanged")?,
            ignored: row.try_get("ignored")?,
            removed: None,
        };
        let checksum = row.try_get("checksum")?;
        found.insert(key, MergedBatch { counts, checksum });
    }
    Ok(found)
}

/// What a run with `--on-duplicate` did with the rows that its tables held before, by table; empty
/// for other runs.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn of_run(connection: &mut MySqlConnection, run: u64) -> Result<HashMap<String, Merged>> {
    let mut tables: HashMap<String, Merged> = HashMap::new();
    for ((table, _), merged) in read(connection, &format!("run = {run}")).await? {
        tables.entry(table).or_default().add(merged.counts);
    }
    Ok(tables)
}
