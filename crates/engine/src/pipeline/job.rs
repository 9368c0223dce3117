//! A batch for a sink, and the sink's answer: the interface between the cleaning threads and the
//! code that stores the rows.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::TableResult;
use super::permits::Permit;
use model::batch::Batch;
use model::merged::MergedBatch;
use model::rejection::Rejection;
use model::rejection::ServerRejection;
use mysql::sync::digest::noted::Collected;
use mysql::verify::table_checksum::TableChecksum;

/// The sink takes no more batches. Its own error gives the reason.
#[derive(Debug, Clone, Copy)]
pub struct SinkClosed;

impl std::fmt::Display for SinkClosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the database takes no more rows")
    }
}

impl std::error::Error for SinkClosed {}

/// Takes batches and stores their rows. A sink answers each [`Job`] by [`Job::done`]. A sink that
/// fails drops its jobs, which ends the pipeline with [`SinkClosed`].
pub trait Sink: Sync {
    /// Submits a batch; may wait while the sink is busy.
    ///
    /// # Errors
    ///
    /// When the sink has failed.
    fn submit(&self, job: Job) -> Result<(), SinkClosed>;

    /// Called when a record is rejected, possibly by the sink's own answer. `key_of` reads the
    /// values of columns from the record and returns them as the only row of a batch. The argument
    /// of `key_of` has column numbers among [`Cleaner::columns`](super::cleaner::Cleaner::columns).
    /// If a value cannot be read, `key_of` returns `None`.
    fn rejected(
        &self,
        _table: usize,
        _of: &Rejection,
        _key_of: &dyn Fn(&[usize]) -> Option<Batch>,
    ) {
    }

    /// Called when all batches of a table are answered. No more batches of the table will come.
    fn table_complete(&self, _table: usize, _result: &TableResult) {}
}

/// The sink of `check`: accepts every row.
#[derive(Debug, Clone, Copy)]
pub struct CountSink;

impl Sink for CountSink {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        job.done(Vec::new());
        Ok(())
    }
}

/// A batch that was submitted to a sink.
#[derive(Debug)]
pub struct Job {
    /// Number of the table in the pipeline.
    pub table: usize,
    /// The rows to load. Rows that are already rejected are marked.
    pub batch: Batch,
    pub(super) receipt: Receipt,
}

/// The channel for the answer to a batch, and values that the pipeline needs when the answer
/// arrives.
#[derive(Debug)]
pub(super) struct Receipt {
    pub(super) records: u64,
    pub(super) rejections: Vec<Rejection>,
    pub(super) keep_rows: bool,
    pub(super) table_checksum: Option<Arc<TableChecksum>>,
    pub(super) digest: Option<Arc<Collected>>,
    pub(super) permit: Option<Permit>,
    /// `None` after the answer has been sent.
    pub(super) answers: Option<Sender<Answer>>,
}

/// A sink's answer about a batch.
#[derive(Debug)]
pub(super) enum Answer {
    /// The batch is stored.
    Stored(Box<Outcome>),
    /// The sink dropped the batch, because it has failed.
    Dropped,
}

/// The outcome of a stored batch. It keeps its permit until it is counted. This also bounds the
/// number of outcomes that wait for an earlier one.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) number: u32,
    /// Offset of the byte after the batch.
    pub(super) end: u64,
    pub(super) records: u64,
    pub(super) loaded: u64,
    pub(super) checksum: u64,
    pub(super) table_checksum: Option<u32>,
    /// What happened to the rows, if the table had rows before.
    pub(super) merged: Option<MergedBatch>,
    pub(super) rejections: Vec<Rejection>,
    /// The rows, if the server rejected some of them or the observer wants them.
    pub(super) rows: Option<Batch>,
    pub(super) by_server: Vec<ServerRejection>,
    _permit: Option<Permit>,
}

impl Job {
    /// Answers that the batch is stored, except for the rows that the server rejected.
    pub fn done(self, rejected: Vec<ServerRejection>) {
        self.answer(rejected, None);
    }

    /// Like [`Job::done`], for rows that may have changed existing rows.
    pub fn merged(self, rejected: Vec<ServerRejection>, merged: MergedBatch) {
        self.answer(rejected, Some(merged));
    }

    fn answer(self, rejected: Vec<ServerRejection>, merged: Option<MergedBatch>) {
        let Job {
            mut batch,
            mut receipt,
            ..
        } = self;
        for row in &rejected {
            batch.reject(row.row);
        }
        if let Some(digest) = &receipt.digest {
            digest.add(&batch);
        }
        let outcome = Outcome {
            number: batch.number,
            end: batch.end,
            records: receipt.records,
            loaded: batch.len() as u64,
            checksum: batch.checksum(),
            table_checksum: receipt.table_checksum.as_ref().and_then(|c| c.of(&batch)),
            merged,
            rejections: std::mem::take(&mut receipt.rejections),
            rows: (receipt.keep_rows || !rejected.is_empty()).then_some(batch),
            by_server: rejected,
            _permit: receipt.permit.take(),
        };
        receipt.answer(Answer::Stored(Box::new(outcome)));
    }
}

impl Receipt {
    /// Sends the answer; only the first answer has an effect.
    fn answer(&mut self, answer: Answer) {
        if let Some(answers) = self.answers.take() {
            // if the conductor no longer receives, it has failed and reports its own error
            let _ = answers.send(answer);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.answer(Answer::Dropped);
    }
}
