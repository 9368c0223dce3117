//! The steps of a run, executed on a server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Result;

use super::finished;
use super::load_method::{self, Wish};
use super::phases::{End, Failure, ImportedBy, Step, Steps};
use super::physical::ImportChoice;
use super::run::Run;
use super::start::{self, Start};
use super::tables::{self, Before};
use crate::Verdict;
use crate::check;
use crate::event::Event;
use crate::load;
use crate::loaded;
use crate::options::Mode;
use crate::pipeline::{self, TableResult};
use input::Source;
use model::report::{Outcome, Report};
use model::schema::Schema;
use model::wording::{chain, grouped};
use mysql::cluster;
use mysql::ledger::beginning::{self, NewRun};
use mysql::ledger::{self, LoadedTable, Phase};
use mysql::orphans::Orphans;
use mysql::resume::LoadedBatches;
use mysql::retry;
use mysql::target::SqlLoad;
use mysql::verify::Difference;

/// A run that is being executed.
pub(super) struct Work<'r, 'a> {
    pub(super) run: &'r mut Run<'a>,
    pub(super) sources: Arc<Vec<Source>>,
    pub(super) settings: pipeline::Settings,
    pub(super) report: &'r mut Report,
    /// When the run began.
    pub(super) began: Instant,
}

/// The rows of a run that are being loaded.
pub(super) struct Load {
    /// Number of the run in the ledger.
    run: u64,
    way: SqlLoad,
    /// Batches that an interrupted run has committed.
    batches: Option<LoadedBatches>,
    /// What the tables held before the run.
    before: Vec<Before>,
    wanted: Schema,
    began: Instant,
}

/// Rows that are loaded, to be indexed and verified.
pub(super) struct Rows {
    /// Number of the run in the ledger.
    pub(super) run: u64,
    pub(super) tables: Vec<LoadedTable>,
    /// Foreign keys that could not be judged while the files were read; `None` when that is no
    /// longer known.
    pub(super) unjudged: Option<Vec<(String, String)>>,
    /// The tables as the schema requires them.
    pub(super) wanted: Schema,
}

impl Work<'_, '_> {
    fn names(&self) -> Vec<String> {
        self.sources.iter().map(|s| s.table.name.clone()).collect()
    }

    /// Notes the duration of a phase. When a phase is repeated, the last duration counts.
    fn note_phase(&mut self, name: &str, elapsed: Duration) {
        self.report.phases.retain(|phase| phase.name != name);
        self.report.phase(name, elapsed, self.began.elapsed());
    }

    /// Checks everything and changes nothing in the database.
    pub(super) async fn dry_run(self) -> Result<Verdict> {
        let names = self.names();
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
        let identity = run.identity(&sources);
        let start = start::decide(&mut run.session, &identity).await?;
        // the server reads the schema, as it does before it creates the tables
        run.wanted(&names).await?;
        let way = run.way().await?;
        run.choose_import(&start, &sources).await?;
        run.describe(way, &self.settings, self.report);
        if let Start::Finished(earlier) = start {
            return run.finished(earlier, self.report).await;
        }
        self.count().await
    }

    /// Counts the rows that would be loaded.
    async fn count(mut self) -> Result<Verdict> {
        let (events, began) = (self.run.events.clone(), Instant::now());
        events.emit(Event::TablesOpened(&self.sources));
        self.settings.over_budget = pipeline::OverBudget::ReadOn;
        let (sources, settings) = (Arc::clone(&self.sources), self.settings.clone());
        let counted =
            tokio::task::spawn_blocking(move || check::count(&sources, settings, "seed", &events));
        let results = counted.await??;
        self.report
            .phase("check", began.elapsed(), self.began.elapsed());
        let (run, report) = (self.run, self.report);
        let spent = check::take_up(&results, report, &run.options.reading, run.events);
        check::tell_left_to_server(&results, "seed", run.events);
        run.events.info("seed: dry run, the database is as it was");
        Ok(match spent.is_empty() {
            true => Verdict::Done,
            false => Verdict::Found,
        })
    }

    /// The batches that an interrupted run has committed, or a new run in the ledger.
    async fn enter_ledger(&mut self, resumed: Option<u64>, before: &[Before]) -> Result<u64> {
        if let Some(run) = resumed {
            return Ok(run);
        }
        let names = self.names();
        let kept = match self.run.appends() {
            true => tables::beginning_of(&names, before, &self.settings)?,
            false => Vec::new(),
        };
        let run = &mut *self.run;
        let identity = run.identity(&self.sources);
        let new = NewRun {
            fingerprint: &identity.fingerprint,
            batch_bytes: self.settings.batch_bytes,
            command: &run.options.commands.again,
            schema: run.text.of_run(&names),
            inputs: identity.inputs(),
        };
        Ok(beginning::begin(&mut run.session.connection, &new, &kept).await?)
    }

    /// Rows of a run that was interrupted after its load.
    async fn loaded_before(
        &mut self,
        earlier: ledger::Run,
        tables: Vec<LoadedTable>,
    ) -> Result<Rows> {
        let names = self.names();
        let run = &mut *self.run;
        run.events.info(&format!(
            "seed: resuming the run of {} UTC, which was interrupted in phase {}; its rows are loaded",
            earlier.started_at,
            earlier.phase.name()
        ));
        run.redo_log_off(&names).await?;
        let before = run.before(&self.sources, Some(earlier.id)).await?;
        let mut added = tables.clone();
        tables::take_before(&mut added, &before);
        self.report.tables = added.iter().map(loaded::table_report).collect();
        Ok(Rows {
            run: earlier.id,
            tables,
            unjudged: None,
            wanted: run.wanted(&names).await?,
        })
    }

