//! The statements that change tables: lists and stops those of this process, and waits for those
//! that an earlier process left running.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::server_error::ER_NO_SUCH_THREAD;
use mysql_schema::quote::quote_literal;
use sqlx::{AssertSqlSafe, Row};

use crate::db::{self, Database, MySqlConnection, session_list};

/// Every statement that changes a table begins with this comment, so that a later run can recognise
/// it after its client was killed.
pub(super) const MARK: &str = "/* reviewseed */ ";

/// Lists and stops the statements of a [`carry_out`](super::carry_out).
#[derive(Debug, Default)]
pub struct Control {
    stopped: AtomicBool,
    running: Mutex<Vec<Running>>,
}

/// A running statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The server's number of the connection.
    pub connection: u64,
    /// Name of the table.
    pub table: String,
    /// When the statement began.
    pub since: Instant,
}

impl Control {
    /// Whether [`stop`](Control::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// The running statements.
    pub fn running(&self) -> Vec<Running> {
        match self.running.lock() {
            Ok(running) => running.clone(),
            Err(_) => Vec::new(),
        }
    }

    /// Begins no more statements, and kills the running ones; the server rolls each of them back.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or does not kill a statement.
    pub async fn stop(&self, database: &Database) -> Result<()> {
        self.stopped.store(true, Ordering::SeqCst);
        let mut connection = database.connect().await?;
        // repeated, because a worker may be about to begin a statement
        while !self.running().is_empty() {
            for running in self.running() {
                let kill = format!("KILL QUERY {}", running.connection);
                let killed = sqlx::raw_sql(AssertSqlSafe(kill)).execute(&mut connection);
                match killed.await.map_err(Error::from) {
                    // the statement has just ended
                    Err(error) if error.code() == Some(ER_NO_SUCH_THREAD) => {}
                    other => {
                        let context = || format!("cannot stop the change of {}", running.table);
                        other.with_context(context)?;
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        db::close(connection).await;
        Ok(())
    }

    pub(super) fn begin(&self, connection: u64, table: &str) {
        if let Ok(mut running) = self.running.lock() {
            running.push(Running {
                connection,
                table: table.to_owned(),
                since: Instant::now(),
            });
        }
    }

    pub(super) fn end(&self, connection: u64) {
        if let Ok(mut running) = self.running.lock() {
            running.retain(|running| running.connection != connection);
        }
    }
}

/// Takes over the database from a killed run. Waits for the statements of that run that change a
/// table, because the new run needs their result. Ends all other sessions of the killed run, and
/// returns their number.
///
/// # Errors
///
/// When a query fails, or a session does not end.
pub async fn take_over(
    connection: &mut MySqlConnection,
    database: &Database,
    say: impl Fn(&str),
) -> Result<usize> {
    let mut told = false;
    let on_wait = |id| {
        if !std::mem::replace(&mut told, true) {
            say(&format!(
                "connection {id} still executes a statement of an earlier run; waiting for it"
            ));
        }
    };
    wait_for_leftovers(&mut *connection, database.name(), on_wait).await?;
    database.end_others(connection, say).await
}

/// The id of a connection that executes a statement with our mark, if there is one.
async fn leftover(connection: &mut MySqlConnection, database: &str) -> Result<Option<i64>> {
    let marked = |list: &str| {
        format!(
            "SELECT CAST(ID AS SIGNED) FROM {list} \
             WHERE DB = {} AND COMMAND = 'Query' AND INFO LIKE {} ORDER BY ID LIMIT 1",
            quote_literal(database),
            quote_literal(&format!("{}%", MARK.trim_end()))
        )
    };
    let found = session_list::fetch(connection, marked)
        .await
        .context("cannot read which statements run on the server")?;
    Ok(found
        .first()
        .map(|row| row.try_get_unchecked(0))
        .transpose()?)
}

/// Waits until the server has finished the statements of an earlier process in the database. The
/// caller holds the run lock, so every statement with our mark belongs to an earlier process.
async fn wait_for_leftovers(
    connection: &mut MySqlConnection,
    database: &str,
    mut on_wait: impl FnMut(u64),
) -> Result<()> {
    loop {
        let Some(id) = leftover(connection, database).await? else {
            return Ok(());
        };
        on_wait(u64::try_from(id).unwrap_or_default());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
