//! The smoke test of the database alone: the service's reads (`queries/*.sql`) at a constant
//! arrival rate.
//!
//! The arrival is open: request n is due at n / rate after the start, whether or not those before
//! it are answered, and its latency counts from then. A request that finds no free connection
//! waits, as it would in the service, and the wait is part of its latency; one that still waits
//! when the test is over counts as an error. So a slow database cannot slow the questions down and
//! look fast. A pacing thread releases what is due, for timers of tokio are only exact to a
//! millisecond.

pub mod mix;
pub mod requests;
pub mod result;
pub mod targets;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use sqlx::MySqlConnection;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::targets::deck::Deck;
use mix::Mix;
use mysql::db::{self, DatabaseUrl};
use requests::Failure;
use result::{Outcome, Tally};

/// How the test runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests a second.
    pub rate: f64,
    /// For how long.
    pub duration: Duration,
    /// Connections, all open before the first request.
    pub connections: usize,
    /// How long an answer may take, and how long requests may still wait after the end.
    pub timeout: Duration,
    /// Which reads.
    pub mix: Mix,
    /// Same seed, same requests.
    pub seed: u64,
}

impl Settings {
    /// Requests of the whole test.
    pub fn requests(&self) -> u64 {
        (self.rate * self.duration.as_secs_f64()).round().max(1.0) as u64
    }
}

/// Connections for a rate: enough for answers of 40 ms, which no healthy database needs, within
/// what a service would open.
pub fn connections_for(rate: f64) -> usize {
    (rate / 25.0).ceil().clamp(8.0, 64.0) as usize
}

/// What the pacing thread and the workers share.
struct Test {
    database: DatabaseUrl,
    settings: Settings,
    products: Vec<u64>,
    deck: Deck,
    requests: u64,
    /// A permit for every request that is due and not taken.
    due: Semaphore,
    taken: AtomicU64,
}

/// Runs the test; `products` must not be empty.
///
/// # Errors
///
/// When the connections cannot be opened, or a query is refused before the test begins.
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
    tokio::task::spawn_blocking(move || pace(&pacing, begin))
        .await
        .context("the pacing thread ended abnormally")?;
    let over = begin + settings.duration + settings.timeout;
    while test.taken.load(Ordering::Relaxed) < test.requests && Instant::now() < over {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    test.due.close();
    let mut tally = Tally::default();
    while let Some(worker) = workers.join_next().await {
        tally.add(worker.map_err(|e| anyhow!("a worker ended abnormally: {e}"))?);
    }
    let unsent = test.requests - test.taken.load(Ordering::Relaxed).min(test.requests);
    tally.unsent(unsent);
    Ok(Outcome::new(settings, test.requests, tally))
}

/// Releases every request when it is due.
fn pace(test: &Test, begin: Instant) {
    let mut released = 0;
    while released < test.requests {
        let elapsed = begin.elapsed().as_secs_f64();
        let due = ((elapsed * test.settings.rate) as u64 + 1).min(test.requests);
        test.due
            .add_permits(usize::try_from(due - released).unwrap_or(0));
        released = due;
        let next = begin + intended(released, test.settings.rate);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn intended(request: u64, rate: f64) -> Duration {
    Duration::from_secs_f64(request as f64 / rate)
}

/// Opens a connection on which all reads are prepared.
async fn open(database: &DatabaseUrl) -> Result<MySqlConnection> {
    let mut connection = db::connect(database).await?;
    requests::prepare(&mut connection).await?;
    Ok(connection)
}

/// One connection: takes the next request that is due, until none is.
async fn work(test: Arc<Test>, begin: Instant, connection: MySqlConnection) -> Tally {
    let mut tally = Tally::default();
    let mut connection = Some(connection);
    while let Ok(permit) = test.due.acquire().await {
        permit.forget();
        let n = test.taken.fetch_add(1, Ordering::Relaxed);
        let kind = test.settings.mix.pick(test.settings.seed, n);
        let product = test.products[test.deck.draw(n)];
        let asked = async {
            // a connection that broke is replaced by the request that finds it broken, and the time
            // is that request's
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
            // the answer may still come: the connection is of no use any more
            Err(_) => Err(Failure::timeout(test.settings.timeout)),
        };
        let latency = begin
            .elapsed()
            .saturating_sub(intended(n, test.settings.rate));
        tally.request(kind, latency, begin.elapsed(), answer);
    }
    if let Some(connection) = connection {
        db::close(connection).await;
    }
    tally
}
