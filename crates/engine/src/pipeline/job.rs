//! A batch on its way to a sink, and what comes back: the seam between the threads that clean and
//! whoever takes the rows.

use std::sync::mpsc::Sender;

use super::wait::Permit;
use model::batch::Batch;
use model::rejection::Refusal;
use model::rejection::Rejection;

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
    /// Hands in a batch; may wait while the sink is busy.
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
    pub(super) records: u64,
    pub(super) rejections: Vec<Rejection>,
    pub(super) keep_rows: bool,
    pub(super) outcomes: Sender<Outcome>,
    pub(super) permit: Option<Permit>,
}

/// What became of a batch. It keeps its permit until it is settled, so that outcomes that wait for
/// an earlier one are bounded too.
#[derive(Debug)]
pub struct Outcome {
    pub(super) number: u32,
    /// Offset of the byte after the batch.
    pub(super) end: u64,
    pub(super) records: u64,
    pub(super) loaded: u64,
    pub(super) checksum: u64,
    pub(super) rejections: Vec<Rejection>,
    /// The rows, when some were refused by the server or the observer wants them.
    pub(super) rows: Option<Batch>,
    pub(super) refusals: Vec<Refusal>,
    _permit: Option<Permit>,
}

impl Job {
    /// Reports that the batch is stored, but for the rows that the server refused.
    pub fn done(self, refusals: Vec<Refusal>) {
        let mut batch = self.batch;
        for refusal in &refusals {
            batch.reject(refusal.row);
        }
        let outcome = Outcome {
            number: batch.number,
            end: batch.end,
            records: self.records,
            loaded: batch.len() as u64,
            checksum: batch.checksum(),
            rejections: self.rejections,
            rows: (self.keep_rows || !refusals.is_empty()).then_some(batch),
            refusals,
            _permit: self.permit,
        };
        // a conductor that has gone has failed, and its error is the one to show
        let _ = self.outcomes.send(outcome);
    }
}
