//! The data flow, and the only module in which threads, rayon and tokio are connected.
//!
//! ```text
//!  per table:  reader thread ── chunks ──▶ rayon: clean, in parallel
//!                                              │  cleaned chunks, taken in file order
//!                                              ▼
//!                                            conductor thread
//!                                              ├─ a record that a chunk does not finish is joined with the next chunk
//!                                              ├─ keys: duplicates and missing parents, in file order ◀── keys of the parents' stored rows
//!                                              ▼
//!                                            sink (counts, or loads in tokio tasks) ── answers ──▶ conductor
//!                                                                                       └─▶ rejects/, totals, budget
//! ```
//!
//! All tables stream side by side, because a connection works best with a table of its own. A batch
//! waits until the parents of its rows are stored, or until the parents' tables are complete; a
//! file in the order of its parents hardly waits at all. Each chunk holds a permit from reading to
//! its outcome, so the number of permits bounds the memory whatever the input's size. Some permits
//! belong to one table, so that a child never holds what its parent needs. Outcomes are counted in
//! file order, so that results do not depend on timing.
//!
//! Whenever a conductor waits, it does so in a `select!` that also receives the answers of the sink
//! and the request to stop; nothing polls a flag.

pub mod cleaner;
mod conductor;
mod error;
mod generated_ids;
mod job;
mod observer;
mod parent_signal;
mod permits;
mod result;
mod settings;
mod settle;
mod unfinished;
mod warnings;

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded, unbounded};

use crate::cancel::{Reason, Stop};
use crate::pipeline::cleaner::Cleaner;
use clean::keys::{CommittedKeys, Keys};
use conductor::{Cleaning, Conductor};
pub use error::Error;
use input::chunks::{BufferPool, Chunker};
use input::{Source, Stream};
pub use job::{CountSink, Job, Sink, SinkClosed};
use model::schema::ForeignKey;
pub use observer::Observer;
use parent_signal::ParentSignal;
use permits::Permits;
pub use result::{BudgetSpent, TableResult};
pub use settings::{OverBudget, Settings};

/// The values that the conductors share.
struct Shared<'a> {
    settings: &'a Settings,
    sink: &'a dyn Sink,
    observer: &'a dyn Observer,
    pool: rayon::ThreadPool,
    permits: Arc<Permits>,
    parents: ParentSignal,
    buffers: Arc<BufferPool>,
    /// A child of [`Settings::stop`]: a table that fails stops this run, and only this one.
    stop: Stop,
}

impl<'a> Shared<'a> {
    fn new(
        sources: &[Source],
        settings: &'a Settings,
        sink: &'a dyn Sink,
        observer: &'a dyn Observer,
    ) -> Result<Shared<'a>, Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(settings.threads.max(1))
            .thread_name(|i| format!("clean-{i}"))
            .build()?;
        Ok(Shared {
            settings,
            sink,
            observer,
            pool,
            permits: Permits::new(settings.in_flight, sources.len()),
            parents: ParentSignal::new(sources.len()),
            buffers: Arc::default(),
            stop: settings.stop.child(),
        })
    }

    /// Returns an error when the run must stop.
    fn check_stop(&self) -> Result<(), Error> {
        match self.stop.reason() {
            None => Ok(()),
            Some(Reason::Interrupted) => Err(Error::Interrupted),
            Some(Reason::GivenUp) => Err(Error::GivenUp),
        }
    }
}

/// Stops the other tables when it is dropped, also by a panic, because they may be waiting for this
/// one.
struct StopOthers<'a>(&'a Stop);

impl Drop for StopOthers<'_> {
    fn drop(&mut self) {
        self.0.stop(Reason::GivenUp);
    }
}

/// A table that is about to be loaded.
struct TableInput<'a> {
    number: usize,
    source: &'a Source,
    keys: Keys,
    /// The keys in which its children look parents up, if it has children in this run.
    settled: Option<Arc<CommittedKeys>>,
}

