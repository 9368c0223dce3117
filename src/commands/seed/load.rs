//! Phase 3 of `seed`: the pipeline at one end, the workers at the other.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::sync::mpsc;

use super::Seed;
use crate::commands::{Exit, reports};
use crate::progress;
use engine::load::{self, LoadSink, Plan, physical};
use engine::pipeline::{self, OverBudget, TableResult};
use input::Source;
use model::flavour::Flavour;
use mysql::ledger::LoadedTable;
use mysql::orphans::Orphans;
use mysql::resume::LoadedBatches;
use mysql::target::{Target, Way};
use report::{Outcome, Report, ServerReport};

impl Seed<'_> {
    pub(super) fn describe(&self, way: Way, settings: &pipeline::Settings, report: &mut Report) {
        let (way_name, why) = self.way_and_why(way);
        report.server = Some(ServerReport {
            url: self.url.clone().given_by(None).to_string(),
            flavour: match self.server.flavour {
                Flavour::MySql => "MySQL".to_string(),
                Flavour::MariaDb => "MariaDB".to_string(),
            },
            version: self.server.version.clone(),
            load: way_name.to_string(),
            connections: self.connections,
            batch_bytes: settings.batch_bytes,
        });
        let asked = |asked: bool, default: &'static str| if asked { "as asked" } else { default };
        let (reading, loading) = (&self.args.reading, &self.args.loading);
        self.progress.detail(&format!(
            "seed: {} threads clean ({}), {} connections load ({}), by {} ({})",
            settings.threads,
            asked(reading.threads.is_some(), "one per core"),
            self.connections,
            asked(
                loading.connections.is_some(),
                "one per core, at most 4: more wait for each other in the server"
            ),
            way_name,
            why,
        ));
        self.progress.detail(&format!(
            "seed: batches of {} bytes of input, a transaction each; at most {} of them in memory, and two more of each table",
            settings.batch_bytes, settings.in_flight
        ));
    }

    pub(super) async fn dry_run(
        &mut self,
        sources: Vec<Source>,
        mut settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        settings.over_budget = OverBudget::ReadOn;
        let progress = Arc::clone(self.progress);
        progress.expect_tables(&sources);
        let began = Instant::now();
        let results = tokio::task::spawn_blocking(move || {
            let again = || {
                progress.say("seed: rows refer to rows of the same table that do not exist; reading the files again to reject them");
                progress.expect_tables(&sources);
            };
            pipeline::count(&sources, settings, &*progress, again)
        })
        .await?;
        report.phase("check", began.elapsed(), progress::elapsed());
        let results = results?;
        let spent = reports::counted(&results, report, &self.args.reading, self.progress);
        if let Some(words) = reports::left_to_server(&results) {
            self.progress.say(&format!("seed: {words}"));
        }
        self.progress
            .say("seed: dry run, the database is as it was");
        Ok(match spent {
            Some(_) => Exit::Found,
            None => Exit::Done,
        })
    }

    pub(super) async fn load(
        &mut self,
        sources: &Arc<Vec<Source>>,
        settings: &pipeline::Settings,
        way: Way,
        run: u64,
        resumed: Option<LoadedBatches>,
        orphans: Orphans,
    ) -> Result<Vec<TableResult>, load::Error> {
        let (notices, mut notices_out) = mpsc::unbounded_channel::<String>();
        let speaker = Arc::clone(self.progress);
        let speaking = tokio::spawn(async move {
            while let Some(notice) = notices_out.recv().await {
                speaker.say(&format!("load: {notice}"));
            }
        });
        let targets = sources
            .iter()
            .map(|s| Target {
                table: s.table.name.clone(),
                columns: s
                    .header
                    .columns
                    .iter()
                    .map(|c| s.table.columns[c.0].clone())
                    .collect(),
            })
            .collect();
        let plan = Plan {
            database: self.url.clone(),
            targets,
            way,
            detour: Arc::clone(&self.detour),
            place: self.place,
            skip_binlog: self.args.loading.skip_binlog,
            run,
            sessions: self.sessions.clone(),
            loaded: resumed.unwrap_or_default(),
            orphans,
            notices,
        };
        let plan = Arc::new(plan);
        let (queue, sink) = LoadSink::start(Arc::clone(&plan), self.connections).await?;
        let files = sources.iter().map(|s| self.files.remove(&s.table.name));
        let progress = Arc::clone(self.progress);
        let (files, imports) = physical::sink::start(&plan, files.collect(), queue)?;
        drop(plan);
        let (sources, settings) = (Arc::clone(sources), settings.clone());
        let reading = tokio::task::spawn_blocking(move || {
            pipeline::run(&sources, &settings, &files, &*progress)
        });
        let (read, loaded, imported) = tokio::join!(reading, sink.finish(), imports.finish());
        let loaded = loaded.and(imported);
        speaking.await.context("a task ended abnormally")?;
        load::result(read.context("a task ended abnormally")?, loaded)
    }

    pub(super) fn load_failed(&self, error: anyhow::Error, report: &mut Report) -> Result<Exit> {
        let spent = match error.downcast()? {
            pipeline::Error::OverBudget(spent) => spent,
            error => return Err(error.into()),
        };
        report.outcome = Outcome::BudgetSpent;
        self.progress.error(&spent.to_string());
        Ok(Exit::Found)
    }
}

pub(super) fn unjudged_references(results: &[TableResult]) -> Vec<(String, String)> {
    results
        .iter()
        .flat_map(|r| {
            r.unjudged_references
                .iter()
                .map(|f| (r.name.clone(), f.clone()))
        })
        .collect()
}

pub(super) fn loaded_table(result: &TableResult) -> LoadedTable {
    LoadedTable {
        name: result.name.clone(),
        file: result.file.display().to_string(),
        file_bytes: result.bytes,
        content_hash: format!("{:032x}", result.content_hash),
        columns: result.columns.clone(),
        read: result.read,
        loaded: result.loaded,
        rejected: result.rejected(),
        checksum: result.checksum,
    }
}
