//! Says what a run waits for while another session has locked rows or tables.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::cancel::Stop;
use crate::error::Result;
use crate::event::Events;
use crate::load;
use crate::seed::run::Run;
use crate::seed::work::Work;
use model::flavour::Flavour;
use mysql::db::{self, MySqlConnection};
use mysql::sync::locks;

/// Time between two queries about the session that is watched.
const INTERVAL: Duration = Duration::from_secs(1);

/// Time that a transaction has to end by itself after a request to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Watches the session that judges or writes rows. Dropping this value ends the watch.
pub(in crate::seed) struct LockWatch(JoinHandle<()>, Waits);

impl Drop for LockWatch {
    fn drop(&mut self) {
        self.0.abort();
        self.1.see(None);
    }
}

/// The current wait of the watched session.
#[derive(Clone)]
struct Waits {
    events: Events,
    /// The phase, with which messages begin.
    phase: &'static str,
    /// When the wait began, and whether it was reported. `None` if the session does not wait.
    since: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Waits {
    /// Takes what the session waits for now. Reports a wait when it is seen for the second time.
    fn see(&self, awaited: Option<String>) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        *since = match (awaited, *since) {
            (Some(_), None) => Some((Instant::now(), false)),
            (Some(what), Some((begun, false))) => {
                self.events
                    .info(&format!("{}: waiting for {what}", self.phase));
                Some((begun, true))
            }
            (Some(_), told) => told,
            (None, Some((begun, true))) => {
                let seconds = begun.elapsed().as_secs_f64();
                let phase = self.phase;
                let words = format!("{phase}: continuing after {seconds:.1} s of waiting");
                self.events.info(&words);
                None
            }
            (None, _) => None,
        };
    }
}

impl Work<'_, '_> {
    /// From now on, reports what this session waits for, if it waits for longer than a second. Ends
    /// its statements when the run is asked to stop.
    pub(super) async fn watch(
        &self,
        connection: &mut MySqlConnection,
    ) -> Result<LockWatch, load::Error> {
        let session = locks::number_of(connection).await?;
        Ok(self.run.watched(session, "sync"))
    }
}

impl Run<'_> {
    /// Watches the session that makes the prechecks, as [`Work::watch`] does.
    pub(in crate::seed) async fn watch_prechecks(&mut self) -> Result<LockWatch> {
        let session = locks::number_of(&mut self.session.connection).await?;
        Ok(self.watched(session, "precheck"))
    }

    fn watched(&self, session: u64, phase: &'static str) -> LockWatch {
        let flavour = self.session.info.flavour;
        let database = self.session.database.clone();
        let waits = Waits {
            events: self.events.clone(),
            phase,
            since: Arc::default(),
        };
        let (seen, stop) = (waits.clone(), self.interrupt.first.clone());
        let looking = tokio::spawn(async move {
            // the first look is after one interval, because most watches end before a wait is long
            // enough to be reported
            tokio::time::sleep(INTERVAL).await;
            // repeated after a lost connection, because a request to stop must still have an effect
            loop {
                if let Ok(mut connection) = database.open().await {
                    let looked = look(&mut connection, (flavour, session), &seen, &stop).await;
                    if looked.is_ok() {
                        db::close(connection).await;
                        break;
                    }
                }
                tokio::time::sleep(INTERVAL).await;
            }
        });
        LockWatch(looking, waits)
    }
}

/// Reports what the session waits for, until the run is asked to stop. Then ends the statements of
/// the session until the session has ended. Otherwise a query that judges millions of rows, or a
/// transaction that waits for locks, would continue.
async fn look(
    connection: &mut MySqlConnection,
    (flavour, session): (Flavour, u64),
    seen: &Waits,
    stop: &Stop,
) -> Result<()> {
    while stop.reason().is_none() {
        match locks::awaited(connection, flavour, session).await {
            Ok(awaited) => seen.see(awaited),
            // without the privilege to see locks, no wait is reported
            Err(error) if error.code().is_some() => {}
            Err(error) => return Err(error.into()),
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.stopped() => {}
        }
    }
    tokio::time::sleep(GRACE).await;
    while locks::end_statement(connection, session).await? {
        tokio::time::sleep(INTERVAL).await;
    }
    Ok(())
}
