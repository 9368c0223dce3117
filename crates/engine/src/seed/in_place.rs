//! Delivers finished tablespace files to the private server by a restart: the server is stopped,
//! each file replaces the file of its empty table, and the server is started again. This takes
//! about two seconds whatever the size of the files, whereas an import reads and writes every page.
//!
//! `_reviewseed_imports` names the tables until the ledger has their rows. If the run is killed
//! before that, the next run drops these tables and loads them again.
//! [`private_server::StoppedServer`] describes how it is ensured that the server can start again.

use std::time::Instant;

use crate::error::{Context, Result, fail};
use futures_util::{StreamExt, TryStreamExt, stream};
use sqlx::{Executor, Row};
use tokio::sync::watch;

use super::physical::ImportChoice;
use super::run::Run;
use crate::load;
use crate::load::physical::sink::{Delivery, ReadyTable, give};
use input::{Source, TextSize};
use model::flavour::Flavour;
use model::wording::counted;
use mysql::db::{self, Database};
use mysql::physical::import::enter;
use mysql::target::Target;
use private_server::{FileReplacement, StoppedServer};

/// With at least this many bytes of input, a restart takes less time than importing the files,
/// although imports begin while other files are still being written.
const LEAST_INPUT: u64 = 256 << 20;

impl Run<'_> {
    /// How the server gets the files of this run. For MariaDB, a restart is not worthwhile, because
    /// its imports are fast. A run with `--replace` cannot restart the server, because it has the
    /// locks of two databases.
    pub(super) fn delivery(&self, sources: &[Source]) -> Delivery {
        let text: TextSize = sources.iter().map(Source::text_size).sum();
        let pays = match self.import {
            ImportChoice::No => false,
            ImportChoice::Wanted => true,
            ImportChoice::Chosen => text.bytes >= LEAST_INPUT,
        };
        let is_possible = self.private.is_some()
            && self.session.info.flavour == Flavour::MySql
            && !self.replaces();
        match pays && is_possible {
            true => Delivery::InPlace,
            false => Delivery::Import,
        }
    }

    /// Stops the server as soon as the only work left is to finish files, so that it is stopped by
    /// the time they are finished. Returns `None` if the server must not be stopped; the files are
    /// then imported.
    pub(super) async fn stop_when_all_is_read(
        &mut self,
        delivery: Delivery,
        mut all_read: watch::Receiver<bool>,
    ) -> Result<Option<StoppedServer>> {
        // the sender is dropped if the files were not read completely
        let is_read = all_read.wait_for(|read| *read).await.is_ok();
        let Some(private) = self.private.clone() else {
            return Ok(None);
        };
        if delivery == Delivery::Import || !is_read {
            return Ok(None);
        }
        self.session.keep_lock().await?;
        let others = &self.session.database;
        let others = others.other_clients(&mut self.session.connection).await?;
        if others > 0 {
            let sessions = counted(others as u64, "other session", "other sessions");
            self.events.detail(&format!(
                "load: the tablespace files are imported, because adding them without an import needs a restart, which would end {sessions} of the private server"
            ));
            return Ok(None);
        }
        // with innodb_fast_shutdown = 2, changes would stay only in the redo log and not reach the
        // files
        let row = "SELECT CAST(@@GLOBAL.innodb_fast_shutdown AS UNSIGNED)";
        let row = self.session.connection.fetch_one(row).await?;
        if row.try_get_unchecked::<u64, _>(0)? > 1 {
            let set = "SET GLOBAL innodb_fast_shutdown = 1";
            self.session.connection.execute(set).await?;
        }
        let stopped = tokio::task::spawn_blocking(move || StoppedServer::stop(private)).await;
        Ok(Some(stopped.context(
            "stopping the private server ended abnormally",
        )??))
    }

    /// Delivers the files of tables, and records their rows in the ledger.
    pub(super) async fn put_in_place(
        &mut self,
        ready: Vec<ReadyTable>,
        stopped: Result<Option<StoppedServer>>,
        (run, targets): (u64, Vec<Target>),
    ) -> Result<(), load::Error> {
        if ready.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = ready.iter().map(|r| &*targets[r.number].table).collect();
        let names = names.join(", ");
        let placed = async {
            let database = self.session.database.clone();
            let Some(stopped) = stopped? else {
                let import =
                    |ready: ReadyTable| give(&database, run, &targets[ready.number], ready);
                let imports = stream::iter(ready).map(import);
                return imports
                    .buffer_unordered(self.connections)
                    .try_collect()
                    .await;
            };
            self.start_with(stopped, &ready).await?;
            let note = |ready: ReadyTable| note_rows(&database, run, &targets, ready);
            let notes = stream::iter(ready).map(note);
            notes.buffer_unordered(self.connections).try_collect().await
        };
        placed.await.map_err(|source| load::Error::Import {
            table: names,
            source,
        })
    }

    /// Replaces the files, starts the server, and takes the locks of the run again before another
    /// command can connect.
    async fn start_with(&mut self, stopped: StoppedServer, ready: &[ReadyTable]) -> Result<()> {
        let began = Instant::now();
        let files: Vec<FileReplacement> = ready
            .iter()
            .map(|ready| FileReplacement {
                live: ready.prepared.live_file(),
                new: ready.built.path().to_owned(),
            })
            .collect();
        if ready.iter().any(|r| r.prepared.template.transaction == 0) {
            fail!(
                "a tablespace file was built for IMPORT TABLESPACE, so it cannot replace the file \
                 of a table; please report this bug"
            );
        }
        let restarted = tokio::task::spawn_blocking(move || stopped.start_with(files)).await;
        let restarted = restarted.context("starting the private server ended abnormally")??;
        self.private = Some(restarted.running.clone());
        self.session.keep_lock().await?;
        self.session.database.guard_again().await?;
        if !restarted.replaced {
            fail!(
                "the private server did not start with the new files, so it was started again with \
                 its old files; run the same command again, and if this happens again although \
                 nobody ends the server, please report this bug"
            );
        }
        self.events.detail(&format!(
            "load: the private server was started with the new files in {:.1} s",
            began.elapsed().as_secs_f64()
        ));
        Ok(())
    }
}

async fn note_rows(
    database: &Database,
    run: u64,
    targets: &[Target],
    ready: ReadyTable,
) -> Result<()> {
    let target = &targets[ready.number];
    let mut connection = database.open_to_load().await?;
    enter(&mut connection, target, &ready.built, ready.rows(run))
        .await
        .with_context(|| format!("cannot record the rows of {} in the ledger", target.table))?;
    db::close(connection).await;
    Ok(())
}
