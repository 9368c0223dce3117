//! Rejects records after their files were read. A row that the table has for such a record is
//! neither changed nor deleted.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::apply::{Applied, CHUNK, cannot};
use super::statements::{BATCH, KIND, Kind, N, ROW, list};
use super::{LateReject, SyncTable};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::rejection::Rule;

/// Why a record is rejected.
pub(super) type Reason = (Rule, String);

/// Rejects the records with these key numbers. Deletes them from the work table, and keeps the rows
/// that the table has. Numbers of gone rows are ignored.
pub(super) async fn reject(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    reasons: &[(u64, Reason)],
) -> Result<Vec<LateReject>> {
    let mut late = Vec::new();
    for reasons in reasons.chunks(CHUNK as usize) {
        let numbers = list(reasons.iter().map(|(number, _)| *number));
        let by_number: HashMap<u64, &Reason> = reasons.iter().map(|(n, why)| (*n, why)).collect();
        let staged = format!(
            "{} WHERE k.{N} IN ({numbers}) AND k.{KIND} IN (1, 2)",
            table.staged_keys()
        );
        let sql = format!(
            "SELECT k.{N}, CAST(s.{BATCH} AS UNSIGNED), CAST(s.{ROW} AS UNSIGNED) FROM {staged}"
        );
        let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
        let mut of_table = Vec::new();
        for row in &rows.with_context(|| cannot(table))? {
            let number: u64 = row.try_get_unchecked(0)?;
            let Some((rule, message)) = by_number.get(&number) else {
                continue;
            };
            of_table.push(number);
            late.push(LateReject {
                batch: u32::try_from(row.try_get_unchecked::<u64, _>(1)?)?,
                row: usize::try_from(row.try_get_unchecked::<u64, _>(2)?)?,
                rule: *rule,
                message: super::staging::in_words(message, table),
            });
        }
        if of_table.is_empty() {
            continue;
        }
        let unstage = format!("DELETE s FROM {staged}");
        let done = connection.execute(AssertSqlSafe(unstage)).await;
        done.with_context(|| cannot(table))?;
        keep(connection, table, (&[Kind::New, Kind::Changed], &of_table)).await?;
    }
    Ok(late)
}

/// Keeps the rows of these keys, if their kinds are among `kinds`.
pub(super) async fn keep(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    (kinds, numbers): (&[Kind], &[u64]),
) -> Result<()> {
    for numbers in numbers.chunks(CHUNK as usize) {
        let sql = format!(
            "UPDATE {} SET {KIND} = {} WHERE {N} IN ({}) AND {KIND} IN ({})",
            table.keys(),
            Kind::Kept as u8,
            list(numbers.iter().copied()),
            list(kinds.iter().map(|kind| *kind as u64))
        );
        let kept = connection.execute(AssertSqlSafe(sql)).await;
        kept.with_context(|| cannot(table))?;
    }
    Ok(())
}

/// Rejects the records of new rows, if the file does not fill a column that every new row needs.
///
/// # Errors
///
/// When a query fails.
pub async fn reject_incomplete(
    connection: &mut MySqlConnection,
    table: &SyncTable,
) -> Result<Vec<LateReject>> {
    let lacking = table.lacking().join(", ");
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!("the row is new, and needs a value of {lacking}, which no field fills");
    let numbers = numbers(connection, table, &[Kind::New]).await?;
    let reason = |number: &u64| (*number, (Rule::MissingValue, message.clone()));
    let reasons: Vec<_> = numbers.iter().map(reason).collect();
    reject(connection, table, &reasons).await
}

/// The numbers of the keys of these kinds.
async fn numbers(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    kinds: &[Kind],
) -> Result<Vec<u64>> {
    let sql = format!(
        "SELECT {N} FROM {} WHERE {KIND} IN ({})",
        table.keys(),
        list(kinds.iter().map(|kind| *kind as u64))
    );
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.with_context(|| cannot(table))?;
    let numbers = rows.iter().map(|row| Ok(row.try_get_unchecked(0)?));
    numbers.collect()
}

/// Rejects the records that still wait, and keeps the gone rows that still wait.
pub(super) async fn reject_the_rest(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    applied: &mut Applied,
) -> Result<()> {
    let kinds = [Kind::New, Kind::Changed, Kind::Gone];
    let numbers = numbers(connection, table, &kinds).await?;
    let message = "the row depends on other rows that cannot be changed with it";
    let reason = |number: &u64| (*number, (Rule::RefusedByServer, message.to_owned()));
    let reasons: Vec<_> = numbers.iter().map(reason).collect();
    applied
        .late
        .extend(reject(connection, table, &reasons).await?);
    keep(connection, table, (&[Kind::Gone], &numbers)).await
}
