//! The data flow, and the only place where threads, rayon and tokio meet.
//!
//! ```text
//!  per table:  reader thread ── chunks ──▶ conductor thread ──▶ rayon: clean, in parallel
//!                                              │  ◀── cleaned chunks, taken up in file order
//!                                              ├─ what a chunk could not finish is carried over to the next
//!                                              ├─ keys: duplicates and missing parents, in file order
//!                                              ▼
//!                                            sink (counts, or loads in tokio tasks) ── outcomes ──▶ conductor
//!                                                                                       └─▶ rejects/, totals, budget
//! ```
//!
//! A table waits for its parents, for their accepted keys decide about its rows; tables that do not depend on each other run
//! side by side. A permit goes with every chunk from the file to its outcome, so that memory is bounded by their number
//! whatever the input's size. Outcomes are taken up in file order, so that results do not depend on timing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel,
};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::batch::Batch;
use crate::clean::keys::{AcceptedKeys, Keys, RowKeys};
use crate::clean::{Cleaned, Cleaner};
use crate::load::insert::Refusal;
use crate::rejects::{Budget, RejectFiles, Rejection, Rule, shown};
use crate::source::Source;
use crate::source::chunks::{Chunk, Chunker, Content};

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
    /// Folder of the reject files.
    pub rejects: PathBuf,
    /// Most chunks between file and database at a time.
    pub in_flight: usize,
    /// Keys that the database holds already, of tables that are added to and of parents outside this run.
    pub existing: HashMap<String, Arc<AcceptedKeys>>,
    /// Set to stop reading: what is under way is finished, nothing new is begun.
    pub stop: Arc<AtomicBool>,
}

/// What happened to the rows of one table.
#[derive(Debug, Clone)]
pub struct TableResult {
    /// Table name.
    pub name: String,
    /// The file that was read.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// XXH3-128 of the file.
    pub content_hash: u128,
    /// Columns that the file fills.
    pub columns: Vec<String>,
    /// Fields that are no column of the table.
    pub ignored: Vec<String>,
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
}

impl TableResult {
    /// Records refused.
    pub fn rejected(&self) -> u64 {
        self.rules.values().sum()
    }
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
    /// Where the refused records are.
    pub rejects: PathBuf,
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
            write!(
                f,
                "; look at {} first ({count} records), in {}/{}.reasons.csv",
                rule.name(),
                self.rejects.display(),
                self.table
            )?;
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
    /// Everything up to byte `bytes` of the file is dealt with.
    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64);
    /// All rows of a table are dealt with.
    fn finished(&self, table: usize, result: &TableResult);
}

/// The sink takes no more batches; its own error says why.
#[derive(Debug, Clone, Copy)]
pub struct SinkClosed;

impl std::fmt::Display for SinkClosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the database takes no more rows")
    }
}

impl std::error::Error for SinkClosed {}

/// Where batches go.
pub trait Sink: Sync {
    /// Hands in a batch; waits while the sink is full.
    ///
    /// # Errors
    ///
    /// When the sink has failed.
    fn submit(&self, job: Job) -> Result<(), SinkClosed>;

    /// Whether the sink has failed, so that no outcome will come any more.
    fn is_closed(&self) -> bool;
}

/// The sink of `check`: accepts every row.
#[derive(Debug, Clone, Copy)]
pub struct CountSink;

impl Sink for CountSink {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        job.done(Vec::new());
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }
}

/// A batch on its way to a sink.
#[derive(Debug)]
pub struct Job {
    /// Number of the table in the pipeline.
    pub table: usize,
    /// The rows.
    pub batch: Batch,
    records: u64,
    rejections: Vec<Rejection>,
    outcomes: Sender<Outcome>,
    permit: Option<Permit>,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Outcome {
    batch: Batch,
    records: u64,
    rejections: Vec<Rejection>,
    refusals: Vec<Refusal>,
}

impl Job {
    /// Reports that the batch is stored, but for the rows that the server refused.
    pub fn done(self, refusals: Vec<Refusal>) {
        let mut batch = self.batch;
        if refusals.is_empty() {
            batch.forget_values();
        }
        let outcome = Outcome {
            batch,
            records: self.records,
            rejections: self.rejections,
            refusals,
        };
        drop(self.permit);
        // a conductor that has gone has failed, and its error is the one to show
        let _ = self.outcomes.send(outcome);
    }
}

/// A counting semaphore that threads wait for.
#[derive(Debug)]
struct Permits {
    free: Mutex<usize>,
    changed: Condvar,
}

#[derive(Debug)]
struct Permit(Arc<Permits>);

impl Permits {
    fn new(count: usize) -> Arc<Permits> {
        Arc::new(Permits {
            free: Mutex::new(count.max(2)),
            changed: Condvar::new(),
        })
    }

