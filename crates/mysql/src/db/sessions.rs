//! The sessions of a run, and those that an earlier run has left in the server.
//!
//! Every session that loads, builds or verifies for a run holds a named lock (`locks`),
//! `reviewseed_<hash of the database>_<number>`. The main session of the run holds the lock without
//! a number, and `guard` holds one more. The server releases the locks when a session ends. So two
//! runs cannot work on one database at the same time. A new run finds the sessions that a killed
//! run has left, because they still hold a numbered lock. The process list cannot show this,
//! because servers reuse connection ids after a restart.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::engines::Engine;
use crate::error::{Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor};
use tokio::sync::oneshot;

use super::guard::Guard;
use super::locks::Locks;
use super::{BulkConnection, DatabaseUrl, MySqlConnection};

/// Number of numbered locks. If a run opens more sessions, it uses the numbers again; the earlier
/// sessions with these numbers have ended or no longer matter.
const NUMBERS: u32 = 256;

/// How long to wait for a session to end: the server may need minutes to roll back a large ALTER or
/// transaction.
const PATIENCE: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(100);

/// Seconds that a run waits for the lock: a busy server needs a moment to notice that a client was
/// killed.
pub(super) const LEAD_SECONDS: u64 = 5;

/// Names and takes the locks of one database.
#[derive(Debug, Clone)]
pub struct Sessions {
    database: String,
    prefix: String,
    next: Arc<AtomicU32>,
    /// The guard of the main session.
    guard: Arc<Mutex<Option<Guard>>>,
}

impl Sessions {
    /// The sessions on the database of `url`.
    pub fn new(url: &DatabaseUrl) -> Sessions {
        // the names of locks have a hash instead of the database's name, because they have at most
        // 64 characters; all databases of the server share the names
        let hash = xxhash_rust::xxh3::xxh3_64(url.database().as_bytes());
        Sessions {
            database: url.database().to_owned(),
            prefix: format!("reviewseed_{hash:016x}"),
            next: Arc::new(AtomicU32::new(0)),
            guard: Arc::new(Mutex::new(None)),
        }
    }

    /// Takes the two locks of a run: one for the guard, and one for the main session. Waits for a
    /// run that is just ending. If the main session takes its lock again after its connection was
    /// lost, the guard still holds the other lock, so no other run can have begun in the meantime.
    ///
    /// # Errors
    ///
    /// When another run holds one of the locks.
    pub(super) async fn lead(
        &self,
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
    ) -> Result<()> {
        let is_guarded = self.guard.lock().is_ok_and(|guard| guard.is_some());
        if !is_guarded {
            match Guard::take(url, &self.guard_lock()).await? {
                Ok(taken) => self.set_guard(Some(taken)),
                Err(holder) => return Err(at_work(url, holder)),
            }
        }
        let locks = self.locks(connection.engine());
        if locks.take(connection, &self.prefix, LEAD_SECONDS).await? {
            return Ok(());
        }
        if !is_guarded {
            self.set_guard(None);
        }
        let holder = locks.holder(connection, &self.prefix).await?;
        Err(at_work(url, holder))
    }

    fn guard_lock(&self) -> String {
        format!("{}_guard", self.prefix)
    }

    fn set_guard(&self, guard: Option<Guard>) {
        if let Ok(mut held) = self.guard.lock() {
            *held = guard;
        }
    }

    /// Waits until the guard has taken its lock again after the server was restarted.
    ///
    /// # Errors
    ///
    /// When another run has taken the lock.
    pub(super) async fn guard_again(&self) -> Result<()> {
        let checks = match self.guard.lock() {
            Ok(guard) => guard.as_ref().map(Guard::checks),
            Err(_) => None,
        };
        let (answer, held) = oneshot::channel();
        if let Some(checks) = checks
            && checks.send(answer).await.is_ok()
            && held.await.is_ok()
        {
            return Ok(());
        }
        Err(taken_by_another())
    }

    /// The ids of all connections of a run: its main session, its guard, and the sessions that work
    /// for it.
    pub(super) async fn all(&self, connection: &mut MySqlConnection) -> Result<Vec<u64>> {
        let mut all = self.working(connection).await?;
        let leading = [self.prefix.clone(), self.guard_lock()];
        let locks = self.locks(connection.engine());
        all.extend(locks.holders(connection, &leading).await?);
        Ok(all)
    }

