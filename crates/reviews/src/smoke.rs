//! The smoke test: requests at a constant arrival rate, to the database alone (`queries/*.sql`) or
//! over HTTP to a server of the service.
//!
//! Request n is due at n / rate after the start, whether or not earlier requests are answered, and
//! its latency counts from then. A request that finds no free connection waits, as it would in the
//! service, and the wait is part of its latency. A request that still waits at the end of the test
//! counts as an error. So a slow database does not get fewer requests, which would make it look
//! fast. A thread releases the requests, because the timers of tokio are exact to a millisecond
//! only.

pub mod comparison;
mod histogram;
pub mod http;
pub mod id_list;
mod json;
pub mod masking;
pub mod mix;
pub mod outcome;
pub mod rates;
pub mod requests;
pub mod template;
pub mod tier;
mod wrapping;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::targets::deck::Deck;
use model::wording::{counted, grouped};
use outcome::{Outcome, Request, Tally};
use requests::Failure;
use tier::Tier;

/// How the test runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests a second.
    pub rate: f64,
    /// How long requests are sent.
    pub duration: Duration,
    /// Connections, which are all opened before the first request.
    pub connections: usize,
    /// How long an answer may take, opening a connection, and the wait of requests after the end
    /// of `duration`.
    pub timeout: Duration,
    /// The same seed gives the same requests.
    pub seed: u64,
}

impl Settings {
    /// The number of requests of the whole test.
    pub fn requests(&self) -> u64 {
        (self.rate * self.duration.as_secs_f64()).round().max(1.0) as u64
    }
}

/// The default number of connections for a rate in requests a second: enough for answers of 40 ms,
/// and between 8 and 64, as a service would open.
pub fn connections_for(rate: f64) -> usize {
    (rate / 25.0).ceil().clamp(8.0, 64.0) as usize
}

/// The state that the workers share with the thread that releases requests.
struct Test<T> {
    tier: T,
    settings: Settings,
    ids: Vec<u64>,
    deck: Deck,
    requests: u64,
    /// One permit for every request that is due and that no worker has taken.
    due: Semaphore,
    /// The number of requests that workers have taken.
    taken: AtomicU64,
    /// Whether no more requests are to be sent.
    stop: Arc<AtomicBool>,
}

/// How often a wait asks whether the test is to stop.
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// How long opening one connection before the first request may take, if `timeout` is longer.
const FIRST: Duration = Duration::from_secs(10);

/// How long opening all connections may take.
const OPENING: Duration = Duration::from_secs(20);

/// How many connections are opened at the same time.
const AT_ONCE: usize = 16;

/// Runs the test; `ids` must not be empty. As soon as `stop` is true, no more requests are sent:
/// those that were due and waited for a connection count as unsent, and the answers to those that
/// were sent are awaited.
///
/// # Errors
///
/// When a connection cannot be opened within `timeout` or 10 seconds, or all of them within 20
/// seconds, or when the database cannot prepare a query.
pub async fn run<T: Tier>(
    tier: T,
    ids: Vec<u64>,
    settings: &Settings,
    stop: &Arc<AtomicBool>,
) -> Result<Outcome> {
    let test = Arc::new(Test {
        tier,
        settings: settings.clone(),
        deck: Deck::new(ids.iter().map(|_| 1), settings.seed),
        ids,
        requests: settings.requests(),
        due: Semaphore::new(0),
        taken: AtomicU64::new(0),
        stop: Arc::clone(stop),
    });
    let opened = tokio::select! {
        opened = open_all(&test.tier, settings.connections, settings.timeout.min(FIRST)) => opened?,
        () = stopped(stop) => Vec::new(),
    };
    let begin = Instant::now();
    let mut workers = JoinSet::new();
    for connection in opened {
        workers.spawn(work(Arc::clone(&test), begin, Some(connection)));
    }
    let pacing = Arc::clone(&test);
    let requests = tokio::task::spawn_blocking(move || release(&pacing, begin))
        .await
        .map_err(|e| Error::Abnormal(format!("the thread that releases requests ended: {e}")))?;
    let over = begin + settings.duration + settings.timeout;
    while test.taken.load(Ordering::Relaxed) < requests
        && Instant::now() < over
        && !stop.load(Ordering::Relaxed)
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    test.due.close();
    let mut tally = Tally::default();
    while let Some(worker) = workers.join_next().await {
        let worker = worker.map_err(|e| Error::Abnormal(format!("a worker ended: {e}")));
        tally.add(worker?);
    }
    let unsent = requests - test.taken.load(Ordering::Relaxed).min(requests);
    tally.unsent(unsent);
    let mut outcome = Outcome::new(settings, requests, &test.tier.labels(), tally);
    if outcome.may_be_misunderstood() && !stop.load(Ordering::Relaxed) {
        outcome.diagnosis = test.tier.diagnosis().await;
    }
    Ok(outcome)
}