    fn acquire(self: &Arc<Permits>) -> Permit {
        let mut free = held(&self.free);
        while *free == 0 {
            free = self
                .changed
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Permit(Arc::clone(self))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *held(&self.0.free) += 1;
        self.0.changed.notify_one();
    }
}

/// The values behind our locks are plain; a panic elsewhere leaves them whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The accepted keys of the tables that are finished; children wait here for their parents.
#[derive(Default)]
struct Finished {
    keys: Mutex<HashMap<String, Option<Arc<AcceptedKeys>>>>,
    changed: Condvar,
}

impl Finished {
    fn put(&self, table: &str, keys: Option<Arc<AcceptedKeys>>) {
        held(&self.keys).insert(table.to_string(), keys);
        self.changed.notify_all();
    }

    /// `None` when one of the tables failed.
    fn wait_for(&self, tables: &[String]) -> Option<HashMap<String, Arc<AcceptedKeys>>> {
        let mut keys = held(&self.keys);
        while !tables.iter().all(|t| keys.contains_key(t)) {
            keys = self
                .changed
                .wait(keys)
                .unwrap_or_else(PoisonError::into_inner);
        }
        tables
            .iter()
            .map(|t| Some((t.clone(), Arc::clone(keys.get(t)?.as_ref()?))))
            .collect()
    }
}

/// Everything that the conductors share.
struct Shared<'a> {
    settings: &'a Settings,
    sink: &'a dyn Sink,
    observer: &'a dyn Observer,
    pool: rayon::ThreadPool,
    permits: Arc<Permits>,
    finished: Finished,
    stopped: AtomicBool,
}

/// Reads, cleans and hands over all rows of the given files, which stand in load order.
///
/// # Errors
///
/// The first failure: a file that cannot be read or that changes meanwhile, a full disk under the reject files, a spent budget
/// ([`BudgetSpent`]), or [`SinkClosed`], for which the sink knows the reason.
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
        permits: Permits::new(settings.in_flight),
        finished: Finished::default(),
        stopped: AtomicBool::new(false),
    };
    let results: Vec<Result<Option<TableResult>>> = std::thread::scope(|scope| {
        let conductors: Vec<_> = sources
            .iter()
            .enumerate()
            .map(|(table, source)| {
                let shared = &shared;
                scope.spawn(move || {
                    let result = conduct(table, source, sources, shared);
                    if !matches!(result, Ok(Some(_))) {
                        shared.stopped.store(true, Ordering::Relaxed);
                        shared.finished.put(&source.table.name, None);
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

type CleanedChunk = (Chunk, Cleaned, Permit);

/// Leads one table through; `None` when it was given up because another failed.
fn conduct(
    table: usize,
    source: &Source,
    sources: &[Source],
    shared: &Shared,
) -> Result<Option<TableResult>> {
    let names: Vec<_> = sources.iter().map(|s| &s.table.name).collect();
    let parents: Vec<String> = source
        .table
        .foreign_keys
        .iter()
        .map(|f| f.parent_table.clone())
        .filter(|p| *p != source.table.name && names.contains(&p))
        .collect();
    let Some(mut parents) = shared.finished.wait_for(&parents) else {
        return Ok(None);
    };
    if shared.stopped.load(Ordering::Relaxed) {
        return Ok(None);
    }
    for reference in &source.table.foreign_keys {
        if let Some(existing) = shared.settings.existing.get(&reference.parent_table) {
            parents
                .entry(reference.parent_table.clone())
                .or_insert_with(|| Arc::clone(existing));
        }
    }
    let mut conductor = Conductor::new(table, source, &parents, shared)?;
    shared.observer.started(table);
    let chunker = Chunker::of_source(
        source,
        shared.settings.batch_bytes,
        shared.settings.max_record,
    )
    .with_context(|| format!("cannot read {}", source.path.display()))?;
    let content_hash = std::thread::scope(|scope| {
        let (chunks_in, chunks) = sync_channel(1);
        let permits = Arc::clone(&shared.permits);
        let reader = scope.spawn(move || read(chunker, &permits, &chunks_in));
        let finished = conductor.take_all(&chunks);
        // a reader that still waits to hand over sees that nobody takes it
        drop(chunks);
        let hash = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        finished?;
        hash.with_context(|| format!("cannot read {}", source.path.display()))
    });
    let content_hash = content_hash?;
    if shared.stopped.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let (result, keys) = conductor.finish(content_hash)?;
    shared.observer.finished(table, &result);
    shared
        .finished
        .put(&source.table.name, Some(Arc::new(keys.into_accepted())));
    Ok(Some(result))
}

/// The reader thread: chunks with their permits, until the file ends or nobody takes them; gives the hash of the file.
fn read<R: std::io::Read>(
    mut chunker: Chunker<R>,
    permits: &Arc<Permits>,
    chunks: &SyncSender<(Chunk, Permit)>,
) -> Result<u128> {
    loop {
        let permit = permits.acquire();
        match chunker.next_chunk()? {
            Some(chunk) => {
                if chunks.send((chunk, permit)).is_err() {
                    break;
                }
            }
            None => break,
        }
    }
    Ok(chunker.content_hash())
}

/// What a chunk could not finish.
struct Carry {
    bytes: Vec<u8>,
    offset: u64,
    line: u64,
}

struct Conductor<'a> {
    table: usize,
    source: &'a Source,
    shared: &'a Shared<'a>,
    cleaner: Arc<Cleaner>,
    keys: Keys,
    rejects: RejectFiles,
    carry: Option<Carry>,
    next_number: u32,
    outcomes_in: Sender<Outcome>,
    outcomes: Receiver<Outcome>,
    waiting: BTreeMap<u32, Outcome>,
    next_outcome: u32,
    /// Keys of rows that the server refused: their children are refused too.
    server_refused: Vec<RowKeys>,
    end: u64,
    read: u64,
    loaded: u64,
    checksum: u64,
    rules: BTreeMap<Rule, u64>,
    began: Instant,
}

impl<'a> Conductor<'a> {
    fn new(
        table: usize,
        source: &'a Source,
        parents: &HashMap<String, Arc<AcceptedKeys>>,
        shared: &'a Shared<'a>,
    ) -> Result<Conductor<'a>> {
        let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
        let mut keys = Keys::new(&source.table, &loaded, parents);
        if let Some(existing) = shared.settings.existing.get(&source.table.name) {
            keys = keys.with_existing(existing);
        }
        let (outcomes_in, outcomes) = channel();
        Ok(Conductor {
            table,
            source,
            shared,
            cleaner: Arc::new(Cleaner::new(source, shared.settings.max_record)),
            keys,
            rejects: RejectFiles::new(
                &shared.settings.rejects,
                &source.table.name,
                &source.path,
                &source.header.raw,
            )?,
            carry: None,
            next_number: 0,
            outcomes_in,
            outcomes,
            waiting: BTreeMap::new(),
            next_outcome: 0,
            server_refused: Vec::new(),
            end: source.header.bytes,
            read: 0,
            loaded: 0,
            checksum: 0,
            rules: BTreeMap::new(),
            began: Instant::now(),
        })
    }

    /// Takes all chunks through, and waits for their outcomes.
    fn take_all(&mut self, chunks: &Receiver<(Chunk, Permit)>) -> Result<()> {
        let mut cleaning: VecDeque<Receiver<CleanedChunk>> = VecDeque::new();
        loop {
            if self.shared.settings.stop.load(Ordering::Relaxed) {
                return Err(Interrupted.into());
            }
            if self.shared.stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            // never wait for a chunk while holding cleaned ones: their permits may be what the readers wait for
            let next = match chunks.try_recv() {
                Err(TryRecvError::Empty) if cleaning.is_empty() => {
                    chunks.recv().map_err(|_| TryRecvError::Disconnected)
                }
                other => other,
            };
            let (chunk, permit) = match next {
                Ok(next) => next,
                Err(TryRecvError::Empty) => {
                    self.take_next(&mut cleaning)?;
                    continue;
                }
                Err(TryRecvError::Disconnected) => break,
            };
            let (done, cleaned) = channel();
            let cleaner = Arc::clone(&self.cleaner);
            self.shared.pool.spawn(move || {
                let cleaned = cleaner.clean(&chunk);
                let _ = done.send((chunk, cleaned, permit));
            });
            cleaning.push_back(cleaned);
            if cleaning.len() > self.shared.settings.threads {
                self.take_next(&mut cleaning)?;
            }
        }
        while !cleaning.is_empty() {
            self.take_next(&mut cleaning)?;
        }
        while self.next_outcome < self.next_number {
            if self.shared.stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            match self.outcomes.recv_timeout(Duration::from_millis(100)) {
                Ok(outcome) => self.take_outcome(outcome)?,
                Err(RecvTimeoutError::Timeout) => self.check_sink()?,
                Err(RecvTimeoutError::Disconnected) => return Err(SinkClosed.into()),
            }
        }
        Ok(())
    }

    /// A sink that failed drops the jobs that it was given, without an outcome.
    fn check_sink(&self) -> Result<()> {
        if self.shared.sink.is_closed() {
            return Err(SinkClosed.into());
        }
        Ok(())
    }

    fn take_next(&mut self, cleaning: &mut VecDeque<Receiver<CleanedChunk>>) -> Result<()> {
        let Some(next) = cleaning.pop_front() else {
            return Ok(());
        };
        let (chunk, cleaned, permit) = next.recv().context("a cleaning thread ended abnormally")?;
        self.take_chunk(chunk, cleaned, permit)?;
        while let Ok(outcome) = self.outcomes.try_recv() {
            self.take_outcome(outcome)?;
        }
        Ok(())
    }

    /// Takes a cleaned chunk up in file order. Where the chunk before it ended within a record, the guess that it begins at
    /// one was wrong: it is cleaned again together with what was carried over.
    fn take_chunk(&mut self, chunk: Chunk, cleaned: Cleaned, permit: Permit) -> Result<()> {
        self.end = chunk.end();
        let Some(carry) = self.carry.take() else {
            return self.hand_over(chunk, cleaned, Some(permit));
        };
        match chunk.content {
            Content::Lines(bytes) => {
                let mut joined = carry.bytes;
                joined.extend_from_slice(&bytes);
                let chunk = Chunk {
                    offset: carry.offset,
                    line: carry.line,
                    content: Content::Lines(joined),
                    last: chunk.last,
                };
                let cleaned = self.cleaner.clean(&chunk);
                self.hand_over(chunk, cleaned, Some(permit))
            }
            Content::LongLine { .. } => {
                // the record goes on into a line that is longer than any record may be
                let rest = Chunk {
                    offset: carry.offset,
                    line: carry.line,
                    content: Content::Lines(carry.bytes),
                    last: false,
                };
                let lines = self.cleaner.clean_before_long_line(&rest);
                self.hand_over(rest, lines, None)?;
                self.hand_over(chunk, cleaned, Some(permit))
            }
        }
    }

    fn hand_over(&mut self, chunk: Chunk, cleaned: Cleaned, permit: Option<Permit>) -> Result<()> {
        let Cleaned {
            mut batch,
            mut rejections,
            records,
            stopped,
        } = cleaned;
        let bytes = match chunk.content {
            Content::Lines(bytes) => bytes,
            Content::LongLine { .. } => Vec::new(),
        };
        let before = rejections.len();
        for refused in self.keys.judge(&mut batch) {
            let place = batch.all_rows()[refused.row];
            let start = place.offset as usize;
            rejections.push(Rejection {
                line: batch.line + u64::from(place.line),
                offset: batch.start + u64::from(place.offset),
                bytes: place.length.into(),
                raw: bytes[start..start + place.length as usize].to_vec(),
                column: refused.column,
                rule: refused.fault.rule,
                value: refused.value,
                message: refused.fault.message,
            });
        }
        if rejections.len() > before {
            rejections.sort_by_key(|r| r.offset);
        }
        if stopped < bytes.len() {
            let line = chunk.line + memchr::memchr_iter(b'\n', &bytes[..stopped]).count() as u64;
            self.carry = Some(Carry {
                bytes: bytes[stopped..].to_vec(),
                offset: chunk.offset + stopped as u64,
                line,
            });
        }
        // waiting for the sink may take long, and only the values are needed from here on
        drop(bytes);
        batch.number = self.next_number;
        self.next_number = self
            .next_number
            .checked_add(1)
            .context("too many batches; take a larger --batch-size")?;
        let job = Job {
            table: self.table,
            batch,
            records,
            rejections,
            outcomes: self.outcomes_in.clone(),
            permit,
        };
        Ok(self.shared.sink.submit(job)?)
    }

    /// Takes outcomes up in file order, whatever order they come in.
    fn take_outcome(&mut self, outcome: Outcome) -> Result<()> {
        self.waiting.insert(outcome.batch.number, outcome);
        while let Some(outcome) = self.waiting.remove(&self.next_outcome) {
            self.next_outcome += 1;
            self.settle(outcome)?;
        }
        Ok(())
    }

    fn settle(&mut self, outcome: Outcome) -> Result<()> {
        let Outcome {
            mut batch,
            records,
            mut rejections,
            refusals,
        } = outcome;
        for refusal in &refusals {
            rejections.push(self.server_rejection(&batch, refusal)?);
            self.server_refused
                .push(self.keys.of_row(&batch, refusal.row));
            batch.refuse(refusal.row);
        }
        rejections.sort_by_key(|r| r.offset);
        self.read += records;
        self.loaded += batch.len() as u64;
        self.checksum = self.checksum.wrapping_add(batch.checksum());
        for rejection in &rejections {
            *self.rules.entry(rejection.rule).or_insert(0) += 1;
            let source = self.source;
            self.rejects.write(rejection, |out| {
                source.copy(rejection.offset, rejection.bytes, out)
            })?;
        }
        let end = batch.end;
        let rejected = self.rules.values().sum();
        self.shared
            .observer
            .advanced(self.table, end, self.read, rejected);
        self.judge_budget(rejected, false)
    }

    fn server_rejection(&self, batch: &Batch, refusal: &Refusal) -> Result<Rejection> {
        let place = batch.all_rows()[refusal.row];
        let offset = batch.start + u64::from(place.offset);
        let raw = self.source.raw(offset, place.length as usize)?;
        Ok(Rejection {
            line: batch.line + u64::from(place.line),
            offset,
            bytes: place.length.into(),
            column: None,
            rule: refusal.rule,
            value: shown(raw.trim_ascii_end()),
            message: refusal.message.clone(),
            raw,
        })
    }

    fn judge_budget(&self, rejected: u64, at_end: bool) -> Result<()> {
        let budget = self.shared.settings.budget;
        if !budget.is_spent(self.read, rejected, at_end) {
            return Ok(());
        }
        bail!(BudgetSpent {
            table: self.source.table.name.clone(),
            read: self.read,
            rules: self.rules.clone(),
            budget,
            rejects: self.shared.settings.rejects.clone(),
        })
    }

    /// Closes the reject files and does the sum: read = loaded + rejected.
    fn finish(mut self, content_hash: u128) -> Result<(TableResult, Keys)> {
        let name = self.source.path.display().to_string();
        if self.end != self.source.bytes {
            bail!(
                "{name} changed while it was read: it had {} bytes at the start and {} at the end; run again when it is complete",
                self.source.bytes,
                self.end
            );
        }
        let rejected: u64 = self.rules.values().sum();
        for keys in &self.server_refused {
            self.keys.release(keys);
        }
        let over = self.judge_budget(rejected, true);
        self.rejects.finish()?;
        over?;
        if self.read != self.loaded + rejected {
            bail!(
                "{name}: {} records were read, but {} loaded and {rejected} refused; please report this",
                self.read,
                self.loaded
            );
        }
        let table = &self.source.table;
        let header = &self.source.header;
        let result = TableResult {
            name: table.name.clone(),
            file: self.source.path.clone(),
            bytes: self.source.bytes,
            content_hash,
            columns: header
                .columns
                .iter()
                .map(|c| table.columns[c.0].name.clone())
                .collect(),
            ignored: header.ignored.clone(),
            read: self.read,
            loaded: self.loaded,
            rules: self.rules,
            checksum: self.checksum,
            elapsed: self.began.elapsed(),
            unjudged_references: self.keys.unjudged_references().to_vec(),
        };
        Ok((result, self.keys))
    }
}
