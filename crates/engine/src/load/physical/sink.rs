//! The sink: batches of some tables go into files, those of the others to the workers.
//!
//! A thread per table builds its file; when the pipeline has finished a table, the file is
//! completed, verified and imported while others still stream by. A batch counts as stored when its
//! rows are in the file that is being built: that they are all in the table in the end is what the
//! run is good for as a whole, and what the ledger learns at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, anyhow};
use tokio::task::JoinSet;

use crate::load::{LoadQueue, Plan};
use crate::pipeline::{Job, Observer, Sink, SinkClosed, TableResult};
use innodb_file::build::{Build, Built};
use innodb_file::verifier::verify;
use model::batch::Batch;
use model::rejection::Rejection;
use mysql::db;
use mysql::physical::import::{ImportedRows, Note, Prepared, import};
use mysql::retry;
use mysql::target::Target;

/// Bytes of keys held in memory before they go to disk, over all tables.
const KEY_MEMORY: usize = 16 << 20;
/// Batches that wait for a table's thread.
const WAITING: usize = 2;

enum Message {
    Batch(Box<Job>),
    /// All rows of the table are handed in.
    Complete,
}

/// The pipeline's end: where batches go.
pub struct Files {
    tables: Vec<Option<SyncSender<Message>>>,
    failed: Arc<AtomicBool>,
    others: LoadQueue,
    observer: Arc<dyn Observer + Send + Sync>,
}

/// The server's end: files on their way.
pub struct Imports {
    tasks: JoinSet<Result<()>>,
    failed: Arc<AtomicBool>,
}

impl Drop for Imports {
    /// Whoever gives the imports up takes no more batches.
    fn drop(&mut self) {
        if !self.tasks.is_empty() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }
}

/// Says in an error's chain that a table could not go as a file, whatever the reason: by SQL it
/// may.
#[derive(Debug, Clone)]
pub struct NotAsFile(String);

impl std::fmt::Display for NotAsFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cannot go as a file", self.0)
    }
}

/// Starts a thread for each table that is prepared (`tables`, numbered as in the pipeline).
/// `others` takes the batches of the rest, and `observer` is told what the pipeline says.
///
/// # Errors
///
/// When a file cannot be created.
pub fn start(
    plan: &Arc<Plan>,
    tables: Vec<Option<Prepared>>,
    others: LoadQueue,
    observer: Arc<dyn Observer + Send + Sync>,
) -> Result<(Files, Imports)> {
    let failed = Arc::new(AtomicBool::new(false));
    let mut imports = Imports {
        tasks: JoinSet::new(),
        failed: Arc::clone(&failed),
    };
    let prepared = tables.iter().flatten();
    let indexes: usize = prepared.map(|p| p.layout.indexes.len()).sum();
    let each = KEY_MEMORY / indexes.max(1);
    let mut senders = Vec::new();
    for (number, prepared) in tables.into_iter().enumerate() {
        let Some(prepared) = prepared else {
            senders.push(None);
            continue;
        };
        let layout = &prepared.layout;
        let memory = each * layout.indexes.len();
        let build = Build::new(
            Arc::clone(layout),
            prepared.template.clone(),
            &prepared.folder,
            memory,
        )?;
        let (sender, receiver) = sync_channel(WAITING);
        senders.push(Some(sender));
        let (plan, failed) = (Arc::clone(plan), Arc::clone(&failed));
        imports.tasks.spawn(async move {
            let done = table(&plan, number, prepared, build, receiver).await;
            let done = done.with_context(|| NotAsFile(plan.targets[number].table.clone()));
            if done.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            done
        });
    }
    let files = Files {
        tables: senders,
        failed,
        others,
        observer,
    };
    Ok((files, imports))
}

