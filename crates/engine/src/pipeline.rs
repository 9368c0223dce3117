//! The data flow, and the only place where threads, rayon and tokio meet.
//!
//! ```text
//!  per table:  reader thread ── chunks ──▶ rayon: clean, in parallel
//!                                              │  cleaned chunks, taken up in file order
//!                                              ▼
//!                                            conductor thread
//!                                              ├─ what a chunk could not finish is carried over to the next
//!                                              ├─ keys: duplicates and missing parents, in file order ◀── keys of the parents' stored rows
//!                                              ▼
//!                                            sink (counts, or loads in tokio tasks) ── outcomes ──▶ conductor
//!                                                                                       └─▶ rejects/, totals, budget
//! ```
//!
//! All tables stream side by side, for each connection is best left with a table of its own. A
//! batch waits until the parents of its rows are stored, or their tables complete; files whose rows
//! stand in the order of their parents' hardly wait at all. A permit goes with every chunk from the
//! file to its outcome, so that memory is bounded by their number whatever the input's size; some
//! are each table's own, so that a child never holds what its parent needs. Outcomes are taken up
//! in file order, so that results do not depend on timing.

mod carry;
pub mod cleaner;
mod conductor;
mod job;
mod wait;
mod warnings;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::pipeline::cleaner::Cleaner;
use crate::rejects::Budget;
use clean::checksum;
use clean::keys::{AcceptedKeys, Keys, LeftToServer, MissingValues, SettledKeys};
use conductor::{Cleaning, Conductor};
use input::chunks::{Chunker, Spares};
use input::header::Unfilled;
use input::{Source, Stream};
pub use job::{CountSink, Job, Outcome, Sink, SinkClosed};
use model::batch::Batch;
use model::rejection::{Rejection, Rule};
use model::report::TableReport;
use model::schema::ForeignKey;
use model::wording::seconds;
use wait::{News, Permits};

/// How the pipeline runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that clean.
    pub threads: usize,
    /// Bytes of input per batch.
    pub batch_bytes: usize,
    /// Longest record in bytes.
    pub max_record: usize,
    /// How many rows of a table may be refused.
    pub budget: Budget,
    /// What happens when more are.
    pub over_budget: OverBudget,
    /// Folder of the reject files; refused rows are only counted where there is none.
    pub rejects: Option<PathBuf>,
    /// Folder of reject files that is read now: its broken lines are no records yet, and go on to
    /// the new reject files.
    pub carried: Option<PathBuf>,
    /// Chunks between file and database at a time, beside two of each table.
    pub in_flight: usize,
    /// Keys that the database holds already, of tables that are added to and of parents outside
    /// this run.
    pub existing: HashMap<String, Arc<AcceptedKeys>>,
    /// By table, values that no row has, as an earlier reading of the same files has shown: the
    /// rows that refer to them are rejected.
    pub missing: HashMap<String, MissingValues>,
    /// Set to stop reading: what is under way is finished, nothing new is begun.
    pub stop: Arc<AtomicBool>,
}

/// What a run does when more rows of a table are rejected than its budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverBudget {
    /// It ends with [`BudgetSpent`]: nothing more is loaded.
    Stop,
    /// It reads all tables to their end, because all that it does is count.
    ReadOn,
}

/// What happened to the rows of one table.
#[derive(Debug, Clone)]
pub struct TableResult {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: PathBuf,
    /// Size of its text in bytes.
    pub bytes: u64,
    /// XXH3-128 of the file.
    pub content_hash: u128,
    /// Columns that the file fills.
    pub columns: Vec<String>,
    /// Fields that are no column of the table.
    pub ignored: Vec<String>,
    /// Columns that no field of the file fills.
    pub unfilled: Vec<Unfilled>,
    /// Records read.
    pub read: u64,
    /// Rows loaded (or, without a database, accepted).
    pub loaded: u64,
    /// Records refused, by rule.
    pub rules: BTreeMap<Rule, u64>,
    /// Checksum of the rows loaded.
    pub checksum: u64,
    /// Time from the first byte read to the last row stored.
    pub elapsed: Duration,
    /// Foreign keys that could not be judged on the stream.
    pub unjudged_references: Vec<String>,
    /// What the files show of being written in another way than they are read.
    pub warnings: Vec<String>,
    /// Set when more rows were rejected than allowed, and the run read on.
    pub over_budget: Option<BudgetSpent>,
    /// Values that rows refer to within the table and that no row has.
    pub missing_values: Option<MissingValues>,
    /// What only the server can judge.
    pub left_to_server: Vec<LeftToServer>,
}

impl TableResult {
    /// Records refused.
    pub fn rejected(&self) -> u64 {
        self.rules.values().sum()
    }

