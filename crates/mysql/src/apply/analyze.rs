//! Updates the statistics of a table. The optimizer uses them to choose indexes, and the server
//! does not always update them after an index build or an import.

use crate::db::MySqlConnection;
use crate::error::{Context, Result, fail};
use sqlx::{AssertSqlSafe, Row};

use mysql_schema::quote::quote_identifier;

/// Updates the statistics of a table.
///
/// # Errors
///
/// When the statement fails, or the server reports that it did not update the statistics.
pub async fn analyze(connection: &mut MySqlConnection, table: &str) -> Result<()> {
    let sql = format!("ANALYZE TABLE {}", quote_identifier(table));
    let rows = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .with_context(|| format!("cannot update the statistics of {table}"))?;
    for row in rows {
        let (kind, words): (String, String) = (
            row.try_get_unchecked("Msg_type")?,
            row.try_get_unchecked("Msg_text")?,
        );
        if kind.eq_ignore_ascii_case("error") {
            fail!(Unfit, "cannot update the statistics of {table}: {words}");
        }
    }
    Ok(())
}
