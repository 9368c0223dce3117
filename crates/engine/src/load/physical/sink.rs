//! The sink of a physical import. It writes the batches of some tables to tablespace files. Workers
//! load the batches of the other tables by SQL.
//!
//! One thread per table builds its file. When the pipeline completes a table, the file is
//! completed, verified and imported, while other tables are still being read. The sink answers a
//! batch when its rows are written to the file. The ledger gets all batches of a table at once,
//! after the import.
//!
//! With [`Delivery::InPlace`], files are only completed and verified here. The caller gets them
//! when all are ready, because the server is stopped once for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::error::{Context, unfit};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cancel::{Reason, Stop};
use crate::load::{Error, LoadQueue, Plan};
use crate::pipeline::{Job, Sink, SinkClosed, TableResult};
use innodb_file::build::{Build, BuiltFile};
use innodb_file::verifier::verify;
use mysql::db::{self, Database};
use mysql::physical::export::Prepared;
use mysql::physical::import::{ImportedRows, Note, import};
use mysql::retry;
use mysql::target::Target;

/// Number of bytes of sort keys that all tables together keep in memory before the keys are written
/// to disk.
const KEY_MEMORY: usize = 16 << 20;
/// Number of batches that can wait for a table's thread.
const WAITING: usize = 2;

/// How the server gets a finished file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The server imports the file by IMPORT TABLESPACE as soon as the file is finished.
    Import,
    /// The file replaces that of the empty table while the server is stopped.
    InPlace,
}

/// A table whose file is finished and verified, but not delivered.
pub struct ReadyTable {
    /// Number of the table in the pipeline.
    pub number: usize,
    /// The prepared table.
    pub prepared: Prepared,
    /// The file. It is deleted when this value is dropped.
    pub built: BuiltFile,
    notes: Vec<Note>,
}

impl ReadyTable {
    /// The rows of the file in the form that the ledger needs.
    pub fn rows(&self, run: u64) -> ImportedRows<'_> {
        ImportedRows {
            run,
            batches: &self.notes,
        }
    }
}

enum Message {
    Batch(Box<Job>),
    /// All rows of the table have been submitted.
    Complete,
}

/// The pipeline's threads put batches here.
pub struct Files {
    tables: Vec<Option<SyncSender<Message>>>,
    /// Tables that are not complete yet.
    incomplete: AtomicUsize,
    /// Becomes true when all tables are complete.
    all_read: watch::Sender<bool>,
    /// Stopped when an import fails. Then no more batches are accepted.
    imports: Stop,
    others: LoadQueue,
}

/// The running imports: one task for each table. With [`Delivery::InPlace`], a task returns its
/// table.
pub struct Imports {
    tasks: JoinSet<Result<Option<ReadyTable>, Error>>,
    stop: Stop,
}

impl Drop for Imports {
    /// Abandoning the imports stops them, so that no more batches are accepted.
    fn drop(&mut self) {
        if !self.tasks.is_empty() {
            self.stop.stop(Reason::GivenUp);
        }
    }
}

/// Starts a thread for each prepared table in `tables`, which are numbered as in the pipeline.
/// `others` gets the batches of the other tables.
///
/// # Errors
///
/// When a file cannot be created.
pub fn start(
    plan: &Arc<Plan>,
    (tables, delivery): (Vec<Option<Prepared>>, Delivery),
    others: LoadQueue,
) -> Result<(Files, Imports), Error> {
    let stop = Stop::default();
    let mut imports = Imports {
        tasks: JoinSet::new(),
        stop: stop.clone(),
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
        )
        .map_err(crate::Error::from)?;
        // When the receiver of this channel is dropped, the batches in the channel are dropped too,
        // which tells the pipeline that they are not stored. The bounded channel of crossbeam would
        // keep them.
        let (sender, receiver) = sync_channel(WAITING);
        senders.push(Some(sender));
        let (plan, stop) = (Arc::clone(plan), stop.clone());
        imports.tasks.spawn(async move {
            let done = table(&plan, number, (prepared, delivery), build, receiver).await;
            done.map_err(|source| {
                stop.stop(Reason::GivenUp);
                let table = plan.targets[number].table.clone();
                Error::Import { table, source }
            })
        });
    }
    let files = Files {
        incomplete: AtomicUsize::new(senders.len()),
        all_read: watch::Sender::new(false),
        tables: senders,
        imports: stop,
        others,
    };
    Ok((files, imports))
}

