//! The steps of a run, executed on a server.

mod dry_run;
mod entries;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Result;

use super::load_method;
use super::phases::{End, Failure, ImportedBy, Step, Steps};
use super::physical::ImportChoice;
use super::run::Run;
use super::session::RunSession;
use super::start::{self, Start};
use super::tables::Before;
use crate::event::Event;
use crate::load;
use crate::pipeline;
use input::Source;
use model::report::Report;
use model::schema::Schema;
use model::wording::{chain, grouped};
use mysql::ledger::statements::Moment;
use mysql::ledger::{self, LoadedTable, Phase};
use mysql::orphans::Orphans;
use mysql::resume::LoadedBatches;
use mysql::target::SqlLoad;
use mysql::verify::Difference;

/// A run that is being executed on a server.
pub(super) struct Work<'r, 'a> {
    pub(super) run: &'r mut Run<'a>,
    pub(super) sources: Arc<Vec<Source>>,
    pub(super) settings: pipeline::Settings,
    pub(super) report: &'r mut Report,
    /// The start of the run.
    pub(super) began: Instant,
}

/// A load that is in progress.
pub(super) struct Load {
    /// Number of the run in the ledger.
    run: u64,
    way: SqlLoad,
    /// Batches that an interrupted run has committed.
    batches: Option<LoadedBatches>,
    /// The rows that the tables had before the run.
    before: Vec<Before>,
    wanted: Schema,
    began: Instant,
}

/// The loaded rows, to be indexed and verified.
pub(super) struct Rows {
    /// Number of the run in the ledger.
    pub(super) run: u64,
    pub(super) tables: Vec<LoadedTable>,
    /// Foreign keys that could not be checked while the files were read; `None` if this is no
    /// longer known.
    pub(super) unjudged: Option<Vec<(String, String)>>,
    /// How the tables must look according to the schema.
    pub(super) wanted: Schema,
}

impl Work<'_, '_> {
    fn names(&self) -> Vec<String> {
        self.sources.iter().map(|s| s.table.name.clone()).collect()
    }

    /// Reports the duration of a phase. If a phase is repeated, the last duration replaces the
    /// earlier one.
    pub(super) fn note_phase(&mut self, name: &str, elapsed: Duration) {
        self.report.phases.retain(|phase| phase.name != name);
        self.report.phase(name, elapsed, self.began.elapsed());
    }

    /// Decides from the ledger and the tables where the run starts.
    async fn first_step(&mut self) -> Result<Step<Self>> {
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
        // a lost connection may have interrupted the imports of this run
        run.recover_imports().await?;
        let identity = run.identity(&sources);
        let start = start::decide(&mut run.session, &identity).await?;
        run.events.emit(Event::TablesOpened(&self.sources));
        run.choose_import(&start, &self.sources).await?;
        Ok(match start {
            Start::Finished(earlier) => {
                let verdict = run.finished(earlier, self.report).await?;
                Step::End(End::Earlier(verdict))
            }
            Start::Loaded(earlier, tables) => {
                Step::Index(self.loaded_before(earlier, tables).await?)
            }
            start => Step::Prepare(start),
        })
    }

    /// Makes the tables equal to the files.
    async fn deliver_differences(&mut self, load: &mut Load) -> Result<Rows, load::Error> {
        let synced = self.make_equal().await;
        self.note_phase("load", load.began.elapsed());
        let mut synced = synced?;
        for (result, kept) in synced.results.iter_mut().zip(&synced.kept) {
            // the checksum covers only accepted rows, so it does not fit a table with other, kept
            // rows
            result.table_checksum = result.table_checksum.filter(|_| kept.rows == 0);
        }
        // the ledger records all rows of a table, but the report only those that were inserted
        let before = synced
            .results
            .iter()
            .zip(&synced.kept)
            .map(|(result, kept)| {
                let inserted = result.merged.map_or(0, |merged| merged.counts.inserted);
                (result.loaded + kept.rows - inserted, kept.checksum)
            });
        load.before = before.collect();
        load.run = synced.run;
        Ok(self.note_loaded(load, &synced.results).await?)
    }

    /// Creates the tables, or finds the tables of the run that is resumed.
    async fn prepare_load(&mut self, start: Start) -> Result<Load> {
        let names = self.names();
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
        let way = run.way().await?;
        let (resumed, batches, wanted) = match start {
            Start::Resume(earlier) => {
                let batches = ledger::batches_of(&mut run.session.connection, earlier.id).await?;
                if batches.is_empty() && !run.appends() {
                    run.must_be_empty(&names).await?;
                }
                // the value fits, because it was converted from a usize when the run started
                self.settings.batch_bytes = earlier.batch_bytes as usize;
                run.events.info(&format!(
                    "seed: resuming the run of {} UTC, which was interrupted while loading; its {} committed batches are compared, not loaded again",
                    earlier.started_at,
                    grouped(batches.len() as u64)
                ));
                run.prepare_missing(&names, &sources).await?;
                let wanted = run.wanted(&names).await?;
                (Some(earlier.id), Some(batches), wanted)
            }
            _ => (None, None, run.prepare(&names, &sources).await?),
        };
        if resumed.is_none() {
            self.execute_statements(Moment::Before, 0).await?;
        }
        let run = &mut *self.run;
        run.prepare_merging(&sources).await?;
        run.redo_log_off(&names).await?;
        run.grow_redo_log(&sources).await?;
        run.read_existing_keys(&names, resumed, &mut self.settings)
            .await?;
        let before = run.before(&sources, resumed).await?;
        self.settings.table_checksums = run.table_checksums(&sources).await?;
        let number = match self.run.syncs() {
            // a sync enters the ledger later, when the differences are known
            true => 0,
            false => self.enter_ledger(resumed, &before).await?,
        };
        self.run.describe(way, &self.settings, self.report);
        Ok(Load {
            run: number,
            way,
            batches,
            before,
            wanted,
            began: Instant::now(),
        })
    }
}

