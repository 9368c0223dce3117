//! The batches that are in, and what of them was refused: written by the transaction that loads a batch, read when a run goes on.

use std::collections::HashSet;

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, MySqlConnection, Row};

use crate::batch::Batch;
use crate::db::quote_literal;
use crate::load::resume::{LoadedBatch, LoadedBatches};
use crate::rejects::Rule;

/// The first statement of a batch's transaction.
pub fn batch_statement(run: u64, table: &str, batch: &Batch) -> String {
    format!(
        "INSERT INTO _reviewseed_batches VALUES ({run}, {}, {}, {}, {}, {}, {}, CONNECTION_ID())",
        quote_literal(table),
        batch.number,
        batch.start,
        batch.end,
        batch.len(),
        batch.checksum()
    )
}

/// Corrects a batch's row, in the same transaction, after the server refused some of its records.
pub fn correction_statement(run: u64, table: &str, batch: &Batch) -> String {
    format!(
        "UPDATE _reviewseed_batches SET rows_loaded = {}, checksum = {} WHERE run = {run} AND table_name = {} AND batch = {}",
        batch.len(),
        batch.checksum(),
        quote_literal(table),
        batch.number
    )
}

/// Notes a refused record, in the same transaction.
pub fn refusal_statement(
    run: u64,
    table: &str,
    batch: &Batch,
    offset: u64,
    rule: &str,
    message: &str,
) -> String {
    format!(
        "INSERT INTO _reviewseed_refused VALUES ({run}, {}, {}, {offset}, {}, {})",
        quote_literal(table),
        batch.number,
        quote_literal(rule),
        quote_literal(message)
    )
}

/// A batch, when it is in: settles what became of a commit whose answer was lost.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn batch_of(
    connection: &mut MySqlConnection,
    run: u64,
    table: &str,
    batch: u32,
) -> Result<Option<LoadedBatch>> {
    let table = quote_literal(table);
    let which = format!("run = {run} AND table_name = {table} AND batch = {batch}");
    Ok(read(connection, &which).await?.into_values().next())
}

/// The batches of a run that are in.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn batches_of(connection: &mut MySqlConnection, run: u64) -> Result<LoadedBatches> {
    read(connection, &format!("run = {run}")).await
}

/// Forgets a batch and what was refused of it, for it is loaded anew.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn forget_batch(
    connection: &mut MySqlConnection,
    run: u64,
    table: &str,
    batch: u32,
) -> Result<()> {
    let table = quote_literal(table);
    for ledger in ["_reviewseed_batches", "_reviewseed_refused"] {
        let sql = format!(
            "DELETE FROM {ledger} WHERE run = {run} AND table_name = {table} AND batch = {batch}"
        );
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await
            .context("cannot write the ledger")?;
    }
    Ok(())
}

/// The sessions that loaded the batches of a run.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn sessions_of(connection: &mut MySqlConnection, run: u64) -> Result<HashSet<u64>> {
    let sessions =
        sqlx::query_scalar("SELECT DISTINCT connection_id FROM _reviewseed_batches WHERE run = ?")
            .bind(run)
            .fetch_all(connection)
            .await
            .context("cannot read the ledger")?;
    Ok(sessions.into_iter().collect())
}

async fn read(connection: &mut MySqlConnection, which: &str) -> Result<LoadedBatches> {
    let mut batches = LoadedBatches::new();
    let sql = format!("SELECT * FROM _reviewseed_batches WHERE {which}");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *connection)
        .await
        .context("cannot read the ledger")?;
    for row in &rows {
        let key = (row.try_get_unchecked("table_name")?, row.try_get("batch")?);
        let batch = LoadedBatch {
            start: row.try_get("byte_start")?,
            end: row.try_get("byte_end")?,
            rows: row.try_get("rows_loaded")?,
            checksum: row.try_get("checksum")?,
            refused: Vec::new(),
        };
        batches.insert(key, batch);
    }
    let sql = format!("SELECT * FROM _reviewseed_refused WHERE {which} ORDER BY byte_offset");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read the ledger")?;
    for row in &rows {
        let key = (row.try_get_unchecked("table_name")?, row.try_get("batch")?);
        let rule: String = row.try_get_unchecked("rule")?;
        let rule = Rule::from_name(&rule).unwrap_or(Rule::RefusedByServer);
        if let Some(batch) = batches.get_mut(&key) {
            let refused = (
                row.try_get("byte_offset")?,
                rule,
                row.try_get_unchecked("message")?,
            );
            batch.refused.push(refused);
        }
    }
    Ok(batches)
}
