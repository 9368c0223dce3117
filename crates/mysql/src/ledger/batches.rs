//! The batches that are loaded, and their rejected records. The transaction that loads a batch
//! writes them; a run that resumes reads them.

use std::collections::HashSet;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use crate::ledger::unreadable;
use sqlx::{AssertSqlSafe, Row};

use crate::resume::{LoadedBatch, LoadedBatches};
use model::batch::Batch;
use model::rejection::{Rule, ServerRejection};
use mysql_schema::quote::quote_literal;

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

/// The statement that corrects the ledger row of a batch, in the same transaction, after the server
/// rejected some of its records.
pub fn correction_statement(run: u64, table: &str, batch: &Batch) -> String {
    format!(
        "UPDATE _reviewseed_batches SET rows_loaded = {}, checksum = {} WHERE run = {run} AND table_name = {} AND batch = {}",
        batch.len(),
        batch.checksum(),
        quote_literal(table),
        batch.number
    )
}

/// The statement that writes a rejected record of a batch to the ledger, in the same transaction.
pub fn refusal_statement(
    run: u64,
    table: &str,
    batch: &Batch,
    rejection: &ServerRejection,
) -> String {
    refusals_statement(run, table, batch, std::slice::from_ref(rejection))
}

/// The statement that writes some rejected records of a batch, at least one, to the ledger, in the
/// same transaction.
pub fn refusals_statement(
    run: u64,
    table: &str,
    batch: &Batch,
    rejections: &[ServerRejection],
) -> String {
    let table = quote_literal(table);
    let row = |rejection: &ServerRejection| {
        let offset = batch.start + u64::from(batch.all_rows()[rejection.row].offset);
        format!(
            "({run}, {table}, {}, {offset}, {}, {})",
            batch.number,
            quote_literal(rejection.rule.name()),
            quote_literal(&rejection.message)
        )
    };
    let rows: Vec<String> = rejections.iter().map(row).collect();
    format!("INSERT INTO _reviewseed_refused VALUES {}", rows.join(", "))
}

/// A batch of the ledger; `None` if it is not loaded. After the answer to a commit was lost, this
/// shows whether the commit succeeded.
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

/// The batches of a run that are loaded.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn batches_of(connection: &mut MySqlConnection, run: u64) -> Result<LoadedBatches> {
    read(connection, &format!("run = {run}")).await
}

/// The tables from which a run has removed orphans.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn tables_with_orphans(
    connection: &mut MySqlConnection,
    run: u64,
) -> Result<HashSet<String>> {
    let sql = "SELECT DISTINCT table_name FROM _reviewseed_refused WHERE run = ? AND rule = ?";
    let rows = sqlx::query(sql)
        .bind(run)
        .bind(Rule::MissingParent.name())
        .fetch_all(connection)
        .await
        .context("cannot read the ledger")?;
    let name = |row: &sqlx::mysql::MySqlRow| Ok(row.try_get_unchecked(0)?);
    rows.iter().map(name).collect()
}

async fn read(connection: &mut MySqlConnection, which: &str) -> Result<LoadedBatches> {
    let mut batches = LoadedBatches::new();
    let sql = format!("SELECT * FROM _reviewseed_batches WHERE {which}");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *connection)
        .await
        .map_err(unreadable)?;
    for row in &rows {
        let key = (row.try_get_unchecked("table_name")?, row.try_get("batch")?);
        let batch = LoadedBatch {
            start: row.try_get("byte_start")?,
            end: row.try_get("byte_end")?,
            rows: row.try_get("rows_loaded")?,
            checksum: row.try_get("checksum")?,
            refused: Vec::new(),
            merged: None,
        };
        batches.insert(key, batch);
    }
    let sql = format!("SELECT * FROM _reviewseed_refused WHERE {which} ORDER BY byte_offset");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *connection)
        .await
        .map_err(unreadable)?;
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
    for (key, merged) in super::merges::read(connection, which).await? {
        if let Some(batch) = batches.get_mut(&key) {
            batch.merged = Some(merged);
        }
    }
    Ok(batches)
}
