//! Says what a run waits for while another session has locked rows or tables.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::load;
use crate::seed::work::Work;
use mysql::db::{self, MySqlConnection};
use mysql::sync::locks;

/// Time between two looks at the session that writes.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks at the session that writes, until it is dropped.
pub(super) struct LockWatch(JoinHandle<()>);

impl Drop for LockWatch {
    fn drop(&mut self) {
        self.0.abort();
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
        let (database, events) = (self.run.session.database.clone(), self.run.events.clone());
        Ok(LockWatch(tokio::spawn(async move {
            // without a connection, nothing is said
            let Ok(mut connection) = database.open().await else {
                return;
            };
            let (mut waits, mut told): (Option<Instant>, bool) = (None, false);
            loop {
                tokio::time::sleep(INTERVAL).await;
                let Ok(awaited) = locks::awaited(&mut connection, flavour, session).await else {
                    break;
                };
                match (awaited, waits) {
                    (Some(_), None) => waits = Some(Instant::now()),
                    (Some(what), Some(_)) if !told => {
                        events.info(&format!("sync: waiting for {what}"));
                        told = true;
                    }
                    (Some(_), Some(_)) => {}
                    (None, since) => {
                        if let Some(since) = since.filter(|_| told) {
                            let seconds = since.elapsed().as_secs_f64();
                            events
                                .info(&format!("sync: continuing after {seconds:.1} s of waiting"));
                        }
                        (waits, told) = (None, false);
                    }
                }
            }
            db::close(connection).await;
        })))
    }
}
