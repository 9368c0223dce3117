//! Phase 3, load: stores the rows of batches in the database. Each batch is one transaction; its
//! first statement adds the batch to the ledger.
//!
//! [`LoadQueue`] takes batches from the pipeline's threads for the workers of [`LoadSink`], one
//! connection each. A worker tries LOAD DATA (`local_infile`) and commits only when every record
//! was stored without a warning. Otherwise it rolls back and uses INSERT (`insert`), which finds
//! the rows that the server rejects. Deadlocks and lost connections are retried; when the answer to
//! a commit is lost, the `ledger` shows whether the batch is committed.

mod committed;
mod error;
mod merging;
pub mod physical;
mod queue;
mod throttle;
mod worker;

use std::sync::Arc;

use crate::error::unfit;
pub use error::{Error, result};
pub use merging::Merging;
use mysql::target::{SqlLoad, Target};
use mysql::{local_infile, orphans, resume, retry};
pub use throttle::{Limits, Rate, Throttle, ThrottleOptions};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::pipeline::{Job, Sink, SinkClosed, TableResult};
use mysql::db::Database;
use queue::{Order, Queues};
use worker::Worker;

/// The values that all workers share.
#[derive(Debug)]
pub struct Plan {
    /// The database to load into.
    pub database: Database,
    /// The tables, numbered as in the pipeline.
    pub targets: Vec<Target>,
    /// How rows are merged with the rows that the tables had before; `None` if the tables were
    /// empty.
    pub merging: Option<Arc<Merging>>,
    /// The statement that workers try first.
    pub way: SqlLoad,
    /// Whether the workers had to fall back from LOAD DATA LOCAL to INSERT; shared with the report.
    pub detour: Arc<local_infile::InsertFallback>,
    /// The role of the server, such as a member of a cluster.
    pub place: retry::Topology,
    /// Slows the workers, if the user asked for it.
    pub throttle: Option<Throttle>,
    /// Run id in the ledger.
    pub run: u64,
    /// Batches that an earlier, interrupted run has committed.
    pub loaded: resume::LoadedBatches,
    /// Rows of the batches in `loaded` that have no parent and must be removed again.
    pub orphans: orphans::Orphans,
    /// Receives messages for people about retries and a fallback to INSERT.
    pub notices: mpsc::UnboundedSender<String>,
}

/// The workers: tokio tasks, one connection each.
pub struct LoadSink {
    queues: Arc<Queues<Job>>,
    workers: JoinSet<Result<(), Error>>,
}

/// The pipeline's threads put batches here. Dropping it says that no more batches will come.
pub struct LoadQueue(Arc<Queues<Job>>);

impl LoadSink {
    /// Connects `connections` workers.
    ///
    /// # Errors
    ///
    /// When one of them cannot connect.
    pub async fn start(
        plan: Arc<Plan>,
        connections: usize,
    ) -> Result<(LoadQueue, LoadSink), Error> {
        let orders = (0..plan.targets.len()).map(|table| match &plan.merging {
            Some(merging) => merging.order(table),
            None => Order::Any,
        });
        let queues = Arc::new(Queues::<Job>::new(orders));
        let mut connected = Vec::new();
        for _ in 0..connections.max(1) {
            connected.push(Worker::connect(Arc::clone(&plan)).await?);
        }
        let mut workers = JoinSet::new();
        for mut worker in connected {
            let queues = Arc::clone(&queues);
            workers.spawn(async move {
                let mut last = None;
                while let Some(job) = queues.next(last).await {
                    last = Some(job.table);
                    worker.load(job).await?;
                }
                worker.close().await;
                Ok(())
            });
        }
        let queue = LoadQueue(Arc::clone(&queues));
        Ok((queue, LoadSink { queues, workers }))
    }

    /// Waits until the workers have loaded all batches that were submitted.
    ///
    /// # Errors
    ///
    /// The first failure of a worker. The other workers are stopped, the server rolls their
    /// transactions back, and waiting batches are dropped.
    pub async fn finish(mut self) -> Result<(), Error> {
        while let Some(ended) = self.workers.join_next().await {
            ended.map_err(|e| unfit!("a loading task ended abnormally: {e}"))??;
        }
        Ok(())
    }
}

impl Drop for LoadSink {
    fn drop(&mut self) {
        self.queues.fail();
    }
}

impl Drop for LoadQueue {
    fn drop(&mut self) {
        self.0.complete();
    }
}

impl Sink for LoadQueue {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        self.0.put(job.table, job)
    }

    fn table_complete(&self, table: usize, _result: &TableResult) {
        self.0.complete_table(table);
    }
}
