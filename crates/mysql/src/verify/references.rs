//! Looks for orphans: by counting the parents in ranges of ids without gaps, otherwise by an
//! anti-join.
//!
//! The key of the parents is unique. If the number of parents whose keys are at least `first` and
//! less than `end` equals the number of integers in that range, each of these integers is the key
//! of a parent. Then no child that refers to one of them is an orphan. To count a parent, the
//! server needs a fifth of the time that it needs to look one up.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use mysql_schema::orphans::{orphans, parent_table};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::ranges::{Range, ranges};
use model::schema::{ColumnType, ForeignKey, IndexKey, Schema, Table};
use mysql_schema::quote::quote_identifier;

/// Counting parents is faster than looking them up while there are at most this many parents for
/// each child.
const PARENTS: i128 = 4;

/// A foreign key whose child rows are checked.
#[derive(Debug)]
pub(super) struct Reference {
    /// The child table.
    pub(super) table: String,
    pub(super) key: ForeignKey,
    /// Number of rows of the table; 0 if it is not known.
    rows: u64,
}

impl Reference {
    pub(super) fn new(table: &Table, key: &ForeignKey, rows: u64) -> Reference {
        Reference {
            table: table.name.clone(),
            key: key.clone(),
            rows,
        }
    }

    /// The ranges of the child's column in which the foreign key is checked. A range that can be
    /// checked by counting has the bounds of its values.
    pub(super) async fn ranges(
        &self,
        connection: &mut MySqlConnection,
        schema: &Schema,
    ) -> Result<Vec<Range>> {
        let (Some(table), Some(column)) = (schema.table(&self.table), self.key.columns.first())
        else {
            return Ok(vec![Range::whole()]);
        };
        let mut ranges = ranges(connection, table, column).await?;
        let ends = (ranges.first(), ranges.last());
        let span = match (
            ends.0.and_then(Range::values),
            ends.1.and_then(Range::values),
        ) {
            (Some((first, _)), Some((_, end))) => end - first,
            _ => return Ok(ranges),
        };
        let pays = span <= PARENTS * i128::from(self.rows);
        if !pays || !self.refers_to_unique_integers(connection, schema).await? {
            ranges.iter_mut().for_each(Range::forget_values);
        }
        Ok(ranges)
    }

    /// Number of orphans in a range.
    pub(super) async fn orphans(
        &self,
        connection: &mut MySqlConnection,
        range: &Range,
    ) -> Result<u64> {
        if let Some((first, end)) = range.values()
            && i128::from(self.parents(connection, first, end).await?) == end - first
        {
            return Ok(0);
        }
        let sql = format!(
            "SELECT {}COUNT(*) {}{}",
            connection.engine().doubts_keys,
            orphans(&self.table, &self.key),
            range.and("child.")
        );
        self.number(connection, sql).await
    }

    /// Number of parents whose key is at least `first` and below `end`.
    async fn parents(
        &self,
        connection: &mut MySqlConnection,
        first: i128,
        end: i128,
    ) -> Result<u64> {
        let (table, key) = (
            parent_table(&self.key),
            quote_identifier(&self.key.parent_columns[0]),
        );
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {key} >= {first} AND {key} < {end}");
        self.number(connection, sql).await
    }

    /// Whether the foreign key has one integer column and refers to the primary key of the parent
    /// table, in the schema and in the live table.
    async fn refers_to_unique_integers(
        &self,
        connection: &mut MySqlConnection,
        schema: &Schema,
    ) -> Result<bool> {
        let parent = &self.key.parent_table;
        let table = schema.table(parent);
        let Some(table) = table.filter(|_| self.key.parent_database.is_none()) else {
            return Ok(false);
        };
        let [column] = &self.key.parent_columns[..] else {
            return Ok(false);
        };
        let is_integer = |name: &str| {
            let column = table.columns.iter().find(|c| c.name == name);
            column.is_some_and(|c| matches!(c.kind, ColumnType::Integer { .. }))
        };
        let key = table.primary_key().map(|primary| &primary.parts[..]);
        let is_key = matches!(key, Some([part]) if matches!(&part.key, IndexKey::Column(name) if name == column));
        if !is_key || !is_integer(column) {
            return Ok(false);
        }
        let live: Vec<(String,)> = sqlx::query_as(
            "SELECT CONVERT(COLUMN_NAME USING utf8mb4) FROM information_schema.STATISTICS \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY'",
        )
        .bind(parent)
        .fetch_all(connection)
        .await
        .with_context(|| format!("cannot read the primary key of {parent}"))?;
        Ok(matches!(&live[..], [(name,)] if name.eq_ignore_ascii_case(column)))
    }

    async fn number(&self, connection: &mut MySqlConnection, sql: String) -> Result<u64> {
        let row = connection
            .fetch_one(AssertSqlSafe(sql))
            .await
            .with_context(|| {
                let parent = self.key.parent();
                format!("cannot check the foreign key of {} to {parent}", self.table)
            })?;
        Ok(row.try_get_unchecked::<i64, _>(0)? as u64)
    }
}
