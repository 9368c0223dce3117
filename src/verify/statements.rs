//! What the server is asked: counts, checksums and anti-joins, of a whole table or of a range of it.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection, Row};

use super::Answer;
use super::ranges::Range;
use crate::checksum::select_list;
use crate::db::quote_identifier;
use crate::schema::{self, Column, ForeignKey, Table};

pub(super) fn columns_of<'a>(
    table: Option<&'a Table>,
    names: &[String],
) -> Option<Vec<&'a Column>> {
    let table = table?;
    names
        .iter()
        .map(|name| table.columns.iter().find(|c| c.name == *name))
        .collect()
}

/// Number of rows of a table.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn count(connection: &mut MySqlConnection, table: &str) -> Result<u64> {
    let sql = format!("SELECT COUNT(*) FROM {}", quote_identifier(table));
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot count the rows of {table}"))?;
    Ok(row.try_get_unchecked::<i64, _>(0)? as u64)
}

/// Number of rows and checksum of a table, computed by the server.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn checksum(
    connection: &mut MySqlConnection,
    table: &str,
    columns: &[&Column],
) -> Result<(u64, u64)> {
    let found = checksum_of(connection, table, columns, &Range::whole()).await?;
    Ok((found.rows, found.checksum))
}

pub(super) async fn checksum_of(
    connection: &mut MySqlConnection,
    table: &str,
    columns: &[&Column],
    range: &Range,
) -> Result<Answer> {
    // the sum may be larger than 64 bits, and DECIMAL has no type in Rust's standard library: only the remainder is asked for
    let list = select_list(columns);
    let (count, sum) = list
        .split_once(", ")
        .context("the checksum's select list has two parts")?;
    let sql = format!(
        "SELECT {count}, CAST(MOD({sum}, 18446744073709551616) AS UNSIGNED) FROM {} WHERE TRUE{}",
        quote_identifier(table),
        range.and("")
    );
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot compute the checksum of {table}"))?;
    Ok(Answer {
        rows: row.try_get_unchecked::<i64, _>(0)? as u64,
        checksum: row.try_get_unchecked(1)?,
    })
}

/// Whether every value of a range is the key of a row that a foreign key may refer to. The key is one integer column and unique, so
/// that there are as many rows as values then.
pub(super) async fn has_all(
    connection: &mut MySqlConnection,
    reference: &ForeignKey,
    column: &str,
    (first, end): (i128, i128),
) -> Result<bool> {
    let column = quote_identifier(column);
    let sql = format!(
        "SELECT COUNT(*) FROM {} WHERE {column} >= {first} AND {column} < {end}",
        schema::parent_table(reference)
    );
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot count the rows of {}", reference.parent_table))?;
    let found: i64 = row.try_get_unchecked(0)?;
    Ok(i128::from(found) == end - first)
}

/// Number of rows in a range that refer to nothing.
pub(super) async fn orphans(
    connection: &mut MySqlConnection,
    table: &str,
    reference: &ForeignKey,
    range: &Range,
) -> Result<u64> {
    let sql = format!(
        "SELECT COUNT(*) {}{}",
        schema::orphans(table, reference),
        range.and("child.")
    );
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| {
            format!(
                "cannot prove the references of {table} to {}",
                reference.parent_table
            )
        })?;
    Ok(row.try_get_unchecked::<i64, _>(0)? as u64)
}