impl Steps for Work<'_, '_> {
    type Start = Start;
    type Load = Load;
    type Rows = Rows;
    type Differences = Vec<Difference>;

    async fn begin(&mut self) -> Result<Step<Self>, Failure> {
        let interrupt = self.run.interrupt;
        tokio::select! {
            step = Box::pin(self.first_step()) => Ok(step?),
            () = interrupt.first() => Err(Failure::Interrupted),
        }
    }

    async fn prepare(&mut self, start: Start) -> Result<Load, Failure> {
        let interrupt = self.run.interrupt;
        tokio::select! {
            load = Box::pin(self.prepare_load(start)) => Ok(load?),
            () = interrupt.first() => Err(Failure::Interrupted),
        }
    }

    async fn deliver(&mut self, load: &mut Load) -> Result<Rows, load::Error> {
        if self.run.syncs() {
            return self.deliver_differences(load).await;
        }
        let (sources, mut settings) = (Arc::clone(&self.sources), self.settings.clone());
        settings.digests = self.digests(&settings);
        let run = &mut *self.run;
        let (way, number) = (load.way, load.run);
        let batches = load.batches.take();
        let delivered = run
            .deliver(
                (&sources, &settings),
                (way, number),
                batches,
                Orphans::default(),
            )
            .await;
        let results = match delivered {
            // with a merge, the server has already checked the foreign keys
            Ok(results) if run.merging.is_some() => Ok(results),
            Ok(results) => {
                let again = run.without_orphans(&sources, &settings, (way, number), results);
                again.await
            }
            Err(why @ load::Error::Import { .. }) if run.import == ImportChoice::Chosen => {
                return Err(why);
            }
            Err(error) => Err(error),
        };
        self.note_phase("load", load.began.elapsed());
        if self.run.detour.is_taken()
            && let Some(server) = &mut self.report.server
            && server.load == SqlLoad::LocalInfile.name()
        {
            SqlLoad::Insert.name().clone_into(&mut server.load);
        }
        if results.is_err() {
            // if the connection is lost, the next attempt or run drops the tables of the failed
            // import
            let _ = self.run.recover_imports().await;
        }
        let results = results?;
        let rows = self.note_loaded(load, &results).await?;
        self.note_collected(&settings.digests, &results).await?;
        Ok(rows)
    }

    fn imports(&self) -> Option<ImportedBy> {
        match self.run.import {
            ImportChoice::No => None,
            ImportChoice::Wanted => Some(ImportedBy::User),
            ImportChoice::Chosen => Some(ImportedBy::Default),
        }
    }

    async fn fall_back_to_sql(&mut self, load: &mut Load, why: load::Error) -> Result<(), Failure> {
        let why = chain(&crate::Error::from(why));
        let (names, run) = (self.names(), &mut *self.run);
        run.events
            .info(&format!("seed: {why}; loading by SQL instead"));
        load.batches = run
            .fall_back_to_sql(load.run, &names, &self.sources)
            .await?;
        run.describe(load.way, &self.settings, self.report);
        Ok(())
    }

    async fn index(&mut self, rows: &Rows) -> Result<(), Failure> {
        let (began, interrupt) = (Instant::now(), self.run.interrupt);
        tokio::select! {
            indexed = Box::pin(self.run.index(rows, self.report)) => indexed?,
            () = interrupt.first() => return Err(Failure::Interrupted),
        }
        self.note_phase("index", began.elapsed());
        Ok(())
    }

    async fn verify(&mut self, rows: &Rows) -> Result<Option<Vec<Difference>>, Failure> {
        let run = &mut *self.run;
        let connection = &mut run.session.connection;
        ledger::enter(connection, rows.run, Phase::Verify).await?;
        let (began, interrupt) = (Instant::now(), run.interrupt);
        let differences = tokio::select! {
            differences = run.shown_verify(rows, run.depth()) => differences?,
            () = interrupt.first() => return Err(Failure::Interrupted),
        };
        self.report.verification = run.depth();
        self.report.has_triggers = run.has_triggers;
        self.note_phase("verify", began.elapsed());
        if !differences.is_empty() {
            self.run.tell_triggers();
        }
        Ok((!differences.is_empty()).then_some(differences))
    }

    async fn recovered(&mut self, error: &Failure, attempt: u32) -> Result<bool, Failure> {
        let Failure::Error(error) = error else {
            return Ok(false);
        };
        let (interrupt, run) = (self.run.interrupt, &mut *self.run);
        tokio::select! {
            recovered = run.session.recovered(error, attempt, run.events) => Ok(recovered?),
            () = interrupt.first() => Err(Failure::Interrupted),
        }
    }

    async fn finish(&mut self, rows: &Rows) -> Result<(), Failure> {
        self.execute_statements(Moment::After, rows.run).await?;
        let session = &mut self.run.session;
        session.keep_lock().await?;
        Ok(ledger::enter(&mut session.connection, rows.run, Phase::Done).await?)
    }

    async fn restore_globals(&mut self) -> Result<(), Failure> {
        let events = self.run.events;
        let restore =
            async |session: &mut RunSession| load_method::restore_globals(session, events).await;
        Ok(self.run.session.repeated(events, restore).await?)
    }
}
