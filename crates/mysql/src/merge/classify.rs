//! Finds out for which records the table has a row with the same key, and what happens to that row.

use std::collections::HashSet;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::MergeTable;
use mysql_schema::quote::quote_literal;

/// What happens to a record, and to the row of the table with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The record becomes a new row.
    New,
    /// The row is changed, but none of its other unique keys.
    Changed,
    /// The row is changed, and perhaps one of its other unique keys, so the order of the changes
    /// matters.
    ChangedInOrder,
    /// The row has the same values.
    Unchanged,
    /// The row is kept, and the record is ignored.
    Ignored,
}

impl Fate {
    pub(super) fn is_changed(self) -> bool {
        matches!(self, Fate::Changed | Fate::ChangedInOrder)
    }
}

/// A record of a batch.
#[derive(Debug)]
pub(super) struct Found {
    /// Position of the record in the batch.
    pub(super) row: usize,
    pub(super) fate: Fate,
    /// The hashes of a changed row before and after; `None` if the server cannot compute them.
    pub(super) hashes: Option<(u64, u64)>,
    /// The first half of the SHA-256 of the key's bytes in the table, in hexadecimal. `None` if
    /// keys with different bytes are always different, or if the key has a NULL.
    key: Option<String>,
}

/// What happens to each record of the temporary table, in the order of the records. Locks the rows
/// that exist.
pub(super) async fn classify(
    connection: &mut MySqlConnection,
    table: &MergeTable,
) -> Result<Vec<Found>> {
    let rows = connection
        .fetch_all(AssertSqlSafe(table.classify.as_str()))
        .await
        .with_context(|| format!("cannot compare the records with {}", table.target.table))?;
    rows.iter().map(|row| found(row, table)).collect()
}

fn found(row: &MySqlRow, table: &MergeTable) -> Result<Found> {
    let flag = |at: usize| -> Result<bool> { Ok(row.try_get_unchecked::<i64, _>(at)? != 0) };
    let (exists, is_same, keeps_keys) = (flag(1)?, flag(2)?, flag(3)?);
    let fate = match (exists, is_same, keeps_keys) {
        (false, ..) => Fate::New,
        (true, ..) if table.ignores() => Fate::Ignored,
        (true, true, _) => Fate::Unchanged,
        (true, false, true) => Fate::Changed,
        (true, false, false) => Fate::ChangedInOrder,
    };
    let before: Option<u64> = row.try_get_unchecked(4)?;
    let after: Option<u64> = row.try_get_unchecked(5)?;
    Ok(Found {
        row: usize::try_from(row.try_get_unchecked::<u64, _>(0)?)?,
        fate,
        hashes: before.zip(after),
        key: row.try_get_unchecked(6)?,
    })
}

/// The positions of the records whose key an earlier record of the run has.
pub(super) async fn repeated(
    connection: &mut MySqlConnection,
    (run, table): (u64, &MergeTable),
    found: &[Found],
) -> Result<Vec<usize>> {
    let keys: Vec<&str> = found.iter().filter_map(|row| row.key.as_deref()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = keys.iter().map(|key| format!("X'{key}'")).collect();
    let sql = format!(
        "SELECT HEX(key_hash) FROM _reviewseed_merged_keys \
         WHERE run = {run} AND table_name = {} AND key_hash IN ({})",
        quote_literal(&table.target.table),
        list.join(",")
    );
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.context("cannot read the ledger")?;
    let mut taken = HashSet::new();
    for row in &rows {
        taken.insert(row.try_get_unchecked::<String, _>(0)?);
    }
    let mut repeated = Vec::new();
    for row in found {
        // two new rows with the same key need no check here: the server finds the duplicate when
        // the rows are inserted
        if let Some(key) = &row.key
            && (taken.contains(key) || row.fate != Fate::New && !taken.insert(key.clone()))
        {
            repeated.push(row.row);
        }
    }
    Ok(repeated)
}

/// Writes the keys of stored records to the ledger.
pub(super) async fn note_keys(
    connection: &mut MySqlConnection,
    (run, table): (u64, &MergeTable),
    found: &[Found],
) -> Result<()> {
    let name = quote_literal(&table.target.table);
    let keys: Vec<String> = found
        .iter()
        .filter_map(|row| Some(format!("({run},{name},X'{}')", row.key.as_deref()?)))
        .collect();
    // 4096 keys make a statement of about half a megabyte
    for keys in keys.chunks(4096) {
        let sql = format!(
            "INSERT INTO _reviewseed_merged_keys VALUES {}",
            keys.join(",")
        );
        let noted = connection.execute(AssertSqlSafe(sql)).await;
        noted.context("cannot write the ledger")?;
    }
    Ok(())
}
