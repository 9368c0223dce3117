//! The second lock of a run, held by a session that is never idle for long.
//!
//! The main session of a run is idle while other sessions load rows and build indexes, perhaps for
//! hours. A server (wait_timeout), a proxy or a firewall may close an idle connection. Then the
//! server releases the lock of the session, and a second run could begin while the first one still
//! works. So a run holds one more lock, on a connection that pings the server every few seconds. If
//! that connection is lost, the guard opens it again and takes the lock again. If another run has
//! taken the lock in the meantime, this run must end.

use std::time::Duration;

use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, Row};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::locks::Locks;
use super::sessions::LEAD_SECONDS;
use super::{DatabaseUrl, MySqlConnection, connect};

/// Time between two pings, unless the server closes idle connections sooner.
const BEAT: Duration = Duration::from_secs(2);

/// A server that does not answer for this long counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Holds the lock until this value is dropped.
#[derive(Debug)]
pub(super) struct Guard {
    task: JoinHandle<()>,
    lost: watch::Receiver<bool>,
    checks: mpsc::Sender<Check>,
}

/// A request to check the connection now. The guard answers when it holds the lock.
pub(super) type Check = oneshot::Sender<()>;

/// A lock that this process holds.
struct Held {
    connection: MySqlConnection,
    id: u64,
    beat: Duration,
}

/// Who holds the lock.
enum Holder {
    Us(Held),
    /// Another session holds the lock. Contains its connection id, if that can still be read.
    Other(Option<u64>),
}

impl Guard {
    /// Takes and keeps the lock, or returns the number of the session that holds it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub(super) async fn take(url: &DatabaseUrl, lock: &str) -> Result<Result<Guard, Option<u64>>> {
        let held = match hold(url, lock).await? {
            Holder::Us(held) => held,
            Holder::Other(holder) => return Ok(Err(holder)),
        };
        let (loss, lost) = watch::channel(false);
        let (checks, mut requests) = mpsc::channel(1);
        let (url, lock) = (url.clone(), lock.to_owned());
        let task = tokio::spawn(async move {
            keep(&url, &lock, held, &mut requests).await;
            // an error means that nobody waits for this message any more
            let _ = loss.send(true);
        });
        Ok(Ok(Guard { task, lost, checks }))
    }

    /// Accepts requests to check the connection now.
    pub(super) fn checks(&self) -> mpsc::Sender<Check> {
        self.checks.clone()
    }

    /// Becomes true when another run has taken the lock.
    pub(super) fn lost(&self) -> watch::Receiver<bool> {
        self.lost.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps the lock. Returns when another run has taken it.
async fn keep(url: &DatabaseUrl, lock: &str, mut held: Held, requests: &mut mpsc::Receiver<Check>) {
    loop {
        let mut check = request_within(held.beat, requests).await;
        if is_alive(url, &mut held.connection).await {
            check.map(|check| check.send(()));
            continue;
        }
        held = loop {
            let again = tokio::time::timeout(PATIENCE, hold(url, lock)).await;
            match again {
                Ok(Ok(Holder::Us(again))) => break again,
                // the server has not noticed yet that the old connection is lost, so its session is
                // ended
                Ok(Ok(Holder::Other(Some(id)))) if id == held.id => end(url, id).await,
                Ok(Ok(Holder::Other(_))) => return,
                // the server may be restarting; sessions that load limit their retries themselves
                Ok(Err(_)) | Err(_) => {}
            }
            let request = request_within(Duration::from_secs(1), requests).await;
            check = request.or(check);
        };
        // sending fails if the run no longer waits for the answer, which is no error
        check.map(|check| check.send(()));
    }
}

/// Waits for the next request, but at most for `time`.
async fn request_within(time: Duration, requests: &mut mpsc::Receiver<Check>) -> Option<Check> {
    tokio::select! {
        () = tokio::time::sleep(time) => None,
        // `recv` returns no `None` here, because the sender lives as long as the guard
        Some(request) = requests.recv() => Some(request),
    }
}

/// Whether the connection still works; with several hosts, also whether its server still accepts
/// rows.
async fn is_alive(url: &DatabaseUrl, connection: &mut MySqlConnection) -> bool {
    let asked = async {
        if !url.has_several_hosts() {
            return connection.ping().await.is_ok();
        }
        let row = connection.fetch_one("SELECT @@GLOBAL.read_only <> 0").await;
        row.is_ok_and(|row| row.try_get_unchecked(0).is_ok_and(|moved: bool| !moved))
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.unwrap_or(false)
}

async fn hold(url: &DatabaseUrl, lock: &str) -> Result<Holder> {
    let mut connection = connect(url).await?;
    let locks = Locks::of(connection.engine(), url.database());
    if !locks.take(&mut connection, lock, LEAD_SECONDS).await? {
        let holder = locks.holder(&mut connection, lock).await?;
        return Ok(Holder::Other(holder));
    }
    let row = connection
        .fetch_one("SELECT CONNECTION_ID(), CAST(@@SESSION.wait_timeout AS UNSIGNED)")
        .await
        .context("cannot read wait_timeout")?;
    let allowed = Duration::from_secs(row.try_get_unchecked(1)?);
    Ok(Holder::Us(Held {
        id: row.try_get_unchecked(0)?,
        beat: BEAT.min(allowed / 3),
        connection,
    }))
}

/// Ends a session. It is not an error if the session has ended by itself.
async fn end(url: &DatabaseUrl, id: u64) {
    if let Ok(mut connection) = connect(url).await {
        let kill = AssertSqlSafe(format!("KILL {id}"));
        let _ = connection.execute(kill).await;
        super::close(connection).await;
    }
}