/// Opens all connections. The first one is opened alone, because it fails if the server cannot be
/// reached. Each may take as long as `limit`.
async fn open_all<T: Tier>(
    tier: &T,
    connections: usize,
    limit: Duration,
) -> Result<Vec<T::Connection>> {
    let over = tokio::time::Instant::now() + OPENING;
    let mut opened = vec![tier.open_first(limit).await?];
    let others = (1..connections).map(|_| tier.open_first(limit));
    let mut others = std::pin::pin!(stream::iter(others).buffer_unordered(AT_ONCE));
    loop {
        match tokio::time::timeout_at(over, others.next()).await {
            Ok(Some(Ok(connection))) => opened.push(connection),
            Ok(Some(Err(error))) => return Err(too_many(opened.len(), connections, error)),
            Ok(None) => return Ok(opened),
            Err(_) => {
                return Err(Error::Unanswered {
                    what: format!(
                        "the server does not accept {} within {OPENING:?}; is it overloaded? \
                         otherwise test with fewer: --connections N",
                        counted(connections as u64, "connection", "connections")
                    ),
                    source: format!("of them, {} are open", grouped(opened.len() as u64)).into(),
                });
            }
        }
    }
}

/// The error of a test that cannot open all of its connections, because of the last error.
fn too_many(opened: usize, connections: usize, error: Error) -> Error {
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
    let mut causes = causes.map(|cause| cause.to_string());
    match causes.find(|cause| cause.contains("Too many open files")) {
        Some(cause) => Error::Unanswered {
            what: format!(
                "this system lets a program open no more than {opened} of {connections} \
                 connections; lower --connections, or raise the limit of open files: ulimit -n {}",
                connections + 100
            ),
            source: cause.into(),
        },
        None => Error::Unanswered {
            what: format!(
                "the server accepts {opened} of {connections} connections and no more; lower \
                 --connections, or raise the limit of the server"
            ),
            source: Box::new(error),
        },
    }
}

/// Waits until the test is to stop.
async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(ASKED_EVERY).await;
    }
}

/// Releases every request when it is due. Returns how many there were when the test ended or was
/// stopped.
fn release<T>(test: &Test<T>, begin: Instant) -> u64 {
    let mut released = 0;
    while released < test.requests && !test.stop.load(Ordering::Relaxed) {
        let elapsed = begin.elapsed().as_secs_f64();
        let due = ((elapsed * test.settings.rate) as u64 + 1).min(test.requests);
        test.due
            .add_permits(usize::try_from(due - released).unwrap_or(0));
        released = due;
        if released == test.requests {
            break;
        }
        let next = begin + due_after(released, test.settings.rate);
        while Instant::now() < next && !test.stop.load(Ordering::Relaxed) {
            let left = next.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(ASKED_EVERY));
        }
    }
    released
}

/// When a request is due, counted from the start.
fn due_after(request: u64, rate: f64) -> Duration {
    Duration::from_secs_f64(request as f64 / rate)
}

/// The worker of one connection: takes the next request that is due, until there are no more.
async fn work<T: Tier>(
    test: Arc<Test<T>>,
    begin: Instant,
    mut connection: Option<T::Connection>,
) -> Tally {
    let mut tally = Tally::default();
    while let Ok(permit) = test.due.acquire().await {
        permit.forget();
        if test.stop.load(Ordering::Relaxed) {
            break;
        }
        let n = test.taken.fetch_add(1, Ordering::Relaxed);
        let which = test.tier.pick(test.settings.seed, n);
        let id = test.ids[test.deck.draw(n)];
        let sent = begin.elapsed();
        let asked = async {
            // the request that finds its connection broken opens another one, and the time counts
            // as part of its latency
            let mut open = match connection.take() {
                Some(open) => open,
                None => test.tier.open().await?,
            };
            if test.stop.load(Ordering::Relaxed) {
                connection = Some(open);
                return Ok(None);
            }
            let answer = test.tier.ask(&mut open, which, id).await;
            if !matches!(&answer, Err(failure) if failure.broke_connection()) {
                connection = Some(open);
            }
            answer.map(Some)
        };
        let answer = match tokio::time::timeout(test.settings.timeout, asked).await {
            Ok(Ok(None)) => {
                tally.unsent(1);
                break;
            }
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Err(failure)) => Err(failure),
            // the connection is not used again, because the answer may still arrive on it
            Err(_) => Err(Failure::timeout(test.settings.timeout)),
        };
        let due = due_after(n, test.settings.rate);
        let (end, request) = (begin.elapsed(), Request { which, due, sent });
        tally.request(request, end, answer);
    }
    if let Some(connection) = connection {
        T::close(connection).await;
    }
    tally
}

#[cfg(test)]
mod tests;
