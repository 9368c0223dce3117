//! The data flow. Only this module connects threads, rayon and tokio.
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
//! All tables are read at the same time, because a connection works best with a table of its own. A
//! batch waits until the parents of its rows are stored, or until the parents' tables are complete.
//! A file in the order of its parents hardly waits at all.
//!
//! Each chunk has a permit from reading until its outcome is known. The number of permits therefore
//! bounds the memory, whatever the size of the input. Some permits belong to one table each, so
//! that a child never takes the permits that its parent needs. Outcomes are counted in file order,
//! so that results do not depend on timing.
//!
//! Whenever a conductor waits, it uses a `select!` that also receives the answers of the sink and
//! the request to stop. Nothing polls a flag.

pub mod cleaner;
mod conductor;
mod cycles;
mod diagnosis;
mod error;
pub mod excerpt;
mod generated_ids;
mod job;
mod observer;
mod parent_signal;
mod permits;
mod result;
mod root_causes;
mod settings;
mod settle;
mod unfinished;
mod warnings;

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded, unbounded};

use crate::cancel::{Reason, Stop};
use crate::pipeline::cleaner::Cleaner;
use clean::keys::{CommittedKeys, Keys, all_missing_parents};
use conductor::{Cleaning, Conductor};
pub use error::Error;
use input::chunks::{BufferPool, Chunker};
use input::{Source, Stream};
pub use job::{CountSink, Job, Sink, SinkClosed};
use model::schema::{Table, cycle_of};
pub use observer::Observer;
use parent_signal::ParentSignal;
use permits::Permits;
pub use result::{BudgetSpent, TableResult};
use root_causes::RejectedKeys;
pub use settings::{AfterReading, OverBudget, Settings};

/// The values that the conductors share.
struct Shared<'a> {
    settings: &'a Settings,
    sink: &'a dyn Sink,
    observer: &'a dyn Observer,
    pool: rayon::ThreadPool,
    permits: Arc<Permits>,
    parents: ParentSignal,
    buffers: Arc<BufferPool>,
    rejected_keys: RejectedKeys,
    /// A child of [`Settings::stop`]: if a table fails, it stops this run only.
    stop: Stop,
}

impl<'a> Shared<'a> {
    fn new(
        tables: usize,
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
            permits: Permits::new(settings.in_flight, tables),
            parents: ParentSignal::new(tables),
            buffers: Arc::default(),
            rejected_keys: RejectedKeys::default(),
            stop: settings.stop.child(),
        })
    }

    /// Returns an error if the run must stop.
    fn check_stop(&self) -> Result<(), Error> {
        match self.stop.reason() {
            None => Ok(()),
            Some(Reason::Interrupted) => Err(Error::Interrupted),
            Some(Reason::GivenUp) => Err(Error::GivenUp),
        }
    }
}

/// Stops the other tables when it is dropped, even by a panic, because they may be waiting for this
/// table.
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
    /// The keys in which child tables look up their parents, if the table has children in this run.
    settled: Option<Arc<CommittedKeys>>,
    /// The columns of this table to which foreign keys refer, one list for each key.
    referenced: Vec<Vec<String>>,
}

/// What a pass over the files collects in addition to its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collect {
    Nothing,
    /// Which rows refer to which, because rows may have to be rejected at the end.
    Links,
}

/// Reads and cleans all rows of the given files, which must be in load order, and passes them to
/// the sink.
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
    let all: Vec<usize> = (0..sources.len()).collect();
    run_some(sources, &all, settings, (sink, observer))
}

/// Like [`run`], for the files with these positions only. Parents in other files are not checked.
///
/// # Errors
///
/// The same as for [`run`].
pub fn run_some(
    sources: &[Source],
    wanted: &[usize],
    settings: &Settings,
    (sink, observer): (&dyn Sink, &dyn Observer),
) -> Result<Vec<TableResult>, Error> {
    let inputs = table_inputs((sources, wanted), settings, Collect::Nothing);
    let shared = Shared::new(sources.len(), settings, sink, observer)?;
    let (mut results, keys) = read_all(inputs, &shared)?;
    for (result, keys) in results.iter_mut().zip(&keys) {
        let lacking = keys.foreign_keys_without_parents();
        result.unjudged_references.extend(lacking);
    }
    note_what_is_open(&mut results, &keys)?;
    Ok(results)
}