    /// Notes in the ledger and in the report which rows were loaded.
    async fn note_loaded(&mut self, load: &Load, results: &[TableResult]) -> Result<Rows> {
        let run = &mut *self.run;
        run.session.keep_lock().await?;
        self.report.tables = results.iter().map(TableResult::report).collect();
        let mut tables: Vec<_> = results.iter().map(loaded::table).collect();
        tables::add_before(&mut tables, &load.before);
        let connection = &mut run.session.connection;
        for table in &tables {
            ledger::record_table(connection, load.run, table).await?;
        }
        ledger::enter(connection, load.run, Phase::Index).await?;
        if run.options.mode == Mode::Append {
            beginning::forget_keys(connection).await?;
        }
        Ok(Rows {
            run: load.run,
            tables,
            unjudged: Some(loaded::unjudged_references(results)),
            wanted: load.wanted.clone(),
        })
    }
}

impl Steps for Work<'_, '_> {
    type Start = Start;
    type Load = Load;
    type Rows = Rows;
    type Differences = Vec<Difference>;

    async fn begin(&mut self) -> Result<Step<Self>, Failure> {
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
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

    async fn prepare(&mut self, start: Start) -> Result<Load, Failure> {
        let names = self.names();
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
        let way = run.way().await?;
        let (resumed, batches, wanted) = match start {
            Start::Resume(earlier) => {
                let batches = ledger::batches_of(&mut run.session.connection, earlier.id).await?;
                // it was converted from a usize when the run began
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
        run.redo_log_off(&names).await?;
        run.grow_redo_log(&sources).await?;
        run.read_existing_keys(&names, resumed, &mut self.settings)
            .await?;
        let before = run.before(&sources, resumed).await?;
        let number = self.enter_ledger(resumed, &before).await?;
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

    async fn deliver(&mut self, load: &mut Load) -> Result<Rows, load::Error> {
        let (sources, settings) = (Arc::clone(&self.sources), self.settings.clone());
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
            // after a lost connection, the next run does this
            let _ = self.run.recover_imports().await;
        }
        Ok(self.note_loaded(load, &results?).await?)
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
        let began = Instant::now();
        self.run.index(rows, self.report).await?;
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
        Ok((!differences.is_empty()).then_some(differences))
    }

    async fn moved(&mut self, error: &Failure, attempt: u32) -> Result<bool, Failure> {
        let Failure::Error(error) = error else {
            return Ok(false);
        };
        let Some(of_server) = error.server() else {
            return Ok(false);
        };
        let session = &mut self.run.session;
        let attempts = retry::attempts(session.database.url());
        let may_move = session.database.url().has_several_hosts()
            && attempt < attempts
            && retry::is_transient(of_server, session.database.url(), session.role);
        if !may_move {
            return Ok(false);
        }
        let wait = retry::delay(attempt);
        self.run.events.info(&format!(
            "seed: {}{}; trying the next host in {} ms ({attempt} of {attempts})",
            retry::meaning(of_server, session.role),
            chain(error),
            wait.as_millis()
        ));
        tokio::time::sleep(wait).await;
        session.keep_lock().await?;
        cluster::catch_up(&mut session.connection).await;
        Ok(true)
    }

    async fn finish(&mut self, rows: &Rows) -> Result<(), Failure> {
        let session = &mut self.run.session;
        session.keep_lock().await?;
        Ok(ledger::enter(&mut session.connection, rows.run, Phase::Done).await?)
    }

    async fn restore_globals(&mut self) -> Result<(), Failure> {
        Ok(load_method::restore_globals(&mut self.run.session, self.run.events).await?)
    }
}

impl Run<'_> {
    /// The SQL statement that delivers the rows.
    async fn way(&mut self) -> Result<SqlLoad> {
        let wish = Wish {
            method: self.options.loading.method,
            set_global: self.options.loading.set_global,
            dry_run: self.options.dry_run,
        };
        load_method::choose(&mut self.session, wish, self.events).await
    }

    /// Reports how the run ended.
    pub(super) fn conclude(&self, end: End<Vec<Difference>>, report: &mut Report) -> Verdict {
        match end {
            End::Earlier(verdict) => verdict,
            End::Seeded => {
                report.outcome = Outcome::Seeded;
                self.events.emit(Event::Summary(report));
                check::tell_rejects(report, &self.options.reading, self.events);
                let verified = finished::verified(self.depth());
                self.events.info(&format!("seed: done; {verified}"));
                Verdict::Done
            }
            End::Differs(differences) => {
                report.outcome = Outcome::VerificationFailed;
                self.events.emit(Event::Summary(report));
                finished::tell_differences(&differences, self.events);
                Verdict::Found
            }
            End::OverBudget(spent) => {
                report.outcome = Outcome::BudgetSpent;
                self.events.error(&spent.to_string());
                Verdict::Found
            }
        }
    }
}
