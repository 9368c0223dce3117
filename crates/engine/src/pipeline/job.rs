//! A batch for a sink, and the sink's answer: the interface between the threads that clean and the
//! code that takes the rows.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::TableResult;
use super::permits::Permit;
use model::batch::Batch;
use model::merged::MergedBatch;
use model::rejection::Rejection;
use model::rejection::ServerRejection;
use mysql::verify::table_checksum::TableChecksum;

/// The sink takes no more batches; its own error says why.
#[derive(Debug, Clone, Copy)]
pub struct SinkClosed;

impl std::fmt::Display for SinkClosed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the database takes no more rows")
    }
}

impl std::error::Error for SinkClosed {}

/// Takes batches. A sink answers each [`Job`] by [`Job::done`]. A sink that fails drops its jobs,
/// which ends the pipeline with [`SinkClosed`].
pub trait Sink: Sync {
    /// Hands over a batch; may wait while the sink is busy.
    ///
    /// # Errors
    ///
    /// When the sink has failed.
    fn submit(&self, job: Job) -> Result<(), SinkClosed>;

    /// A record is rejected, perhaps by the sink's own answer. `key_of` reads the values of columns
    /// from the record, as the only row of a batch; the numbers are those among
    /// [`Cleaner::columns`](super::cleaner::Cleaner::columns). It returns `None` if one of them
    /// cannot be read.
    fn rejected(
        &self,
        _table: usize,
        _of: &Rejection,
        _key_of: &dyn Fn(&[usize]) -> Option<Batch>,
    ) {
    }

    /// All batches of a table are answered, and no more follow.
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

/// A batch that is handed to a sink.
#[derive(Debug)]
pub struct Job {
    /// Number of the table in the pipeline.
    pub table: usize,
    /// The rows to load. Those that were rejected so far are marked.
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
    pub(super) permit: Option<Permit>,
    /// `None` after the answer was sent.
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

/// The outcome of a stored batch. It keeps its permit until it is counted, so that outcomes that
/// wait for an earlier one are bounded too.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) number: u32,
    /// Offset of the byte after the batch.
    pub(super) end: u64,
    pub(super) records: u64,
    pub(super) loaded: u64,
    pub(super) checksum: u64,
    pub(super) table_checksum: Option<u32>,
    /// What happened to the rows, if the table held rows that they may have changed.
    pub(super) merged: Option<MergedBatch>,
    pub(super) rejections: Vec<Rejection>,
    /// The rows, when the server rejected some or the observer wants them.
    pub(super) rows: Option<Batch>,
    pub(super) by_server: Vec<ServerRejection>,
    _permit: Option<Permit>,
}

impl Job {
    /// Answers that the batch is stored, except for the rows that the server rejected.
    pub fn done(self, rejected: Vec<ServerRejection>) {
        self.answer(rejected, None);
    }

    /// Answers like [`Job::done`] about rows that may have changed others.
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
    /// Only the first answer counts.
    fn answer(&mut self, answer: Answer) {
        if let Some(answers) = self.answers.take() {
            // a conductor that no longer receives has failed, and its error is the one to show
            let _ = answers.send(answer);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.answer(Answer::Dropped);
    }
}