/// Reads, cleans and hands over all rows of the given files, which must be in load order.
///
/// # Errors
///
/// The first failure, see [`Error`].
pub fn run(
    sources: &[Source],
    settings: &Settings,
    sink: &dyn Sink,
    observer: &dyn Observer,
) -> Result<Vec<TableResult>, Error> {
    let shared = Shared::new(sources, settings, sink, observer)?;
    let tables = table_inputs(sources, settings);
    let results: Vec<Result<TableResult, Error>> = std::thread::scope(|scope| {
        let conduct_one = |table| {
            let shared = &shared;
            scope.spawn(move || {
                let stop_others = StopOthers(&shared.stop);
                let result = conduct(table, shared)?;
                std::mem::forget(stop_others);
                Ok(result)
            })
        };
        let conductors: Vec<_> = tables.into_iter().map(conduct_one).collect();
        let joined = conductors.into_iter().map(|conductor| {
            let result = conductor.join();
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect()
    });
    let (mut complete, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(table) => complete.push(table),
            Err(error) => failures.push(error),
        }
    }
    match failures.into_iter().min_by_key(Error::distance_from_cause) {
        Some(error) => Err(error),
        None => Ok(complete),
    }
}

/// Links the tables by their foreign keys: a child looks its parents up in keys that the parent's
/// conductor adds.
fn table_inputs<'a>(sources: &'a [Source], settings: &Settings) -> Vec<TableInput<'a>> {
    let mut parents: HashMap<String, Arc<CommittedKeys>> = settings
        .existing
        .iter()
        .filter(|(table, _)| sources.iter().all(|s| s.table.name != **table))
        .map(|(table, keys)| {
            let keys = CommittedKeys::complete(Arc::clone(keys));
            (table.clone(), Arc::new(keys))
        })
        .collect();
    let mut tables = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let name = &source.table.name;
        let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
        let mut keys =
            Keys::new(&source.table, &loaded, &parents).with_missing(settings.missing.get(name));
        if let Some(existing) = settings.existing.get(name) {
            keys = keys.with_existing(existing);
        }
        let refers = |f: &ForeignKey| f.refers_to(name);
        let mut others = sources[number + 1..].iter();
        let settled = others
            .any(|other| other.table.foreign_keys.iter().any(refers))
            .then(|| Arc::new(keys.committed_keys()));
        if let Some(settled) = &settled {
            parents.insert(name.clone(), Arc::clone(settled));
        }
        tables.push(TableInput {
            number,
            source,
            keys,
            settled,
        });
    }
    tables
}

/// Like [`run`], for rows that are only counted. Rows that refer to later rows of the same table
/// can be judged only at its end. If some of them have no parent, the files are read again to
/// reject them, and all rows that refer to them.
///
/// # Errors
///
/// As for [`run`]. `again` is called before the files are read again.
pub fn count(
    sources: &[Source],
    mut settings: Settings,
    observer: &dyn Observer,
    again: impl Fn(),
) -> Result<Vec<TableResult>, Error> {
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

/// Processes one table from its first byte to its last outcome.
fn conduct(table: TableInput<'_>, shared: &Shared) -> Result<TableResult, Error> {
    let (number, source) = (table.number, table.source);
    let cannot_read = |error| Error::Read {
        path: source.path.clone(),
        source: error,
    };
    let mut conductor = Conductor::new(table, shared)?;
    shared.observer.started(number);
    let settings = shared.settings;
    let chunker = Chunker::of_source(source, settings.batch_bytes, settings.max_record)
        .map_err(cannot_read)?
        .with_pool(&shared.buffers);
    let content_hash = std::thread::scope(|scope| {
        let (chunks_in, chunks) = unbounded();
        let cleaner = conductor.cleaner();
        let guard = shared.permits.guard(number);
        let reader = scope.spawn(move || read(number, chunker, &cleaner, shared, &chunks_in));
        let finished = conductor.take_all(&chunks);
        // this tells a reader that has more to hand over to end
        drop((chunks, guard));
        let hash = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        conductor.warn();
        finished?;
        hash.map_err(cannot_read)
    })?;
    // an interrupt at this point is too late for this table, because all of its rows are stored
    if shared.stop.reason() == Some(Reason::GivenUp) {
        return Err(Error::GivenUp);
    }
    let result = conductor.finish(content_hash)?;
    shared.sink.table_complete(number, &result);
    shared.observer.finished(number, &result);
    Ok(result)
}

/// The reader thread: reads chunks and starts to clean each of them, until the file ends or nobody
/// takes them. Returns the hash of the file.
fn read(
    table: usize,
    mut chunker: Chunker<Stream>,
    cleaner: &Arc<Cleaner>,
    shared: &Shared,
    chunks: &Sender<Cleaning>,
) -> anyhow::Result<u128> {
    while let Some(permit) = shared.permits.acquire(table)
        && let Some(chunk) = chunker.next_chunk()?
    {
        let (done, cleaning) = bounded(1);
        if chunks.send(cleaning).is_err() {
            break;
        }
        let cleaner = Arc::clone(cleaner);
        shared.pool.spawn(move || {
            let cleaned = cleaner.clean(&chunk);
            // a conductor that no longer receives has failed, and its error is the one to show
            let _ = done.send((chunk, cleaned, permit));
        });
    }
    Ok(chunker.into_input().content_hash())
}

#[cfg(test)]
mod tests;
