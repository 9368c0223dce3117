//! The lists of a server's sessions.

use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Executor};

use super::MySqlConnection;
use crate::error::{Error, Result};
use crate::server_error::ER_CANNOT_CONVERT_STRING;

/// The lists of sessions. While any session executes a statement with a character of four bytes,
/// MySQL cannot read the first list. The second list has no such limit, but it is empty without the
/// performance schema.
pub(crate) const LISTS: [&str; 2] = [
    "information_schema.PROCESSLIST",
    "performance_schema.processlist",
];

/// The rows of a statement about the list of sessions. `statement` is given the name of the list,
/// and returns the SQL.
///
/// # Errors
///
/// When the statement fails on both lists, or the connection is lost.
pub(crate) async fn fetch(
    connection: &mut MySqlConnection,
    statement: impl Fn(&str) -> String,
) -> Result<Vec<MySqlRow>> {
    let first = connection.fetch_all(AssertSqlSafe(statement(LISTS[0])));
    match first.await.map_err(Error::from) {
        Err(error) if error.code() == Some(ER_CANNOT_CONVERT_STRING) => {
            let second = connection.fetch_all(AssertSqlSafe(statement(LISTS[1])));
            Ok(second.await?)
        }
        rows => rows,
    }
}
