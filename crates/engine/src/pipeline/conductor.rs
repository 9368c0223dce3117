//! Moves the rows of one table through the pipeline. It takes cleaned chunks in file order, checks
//! keys and passes batches to the sink. Everything that depends on the order of the file happens
//! here, on one thread per table. `settle` counts the outcomes, and `unfinished` joins records that
//! span chunks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, select, unbounded};

use super::diagnosis::Collector;
use super::generated_ids::GeneratedIds;
use super::job::{Answer, Job, Outcome, Receipt, SinkClosed};
use super::permits::Permit;
use super::root_causes::RootCauses;
use super::settle::Totals;
use super::unfinished::{SecondReading, Unfinished};
use super::warnings::warnings;
use super::{Error, Observer, Settings, Shared, TableInput};
use crate::pipeline::cleaner::{Cleaned, Cleaner, Signs};
use crate::rejects::RejectFiles;
use clean::keys::{BatchKeys, CommittedKeys, KeyCheckError, KeyRejection, Keys};
use input::Source;
use input::chunks::{Chunk, Content};
use model::batch::Batch;
use model::rejection::{ElementOf, Rejection, Rule};
use model::report::RejectExample;
use mysql::sync::digest::noted::Collected;
use mysql::verify::table_checksum::TableChecksum;

/// A chunk that is being cleaned.
pub(super) type Cleaning = Receiver<(Chunk, Cleaned, Permit)>;

