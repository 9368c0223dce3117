//! Transactions that must wait for locks of other sessions.

use sqlx::{AssertSqlSafe, Executor, Row};

use crate::db::{MySqlConnection, session_list};
use crate::error::{Error, Result};
use crate::retry;
use crate::server_error::*;
use model::flavour::Flavour;

/// Maximum number of attempts to write rows that another session has locked.
const MOST_ATTEMPTS: u32 = 10;

/// Executes a transaction. Repeats the transaction if it failed because another session has locked
/// rows for too long.
pub(super) async fn repeated<T>(
    connection: &mut MySqlConnection,
    mut transaction: impl AsyncFnMut(&mut MySqlConnection) -> Result<T>,
) -> Result<T> {
    let mut attempt = 1;
    loop {
        match transaction(connection).await {
            Err(error) if is_locked(&error) && attempt < MOST_ATTEMPTS => {
                connection.execute("ROLLBACK").await?;
                tokio::time::sleep(retry::delay(attempt)).await;
                attempt += 1;
            }
            other => return other,
        }
    }
}

fn is_locked(error: &Error) -> bool {
    let code = error.code();
    code.is_some_and(|code| matches!(code, ER_LOCK_DEADLOCK | ER_LOCK_WAIT_TIMEOUT))
}

/// The number that the server has given this session.
///
/// # Errors
///
/// When the connection is lost.
pub async fn number_of(connection: &mut MySqlConnection) -> Result<u64> {
    let row = connection
        .fetch_one("SELECT CAST(CONNECTION_ID() AS UNSIGNED)")
        .await?;
    Ok(row.try_get_unchecked(0)?)
}

/// Ends the statement that the session with this number executes. The session stays connected.
/// Returns whether there is such a session.
///
/// # Errors
///
/// When the connection is lost.
pub async fn end_statement(connection: &mut MySqlConnection, session: u64) -> Result<bool> {
    let kill = connection.execute(AssertSqlSafe(format!("KILL QUERY {session}")));
    match kill.await.map_err(Error::from) {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(ER_NO_SUCH_THREAD) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What the session with this number waits for, in words, if it waits for a lock. An account
/// without the privilege PROCESS sees only locks of whole tables.
///
/// # Errors
///
/// When the connection is lost.
pub async fn awaited(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    session: u64,
) -> Result<Option<String>> {
    let state = |list: &str| {
        format!(
            "SELECT CAST(STATE AS CHAR), CAST(LEFT(INFO, 100) AS CHAR) FROM {list} WHERE ID = {session} \
             AND STATE LIKE 'Waiting for%lock%'"
        )
    };
    if let Some(row) = session_list::fetch(connection, state).await?.first() {
        let state: String = row.try_get_unchecked(0)?;
        let lock = state.trim_start_matches("Waiting for ").to_owned();
        let statement: Option<String> = row.try_get_unchecked(1)?;
        let statement = statement.unwrap_or_default();
        return Ok(Some(format!(
            "a lock of another session ({lock}), to execute: {statement}"
        )));
    }
    let waits = "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'";
    let waits = format!("{waits} AND trx_mysql_thread_id = {session}");
    // the query fails without the privilege PROCESS; then it is unknown whether the session waits
    match connection.fetch_optional(AssertSqlSafe(waits)).await {
        Ok(Some(_)) => {}
        _ => return Ok(None),
    }
    let holder = match flavour {
        Flavour::MariaDb => format!(
            "SELECT CAST(h.trx_mysql_thread_id AS UNSIGNED) \
             FROM information_schema.INNODB_LOCK_WAITS w \
             JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
             JOIN information_schema.INNODB_TRX h ON h.trx_id = w.blocking_trx_id \
             WHERE r.trx_mysql_thread_id = {session} LIMIT 1"
        ),
        Flavour::MySql => format!(
            "SELECT CAST(h.PROCESSLIST_ID AS UNSIGNED) FROM performance_schema.data_lock_waits w \
             JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
             JOIN performance_schema.threads h ON h.THREAD_ID = w.BLOCKING_THREAD_ID \
             WHERE r.PROCESSLIST_ID = {session} LIMIT 1"
        ),
    };
    let holder = connection.fetch_optional(AssertSqlSafe(holder)).await;
    let number: Option<u64> = match holder {
        Ok(Some(row)) => row.try_get_unchecked(0)?,
        _ => None,
    };
    Ok(Some(match number {
        Some(number) => format!("rows that session {number} of the server has locked"),
        None => "rows that another session has locked".to_owned(),
    }))
}
