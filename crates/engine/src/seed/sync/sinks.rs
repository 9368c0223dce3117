//! The sinks of a run that makes tables equal to files: one for each reading of the files.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::outline::Outline;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::pipeline::excerpt::Excerpt;
use crate::pipeline::{Job, Sink, SinkClosed};
use clean::checksum::RowHasher;
use model::batch::Batch;
use model::rejection::{Rejection, Rule, ServerRejection};
use mysql::sync::digest::{BucketSet, Digest};
use mysql::sync::kept_parents::push_condition;
use mysql::sync::staging::{Stage, push_key};
use mysql::sync::{LateReject, SyncTable};

/// Maximum number of keys of rejected records that one statement inserts.
const KEYS: usize = 500;

/// Most rejected records of a file whose rows may be parents of other records. More of them show
/// that the file is wrong.
const MOST_REJECTED: usize = 1 << 16;

/// A record, or an element of a record, by its offset in the text.
type Place = (u64, Option<u32>);

/// The result of the first reading of a file.
#[derive(Debug, Default)]
pub(super) struct OfFile {
    pub(super) digest: Digest,
    /// Where the keys are in the file.
    pub(super) outline: Outline,
    /// The buckets of a batch's rows. Kept to reuse the memory.
    buckets: Vec<u32>,
    /// The records that are rejected because no record is their parent. A later reading without the
    /// files of the parents cannot find them.
    pub(super) orphans: HashSet<Place>,
    /// Conditions that find the rows of rejected records, if the table has child tables. The rows
    /// are kept, so other records may refer to them.
    pub(super) of_rejected: Vec<Vec<u8>>,
}

/// Computes the checksums of the files.
pub(super) struct DigestSink {
    tables: Arc<Vec<SyncTable>>,
    files: Vec<Mutex<OfFile>>,
    /// By table, whether the keys of rejected records are noted.
    notes_rejected: Vec<bool>,
}

impl DigestSink {
    /// `notes_rejected` says by table whether the keys of rejected records are noted.
    pub(super) fn new(tables: &Arc<Vec<SyncTable>>, notes_rejected: Vec<bool>) -> DigestSink {
        DigestSink {
            tables: Arc::clone(tables),
            files: tables.iter().map(|_| Mutex::default()).collect(),
            notes_rejected,
        }
    }

    /// By table, the conditions that find the rows of rejected records. They are no longer noted.
    pub(super) fn take_rejected(&self) -> Vec<Vec<Vec<u8>>> {
        let files = self.files.iter();
        files
            .map(|file| std::mem::take(&mut locked(file).of_rejected))
            .collect()
    }

    /// Forgets all rows, because the files are read again.
    pub(super) fn forget(&self) {
        for file in &self.files {
            *locked(file) = OfFile::default();
        }
    }

    pub(super) fn into_files(self) -> Vec<OfFile> {
        let files = self.files.into_iter();
        files
            .map(|file| file.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }
}

fn locked(file: &Mutex<OfFile>) -> MutexGuard<'_, OfFile> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink for DigestSink {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        let buckets = &self.tables[job.table].buckets;
        let mut file = locked(&self.files[job.table]);
        let OfFile {
            digest,
            outline,
            buckets: of_rows,
            ..
        } = &mut *file;
        digest.add_batch(buckets, &job.batch, of_rows);
        outline.add(&job.batch, of_rows);
        drop(file);
        job.done(Vec::new());
        Ok(())
    }

    fn rejected(&self, table: usize, of: &Rejection, key_of: &dyn Fn(&[usize]) -> Option<Batch>) {
        let mut file = locked(&self.files[table]);
        if of.rule == Rule::MissingParent {
            let element = of.element.map(|element| element.number);
            file.orphans.insert((of.offset, element));
        }
        // the record of an element has the keys of all its elements
        let is_noted = self.notes_rejected[table] && of.element.is_none();
        if is_noted && file.of_rejected.len() < MOST_REJECTED {
            let table = &self.tables[table];
            if let Some(key) = key_of(table.buckets.positions()) {
                let mut condition = Vec::new();
                push_condition(&mut condition, table, &key);
                file.of_rejected.push(condition);
            }
        }
    }
}

/// What is inserted into the work tables of a table.
pub(super) enum Staged {
    /// These rows of a batch, by their positions in the job and in the whole batch.
    Rows(Box<Job>, Vec<(usize, usize)>),
    /// The key of a rejected record.
    Key(Vec<u8>),
}

/// Passes on the rows of the buckets that differ, and the keys of rejected records.
pub(super) struct StageSink {
    tables: Arc<Vec<SyncTable>>,
    differing: Arc<Vec<BucketSet>>,
    orphans: Arc<Vec<HashSet<Place>>>,
    /// By table, the channel to the task that fills its work tables; `None` if the table does not
    /// differ.
    stages: Vec<Option<UnboundedSender<Staged>>>,
    /// By table, the number of rejected records whose key cannot be read.
    unreadable: Arc<Vec<AtomicU64>>,
    /// By table, which records are read, if not all.
    excerpts: Vec<Option<Arc<Excerpt>>>,
}