/// Adds to the results the keys that only the server can check, which are known when all tables are
/// complete.
fn note_what_is_open(results: &mut [TableResult], keys: &[Keys]) -> Result<(), Error> {
    for (result, keys) in results.iter_mut().zip(keys) {
        let kept = keys.foreign_keys_of_kept_orphans().iter().cloned();
        result.unjudged_references.extend(kept);
        for (name, left) in keys.foreign_keys_left_open().map_err(Error::Keys)? {
            result.unjudged_references.push(name);
            result.left_to_server.push(left);
        }
    }
    Ok(())
}

/// Reads all tables. Returns their results and their keys.
fn read_all(
    tables: Vec<TableInput<'_>>,
    shared: &Shared<'_>,
) -> Result<(Vec<TableResult>, Vec<Keys>), Error> {
    let results: Vec<Result<(TableResult, Keys), Error>> = std::thread::scope(|scope| {
        let conduct_one = |table| {
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
        None => Ok(complete.into_iter().unzip()),
    }
}

/// Prepares the tables and links them by their foreign keys. A child looks up its parents in the
/// keys that the parent's conductor adds.
fn table_inputs<'a>(
    (sources, wanted): (&'a [Source], &[usize]),
    settings: &Settings,
    collect: Collect,
) -> Vec<TableInput<'a>> {
    let mut parents: HashMap<String, Arc<CommittedKeys>> = settings
        .existing
        .iter()
        .filter(|(table, _)| sources.iter().all(|s| s.table.name != **table))
        .map(|(table, keys)| {
            let keys = CommittedKeys::complete(Arc::clone(keys));
            (table.clone(), Arc::new(keys))
        })
        .collect();
    let mut inputs = Vec::new();
    let is_wanted = |(number, _): &(usize, &Source)| wanted.contains(number);
    for (number, source) in sources.iter().enumerate().filter(is_wanted) {
        let name = &source.table.name;
        let references = sources.iter().flat_map(|other| &other.table.foreign_keys);
        let referenced = references.filter(|key| key.refers_to(name));
        let referenced = distinct(referenced.map(|key| key.parent_columns.clone()));
        let loaded = loaded(source);
        let keys = Keys::unique(&source.table, &loaded);
        let mut keys = keys.with_referenced(&source.table, &loaded, &referenced);
        if let Some(existing) = settings.existing.get(name) {
            keys = match settings.after_reading {
                AfterReading::Merged | AfterReading::Compared | AfterReading::Synced => {
                    keys.with_merged(existing)
                }
                _ => keys.with_existing(existing),
            };
        }
        let settled = (!referenced.is_empty()).then(|| Arc::new(keys.committed_keys()));
        if let Some(settled) = &settled {
            parents.insert(name.clone(), Arc::clone(settled));
        }
        inputs.push(TableInput {
            number,
            source,
            keys,
            settled,
            referenced,
        });
    }
    with_foreign_keys(inputs, settings, &parents, collect)
}

/// Adds the foreign keys. This needs the keys of all parents.
fn with_foreign_keys<'a>(
    inputs: Vec<TableInput<'a>>,
    settings: &Settings,
    parents: &HashMap<String, Arc<CommittedKeys>>,
    collect: Collect,
) -> Vec<TableInput<'a>> {
    let tables: Vec<&Table> = inputs.iter().map(|input| &input.source.table).collect();
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    let linked = (collect == Collect::Links).then(|| cycles::linked(&tables));
    let complete = |input: TableInput<'a>| {
        let (table, loaded) = (&input.source.table, loaded(input.source));
        let cycle = cycle_of(table, &tables).into_iter();
        let cycle: Vec<String> = cycle.map(|table| table.name.clone()).collect();
        let keys = input.keys;
        let mut keys = keys.with_foreign_keys(table, &loaded, parents, &cycle);
        if settings.after_reading == AfterReading::ServerJudges {
            keys = keys.with_orphans_removed_after_the_load();
        }
        if let Some(missing) = settings.missing.get(&table.name) {
            keys = keys.with_missing(table, &loaded, missing);
        }
        let after = settings.after_reading;
        if matches!(after, AfterReading::Compared | AfterReading::Synced) {
            keys = keys.with_records_as_parents(table, &names);
        }
        if let Some(linked) = &linked {
            keys = keys.with_links(linked);
        }
        TableInput { keys, ..input }
    };
    inputs.into_iter().map(complete).collect()
}

