//! Reads which character sets and collations a server has.

use sqlx::Row;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
pub use mysql_schema::statements::Collations;

/// The character sets and collations of the server.
///
/// # Errors
///
/// When a query fails.
pub async fn read(connection: &mut MySqlConnection) -> Result<Collations> {
    Ok(Collations {
        charsets: first_column(connection, "SHOW CHARACTER SET").await?,
        collations: first_column(connection, "SHOW COLLATION").await?,
    })
}

async fn first_column(connection: &mut MySqlConnection, sql: &'static str) -> Result<Vec<String>> {
    let rows = sqlx::raw_sql(sql).fetch_all(connection).await;
    let rows = rows.context("cannot read the character sets of the server")?;
    rows.iter()
        .map(|row| Ok(row.try_get_unchecked(0)?))
        .collect()
}
