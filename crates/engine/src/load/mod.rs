//! Phase 3, load: batches become rows of the database, each batch in one transaction that begins
//! with its ledger row.
//!
//! [`LoadQueue`] takes batches from the pipeline's threads for the workers of [`LoadSink`], one
//! connection each. A worker tries the fast way (`local_infile`) and accepts it only when every
//! record was stored without a warning; otherwise it rolls back and goes the careful way
//! (`insert`), which finds the rows that the server refuses. Deadlocks and lost connections are
//! retried; what became of a commit whose answer was lost is read from the `ledger`.

pub mod physical;
mod queue;
mod worker;

use std::sync::Arc;

use anyhow::{Result, anyhow};
use mysql::target::{Target, SqlLoad};
use mysql::{local_infile, orphans, resume, retry};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::pipeline::{Job, Sink, SinkClosed};
use mysql::db::Database;
use queue::Queues;
use worker::Worker;

/// What every worker needs to know.
#[derive(Debug)]
pub struct Plan {
    /// Where to load into.
    pub database: Database,
    /// The tables, numbered as in the pipeline.
    pub targets: Vec<Target>,
    /// Which way to go first.
    pub way: SqlLoad,
    /// The way around LOAD DATA LOCAL, shared with whoever reports it.
    pub detour: Arc<local_infile::InsertFallback>,
    /// What the server is to others.
    pub place: retry::Topology,
    /// Run id in the ledger.
    pub run: u64,
    /// Batches that an interrupted run has loaded already.
    pub loaded: resume::LoadedBatches,
    /// Rows of these that have no parent and are taken out again.
    pub orphans: orphans::Orphans,
    /// Told of retries and detours, for people.
    pub notices: mpsc::UnboundedSender<String>,
}

/// The workers behind the seam between threads and tokio.
pub struct LoadSink {
    queues: Arc<Queues<Job>>,
    workers: JoinSet<Result<()>>,
}

/// The pipeline's end of the seam; when it is dropped, no more batches will come.
pub struct LoadQueue(Arc<Queues<Job>>);

impl LoadSink {
    /// Connects `connections` workers.
    ///
    /// # Errors
    ///
    /// When one of them cannot connect.
    pub async fn start(plan: Arc<Plan>, connections: usize) -> Result<(LoadQueue, LoadSink)> {
        let queues = Arc::new(Queues::<Job>::new(plan.targets.len()));
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

    /// Waits for the workers to finish what was handed in.
    ///
    /// # Errors
    ///
    /// The first failure of a worker; the others are stopped then and their transactions rolled
    /// back by the server.
    pub async fn finish(mut self) -> Result<()> {
        while let Some(ended) = self.workers.join_next().await {
            ended.map_err(|e| anyhow!("a loading task ended abnormally: {e}"))??;
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

    fn is_closed(&self) -> bool {
        self.0.has_failed()
    }
}
