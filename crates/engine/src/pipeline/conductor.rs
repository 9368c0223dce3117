//! Leads the rows of one table through: cleaned chunks are taken up in file order, keys judged,
//! batches handed to the sink, outcomes settled. All that depends on the order of the file happens
//! here, on one thread per table.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::carry::{Again, Carry};
use super::job::{Job, Outcome, SinkClosed};
use super::wait::Permit;
use super::warnings::warnings;
use super::{BudgetSpent, Interrupted, Led, OverBudget, Settings, Shared, TableResult};
use crate::pipeline::cleaner::{Cleaned, Cleaner, Signs};
use crate::rejects::RejectFiles;
use clean::keys::{BatchKeys, CommittedKeys, KeyCheckError, KeyRejection, Keys, MissingParents};
use input::Source;
use input::chunks::{Chunk, Content};
use model::batch::Batch;
use model::rejection::Refusal;
use model::rejection::{Rejection, Rule, shown};

/// Time between two looks at the outcomes while no chunk comes.
const POLL: Duration = Duration::from_millis(10);

/// A chunk that is being cleaned.
pub(super) type Cleaning = Receiver<(Chunk, Cleaned, Permit)>;

pub(super) struct Conductor<'a> {
    table: usize,
    pub(super) source: &'a Source,
    pub(super) shared: &'a Shared<'a>,
    pub(super) cleaner: Arc<Cleaner>,
    keys: Keys,
    /// What the children of the table look at, if it has some.
    settled: Option<Arc<CommittedKeys>>,
    /// The keys of batches that are under way, for these.
    taken: BTreeMap<u32, BatchKeys>,
    rejects: Option<RejectFiles>,
    pub(super) carry: Option<Carry>,
    /// Refused records that go with the next batch.
    pub(super) refused_before: Vec<Rejection>,
    pub(super) again: Again,
    signs: Signs,
    next_number: u32,
    outcomes_in: Sender<Outcome>,
    outcomes: Receiver<Outcome>,
    waiting: BTreeMap<u32, Outcome>,
    next_outcome: u32,
    end: u64,
    read: u64,
    loaded: u64,
    checksum: u64,
    rules: BTreeMap<Rule, u64>,
    /// The first time that more rows were rejected than allowed, where the run reads on.
    over_budget: Option<BudgetSpent>,
    began: Instant,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(led: Led<'a>, shared: &'a Shared<'a>) -> Result<Conductor<'a>> {
        let source = led.source;
        let (outcomes_in, outcomes) = channel();
        Ok(Conductor {
            table: led.number,
            source,
            shared,
            cleaner: Arc::new(Cleaner::new(source, shared.settings.max_record)),
            keys: led.keys,
            settled: led.settled,
            taken: BTreeMap::new(),
            rejects: reject_files(source, shared.settings)?,
            carry: None,
            refused_before: Vec::new(),
            again: Again::default(),
            signs: Signs::default(),
            next_number: 0,
            outcomes_in,
            outcomes,
            waiting: BTreeMap::new(),
            next_outcome: 0,
            end: source.header.bytes,
            read: 0,
            loaded: 0,
            checksum: 0,
            rules: BTreeMap::new(),
            over_budget: None,
            began: Instant::now(),
        })
    }

    /// How the table's chunks are cleaned.
    pub(super) fn cleaner(&self) -> Arc<Cleaner> {
        Arc::clone(&self.cleaner)
    }

    /// Takes all chunks through, and waits for their outcomes.
    pub(super) fn take_all(&mut self, chunks: &Receiver<Cleaning>) -> Result<()> {
        loop {
            if self.is_over()? {
                return Ok(());
            }
            // outcomes are never left lying: their permits may be what the reader waits for
            match chunks.recv_timeout(POLL) {
                Ok(cleaning) => {
                    let (chunk, cleaned, permit) = cleaning
                        .recv()
                        .context("a cleaning thread ended abnormally")?;
                    self.end = chunk.end();
                    self.take_chunk(chunk, cleaned, Some(permit))?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.take_outcomes()?;
        }
        self.await_outcomes()
    }

    /// Waits for the outcomes of all batches that were handed over, unless the run is given up.
    pub(super) fn await_outcomes(&mut self) -> Result<()> {
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

    /// Takes no more outcomes: those that still come, of a run that was given up, free their
    /// permits at once.
    pub(super) fn let_go(&mut self) {
        self.outcomes = channel().1;
        self.waiting.clear();
    }

    /// A sink that failed drops the jobs that it was given, without an outcome.
    fn check_sink(&self) -> Result<()> {
        if self.shared.sink.is_closed() {
            return Err(SinkClosed.into());
        }
        Ok(())
    }

    fn take_outcomes(&mut self) -> Result<()> {
        while let Ok(outcome) = self.outcomes.try_recv() {
            self.take_outcome(outcome)?;
        }
        Ok(())
    }

    /// Judges the keys of a cleaned chunk and hands it to the sink; what it could not finish is
    /// carried over.
    pub(super) fn hand_over(
        &mut self,
        chunk: Chunk,
        cleaned: Cleaned,
        permit: Option<Permit>,
    ) -> Result<()> {
        let Cleaned {
            mut batch,
            mut rejections,
            mut records,
            stopped,
            signs,
        } = cleaned;
        let bytes = match chunk.content {
            Content::Lines(bytes) => bytes,
            Content::LongLine(_) => Vec::new(),
        };
        self.signs.add(signs);
        records += self.refused_before.len() as u64;
        rejections.splice(..0, self.refused_before.drain(..));
        let before = rejections.len();
        let Some(refused) = self.judge(&mut batch)? else {
            return Ok(());
        };
        rejections.extend(refused.into_iter().map(|key| of_key(key, &batch, &bytes)));
        if rejections.len() > before {
            rejections.sort_by_key(|r| r.offset);
        }
        if stopped < bytes.len() {
            let line = chunk.line + memchr::memchr_iter(b'\n', &bytes[..stopped]).count() as u64;
            let place = (chunk.offset + stopped as u64, line);
            self.carry = Some(self.carried(&bytes[stopped..], place));
        }
        // waiting for the sink may take long, and only the values are needed from here on
        self.shared.spares.put_back(bytes);
        batch.number = self.next_number;
        self.next_number = self
            .next_number
            .checked_add(1)
            .context("too many batches; take a larger --batch-size")?;
        if self.settled.is_some() {
            self.taken
                .insert(batch.number, self.keys.batch_keys(&batch));
        }
        let job = Job {
            table: self.table,
            batch,
            records,
            rejections,
            keep_rows: self.shared.observer.wants_rows(),
            outcomes: self.outcomes_in.clone(),
            permit,
        };
        Ok(self.shared.sink.submit(job)?)
    }

    /// Judges the keys of a batch as soon as its parents are stored; `None` when the run was given
    /// up meanwhile.
    fn judge(&mut self, batch: &mut Batch) -> Result<Option<Vec<KeyRejection>>> {
        loop {
            let awaited = match self.keys.check(batch) {
                Ok(refused) => return Ok(Some(refused)),
                Err(KeyCheckError::PendingParent(awaited)) => awaited,
                Err(KeyCheckError::Failed(error)) => return Err(error),
            };
            loop {
                let last = self.shared.news.last();
                if awaited.is_over() {
                    break;
                }
                if self.is_over()? {
                    return Ok(None);
                }
                self.shared.news.wait(last, POLL);
                self.take_outcomes()?;
            }
        }
    }

    /// Whether the run was given up.
    pub(super) fn is_over(&self) -> Result<bool> {
        if self.shared.settings.stop.load(Ordering::Relaxed) {
            return Err(Interrupted.into());
        }
        self.check_sink()?;
        Ok(self.shared.stopped.load(Ordering::Relaxed))
    }

    /// Takes outcomes up in file order, whatever order they come in.
    fn take_outcome(&mut self, outcome: Outcome) -> Result<()> {
        self.waiting.insert(outcome.number, outcome);
        while let Some(outcome) = self.waiting.remove(&self.next_outcome) {
            self.next_outcome += 1;
            self.settle(outcome)?;
        }
        Ok(())
    }

    fn settle(&mut self, outcome: Outcome) -> Result<()> {
        let mut rejections = outcome.rejections;
        let mut refused = Vec::new();
        if let Some(batch) = &outcome.rows {
            for refusal in &outcome.refusals {
                rejections.push(self.server_rejection(batch, refusal)?);
                // a row that was removed after the load keeps its key, and rows that refer to it
                // are removed as well
                if refusal.rule != Rule::MissingParent {
                    refused.push(self.keys.row_keys(batch, refusal.row));
                    self.keys
                        .remove_server_rejected(self.keys.row_keys(batch, refusal.row));
                }
            }
            rejections.sort_by_key(|r| r.offset);
            self.shared.observer.accepted(self.table, batch);
        }
        if let (Some(settled), Some(taken)) = (&self.settled, self.taken.remove(&outcome.number)) {
            settled.add(taken, &refused);
            self.shared.news.tell();
        }
        self.read += outcome.records;
        self.loaded += outcome.loaded;
        self.checksum = self.checksum.wrapping_add(outcome.checksum);
        for rejection in &rejections {
            *self.rules.entry(rejection.rule).or_insert(0) += 1;
            self.shared.observer.refused(self.table, rejection);
            let source = self.source;
            if let Some(rejects) = &mut self.rejects {
                let place = source.place(rejection.offset, rejection.line);
                rejects.write(rejection, &place)?;
            }
        }
        let rejected = self.rules.values().sum();
        self.shared.observer.advanced(
            self.table,
            self.source.raw_position(outcome.end),
            self.read,
            rejected,
        );
        match self.shared.settings.over_budget {
            OverBudget::Stop => self.spent(rejected, false).map_or(Ok(()), |s| bail!(s)),
            OverBudget::ReadOn => {
                // a share that is too large here ends a run that loads, also where it shrinks later
                // on
                if self.over_budget.is_none() {
                    self.over_budget = self.spent(rejected, false);
                }
                Ok(())
            }
        }
    }

    fn server_rejection(&self, batch: &Batch, refusal: &Refusal) -> Result<Rejection> {
        let place = batch.all_rows()[refusal.row];
        let offset = batch.start + u64::from(place.offset);
        let raw = self.source.raw(offset, place.length as usize)?;
        let at_fault = match refusal.rule {
            Rule::MissingParent => self
                .keys
                .column_and_value(batch, refusal.row, &refusal.message),
            _ => None,
        };
        let (column, value) = at_fault.unwrap_or_else(|| (None, shown(raw.trim_ascii_end())));
        Ok(Rejection {
            line: batch.line + u64::from(place.line),
            offset,
            bytes: place.length.into(),
            column,
            rule: refusal.rule,
            value,
            message: refusal.message.clone(),
            raw,
        })
    }

    /// What to say when more rows are rejected than allowed.
    fn spent(&self, rejected: u64, at_end: bool) -> Option<BudgetSpent> {
        let budget = self.shared.settings.budget;
        let is_spent = budget.is_spent(self.read, rejected, at_end);
        is_spent.then(|| BudgetSpent {
            table: self.source.table.name.clone(),
            read: self.read,
            rules: self.rules.clone(),
            budget,
            rejects: self.shared.settings.rejects.clone(),
        })
    }

    /// Says what the rows that were read show of how the file is written, also when the run is
    /// given up.
    pub(super) fn warn(&self) {
        for warning in warnings(&self.signs, self.source) {
            self.shared.observer.warned(self.table, &warning);
        }
    }

    /// Closes the reject files and does the sum: read = loaded + rejected.
    pub(super) fn finish(self, content_hash: u128) -> Result<TableResult> {
        let name = self.source.path.display().to_string();
        self.source.check_unchanged()?;
        let rejected: u64 = self.rules.values().sum();
        let over_budget = self.spent(rejected, true).or(self.over_budget.clone());
        if let Some(rejects) = self.rejects {
            rejects.finish()?;
        }
        if let Some(spent) = &over_budget
            && self.shared.settings.over_budget == OverBudget::Stop
        {
            bail!(spent.clone());
        }
        if self.read != self.loaded + rejected {
            bail!(
                "{name}: {} records were read, but {} loaded and {rejected} refused; please report this",
                self.read,
                self.loaded
            );
        }
        if let Some(settled) = self.settled {
            settled.finish();
            self.shared.news.tell();
        }
        let missing_values = self.keys.missing_parents();
        let mut unjudged_references = self.keys.unchecked_foreign_keys().to_vec();
        unjudged_references.extend(
            missing_values
                .iter()
                .flat_map(MissingParents::names)
                .cloned(),
        );
        let table = &self.source.table;
        let header = &self.source.header;
        Ok(TableResult {
            name: table.name.clone(),
            file: self.source.path.clone(),
            bytes: self.end,
            content_hash,
            columns: header
                .columns
                .iter()
                .map(|c| table.columns[c.0].name.clone())
                .collect(),
            ignored: header.ignored.clone(),
            unfilled: header.unfilled.clone(),
            read: self.read,
            loaded: self.loaded,
            rules: self.rules,
            checksum: self.checksum,
            elapsed: self.began.elapsed(),
            warnings: warnings(&self.signs, self.source),
            over_budget,
            unjudged_references,
            missing_values,
            left_to_server: [self.keys.left_to_server(), self.cleaner.left_to_server()].concat(),
        })
    }
}

/// The row of a batch that is rejected for a key, with its bytes out of the chunk's.
fn of_key(refused: KeyRejection, batch: &Batch, bytes: &[u8]) -> Rejection {
    let place = batch.all_rows()[refused.row];
    let start = place.offset as usize;
    Rejection {
        line: batch.line + u64::from(place.line),
        offset: batch.start + u64::from(place.offset),
        bytes: place.length.into(),
        raw: bytes[start..start + place.length as usize].to_vec(),
        column: refused.column,
        rule: refused.fault.rule,
        value: refused.value,
        message: refused.fault.message,
    }
}

fn reject_files(source: &Source, settings: &Settings) -> Result<Option<RejectFiles>> {
    let Some(folder) = &settings.rejects else {
        return Ok(None);
    };
    let mut files = RejectFiles::new(folder, &source.table.name, &source.header.raw)?;
    if let Some(from) = &settings.carried {
        files.carry_over(from)?;
    }
    Ok(Some(files))
}
