//! What the server is asked of a table's own rows: counts and checksums, of all or of a range.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection, Row};

use super::Answer;
use super::ranges::Range;
use crate::checksum::select_list;
use crate::quote::quote_identifier;
use crate::schema::{Column, Table};

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