impl StageSink {
    /// The sink, and by table the receiver of its rows and keys; `None` for a table that does not
    /// differ.
    pub(super) fn new(
        tables: &Arc<Vec<SyncTable>>,
        (differing, orphans): (&Arc<Vec<BucketSet>>, &Arc<Vec<HashSet<Place>>>),
        unreadable: &Arc<Vec<AtomicU64>>,
    ) -> (StageSink, Vec<Option<UnboundedReceiver<Staged>>>) {
        let channels = differing
            .iter()
            .map(|set| (!set.is_empty()).then(unbounded_channel).unzip());
        let (stages, taken): (Vec<_>, Vec<_>) = channels.unzip();
        let sink = StageSink {
            excerpts: vec![None; stages.len()],
            tables: Arc::clone(tables),
            differing: Arc::clone(differing),
            orphans: Arc::clone(orphans),
            stages,
            unreadable: Arc::clone(unreadable),
        };
        (sink, taken)
    }

    /// Sets which records of a table are read.
    pub(super) fn set_excerpt(&mut self, at: usize, excerpt: Arc<Excerpt>) {
        self.excerpts[at] = Some(excerpt);
    }

    /// The rows of a batch that are passed on, with their positions in the whole batch. Passes on
    /// the keys of orphans, too.
    fn rows(&self, at: usize, batch: &Batch) -> Vec<(usize, usize)> {
        let (table, differing) = (&self.tables[at], &self.differing[at]);
        let orphans = &self.orphans[at];
        let mut hasher = RowHasher::new();
        let mut rows = Vec::new();
        for row in batch.live_rows() {
            let offset = batch.start + u64::from(batch.all_rows()[row].offset);
            let element = || batch.parent(row).map(|parent| parent.element);
            if !orphans.is_empty() && orphans.contains(&(offset, element())) {
                let mut key = Vec::new();
                push_key(&mut key, batch, (row, table.buckets.positions()));
                self.note(at, key);
            } else if differing.has(table.buckets.of(&mut hasher, batch, row)) {
                let all = batch.all_rows().len();
                let position = self.excerpts[at].as_ref();
                let position = position.map(|of| of.position(batch.start, all, row));
                rows.push((row, position.unwrap_or(row)));
            }
        }
        rows
    }

    /// Passes on the key of a rejected record.
    fn note(&self, at: usize, key: Vec<u8>) {
        if let Some(stage) = &self.stages[at] {
            // if sending fails, the task has failed, and its own error is reported
            let _ = stage.send(Staged::Key(key));
        }
    }
}

impl Sink for StageSink {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        if let Some(stage) = &self.stages[job.table] {
            let rows = self.rows(job.table, &job.batch);
            if !rows.is_empty() {
                return stage
                    .send(Staged::Rows(Box::new(job), rows))
                    .map_err(|_| SinkClosed);
            }
        }
        job.done(Vec::new());
        Ok(())
    }

    fn rejected(&self, table: usize, of: &Rejection, key_of: &dyn Fn(&[usize]) -> Option<Batch>) {
        let positions = self.tables[table].buckets.positions();
        // the record of an element contains the keys of all its elements, so the key is unknown
        let key = of.element.is_none().then(|| key_of(positions)).flatten();
        match key {
            None => {
                self.unreadable[table].fetch_add(1, Ordering::Relaxed);
            }
            Some(key) => {
                let all: Vec<usize> = (0..positions.len()).collect();
                let mut text = Vec::new();
                push_key(&mut text, &key, (0, &all));
                self.note(table, text);
            }
        }
    }
}

/// The records of a table that the server did not accept, and the keys that it cannot read.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) late: Vec<LateReject>,
    /// Keys of rejected records that the server cannot read.
    pub(super) unreadable: u64,
}

/// Fills the work tables of one table, in the order of the file.
///
/// # Errors
///
/// When a statement fails for a reason other than a row.
pub(super) async fn fill(
    mut stage: Stage,
    mut taken: UnboundedReceiver<Staged>,
) -> mysql::Result<Filled> {
    let (mut filled, mut keys) = (Filled::default(), Vec::new());
    while let Some(staged) = taken.recv().await {
        match staged {
            Staged::Rows(job, rows) => {
                let late = stage.insert(&job.batch, &rows).await?;
                filled.late.extend(late);
                job.done(Vec::new());
            }
            Staged::Key(key) => keys.push(key),
        }
        if keys.len() >= KEYS {
            filled.unreadable += stage.note_keys(&std::mem::take(&mut keys)).await?;
        }
    }
    filled.unreadable += stage.note_keys(&keys).await?;
    stage.close().await;
    Ok(filled)
}

/// Rejects the records that the server did not accept, when the files are read once more.
pub(super) struct RejectSink {
    /// The server's rejections, by table and number of the batch.
    late: Vec<Mutex<HashMap<u32, Vec<ServerRejection>>>>,
}

impl RejectSink {
    pub(super) fn new(late: Vec<Vec<LateReject>>) -> RejectSink {
        let by_batch = |late: Vec<LateReject>| {
            let mut batches: HashMap<u32, Vec<ServerRejection>> = HashMap::new();
            for of in late {
                batches.entry(of.batch).or_default().push(ServerRejection {
                    row: of.row,
                    rule: of.rule,
                    message: of.message,
                });
            }
            Mutex::new(batches)
        };
        RejectSink {
            late: late.into_iter().map(by_batch).collect(),
        }
    }
}

impl Sink for RejectSink {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        let late = self.late[job.table].lock();
        let mut late = late.unwrap_or_else(PoisonError::into_inner);
        let mut rejected = late.remove(&job.batch.number).unwrap_or_default();
        drop(late);
        rejected.sort_by_key(|row| row.row);
        job.done(rejected);
        Ok(())
    }
}