impl Imports {
    /// Waits until all files are imported or ready. Returns the ready ones, which are not yet
    /// imported.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub async fn finish(mut self) -> Result<Vec<ReadyTable>, Error> {
        let mut ready = Ok(Vec::new());
        // continue after a failure too, because an import that has begun must be completed
        while let Some(ended) = self.tasks.join_next().await {
            let ended = ended.unwrap_or_else(|e| {
                Err(Error::Other(unfit!("a table's task ended abnormally: {e}")))
            });
            match (&mut ready, ended) {
                (Ok(ready), Ok(table)) => ready.extend(table),
                (Ok(_), Err(error)) => ready = Err(error),
                (Err(_), _) => {}
            }
        }
        ready
    }
}

impl Files {
    /// Becomes true when all rows of all tables have been submitted and are stored or written to
    /// files. The only work left after that is to finish files.
    pub fn all_read(&self) -> watch::Receiver<bool> {
        self.all_read.subscribe()
    }
}

impl Sink for Files {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        if self.imports.reason().is_some() {
            return Err(SinkClosed);
        }
        match &self.tables[job.table] {
            Some(table) => table
                .send(Message::Batch(Box::new(job)))
                .map_err(|_| SinkClosed),
            None => self.others.submit(job),
        }
    }

    fn table_complete(&self, table: usize, result: &TableResult) {
        match &self.tables[table] {
            Some(sender) => {
                // a thread that no longer receives has failed, and reports its own error
                let _ = sender.send(Message::Complete);
            }
            None => self.others.table_complete(table, result),
        }
        if self.incomplete.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.all_read.send_replace(true);
        }
    }
}

/// Handles one table: from its first batch until the ledger has its rows, or until its file is
/// ready.
async fn table(
    plan: &Arc<Plan>,
    number: usize,
    (prepared, delivery): (Prepared, Delivery),
    build: Build,
    batches: Receiver<Message>,
) -> crate::Result<Option<ReadyTable>> {
    let target = &plan.targets[number];
    let layout = Arc::clone(&prepared.layout);
    let built = tokio::task::spawn_blocking(move || {
        let Some((built, notes)) = filled(build, &batches)? else {
            return Ok(None);
        };
        let file = std::fs::File::open(built.path())?;
        verify(&file, &layout, &built.template, &built.contents).with_context(|| {
            format!(
                "the tablespace file for {} failed its verification, so the server did not get it; \
                 please report this bug",
                layout.table
            )
        })?;
        Ok::<_, crate::Error>(Some((built, notes)))
    });
    let Some((built, notes)) = built.await.context("a table's thread ended abnormally")?? else {
        return Ok(None);
    };
    let bytes = std::fs::metadata(built.path()).map_or(0, |file| file.len());
    // sending fails if nobody listens, which does not affect the import
    let _ = plan.notices.send(format!(
        "the tablespace file of {} is complete ({} MiB, every page verified){}",
        target.table,
        bytes >> 20,
        match delivery {
            Delivery::Import => "; the server imports it",
            Delivery::InPlace => "",
        }
    ));
    let ready = ReadyTable {
        number,
        prepared,
        built,
        notes,
    };
    match delivery {
        Delivery::InPlace => Ok(Some(ready)),
        Delivery::Import => {
            give(&plan.database, plan.run, target, ready).await?;
            Ok(None)
        }
    }
}

/// Makes the server import a file. Uses a connection of its own.
///
/// # Errors
///
/// When the server does not import the file.
pub async fn give(
    database: &Database,
    run: u64,
    target: &Target,
    ready: ReadyTable,
) -> crate::Result<()> {
    let given = async {
        let mut connection = database.open_to_load().await?;
        let rows = ImportedRows {
            run,
            batches: &ready.notes,
        };
        import(&mut connection, &ready.prepared, target, ready.built, rows).await?;
        db::close(connection).await;
        Ok(())
    };
    given.await.map_err(|error: crate::Error| {
        let next = retry::what_next(error.server());
        error.context(format!("cannot import {}; {next}", target.table))
    })
}

/// Writes all batches to the file; `None` if the pipeline failed before the last batch.
fn filled(
    mut build: Build,
    batches: &Receiver<Message>,
) -> crate::Result<Option<(BuiltFile, Vec<Note>)>> {
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
