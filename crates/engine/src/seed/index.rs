//! Builds the secondary indexes and foreign keys of a run.

use std::time::Duration;

use crate::error::Result;

use super::run::Run;
use super::work::Rows;
use crate::machine;
use model::report::Report;
use model::schema::Schema;
use model::wording::{chain, seconds};
use mysql::apply::{self, Control, References, Stages};
use mysql::inspect;
use mysql::ledger::LoadedTable;
use mysql_schema::diff::{self, Step};

/// Memory for sorting index entries if the input files are small.
const LEAST_INDEX_MEMORY: u64 = 16 << 20;

impl Run<'_> {
    /// Builds the missing indexes and foreign keys, and updates the tables' statistics.
    pub(super) async fn index(&mut self, rows: &Rows, report: &mut Report) -> Result<()> {
        if !self.options.loading.no_index {
            self.build(&rows.tables, &rows.wanted, report).await?;
        }
        self.session.keep_lock().await?;
        for table in &rows.tables {
            if let Err(error) = apply::analyze(&mut self.session.connection, &table.name).await {
                let why = chain(&error);
                self.events.info(&format!(
                    "warning: {why}; the server may answer slowly until ANALYZE TABLE is done"
                ));
            }
        }
        self.redo_log_on().await
    }

    async fn build(
        &mut self,
        tables: &[LoadedTable],
        wanted: &Schema,
        report: &mut Report,
    ) -> Result<()> {
        let plan = self.plan(wanted).await?;
        let mut settings = machine::index_settings(None);
        // index entries need less memory than the text of the files; MySQL initializes all the
        // memory that it may use, which would delay small tables
        let files = tables.iter().map(|t| t.file_bytes).sum::<u64>();
        settings.memory = settings.memory.min(files).max(LEAST_INDEX_MEMORY);
        if !plan.is_empty() {
            self.events
                .detail(&format!("index: {}", settings.describe(&self.session.info)));
        }
        let stages = Stages::read(&mut self.session.connection).await;
        let control = Control::default();
        let on_event = |event: apply::Event<'_>| match event {
            apply::Event::Started(statement) => {
                self.events.detail(&format!("index: {}", statement.sql));
            }
            apply::Event::Finished(statement, elapsed) => {
                self.events.built(&statement.table);
                let what = match statement.step {
                    Step::AddForeignKeys => "keys",
                    _ => "index",
                };
                self.events.took(what, &statement.table, elapsed);
            }
        };
        let statements = plan.statements();
        let database = &self.session.database;
        let how = apply::Options {
            settings,
            references: References::Elsewhere,
            control: &control,
        };
        let work = apply::carry_out(database, &statements, how, &on_event);
        let show = |running: &apply::Running, share| {
            self.events
                .building(&running.table, running.since.elapsed(), share);
        };
        let outcome = apply::watched(database, &control, stages, show, work).await?;
        if let Some(failure) = outcome.failures.into_iter().next() {
            return Err(failure.into());
        }
        let times = outcome.times;
        for (table, elapsed) in times {
            if let Some(t) = report.tables.iter_mut().find(|t| t.name == table) {
                t.index_seconds = seconds(Duration::from_secs_f64(t.index_seconds) + elapsed);
            }
            self.events.info(&format!(
                "index: {table} done in {:.1} s",
                elapsed.as_secs_f64()
            ));
        }
        Ok(())
    }

    /// The indexes and keys that the schema has but the live tables do not.
    pub(super) async fn plan(&mut self, wanted: &Schema) -> Result<diff::Plan> {
        let names: Vec<&str> = wanted.tables.iter().map(|t| t.name.as_str()).collect();
        let live = inspect::inspect_tables(
            &mut self.session.connection,
            self.session.database.name(),
            &names,
        )
        .await?;
        Ok(diff::diff(&live, wanted))
    }
}