    /// Waits until the guard finds that another run has taken the locks after the connections of
    /// this run were lost. This run must end then. Waits forever if this run does not hold the
    /// locks.
    pub(super) async fn lost(&self) -> Error {
        let lost = match self.guard.lock() {
            Ok(guard) => guard.as_ref().map(Guard::lost),
            Err(_) => None,
        };
        if let Some(mut lost) = lost
            && lost.wait_for(|lost| *lost).await.is_ok()
        {
            return taken_by_another();
        }
        std::future::pending().await
    }

    /// Takes the locks of a run, unless another run holds them.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn try_lead(&self, connection: &mut MySqlConnection) -> Result<bool> {
        let locks = self.locks(connection.engine());
        Ok(locks.take(connection, &self.guard_lock(), 0).await?
            && locks.take(connection, &self.prefix, 0).await?)
    }

    /// Locks that a session tries to take for itself. One of the first is free, unless a run has
    /// lost very many connections.
    fn attempts(&self) -> impl Iterator<Item = String> {
        (0..NUMBERS).map(|_| {
            let number = self.next.fetch_add(1, Ordering::Relaxed) % NUMBERS;
            format!("{}_{number}", self.prefix)
        })
    }

    fn locks(&self, engine: &Engine) -> Locks {
        Locks::of(engine, &self.database)
    }

    /// Marks an sqlx connection as a session of this run.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) async fn enter(&self, connection: &mut MySqlConnection) -> Result<()> {
        let locks = self.locks(connection.engine());
        for lock in self.attempts() {
            if locks.take(connection, &lock, 0).await? {
                break;
            }
        }
        Ok(())
    }

    /// Marks a mysql_async connection as a session of this run.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) async fn enter_bulk(&self, connection: &mut BulkConnection) -> Result<()> {
        let locks = self.locks(connection.engine());
        for lock in self.attempts() {
            if locks.take_for_bulk(connection, &lock).await? {
                break;
            }
        }
        Ok(())
    }

    /// The ids of the connections that hold a numbered lock.
    async fn working(&self, connection: &mut MySqlConnection) -> Result<Vec<u64>> {
        let numbered: Vec<String> = (0..NUMBERS)
            .map(|number| format!("{}_{number}", self.prefix))
            .collect();
        let locks = self.locks(connection.engine());
        let mut holders = locks.holders(connection, &numbered).await?;
        holders.sort_unstable();
        holders.dedup();
        Ok(holders)
    }

    /// Ends the sessions of a run that was killed or is being stopped, and waits until the server
    /// has rolled back their work. Returns the number of ended sessions. Calls `waiting` once if
    /// that takes longer than two seconds.
    ///
    /// # Errors
    ///
    /// When a session does not end.
    pub(super) async fn end_others(
        &self,
        connection: &mut MySqlConnection,
        waiting: impl Fn(&str),
    ) -> Result<usize> {
        let began = Instant::now();
        let left = self.working(connection).await?;
        for id in &left {
            // it is not an error if the session ends by itself at this moment
            let _ = connection
                .execute(AssertSqlSafe(format!("KILL {id}")))
                .await;
        }
        let mut said = false;
        loop {
            let still = self.working(connection).await?;
            if still.is_empty() {
                return Ok(left.len());
            }
            if began.elapsed() > PATIENCE {
                fail!(
                    TimedOut,
                    "sessions {still:?} of an earlier run do not end; see SHOW PROCESSLIST, and \
                     run the same command again when they have ended"
                );
            }
            if !said && began.elapsed() > Duration::from_secs(2) {
                said = true;
                waiting("waiting for the server to roll back what an earlier run left unfinished");
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

fn taken_by_another() -> Error {
    Error::Busy(
        "the connection that holds the run lock was lost, and another reviewseed works on the \
         database now; wait until it ends, then run the same command again"
            .to_owned(),
    )
}

fn at_work(url: &DatabaseUrl, holder: Option<u64>) -> Error {
    let holder = holder.map_or(String::new(), |id| format!(" (connection {id})"));
    Error::Busy(format!(
        "another reviewseed works on {url}{holder}; wait until it ends or stop it, then run the \
         same command again"
    ))
}
