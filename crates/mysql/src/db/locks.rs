//! Named locks, which a server releases when the session that holds one ends.
//!
//! On most servers, these are the locks of `GET_LOCK`. OceanBase has this function, but keeps the
//! locks of sessions that have ended. So on OceanBase, a table in the loaded database says which
//! session holds which lock. A lock counts as long as the server lists its session. An account
//! without the privilege PROCESS sees its own sessions only, so it never takes over the lock of
//! another account.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Executor, Row};

use super::{BulkConnection, MySqlConnection, session_list};
use crate::engines::{Engine, NamedLocks};
use crate::error::{Context, Error, Result};
use crate::server_error::ER_NO_SUCH_TABLE;
use mysql_schema::quote::{quote_identifier, quote_literal, quote_literals};

/// The table of the locks.
pub const LOCK_TABLE: &str = "_reviewseed_locks";

/// Time between two attempts at a lock in the table.
const POLL: Duration = Duration::from_millis(200);

/// The SQL expression for the address of this session's client, as the server knows it.
const CLIENT: &str =
    "(SELECT CAST(HOST AS CHAR) FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID())";

/// The named locks of a database.
#[derive(Debug, Clone)]
pub struct Locks {
    /// The quoted name of the table; `None` if `GET_LOCK` is used.
    table: Option<String>,
}

/// The statements of one attempt at a lock. `ask` returns 1 if the session has the lock now.
struct Attempt {
    before: Vec<String>,
    ask: String,
}

impl Locks {
    /// The locks of a database on this engine.
    pub fn of(engine: &Engine, database: &str) -> Locks {
        let table = || format!("{}.{LOCK_TABLE}", quote_identifier(database));
        Locks {
            table: (engine.named_locks == NamedLocks::OfTable).then(table),
        }
    }

