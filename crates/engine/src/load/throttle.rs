//! Slows a load: batches wait while other clients need the server, or while a replica lags behind.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::cancel::Stop;
use model::batch::Batch;
use model::wording::chain;
use mysql::Result;
use mysql::db::{Database, DatabaseUrl};
use mysql::throttle::{Cause, Excess, Load};
pub use mysql::throttle::{Limits, Rate};

/// Time between two queries to the servers.
const INTERVAL: Duration = Duration::from_millis(500);

/// How a load is slowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThrottleOptions {
    /// Maximum number of rows or bytes per second.
    pub rate: Option<Rate>,
    /// Limits of the servers' load. No batch starts while one is exceeded.
    pub limits: Option<Limits>,
    /// The replicas whose lag is limited; empty means the replicas that the server lists.
    pub replicas: Vec<DatabaseUrl>,
}

impl ThrottleOptions {
    /// Whether anything slows the load.
    pub fn is_set(&self) -> bool {
        self.rate.is_some() || self.limits.is_some()
    }
}

/// Slows the workers of a load.
#[derive(Debug)]
pub struct Throttle {
    rate: Option<Rate>,
    /// The rate allows the next batch to start at this time.
    next: Mutex<Instant>,
    /// Whether batches wait because of a limit.
    waits: watch::Receiver<bool>,
    /// The task that queries the servers. It ends when this value is dropped.
    asking: Option<JoinHandle<()>>,
    /// Stopped by a request to stop. Then no batch waits any more.
    stop: Stop,
}

impl Throttle {
    /// Connects to the servers that are queried. `notices` gets a message about each wait.
    ///
    /// # Errors
    ///
    /// When one of the servers cannot be reached.
    pub async fn start(
        options: &ThrottleOptions,
        database: &Database,
        (stop, notices): (Stop, mpsc::UnboundedSender<String>),
    ) -> Result<Throttle> {
        let (state, waits) = watch::channel(false);
        let asking = match options.limits {
            None => None,
            Some(limits) => {
                let load = Load::connect(database, limits, &options.replicas).await?;
                let asked = (database.clone(), limits, load.replicas());
                Some(tokio::spawn(ask(load, asked, (state, notices))))
            }
        };
        Ok(Throttle {
            rate: options.rate,
            next: Mutex::new(Instant::now()),
            waits,
            asking,
            stop,
        })
    }

    /// Waits until a batch may start.
    pub(super) async fn before(&self, batch: &Batch) {
        tokio::select! {
            () = self.until_allowed(batch) => {}
            () = self.stop.stopped() => {}
        }
    }

    /// Waits until more rows may be written, after `rows` rows were written. A rate in bytes has no
    /// effect here, because these rows have no input bytes.
    pub async fn before_rows(&self, rows: u64) {
        tokio::select! {
            () = self.until_amount_allowed(rows, 0) => {}
            () = self.stop.stopped() => {}
        }
    }

    async fn until_allowed(&self, batch: &Batch) {
        let (rows, bytes) = (batch.len() as u64, batch.end - batch.start);
        self.until_amount_allowed(rows, bytes).await;
    }

    async fn until_amount_allowed(&self, rows: u64, bytes: u64) {
        let mut waits = self.waits.clone();
        // without limits, the channel is closed, and the wait ends at once
        let _ = waits.wait_for(|waits| !waits).await;
        let Some(rate) = self.rate else {
            return;
        };
        let (amount, most) = match rate {
            Rate::Rows(most) => (rows, most),
            Rate::Bytes(most) => (bytes, most),
        };
        let cost = Duration::from_secs_f64(amount as f64 / most as f64);
        tokio::time::sleep_until(self.reserve(cost).into()).await;
    }

    /// Reserves `cost`, the time that a batch takes at the rate. Returns when the batch may start.
    fn reserve(&self, cost: Duration) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = (*next).max(Instant::now());
        *next = begin + cost;
        begin
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        if let Some(asking) = &self.asking {
            asking.abort();
        }
    }
}

/// Queries the servers until the task is aborted.
async fn ask(
    load: Load,
    (database, limits, replicas): (Database, Limits, Vec<DatabaseUrl>),
    (state, notices): (watch::Sender<bool>, mpsc::UnboundedSender<String>),
) {
    let mut load = Some(load);
    let mut since: Option<(Instant, Cause)> = None;
    loop {
        let excess = match &mut load {
            Some(load) => load.excess().await,
            None => match Load::connect(&database, limits, &replicas).await {
                Ok(mut connected) => {
                    let excess = connected.excess().await;
                    load = Some(connected);
                    excess
                }
                Err(error) => Err(error),
            },
        };
        let excess = excess.unwrap_or_else(|error| {
            load = None;
            Some(Excess {
                cause: Cause::Unknown,
                words: format!("the load of a server cannot be queried: {}", chain(&error)),
            })
        });
        state.send_replace(excess.is_some());
        if let Some(notice) = notice(excess, &mut since) {
            // sending fails if nobody listens, which does not affect the load
            let _ = notices.send(notice);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// What is told about the wait: its beginning, its end, and whether it is due to a fault, which
/// does not end by itself. `since` is the beginning of the wait, and the cause that was told last.
fn notice(excess: Option<Excess>, since: &mut Option<(Instant, Cause)>) -> Option<String> {
    match (excess, *since) {
        (Some(of), None) => {
            *since = Some((Instant::now(), of.cause));
            Some(format!("waiting, because {}", of.words))
        }
        (Some(of), Some((began, cause)))
            if cause != of.cause && (cause.is_fault() || of.cause.is_fault()) =>
        {
            *since = Some((began, of.cause));
            Some(format!("still waiting, because {}", of.words))
        }
        (None, Some((began, _))) => {
            *since = None;
            let seconds = began.elapsed().as_secs_f64();
            Some(format!("continuing after {seconds:.1} s of waiting"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_again_when_its_cause_changes() {
        let excess = |cause, words: &str| {
            Some(Excess {
                cause,
                words: words.to_owned(),
            })
        };
        let mut since = None;
        let mut told = |excess| notice(excess, &mut since);
        assert_eq!(told(None), None);
        let lag = told(excess(Cause::Lag(0), "it lags by 3 s"));
        assert_eq!(lag.unwrap(), "waiting, because it lags by 3 s");
        assert_eq!(told(excess(Cause::Lag(0), "it lags by 4 s")), None);
        assert_eq!(told(excess(Cause::Threads, "40 threads run")), None);
        let stopped = told(excess(Cause::Stopped(0), "it is stopped"));
        assert_eq!(stopped.unwrap(), "still waiting, because it is stopped");
        assert!(told(None).unwrap().starts_with("continuing after"));
        assert_eq!(told(None), None);
    }
}
