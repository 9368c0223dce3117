//! Says what a run waits for while another session has locked rows or tables.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::event::Events;
use crate::load;
use crate::seed::work::Work;
use mysql::db::{self, MySqlConnection};
use mysql::sync::locks;

/// Time between two looks at the session that writes.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks at the session that writes, until it is dropped.
pub(super) struct LockWatch(JoinHandle<()>, Waits);

impl Drop for LockWatch {
    fn drop(&mut self) {
        self.0.abort();
        self.1.see(None);
    }
}

/// The wait that is going on.
#[derive(Clone)]
struct Waits {
    events: Events,
    /// Since when, and whether that was told.
    since: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Waits {
    /// Takes up what the session waits for now, and tells it when it was seen twice.
    fn see(&self, awaited: Option<String>) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        *since = match (awaited, *since) {
            (Some(_), None) => Some((Instant::now(), false)),
            (Some(what), Some((begun, false))) => {
                self.events.info(&format!("sync: waiting for {what}"));
                Some((begun, true))
            }
            (Some(_), told) => told,
            (None, Some((begun, true))) => {
                let seconds = begun.elapsed().as_secs_f64();
                let words = format!("sync: continuing after {seconds:.1} s of waiting");
                self.events.info(&words);
                None
            }
            (None, _) => None,
        };
    }
}

impl Work<'_, '_> {
    /// Says from now on what this session waits for, when it waits for longer than a second.
    pub(super) async fn watch_locks(
        &self,
        connection: &mut MySqlConnection,
    ) -> Result<LockWatch, load::Error> {
        let session = locks::number_of(connection).await?;
        let flavour = self.run.session.info.flavour;
        let database = self.run.session.database.clone();
        let waits = Waits {
            events: self.run.events.clone(),
            since: Arc::default(),
        };
        let seen = waits.clone();
        let looking = tokio::spawn(async move {
            // without a connection, nothing is said
            let Ok(mut connection) = database.open().await else {
                return;
            };
            loop {
                tokio::time::sleep(INTERVAL).await;
                match locks::awaited(&mut connection, flavour, session).await {
                    Ok(awaited) => seen.see(awaited),
                    Err(_) => break,
                }
            }
            db::close(connection).await;
        });
        Ok(LockWatch(looking, waits))
    }
}