    /// Tries to take a lock for the session for up to `seconds`. Returns whether the session has
    /// the lock now.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn take(
        &self,
        connection: &mut MySqlConnection,
        lock: &str,
        seconds: u64,
    ) -> Result<bool> {
        let began = Instant::now();
        loop {
            let taken = self.attempt(connection, lock, seconds).await;
            let taken = taken.with_context(|| format!("cannot take the lock {lock}"))?;
            let is_over = began.elapsed() >= Duration::from_secs(seconds);
            if taken || self.table.is_none() || is_over {
                return Ok(taken);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn attempt(
        &self,
        connection: &mut MySqlConnection,
        lock: &str,
        seconds: u64,
    ) -> Result<bool> {
        let Attempt { before, ask } = self.statements(lock, seconds);
        for sql in before {
            let done = connection.execute(AssertSqlSafe(sql.as_str())).await;
            match done.map_err(Error::from) {
                Err(error) if error.code() == Some(ER_NO_SUCH_TABLE) => {
                    connection.execute(AssertSqlSafe(self.create())).await?;
                    connection.execute(AssertSqlSafe(sql)).await?;
                }
                other => {
                    other?;
                }
            }
        }
        let row = connection.fetch_one(AssertSqlSafe(ask)).await?;
        Ok(row.try_get_unchecked::<Option<i64>, _>(0)? == Some(1))
    }

    /// Tries once to take a lock for a session of mysql_async, the other client.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) async fn take_for_bulk(
        &self,
        connection: &mut BulkConnection,
        lock: &str,
    ) -> Result<bool> {
        let Attempt { before, ask } = self.statements(lock, 0);
        for sql in before {
            connection.execute(&sql).await?;
        }
        let taken: Vec<Option<i64>> = connection.query(&ask).await?;
        Ok(taken == [Some(1)])
    }

    fn statements(&self, lock: &str, seconds: u64) -> Attempt {
        let name = quote_literal(lock);
        let Some(table) = &self.table else {
            return Attempt {
                before: Vec::new(),
                ask: format!("SELECT CAST(GET_LOCK({name}, {seconds}) AS SIGNED)"),
            };
        };
        Attempt {
            before: vec![
                format!(
                    "INSERT IGNORE INTO {table} VALUES \
                     ({name}, CONNECTION_ID(), {CLIENT}, CURRENT_USER())"
                ),
                format!(
                    "UPDATE {table} SET session = CONNECTION_ID(), client = {CLIENT}, \
                     account = CURRENT_USER() WHERE name = {name} AND account = CURRENT_USER() \
                     AND NOT EXISTS (SELECT 1 FROM information_schema.PROCESSLIST AS listed \
                     WHERE listed.ID = {table}.session AND listed.HOST = {table}.client)"
                ),
            ],
            ask: format!(
                "SELECT CAST(session = CONNECTION_ID() AND client = {CLIENT} AS SIGNED) \
                 FROM {table} WHERE name = {name}"
            ),
        }
    }

    fn create(&self) -> String {
        let table = self.table.as_deref().unwrap_or_default();
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL \
             PRIMARY KEY, session BIGINT UNSIGNED NOT NULL, client VARCHAR(255) NOT NULL, \
             account VARCHAR(255) NOT NULL)"
        )
    }

    /// The session that holds a lock.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) async fn holder(
        &self,
        connection: &mut MySqlConnection,
        lock: &str,
    ) -> Result<Option<u64>> {
        let holders = self.holders(connection, &[lock.to_owned()]).await?;
        Ok(holders.first().copied())
    }

    /// The sessions that hold one of these locks.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) async fn holders(
        &self,
        connection: &mut MySqlConnection,
        locks: &[String],
    ) -> Result<Vec<u64>> {
        const FAILED: &str = "cannot read which sessions hold the locks of a run";
        let mut holders = Vec::new();
        let Some(table) = &self.table else {
            let of =
                |lock: &String| format!("CAST(IS_USED_LOCK({}) AS UNSIGNED)", quote_literal(lock));
            let asked: Vec<String> = locks.iter().map(of).collect();
            let sql = format!("SELECT {}", asked.join(","));
            let row = connection.fetch_one(AssertSqlSafe(sql)).await;
            let row = row.context(FAILED)?;
            for column in 0..row.len() {
                holders.extend(row.try_get_unchecked::<Option<u64>, _>(column)?);
            }
            return Ok(holders);
        };
        // locks of other accounts count, because this account may not see whether their sessions
        // have ended
        let held = |list: &str| {
            format!(
                "SELECT CAST(session AS UNSIGNED) FROM {table} WHERE name IN ({}) AND \
                 (account <> CURRENT_USER() OR EXISTS (SELECT 1 FROM {list} AS listed \
                 WHERE listed.ID = {table}.session AND listed.HOST = {table}.client))",
                quote_literals(locks)
            )
        };
        match session_list::fetch(connection, held).await {
            Err(error) if error.code() == Some(ER_NO_SUCH_TABLE) => {}
            rows => {
                for row in &rows.context(FAILED)? {
                    holders.push(row.try_get_unchecked::<u64, _>(0)?);
                }
            }
        }
        Ok(holders)
    }

    /// Releases a lock of this session.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn release(&self, connection: &mut MySqlConnection, lock: &str) -> Result<()> {
        let name = quote_literal(lock);
        self.delete(
            connection,
            &format!("RELEASE_LOCK({name})"),
            &format!("name = {name}"),
        )
        .await
    }

    /// Releases all locks of this session.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn release_all(&self, connection: &mut MySqlConnection) -> Result<()> {
        self.delete(connection, "RELEASE_ALL_LOCKS()", "TRUE").await
    }

    async fn delete(
        &self,
        connection: &mut MySqlConnection,
        function: &str,
        condition: &str,
    ) -> Result<()> {
        let sql = match &self.table {
            None => format!("DO {function}"),
            Some(table) => format!(
                "DELETE FROM {table} WHERE {condition} AND session = CONNECTION_ID() \
                 AND client = {CLIENT}"
            ),
        };
        match connection
            .execute(AssertSqlSafe(sql))
            .await
            .map_err(Error::from)
        {
            Err(error) if error.code() == Some(ER_NO_SUCH_TABLE) => Ok(()),
            other => other.map(drop),
        }
    }
}
