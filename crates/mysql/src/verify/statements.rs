//! Counts and checksums of a table's rows, computed by the server, of all rows or of a range.

use crate::db::MySqlConnection;
use crate::error::{Context, Result, fail};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::Answer;
use super::ranges::Range;
use crate::verify::in_sql::{Sum, select_list, select_list_of_wide_rows};
use clean::checksum::ServerRowHasher;
use model::schema::{Column, Table};
use mysql_schema::quote::quote_identifier;

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
/// When a query fails.
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
/// When a query fails.
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
    let sql = format!(
        "SELECT {} FROM {} WHERE TRUE{}",
        select_list(columns),
        quote_identifier(table),
        range.and("")
    );
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot compute the checksum of {table}"))?;
    let digits: String = row.try_get_unchecked(1)?;
    let sum = Sum::parse(&digits)
        .with_context(|| format!("the server's sum for {table} is not a number: {digits}"))?;
    let wide = match sum.wide_rows {
        0 => 0,
        wide => hash_wide_rows(connection, table, columns, range, wide).await?,
    };
    Ok(Answer {
        rows: row.try_get_unchecked::<i64, _>(0)? as u64,
        checksum: sum.checksum.wrapping_add(wide),
    })
}

/// The checksum of the `expected` rows that are longer than the server's max_allowed_packet. The
/// server cannot compute their hashes, so they are fetched and hashed here, with one row in memory
/// at a time.
async fn hash_wide_rows(
    connection: &mut MySqlConnection,
    table: &str,
    columns: &[&Column],
    range: &Range,
    expected: u64,
) -> Result<u64> {
    let (list, is_wide) = select_list_of_wide_rows(columns);
    let sql = format!(
        "SELECT {list} FROM {} WHERE {is_wide}{}",
        quote_identifier(table),
        range.and("")
    );
    let cannot =
        || format!("cannot read the rows of {table} that are longer than max_allowed_packet");
    let mut rows = connection.fetch(AssertSqlSafe(sql));
    let (mut found, mut checksum) = (0, 0u64);
    while let Some(row) = rows.try_next().await.with_context(cannot)? {
        let mut wide = ServerRowHasher::default();
        for (at, column) in columns.iter().enumerate() {
            wide.push(column, row.try_get_unchecked::<Option<&[u8]>, _>(at)?);
        }
        found += 1;
        checksum = checksum.wrapping_add(u64::from(wide.hash()));
    }
    if found != expected {
        fail!(
            Unfit,
            "{table} changed while it was verified: the number of rows that are longer than max_allowed_packet was {expected}, then {found}; run verify again when nothing else writes to it"
        );
    }
    Ok(checksum)
}