    /// What the report says of the table; the indexes are built later, and take no time here.
    pub fn report(&self) -> TableReport {
        let left_to_server = self.left_to_server.iter();
        TableReport {
            name: self.name.clone(),
            file: self.file.display().to_string(),
            bytes: self.bytes,
            read: self.read,
            loaded: self.loaded,
            rejected: self.rejected(),
            rules: by_name(&self.rules),
            checksum: checksum::to_hex(self.checksum),
            ignored_columns: self.ignored.clone(),
            warnings: self.warnings.clone(),
            unfilled_columns: self.unfilled.clone(),
            over_budget: self.over_budget.is_some(),
            left_to_server: left_to_server.map(ToString::to_string).collect(),
            load_seconds: seconds(self.elapsed),
            index_seconds: 0.0,
        }
    }
}

fn by_name(rules: &BTreeMap<Rule, u64>) -> BTreeMap<String, u64> {
    let named = rules.iter().map(|(rule, n)| (rule.name().to_string(), *n));
    named.collect()
}

/// More rows were refused than `--max-rejects` allows.
#[derive(Debug, Clone)]
pub struct BudgetSpent {
    /// The table.
    pub table: String,
    /// Records read until then.
    pub read: u64,
    /// Records refused until then, by rule.
    pub rules: BTreeMap<Rule, u64>,
    /// What was allowed.
    pub budget: Budget,
    /// Where the refused records are, when they are kept.
    pub rejects: Option<PathBuf>,
}

impl std::fmt::Display for BudgetSpent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rejected: u64 = self.rules.values().sum();
        write!(
            f,
            "{}: {rejected} of {} records are refused, more than --max-rejects {} allows",
            self.table, self.read, self.budget
        )?;
        if let Some((rule, count)) = self.rules.iter().max_by_key(|(_, count)| **count) {
            let records = if *count == 1 { "record" } else { "records" };
            write!(f, "; look at {} first ({count} {records})", rule.name())?;
            if let Some(rejects) = &self.rejects {
                write!(f, ", in {}/{}.reasons.csv", rejects.display(), self.table)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for BudgetSpent {}

/// The run was asked to stop ([`Settings::stop`]).
#[derive(Debug, Clone, Copy)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Told how far a table is; called from the conductors' threads.
pub trait Observer: Sync {
    /// A table's first byte is about to be read.
    fn started(&self, table: usize);
    /// So many bytes of the file are dealt with.
    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64);
    /// All rows of a table are dealt with.
    fn finished(&self, table: usize, result: &TableResult);
    /// The files show that they may be written in another way than they are read.
    fn warned(&self, _table: usize, _warning: &str) {}
    /// A record is refused, for good.
    fn refused(&self, _table: usize, _rejection: &Rejection) {}
    /// Whether [`Observer::accepted`] shall be told: batches are kept for it a little longer.
    fn wants_rows(&self) -> bool {
        false
    }
    /// The rows of a batch are in, but for those that are marked as refused.
    fn accepted(&self, _table: usize, _rows: &Batch) {}
}

/// Everything that the conductors share.
struct Shared<'a> {
    settings: &'a Settings,
    sink: &'a dyn Sink,
    observer: &'a dyn Observer,
    pool: rayon::ThreadPool,
    permits: Arc<Permits>,
    news: News,
    spares: Arc<Spares>,
    stopped: AtomicBool,
}

/// Dropped, also by a panic, it tells the other tables that one was given up: they may be waiting
/// for it.
struct GivenUp<'a>(&'a Shared<'a>);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
        self.0.news.tell();
    }
}

/// A table on its way.
struct Led<'a> {
    number: usize,
    source: &'a Source,
    keys: Keys,
    settled: Option<Arc<SettledKeys>>,
}

