//! Records that are rejected after their files were read.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::apply::{Applied, cannot};
use super::statements::{BATCH, KIND, Kind, N, ROW};
use super::{LateReject, SyncTable};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::rejection::Rule;

/// The reasons of records, by the numbers of their keys.
pub(super) type Reasons = HashMap<u64, (Rule, String)>;

/// Rejects a record: its row leaves the work table, and the row that the table has is kept.
pub(super) async fn reject(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    (number, rule, message): (u64, Rule, String),
) -> Result<Option<LateReject>> {
    let sql = format!(
        "SELECT CAST(s.{BATCH} AS UNSIGNED), CAST(s.{ROW} AS UNSIGNED) FROM {} WHERE k.{N} = {number}",
        table.staged_keys()
    );
    let row = connection.fetch_optional(AssertSqlSafe(sql)).await;
    let Some(row) = row.with_context(|| cannot(table))? else {
        return Ok(None);
    };
    let batch: u64 = row.try_get_unchecked(0)?;
    let at: u64 = row.try_get_unchecked(1)?;
    let unstage = format!(
        "DELETE s FROM {} WHERE k.{N} = {number}",
        table.staged_keys()
    );
    let keep = format!(
        "UPDATE {} SET {KIND} = {} WHERE {N} = {number}",
        table.keys(),
        Kind::Kept as u8
    );
    for sql in [unstage, keep] {
        let done = connection.execute(AssertSqlSafe(sql)).await;
        done.with_context(|| cannot(table))?;
    }
    Ok(Some(LateReject {
        batch: u32::try_from(batch)?,
        row: usize::try_from(at)?,
        rule,
        message: super::staging::in_words(&message, table),
    }))
}

/// Rejects the records that still wait, and keeps the gone rows to which others refer.
pub(super) async fn reject_the_rest(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    applied: &mut Applied,
) -> Result<()> {
    for (number, (rule, message)) in super::together::reasons(connection, table).await? {
        let late = reject(connection, table, (number, rule, message)).await?;
        applied.late.extend(late);
    }
    let keep = format!(
        "UPDATE {} SET {KIND} = {} WHERE {KIND} = {}",
        table.keys(),
        Kind::Kept as u8,
        Kind::Gone as u8
    );
    let kept = connection.execute(AssertSqlSafe(keep)).await;
    kept.with_context(|| cannot(table))?;
    Ok(())
}
