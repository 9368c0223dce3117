//! The phases of a run that may begin: load, index, verify, and what is said at the end.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;

use super::Seed;
use super::load::{loaded_table, unjudged_references};
use super::physical::ByFile;
use super::start::Start;
use super::tables::{add_before, beginning_of, take_before};
use crate::commands::typed::command_line;
use crate::commands::{Exit, loaded};
use crate::progress;
use engine::load::physical::sink::NotAsFile;
use engine::pipeline;
use input::Source;
use model::schema::Schema;
use model::wording::{chain, grouped};
use mysql::ledger::beginning::NewRun;
use mysql::ledger::{self, beginning};
use mysql::ledger::{LoadedTable, Phase};
use mysql::orphans::Orphans;
use mysql::target::Way;
use report::{Outcome, Report, TableReport};

/// Rows that are in, to be indexed and verified.
pub(super) struct Rows {
    pub(super) run: u64,
    pub(super) tables: Vec<LoadedTable>,
    /// Foreign keys that were not judged on the stream; `None` when that is not remembered.
    pub(super) unjudged: Option<Vec<(String, String)>>,
    pub(super) wanted: Schema,
}

impl Seed<'_> {
    pub(super) async fn run(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        if self.args.dry_run {
            let start = self.start(&sources).await?;
            let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
            // the server reads the schema, as it does before it creates the tables
            self.wanted(&names).await?;
            let way = self.way().await?;
            self.decide_on_files(&start, &sources).await?;
            self.describe(way, &settings, report);
            return match start {
                Start::Finished(run, tables) => self.finished(&run, tables, report).await,
                _ => self.dry_run(sources, settings, report).await,
            };
        }
        // a killed run may have left a global variable changed
        ledger::create(&mut self.connection).await?;
        self.restore_globals().await?;
        let exit = self.phases(sources, settings, report).await;
        // after a lost connection there is nothing to put it back with; the next run does
        let restored = self.restore_globals().await;
        let exit = exit?;
        restored?;
        Ok(exit)
    }

    async fn phases(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        let start = self.start(&sources).await?;
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        self.progress.expect_tables(&sources);
        self.decide_on_files(&start, &sources).await?;
        let rows = match start {
            Start::Finished(run, tables) => return self.finished(&run, tables, report).await,
            Start::Loaded(run, tables) => {
                self.progress.say(&format!(
                    "seed: the run of {} UTC was interrupted in phase {}; its rows are in, going on there",
                    run.started_at,
                    run.phase.name()
                ));
                self.redo_log_off(&names).await?;
                let before = self.before(&sources, Some(run.id)).await?;
                let mut added = tables.clone();
                take_before(&mut added, &before);
                report.tables = added.iter().map(loaded::table_report).collect();
                Rows {
                    run: run.id,
                    tables,
                    unjudged: None,
                    wanted: self.wanted(&names).await?,
                }
            }
            Start::Afresh | Start::Append | Start::Resume(_) => {
                match self.rows(start, sources, settings, report).await {
                    Ok(rows) => rows,
                    Err(error) => return self.load_failed(error, report),
                }
            }
        };

        let differences = self.finish(&rows, report).await?;
        report.verification = self.depth();
        report.has_triggers = self.has_triggers;
        if !differences.is_empty() {
            report.outcome = Outcome::VerificationFailed;
            self.progress.summary(report);
            for difference in &differences {
                self.progress.error(&format!("verify: {difference}"));
            }
            return Ok(Exit::Found);
        }
        self.keep_the_lead().await?;
        ledger::enter(&mut self.connection, rows.run, Phase::Done).await?;
        report.outcome = Outcome::Seeded;
        self.conclude(report);
        Ok(Exit::Done)
    }

    /// Loads the rows, all of them or the rest.
    async fn rows(
        &mut self,
        start: Start,
        sources: Vec<Source>,
        mut settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Rows> {
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let way = self.way().await?;
        let (resumed, wanted) = match start {
            Start::Resume(run) => {
                let loaded = ledger::batches_of(&mut self.connection, run.id).await?;
                settings.batch_bytes = usize::try_from(run.batch_bytes)?;
                self.progress.say(&format!(
                    "seed: the run of {} UTC was interrupted while loading; its {} batches are in and will be compared, going on there",
                    run.started_at,
                    grouped(loaded.len() as u64)
                ));
                self.prepare_missing(&names, &sources).await?;
                (Some((run.id, loaded)), self.wanted(&names).await?)
            }
            _ => {
                let wanted = self.prepare(&names, &sources).await?;
                (None, wanted)
            }
        };
        self.redo_log_off(&names).await?;
        self.grow_redo_log(&sources).await?;
        let (resumed, loaded) = resumed.unzip();
        self.read_existing_keys(&names, resumed, &mut settings)
            .await?;
        let before = self.before(&sources, resumed).await?;
        let run = match resumed {
            Some(run) => run,
            None => {
                let fingerprint = self.fingerprint(&sources);
                let kept = match self.args.append {
                    true => beginning_of(&names, &before, &settings)?,
                    false => Vec::new(),
                };
                let new = NewRun {
                    fingerprint: &fingerprint,
                    batch_bytes: settings.batch_bytes,
                    command: &command_line(),
                    schema: self.text.of_run(&names),
                };
                beginning::begin(&mut self.connection, &new, &kept).await?
            }
        };
        self.describe(way, &settings, report);
        let began = Instant::now();
        let sources = Arc::new(sources);
        let mut results = self
            .load(&sources, &settings, way, run, loaded, Orphans::default())
            .await;
        if let Err(error) = &results
            && self.by_file == ByFile::Chosen
            && error.is::<NotAsFile>()
        {
            let why = chain(error);
            self.progress.say(&format!("seed: {why}; going on by SQL"));
            let loaded = self.go_on_by_sql(run, &names, &sources).await?;
            self.describe(way, &settings, report);
            results = self
                .load(&sources, &settings, way, run, loaded, Orphans::default())
                .await;
        }
        if let Ok(loaded) = results {
            let rest = self.without_orphans(&sources, &settings, (way, run), loaded);
            results = rest.await;
        }
        report.phase("load", began.elapsed(), progress::elapsed());
        if self.detour.is_taken()
            && let Some(server) = &mut report.server
            && server.load == Way::LocalInfile.name()
        {
            Way::Insert.name().clone_into(&mut server.load);
        }
        if results.is_err() {
            // after a lost connection the next run does it
            let _ = self.recover_imports().await;
        }
        let results = results?;
        self.keep_the_lead().await?;
        report.tables = results.iter().map(TableReport::new).collect();
        let mut tables: Vec<_> = results.iter().map(loaded_table).collect();
        add_before(&mut tables, &before);
        for table in &tables {
            ledger::record_table(&mut self.connection, run, table).await?;
        }
        ledger::enter(&mut self.connection, run, Phase::Index).await?;
        if self.args.append {
            beginning::forget_keys(&mut self.connection).await?;
        }
        Ok(Rows {
            run,
            tables,
            unjudged: Some(unjudged_references(&results)),
            wanted,
        })
    }
}