/// Reads, cleans and hands over all rows of the given files, which stand in load order.
///
/// # Errors
///
/// The first failure: a file that cannot be read or that changes meanwhile, a full disk under the
/// reject files, a spent budget ([`BudgetSpent`]), or [`SinkClosed`], for which the sink knows the
/// reason.
pub fn run(
    sources: &[Source],
    settings: &Settings,
    sink: &dyn Sink,
    observer: &dyn Observer,
) -> Result<Vec<TableResult>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads.max(1))
        .thread_name(|i| format!("clean-{i}"))
        .build()
        .context("cannot start the threads that clean")?;
    let shared = Shared {
        settings,
        sink,
        observer,
        pool,
        permits: Permits::new(settings.in_flight, sources.len()),
        news: News::default(),
        spares: Arc::default(),
        stopped: AtomicBool::new(false),
    };
    let mut parents: HashMap<String, Arc<SettledKeys>> = settings
        .existing
        .iter()
        .filter(|(table, _)| sources.iter().all(|s| s.table.name != **table))
        .map(|(table, keys)| {
            let keys = SettledKeys::complete(Arc::clone(keys));
            (table.clone(), Arc::new(keys))
        })
        .collect();
    let mut tables = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
        let mut keys = Keys::new(&source.table, &loaded, &parents)
            .with_missing(settings.missing.get(&source.table.name));
        if let Some(existing) = settings.existing.get(&source.table.name) {
            keys = keys.with_existing(existing);
        }
        let name = &source.table.name;
        let refers = |f: &ForeignKey| f.refers_to(name);
        let mut others = sources[number + 1..].iter();
        let settled = others
            .any(|other| other.table.foreign_keys.iter().any(refers))
            .then(|| Arc::new(keys.settled()));
        if let Some(settled) = &settled {
            parents.insert(name.clone(), Arc::clone(settled));
        }
        tables.push(Led {
            number,
            source,
            keys,
            settled,
        });
    }
    let results: Vec<Result<Option<TableResult>>> = std::thread::scope(|scope| {
        let conductors: Vec<_> = tables
            .into_iter()
            .map(|table| {
                let shared = &shared;
                scope.spawn(move || {
                    let given_up = GivenUp(shared);
                    let result = conduct(table, shared);
                    if matches!(result, Ok(Some(_))) {
                        std::mem::forget(given_up);
                    }
                    result
                })
            })
            .collect();
        conductors
            .into_iter()
            .map(|c| {
                c.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut complete = Vec::new();
    let mut closed = None;
    let mut failure = None;
    for result in results {
        match result {
            Ok(Some(table)) => complete.push(table),
            Ok(None) => {}
            // both are consequences; what the sink or another table says is the cause
            Err(error) if error.is::<SinkClosed>() || error.is::<Interrupted>() => {
                closed = closed.or(Some(error));
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure.or(closed) {
        Some(error) => Err(error),
        None => Ok(complete),
    }
}

/// [`run`] for rows that are only counted. Rows of a table that refer to later rows of the same
/// table can be judged at its end only; when some refer to none, the files are read again to reject
/// them, and all that refer to these.
///
/// # Errors
///
/// As [`run`]; `again` is called before the files are read again.
pub fn count(
    sources: &[Source],
    mut settings: Settings,
    observer: &dyn Observer,
    again: impl Fn(),
) -> Result<Vec<TableResult>> {
    loop {
        let results = run(sources, &settings, &CountSink, observer)?;
        let missing = results
            .iter()
            .filter_map(|table| Some((table.name.clone(), table.missing_values.clone()?)));
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            return Ok(results);
        }
        settings.missing.extend(missing);
        again();
    }
}

/// Leads one table through; `None` when it was given up because another failed.
fn conduct(led: Led<'_>, shared: &Shared) -> Result<Option<TableResult>> {
    let (table, source) = (led.number, led.source);
    let mut conductor = Conductor::new(led, shared)?;
    shared.observer.started(table);
    let chunker = Chunker::of_source(
        source,
        shared.settings.batch_bytes,
        shared.settings.max_record,
    )
    .with_context(|| format!("cannot read {}", source.path.display()))?
    .with_spares(&shared.spares);
    let content_hash = std::thread::scope(|scope| {
        let (chunks_in, chunks) = channel();
        let cleaner = conductor.cleaner();
        let reader = scope.spawn(move || read(table, chunker, &cleaner, shared, &chunks_in));
        let finished = conductor.take_all(&chunks);
        // a reader that still waits to hand over sees that nobody takes it, one that waits for a
        // permit gets it
        drop(chunks);
        conductor.let_go();
        let hash = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        conductor.warn();
        finished?;
        hash.with_context(|| format!("cannot read {}", source.path.display()))
    });
    let content_hash = content_hash?;
    if shared.stopped.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let result = conductor.finish(content_hash)?;
    shared.observer.finished(table, &result);
    Ok(Some(result))
}

/// The reader thread: chunks, each cleaned as soon as it is read, until the file ends or nobody
/// takes them; gives the hash of the file.
fn read(
    table: usize,
    mut chunker: Chunker<Stream>,
    cleaner: &Arc<Cleaner>,
    shared: &Shared,
    chunks: &Sender<Cleaning>,
) -> Result<u128> {
    loop {
        let permit = shared.permits.acquire(table);
        let Some(chunk) = chunker.next_chunk()? else {
            break;
        };
        let (done, cleaning) = channel();
        if chunks.send(cleaning).is_err() {
            break;
        }
        let cleaner = Arc::clone(cleaner);
        shared.pool.spawn(move || {
            let cleaned = cleaner.clean(&chunk);
            // a conductor that has gone has failed, and its error is the one to show
            let _ = done.send((chunk, cleaned, permit));
        });
    }
    Ok(chunker.into_input().content_hash())
}

#[cfg(test)]
mod tests;
