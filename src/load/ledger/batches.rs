//! The batches that are in, and what of them was refused: written by the transaction that loads a batch, read when a run goes on.

use anyhow::{Context, Result};
use sqlx::{MySqlConnection, Row};

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

/// Whether a batch is in: settles what became of a commit whose answer was lost.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn has_batch(
    connection: &mut MySqlConnection,
    run: u64,
    table: &str,
    batch: u32,
) -> Result<bool> {
    let found = sqlx::query(
        "SELECT 1 FROM _reviewseed_batches WHERE run = ? AND table_name = ? AND batch = ?",
    )
    .bind(run)
    .bind(table)
    .bind(batch)
    .fetch_optional(connection)
    .await
    .context("cannot read the ledger")?;
    Ok(found.is_some())
}

/// The batches of a run that are in.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn batches_of(connection: &mut MySqlConnection, run: u64) -> Result<LoadedBatches> {
    let mut batches = LoadedBatches::new();
    let rows = sqlx::query("SELECT * FROM _reviewseed_batches WHERE run = ?")
        .bind(run)
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
    let rows = sqlx::query("SELECT * FROM _reviewseed_refused WHERE run = ? ORDER BY byte_offset")
        .bind(run)
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
