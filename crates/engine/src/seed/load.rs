//! Phase 3 of `seed`: connects the pipeline with the workers that load its batches.

use model::wording::counted;
use std::sync::Arc;

use crate::error::Context;
use tokio::sync::mpsc;

use super::load_method::{self, Wish};
use super::run::Run;
use crate::load::{self, LoadSink, Plan, Throttle, physical};
use crate::pipeline::{self, AfterReading, TableResult};
use input::Source;
use model::report::{Report, ServerReport};
use model::schema::Column;
use mysql::engines::Globals;
use mysql::orphans::Orphans;
use mysql::resume::LoadedBatches;
use mysql::target::{SqlLoad, Target};

impl Run<'_> {
    pub(super) fn describe(
        &self,
        way: SqlLoad,
        settings: &pipeline::Settings,
        report: &mut Report,
    ) {
        let (way_name, why) = self.method_and_reason(way);
        report.server = Some(ServerReport {
            url: self
                .session
                .database
                .url()
                .clone()
                .given_by(None)
                .to_string(),
            flavour: self.session.info.engine.to_string(),
            version: self.session.info.version.clone(),
            load: way_name.to_string(),
            connections: self.connections,
            batch_bytes: settings.batch_bytes,
        });
        let asked = |asked: bool, default: &'static str| if asked { "as asked" } else { default };
        let (reading, loading) = (&self.options.reading, &self.options.loading);
        self.events.detail(&format!(
            "seed: cleaning with {} ({}), loading with {} ({}), method: {} ({})",
            counted(settings.threads as u64, "thread", "threads"),
            asked(reading.threads.is_some(), "one per core"),
            counted(self.connections as u64, "connection", "connections"),
            asked(
                loading.connections.is_some(),
                "one per core, at most 4, because more would wait for each other in the server"
            ),
            way_name,
            why,
        ));
        self.events.detail(&format!(
            "seed: batches of {} bytes of input, each one transaction; at most {} of them in \
             memory, and two more for each table",
            settings.batch_bytes, settings.in_flight
        ));
    }

    /// Chooses the SQL statement that loads the rows.
    pub(super) async fn way(&mut self) -> crate::Result<SqlLoad> {
        if self.options.merge.is_some() {
            // rows are compared with the table's rows before they are stored, which LOAD DATA
            // cannot do
            return Ok(SqlLoad::Insert);
        }
        let engine = self.session.info.engine;
        let wish = Wish {
            engine,
            method: self.options.loading.method,
            set_global: self.options.loading.set_global && engine.globals == Globals::Set,
            dry_run: self.options.dry_run,
        };
        load_method::choose(&mut self.session, wish, self.events).await
    }

    /// Reads the files and loads their rows, except for the `batches` that are already committed.
    pub(super) async fn deliver(
        &mut self,
        (sources, settings): (&Arc<Vec<Source>>, &pipeline::Settings),
        (way, run): (SqlLoad, u64),
        batches: Option<LoadedBatches>,
        orphans: Orphans,
    ) -> Result<Vec<TableResult>, load::Error> {
        let (notices, mut notices_out) = mpsc::unbounded_channel::<String>();
        let events = self.events.clone();
        let speaking = tokio::spawn(async move {
            while let Some(notice) = notices_out.recv().await {
                events.info(&format!("load: {notice}"));
            }
        });
        let throttle = match &self.options.loading.throttle {
            options if options.is_set() => {
                let told = (self.interrupt.first.clone(), notices.clone());
                Some(Throttle::start(options, &self.session.database, told).await?)
            }
            _ => None,
        };
        let plan = Plan {
            throttle,
            database: self.session.database.clone(),
            targets: sources.iter().map(target).collect(),
            merging: self.merging.clone(),
            way,
            detour: Arc::clone(&self.detour),
            place: self.session.role,
            run,
            loaded: batches.unwrap_or_default(),
            orphans,
            notices,
        };
        let delivery = self.delivery(sources);
        let targets = plan.targets.clone();
        let plan = Arc::new(plan);
        let (queue, sink) = LoadSink::start(Arc::clone(&plan), self.connections).await?;
        let files = sources.iter().map(|s| self.prepared.remove(&s.table.name));
        let (files, imports) = physical::sink::start(&plan, (files.collect(), delivery), queue)?;
        drop(plan);
        let all_read = files.all_read();
        let (sources, mut settings) = (Arc::clone(sources), settings.clone());
        settings.after_reading = match self.merging {
            None => AfterReading::ServerJudges,
            Some(_) => AfterReading::Merged,
        };
        let events = self.events.clone();
        let reading = tokio::task::spawn_blocking(move || {
            pipeline::run(&sources, &settings, &files, &events)
        });
        let stopping = self.stop_when_all_is_read(delivery, all_read);
        let (read, loaded, imported, stopped) =
            tokio::join!(reading, sink.finish(), imports.finish(), stopping);
        let (loaded, ready) = match imported {
            Ok(ready) => (loaded, ready),
            Err(error) => (loaded.and(Err(error)), Vec::new()),
        };
        speaking
            .await
            .context("the task that reports retries ended abnormally")?;
        let read = read.context("the pipeline ended abnormally")?;
        let results = load::result(read, loaded)?;
        self.put_in_place(ready, stopped, (run, targets)).await?;
        Ok(results)
    }
}

/// The target table of a file, with the columns that the file fills and those that the server
/// computes.
pub(super) fn target(source: &Source) -> Target {
    let filled = source.header.columns.iter().map(|(column, _)| *column);
    let filled: Vec<usize> = filled.collect();
    let all = &source.table.columns;
    // every default counts as computed: servers write expressions in different ways, so literals
    // cannot be recognized, and a literal gives no notes anyway
    let has_default = |c: &Column| c.default.is_some();
    let computed = all
        .iter()
        .enumerate()
        .filter(|(at, column)| column.generated || !filled.contains(at) && has_default(column));
    Target {
        table: source.table.name.clone(),
        columns: filled.iter().map(|at| all[*at].clone()).collect(),
        computed: computed.map(|(_, column)| column.name.clone()).collect(),
    }
}