impl Imports {
    /// Waits until all files are in.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub async fn finish(mut self) -> Result<()> {
        let mut first = Ok(());
        // all are waited for: an import that is under way is not to be left alone
        while let Some(ended) = self.tasks.join_next().await {
            let ended = ended.map_err(|e| anyhow!("a table's task ended abnormally: {e}"));
            let ended = ended.and_then(|done| done);
            if first.is_ok() {
                first = ended;
            }
        }
        first
    }
}

impl Sink for Files {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(SinkClosed);
        }
        match &self.tables[job.table] {
            Some(table) => table
                .send(Message::Batch(Box::new(job)))
                .map_err(|_| SinkClosed),
            None => self.others.submit(job),
        }
    }

    fn is_closed(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.others.is_closed()
    }
}

impl Observer for Files {
    fn started(&self, table: usize) {
        self.observer.started(table);
    }

    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64) {
        self.observer.advanced(table, bytes, read, rejected);
    }

    fn finished(&self, table: usize, result: &TableResult) {
        if let Some(sender) = &self.tables[table] {
            // a thread that has gone has failed, and says so itself
            let _ = sender.send(Message::Complete);
        }
        self.observer.finished(table, result);
    }

    fn warned(&self, table: usize, warning: &str) {
        self.observer.warned(table, warning);
    }

    fn refused(&self, table: usize, rejection: &Rejection) {
        self.observer.refused(table, rejection);
    }

    fn wants_rows(&self) -> bool {
        self.observer.wants_rows()
    }

    fn accepted(&self, table: usize, rows: &Batch) {
        self.observer.accepted(table, rows);
    }
}

/// One table, from its first batch to the ledger's note that its rows are in.
async fn table(
    plan: &Arc<Plan>,
    number: usize,
    prepared: Prepared,
    build: Build,
    batches: Receiver<Message>,
) -> Result<()> {
    let target = &plan.targets[number];
    let layout = Arc::clone(&prepared.layout);
    let built = tokio::task::spawn_blocking(move || {
        let Some((built, notes)) = filled(build, &batches)? else {
            return Ok(None);
        };
        let file = std::fs::File::open(built.path())?;
        verify(&file, &layout, &built.template, &built.contents).with_context(|| {
            format!(
                "the file made for {} is wrong, and was not given to the server; please report this",
                layout.table
            )
        })?;
        Ok::<_, anyhow::Error>(Some((built, notes)))
    });
    let Some((built, notes)) = built.await.context("a table's thread ended abnormally")?? else {
        return Ok(());
    };
    let bytes = std::fs::metadata(built.path()).map_or(0, |file| file.len());
    // nobody may be listening
    let _ = plan.notices.send(format!(
        "the file of {} is made, {} MiB, each page verified; the server takes it over",
        target.table,
        bytes >> 20
    ));
    let given = give(plan, &prepared, target, built, &notes).await;
    given.map_err(|error| {
        let next = retry::what_next(&error);
        error.context(format!("cannot import {}; {next}", target.table))
    })
}

/// Gives a file to the server, on a connection of its own.
async fn give(
    plan: &Plan,
    prepared: &Prepared,
    target: &Target,
    built: Built,
    notes: &[Note],
) -> Result<()> {
    let mut connection = plan.database.open_to_load().await?;
    let rows = ImportedRows {
        run: plan.run,
        batches: notes,
    };
    import(&mut connection, prepared, target, built, rows).await?;
    db::close(connection).await;
    Ok(())
}

/// Fills the file with all batches; `None` when the pipeline was given up before the last.
fn filled(mut build: Build, batches: &Receiver<Message>) -> Result<Option<(Built, Vec<Note>)>> {
    let mut notes = Vec::new();
    loop {
        match batches.recv() {
            Ok(Message::Batch(job)) => {
                build.add(&job.batch)?;
                notes.push(Note::of(&job.batch));
                job.done(Vec::new());
            }
            Ok(Message::Complete) => return Ok(Some((build.finish()?, notes))),
            Err(_) => return Ok(None),
        }
    }
}
