//! What is at work at the moment, for whoever watches it, stops it, or finds what an earlier
//! process left behind.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::server_error::{ER_CANNOT_CONVERT_STRING, ER_NO_SUCH_THREAD};
use sqlx::{AssertSqlSafe, MySqlConnection};

use crate::db::{self, Database};

/// Every statement that changes a table begins with this, so that one whose client was killed can
/// be told from others.
pub(super) const MARK: &str = "/* reviewseed */ ";

/// The hand on the switch of a running [`carry_out`](super::carry_out).
#[derive(Debug, Default)]
pub struct Control {
    stopped: AtomicBool,
    running: Mutex<Vec<Running>>,
}

/// A statement at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The server's number of the connection.
    pub connection: u64,
    /// Name of the table.
    pub table: String,
    /// Since when.
    pub since: Instant,
}

impl Control {
    /// Whether [`stop`](Control::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// What is at work.
    pub fn running(&self) -> Vec<Running> {
        match self.running.lock() {
            Ok(running) => running.clone(),
            Err(_) => Vec::new(),
        }
    }

    /// Lets nothing new begin, and kills what is at work; the server undoes it, each statement as a
    /// whole.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or refuses.
    pub async fn stop(&self, database: &Database) -> Result<()> {
        self.stopped.store(true, Ordering::SeqCst);
        let mut connection = database.connect().await?;
        // again and again: a statement may just have been about to begin
        while !self.running().is_empty() {
            for running in self.running() {
                let kill = format!("KILL QUERY {}", running.connection);
                let killed = sqlx::raw_sql(AssertSqlSafe(kill)).execute(&mut connection);
                match killed.await.map_err(Error::from) {
                    // it has just ended
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

/// Deals with what a killed run left at work in the server: changes of tables are waited for, for
/// what they build is wanted, and everything else is ended. Gives the number of sessions that were.
///
/// # Errors
///
/// When the server cannot be asked, or a session does not end.
pub async fn take_over(
    connection: &mut MySqlConnection,
    database: &Database,
    say: impl Fn(&str),
) -> Result<usize> {
    let mut told = false;
    let on_wait = |id| {
        if !std::mem::replace(&mut told, true) {
            say(&format!(
                "connection {id} goes on with what an earlier run began; waiting for it"
            ));
        }
    };
    wait_for_leftovers(&mut *connection, database.name(), on_wait).await?;
    database.end_others(connection, say).await
}

/// A connection that is at one of our statements, if any is.
async fn leftover(
    connection: &mut MySqlConnection,
    list: &'static str,
    database: &str,
) -> Result<Option<(i64,)>> {
    let sql = format!(
        "SELECT CAST(ID AS SIGNED) FROM {list} \
         WHERE DB = ? AND COMMAND = 'Query' AND INFO LIKE ? ORDER BY ID LIMIT 1"
    );
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(database)
        .bind(format!("{}%", MARK.trim_end()))
        .fetch_optional(connection)
        .await
        .context("cannot see what is at work on the server")
}

/// Waits until nothing that an earlier process began, and that the server goes on with, is at work
/// in the database. Whoever calls this holds the lock that keeps runs apart, so what bears our mark
/// is left over.
async fn wait_for_leftovers(
    connection: &mut MySqlConnection,
    database: &str,
    mut on_wait: impl FnMut(u64),
) -> Result<()> {
    loop {
        let left = match leftover(connection, "information_schema.PROCESSLIST", database).await {
            // a statement of anybody's with a character of four bytes; only the newer list can show
            // it, which is empty without the performance schema
            Err(error) if error.code() == Some(ER_CANNOT_CONVERT_STRING) => {
                leftover(connection, "performance_schema.processlist", database).await
            }
            left => left,
        };
        let Some((id,)) = left? else { return Ok(()) };
        on_wait(u64::try_from(id).unwrap_or_default());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
