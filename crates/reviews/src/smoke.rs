//! The smoke test of the database alone: the reads of the service (`queries/*.sql`) at a constant
//! arrival rate.
//!
//! Request n is due at n / rate after the start, whether or not earlier requests are answered, and
//! its latency counts from then. A request that finds no free connection waits, as it would in the
//! service, and the wait is part of its latency. A request that still waits at the end of the test
//! counts as an error. So a slow database does not get fewer requests, which would make it look
//! fast. A thread releases the requests, because the timers of tokio are exact to a millisecond
//! only.

mod histogram;
pub mod mix;
pub mod outcome;
pub mod product_list;
pub mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::targets::deck::Deck;
use mix::Mix;
use mysql::db::{self, DatabaseUrl, MySqlConnection};
use outcome::{Outcome, Tally};
use requests::Failure;

/// How the test runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests a second.
    pub rate: f64,
    /// How long requests are sent.
    pub duration: Duration,
    /// Connections, which are all opened before the first request.
    pub connections: usize,
    /// How long an answer may take, and how long requests may wait after the end of `duration`.
    pub timeout: Duration,
    /// The shares of the reads.
    pub mix: Mix,
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

/// What the thread that releases requests and the workers share.
struct Test {
    database: DatabaseUrl,
    settings: Settings,
    products: Vec<u64>,
    deck: Deck,
    requests: u64,
    /// One permit for every request that is due and that no worker has taken.
    due: Semaphore,
    /// The number of requests that workers have taken.
    taken: AtomicU64,
}

/// Runs the test; `products` must not be empty.
///
/// # Errors
///
/// When the connections cannot be opened, or when the server cannot prepare a query.
pub async fn run(
    database: &DatabaseUrl,
    products: Vec<u64>,
    settings: &Settings,
) -> Result<Outcome> {
    let test = Arc::new(Test {
        database: database.clone(),
        settings: settings.clone(),
        deck: Deck::new(products.iter().map(|_| 1), settings.seed),
        products,
        requests: settings.requests(),
        due: Semaphore::new(0),
        taken: AtomicU64::new(0),
    });
    let mut opened = Vec::new();
    for _ in 0..settings.connections.max(1) {
        opened.push(open(database).await?);
    }
    let begin = Instant::now();
    let mut workers = JoinSet::new();
    for connection in opened {
        workers.spawn(work(Arc::clone(&test), begin, connection));
    }
    let pacing = Arc::clone(&test);
    tokio::task::spawn_blocking(move || release(&pacing, begin))
        .await
        .map_err(|e| Error::Abnormal(format!("the thread that releases requests ended: {e}")))?;
    let over = begin + settings.duration + settings.timeout;
    while test.taken.load(Ordering::Relaxed) < test.requests && Instant::now() < over {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    test.due.close();
    let mut tally = Tally::default();
    while let Some(worker) = workers.join_next().await {
        let worker = worker.map_err(|e| Error::Abnormal(format!("a worker ended: {e}")));
        tally.add(worker?);
    }
    let unsent = test.requests - test.taken.load(Ordering::Relaxed).min(test.requests);
    tally.unsent(unsent);
    Ok(Outcome::new(settings, test.requests, tally))
}

/// Releases every request when it is due.
fn release(test: &Test, begin: Instant) {
    let mut released = 0;
    while released < test.requests {
        let elapsed = begin.elapsed().as_secs_f64();
        let due = ((elapsed * test.settings.rate) as u64 + 1).min(test.requests);
        test.due
            .add_permits(usize::try_from(due - released).unwrap_or(0));
        released = due;
        let next = begin + due_after(released, test.settings.rate);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// When a request is due, counted from the start.
fn due_after(request: u64, rate: f64) -> Duration {
    Duration::from_secs_f64(request as f64 / rate)
}

/// Opens a connection on which all reads are prepared.
async fn open(database: &DatabaseUrl) -> Result<MySqlConnection> {
    let mut connection = db::connect(database).await.map_err(Error::other)?;
    requests::prepare(&mut connection).await?;
    Ok(connection)
}

/// The worker of one connection: takes the next request that is due, until there are no more.
async fn work(test: Arc<Test>, begin: Instant, connection: MySqlConnection) -> Tally {
    let mut tally = Tally::default();
    let mut connection = Some(connection);
    while let Ok(permit) = test.due.acquire().await {
        permit.forget();
        let n = test.taken.fetch_add(1, Ordering::Relaxed);
        let kind = test.settings.mix.pick(test.settings.seed, n);
        let product = test.products[test.deck.draw(n)];
        let asked = async {
            // the request that finds its connection broken opens another one, and the time counts
            // as part of its latency
            let mut open = match connection.take() {
                Some(open) => open,
                None => open(&test.database).await.map_err(Failure::connect)?,
            };
            let answer = requests::ask(&mut open, kind, product).await;
            if !matches!(&answer, Err(failure) if failure.broke_connection()) {
                connection = Some(open);
            }
            answer
        };
        let answer = match tokio::time::timeout(test.settings.timeout, asked).await {
            Ok(answer) => answer,
            // the connection is not used again, because the answer may still arrive on it
            Err(_) => Err(Failure::timeout(test.settings.timeout)),
        };
        let latency = begin
            .elapsed()
            .saturating_sub(due_after(n, test.settings.rate));
        tally.request(kind, latency, begin.elapsed(), answer);
    }
    if let Some(connection) = connection {
        db::close(connection).await;
    }
    tally
}