pub(super) struct Conductor<'a> {
    pub(super) table: usize,
    pub(super) source: &'a Source,
    pub(super) shared: &'a Shared<'a>,
    pub(super) cleaner: Arc<Cleaner>,
    pub(super) keys: Keys,
    /// Generates missing ids, if the table has the setting for that.
    ids: Option<GeneratedIds>,
    /// The keys in which child tables look up their parents, if the table has children.
    pub(super) settled: Option<Arc<CommittedKeys>>,
    /// The keys of batches that the sink has not answered yet. They are added to `settled` when the
    /// answer arrives.
    pub(super) taken: BTreeMap<u32, BatchKeys>,
    pub(super) rejects: Option<RejectFiles>,
    /// The record that did not end in the last chunk.
    pub(super) unfinished: Option<Unfinished>,
    /// Rejected records that will be counted with the next batch.
    pub(super) rejected_before: Vec<Rejection>,
    pub(super) second_reading: SecondReading,
    pub(super) signs: Signs,
    next_number: u32,
    answers_in: Sender<Answer>,
    answers: Receiver<Answer>,
    /// Outcomes that arrived before those of earlier batches.
    pub(super) early: BTreeMap<u32, Outcome>,
    pub(super) next_outcome: u32,
    /// Offset of the byte after the last chunk.
    pub(super) end: u64,
    pub(super) totals: Totals,
    table_checksum: Option<Arc<TableChecksum>>,
    digest: Option<Arc<Collected>>,
    /// Rejected and accepted records that are kept for a diagnosis.
    pub(super) collector: Collector,
    pub(super) causes: RootCauses,
    /// The first rejected record of each rule.
    pub(super) examples: BTreeMap<Rule, RejectExample>,
    pub(super) began: Instant,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(
        input: TableInput<'a>,
        shared: &'a Shared<'a>,
    ) -> Result<Conductor<'a>, Error> {
        let source = input.source;
        let (answers_in, answers) = unbounded();
        let table_checksum = &shared.settings.table_checksums;
        let table_checksum = table_checksum.get(&source.table.name).cloned();
        let ids = GeneratedIds::of(source, &input.keys);
        let excerpt = shared.settings.excerpts.get(&source.table.name);
        // a generated id depends on all rows before it, so the whole file is read
        let excerpt = excerpt.filter(|_| ids.is_none());
        let cleaner = Cleaner::new(source, shared.settings.max_record);
        let cleaner = Arc::new(cleaner.with_excerpt(excerpt));
        Ok(Conductor {
            table: input.number,
            source,
            shared,
            causes: RootCauses::new(&cleaner, &input.referenced),
            examples: BTreeMap::new(),
            cleaner,
            ids,
            keys: input.keys,
            settled: input.settled,
            taken: BTreeMap::new(),
            rejects: reject_files(source, shared.settings).map_err(Error::Rejects)?,
            unfinished: None,
            rejected_before: Vec::new(),
            second_reading: SecondReading::default(),
            signs: Signs::default(),
            next_number: 0,
            answers_in,
            answers,
            early: BTreeMap::new(),
            next_outcome: 0,
            end: source.header.bytes,
            totals: match &table_checksum {
                Some(_) => Totals::with_table_checksum(),
                None => Totals::default(),
            },
            table_checksum,
            digest: shared.settings.digests.get(&source.table.name).cloned(),
            collector: Collector::new(shared.settings.existing.contains_key(&source.table.name)),
            began: Instant::now(),
        })
    }

    /// The cleaner of the table's chunks.
    pub(super) fn cleaner(&self) -> Arc<Cleaner> {
        Arc::clone(&self.cleaner)
    }

    /// Takes all chunks and waits for the outcomes of their batches.
    pub(super) fn take_all(&mut self, chunks: &Receiver<Cleaning>) -> Result<(), Error> {
        loop {
            self.shared.check_stop()?;
            // take answers while waiting for a chunk, because the reader may need the permits that
            // they return
            select! {
                recv(self.shared.stop.signal()) -> _ => {}
                recv(self.answers) -> answer => self.take(answer.map_err(|_| SinkClosed)?)?,
                recv(chunks) -> cleaning => {
                    let Ok(cleaning) = cleaning else {
                        break;
                    };
                    let (chunk, cleaned, permit) =
                        cleaning.recv().map_err(|_| Error::CleanerEnded)?;
                    self.end = chunk.end();
                    self.take_chunk(chunk, cleaned, Some(permit))?;
                    self.take_answers()?;
                }
            }
        }
        self.await_outcomes()
    }

    /// Waits for the outcomes of all submitted batches.
    pub(super) fn await_outcomes(&mut self) -> Result<(), Error> {
        while self.next_outcome < self.next_number {
            self.shared.check_stop()?;
            select! {
                recv(self.shared.stop.signal()) -> _ => {}
                recv(self.answers) -> answer => self.take(answer.map_err(|_| SinkClosed)?)?,
            }
        }
        Ok(())
    }

    /// Takes the answers that have already arrived.
    fn take_answers(&mut self) -> Result<(), Error> {
        while let Ok(answer) = self.answers.try_recv() {
            self.take(answer)?;
        }
        Ok(())
    }

    /// Checks the keys of a cleaned chunk and passes its rows to the sink as a batch. If a record
    /// does not end in the chunk, keeps its beginning for the next chunk.
    pub(super) fn hand_over(
        &mut self,
        chunk: Chunk,
        cleaned: Cleaned,
        permit: Option<Permit>,
    ) -> Result<(), Error> {
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
        records += self.rejected_before.len() as u64;
        rejections.splice(..0, self.rejected_before.drain(..));
        let before = rejections.len();
        let mut of_keys = match &mut self.ids {
            Some(ids) => ids.number(&mut batch),
            None => Vec::new(),
        };
        of_keys.extend(self.judge(&mut batch)?);
        let cleaner = Arc::clone(&self.cleaner);
        let of_keys = of_keys.into_iter();
        rejections.extend(of_keys.map(|key| of_key(key, &batch, &bytes, &cleaner)));
        if rejections.len() > before {
            rejections.sort_by_key(|r| r.offset);
        }
        self.collector.keep_accepted(&batch, &bytes);
        if stopped < bytes.len() {
            let line = chunk.line + memchr::memchr_iter(b'\n', &bytes[..stopped]).count() as u64;
            let place = (chunk.offset + stopped as u64, line);
            self.unfinished = Some(self.unfinished_record(&bytes[stopped..], place));
        }
        // the bytes can be reused now: the sink may need much time, but only needs the values
        self.shared.buffers.put_back(bytes);
        batch.number = self.next_number;
        self.next_number = self
            .next_number
            .checked_add(1)
            .ok_or(Error::TooManyBatches)?;
        if self.settled.is_some() {
            self.taken
                .insert(batch.number, self.keys.batch_keys(&batch));
        }
        let receipt = Receipt {
            records,
            rejections,
            keep_rows: self.shared.observer.wants_rows(),
            table_checksum: self.table_checksum.clone(),
            digest: self.digest.clone(),
            permit,
            answers: Some(self.answers_in.clone()),
        };
        let job = Job {
            table: self.table,
            batch,
            receipt,
        };
        Ok(self.shared.sink.submit(job)?)
    }

    /// Checks the keys of a batch; waits until the parents of its rows are stored.
    fn judge(&mut self, batch: &mut Batch) -> Result<Vec<KeyRejection>, Error> {
        loop {
            let awaited = match self.keys.check(batch) {
                Ok(rejected) => return Ok(rejected),
                Err(KeyCheckError::PendingParent(awaited)) => awaited,
                Err(KeyCheckError::Failed(error)) => return Err(Error::Keys(error)),
            };
            let parent = awaited.parent().to_owned();
            let waits = Waits::begin(self.shared.observer, self.table, &parent);
            while !awaited.is_over() {
                self.shared.check_stop()?;
                // take answers here too, because the awaited parents may be in an earlier batch of
                // this table
                select! {
                    recv(self.shared.stop.signal()) -> _ => {}
                    recv(self.shared.parents.of(self.table)) -> _ => {}
                    recv(self.answers) -> answer => self.take(answer.map_err(|_| SinkClosed)?)?,
                }
            }
            drop(waits);
        }
    }

    /// Warns of signs that the file is written in a different dialect than the one used to read it.
    /// Called even if the run fails.
    pub(super) fn warn(&self) {
        let mut signs = Signs::of_header(self.source);
        signs.add(self.signs.clone());
        for warning in warnings(&signs, self.source) {
            self.shared.observer.warned(self.table, &warning);
        }
    }
}

