//! Compares a batch with a range of keys of the table by one checksum, so that the rows of a batch
//! in which nothing has changed are not compared one by one.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::MergeTable;
use crate::target::Target;
use crate::verify::in_sql::{Sum, select_list};
use model::batch::{Batch, Value};
use model::schema::{Column, ColumnType};
use mysql_schema::quote::quote_identifier;

/// Maximum number of integers in a range for each row of the batch. In a larger range, the server
/// would read rows of other batches.
const SPARSE: u128 = 2;

/// The query for the number and checksum of the rows in a range of keys. The key is one integer.
#[derive(Debug, Clone)]
pub(super) struct KeyRange {
    /// Position of the key in the rows.
    column: usize,
    /// The statement without the two ends of the range, which are appended to it.
    sql: String,
}

impl KeyRange {
    /// The query for a table with this key; `None` if the key is not one integer.
    pub(super) fn new(target: &Target, key: &[&String], index: &str) -> Option<KeyRange> {
        let [name] = key else {
            return None;
        };
        let column = target.columns.iter().position(|c| c.name == **name)?;
        if !matches!(target.columns[column].kind, ColumnType::Integer { .. }) {
            return None;
        }
        let columns: Vec<&Column> = target.columns.iter().collect();
        Some(KeyRange {
            column,
            sql: format!(
                "SELECT {} FROM {} FORCE INDEX ({index}) WHERE {} BETWEEN ",
                select_list(&columns),
                quote_identifier(&target.table),
                quote_identifier(name)
            ),
        })
    }

    /// The smallest and the greatest key of a batch, if there are not many more integers between
    /// them than rows.
    fn ends(&self, batch: &Batch) -> Option<(i128, i128)> {
        let (mut first, mut last) = (i128::MAX, i128::MIN);
        for row in batch.live_rows() {
            let key = match batch.value(row, self.column) {
                Value::Int(key) => i128::from(key),
                Value::UInt(key) => i128::from(key),
                _ => return None,
            };
            (first, last) = (first.min(key), last.max(key));
        }
        let is_dense =
            first <= last && (last - first).unsigned_abs() < SPARSE * batch.len() as u128;
        is_dense.then_some((first, last))
    }
}

/// Whether the table holds exactly the rows of the batch in the range of their keys.
pub(super) async fn is_same(
    connection: &mut MySqlConnection,
    table: &MergeTable,
    batch: &Batch,
) -> Result<bool> {
    let Some(range) = &table.range else {
        return Ok(false);
    };
    let Some((first, last)) = range.ends(batch) else {
        return Ok(false);
    };
    let sql = format!("{}{first} AND {last}", range.sql);
    let row = connection.fetch_one(AssertSqlSafe(sql)).await;
    let row = row.with_context(|| format!("cannot compare rows of {}", table.target.table))?;
    let rows: i64 = row.try_get_unchecked(0)?;
    let sum: String = row.try_get_unchecked(1)?;
    let sum = Sum::parse(&sum);
    let expected = Sum {
        checksum: batch.checksum(),
        wide_rows: 0,
    };
    Ok(rows as u64 == batch.len() as u64 && sum == Some(expected))
}