fn distinct(lists: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let mut lists: Vec<_> = lists.collect();
    lists.sort_unstable();
    lists.dedup();
    lists
}

/// The positions in the table of the columns that a file fills.
fn loaded(source: &Source) -> Vec<usize> {
    source.header.columns.iter().map(|c| c.0).collect()
}

/// Why [`count`] reads the files again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextReading {
    /// To find the rows that depend on rows without a parent.
    Find,
    /// To reject all rows that were found.
    Reject,
}

/// Like [`run`], for rows that are only counted. A row that refers to its own table, or to a table
/// that refers back, can be checked only at the end. If such rows have no parent, the files are
/// read again to find all rows that depend on them, and once more to reject all of these rows.
///
/// # Errors
///
/// The same as for [`run`]. `again` is called before each repeated pass over the files.
pub fn count(
    sources: &[Source],
    mut settings: Settings,
    observer: &dyn Observer,
    again: impl Fn(NextReading),
) -> Result<Vec<TableResult>, Error> {
    count_into(sources, &mut settings, (&CountSink, observer), again)
}

/// Like [`count`], with a sink that keeps no rows. Before the files are read again, `again` must
/// reset the sink. Key values without a parent row are added to the settings, so that a later
/// [`run`] with these settings rejects the same rows.
///
/// # Errors
///
/// The same as for [`count`].
pub fn count_into(
    sources: &[Source],
    settings: &mut Settings,
    (sink, observer): (&dyn Sink, &dyn Observer),
    again: impl Fn(NextReading),
) -> Result<Vec<TableResult>, Error> {
    let all: Vec<usize> = (0..sources.len()).collect();
    let read = |settings: &Settings, collect| {
        let inputs = table_inputs((sources, &all), settings, collect);
        read_all(
            inputs,
            &Shared::new(sources.len(), settings, sink, observer)?,
        )
    };
    let (mut results, keys) = read(settings, Collect::Nothing)?;
    if keys
        .iter()
        .all(|keys| keys.foreign_keys_without_parents().is_empty())
    {
        note_what_is_open(&mut results, &keys)?;
        return Ok(results);
    }
    again(NextReading::Find);
    let (_, mut keys) = read(settings, Collect::Links)?;
    settings.missing = all_missing_parents(&mut keys).map_err(Error::Keys)?;
    again(NextReading::Reject);
    let (mut results, keys) = read(settings, Collect::Nothing)?;
    note_what_is_open(&mut results, &keys)?;
    Ok(results)
}

/// Processes one table from its first byte to its last outcome.
fn conduct(table: TableInput<'_>, shared: &Shared) -> Result<(TableResult, Keys), Error> {
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
        // a reader that still has chunks stops when their receiver is dropped
        drop((chunks, guard));
        let hash = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        conductor.warn();
        finished?;
        hash.map_err(cannot_read)
    })?;
    // an interrupt now is too late for this table, because all of its rows are stored
    if shared.stop.reason() == Some(Reason::GivenUp) {
        return Err(Error::GivenUp);
    }
    let (result, keys) = conductor.finish(content_hash)?;
    shared.sink.table_complete(number, &result);
    shared.observer.finished(number, &result);
    Ok((result, keys))
}

/// The reader thread: reads chunks and starts cleaning each of them, until the file ends or nobody
/// receives them. Returns the hash of the file.
fn read(
    table: usize,
    mut chunker: Chunker<Stream>,
    cleaner: &Arc<Cleaner>,
    shared: &Shared,
    chunks: &Sender<Cleaning>,
) -> input::Result<u128> {
    while let Some(permit) = shared.permits.acquire(table)
        && let Some(chunk) = chunker.next_chunk()?
    {
        let (done, cleaning) = bounded(1);
        if chunks.send(cleaning).is_err() {
            break;
        }
        let cleaner = Arc::clone(cleaner);
        shared.pool.spawn(move || {
            let cleaned = cleaner.clean_excerpt(&chunk);
            // if the conductor no longer receives, it has failed and reports its own error
            let _ = done.send((chunk, cleaned, permit));
        });
    }
    Ok(chunker.into_input().content_hash())
}

#[cfg(test)]
mod tests;