/// Reports that a table waits for a parent; dropping it reports that the table no longer waits.
struct Waits<'a>(&'a dyn Observer, usize);

impl<'a> Waits<'a> {
    fn begin(observer: &'a dyn Observer, table: usize, parent: &str) -> Waits<'a> {
        observer.waits(table, Some(parent));
        Waits(observer, table)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.waits(self.1, None);
    }
}

/// The rejection of a row because of a key, with the record's bytes from the chunk.
fn of_key(rejected: KeyRejection, batch: &Batch, bytes: &[u8], cleaner: &Cleaner) -> Rejection {
    let place = batch.all_rows()[rejected.row];
    let record = RecordOf::row(batch, rejected.row);
    let start = (record.offset - batch.start) as usize;
    let message = record.message(cleaner, &rejected.fault.message);
    Rejection {
        line: batch.line + u64::from(place.line),
        offset: batch.start + u64::from(place.offset),
        bytes: place.length.into(),
        element: record.element,
        raw: bytes[start..start + record.length].to_vec(),
        column: rejected.column,
        rule: rejected.fault.rule,
        field: None,
        value: rejected.value,
        message,
    }
}

/// The record from which a row comes. The row is the whole record, unless rows are elements of
/// records.
pub(super) struct RecordOf {
    /// Offset of the record in the text, in bytes.
    pub(super) offset: u64,
    /// Length of the record in bytes, line end included.
    pub(super) length: usize,
    /// The element of the record, if the row is one.
    pub(super) element: Option<ElementOf>,
}

impl RecordOf {
    pub(super) fn row(batch: &Batch, row: usize) -> RecordOf {
        let place = batch.all_rows()[row];
        let parent = batch.parent(row);
        let (offset, length) = parent.map_or((place.offset, place.length), |parent| {
            (parent.offset, parent.length)
        });
        let offset = batch.start + u64::from(offset);
        RecordOf {
            offset,
            length: length as usize,
            element: parent.map(|parent| ElementOf {
                record: offset,
                number: parent.element,
            }),
        }
    }

    /// A message about the row.
    pub(super) fn message(&self, cleaner: &Cleaner, message: &str) -> String {
        match self.element {
            None => message.to_owned(),
            Some(element) => cleaner.of_element(message, element.number),
        }
    }
}

fn reject_files(source: &Source, settings: &Settings) -> crate::Result<Option<RejectFiles>> {
    let Some(folder) = &settings.rejects else {
        return Ok(None);
    };
    let start = source.start_of_rejects();
    let files = RejectFiles::new(folder, &source.table.name, start)?;
    let files = files.in_dialect(source.dialect());
    let mut files = files.with_extract(source.header.extract.as_ref());
    if let Some(from) = &settings.carried {
        files.carry_over(from)?;
    }
    Ok(Some(files))
}
