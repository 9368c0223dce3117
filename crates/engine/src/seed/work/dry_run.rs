//! A dry run: checks everything, and changes nothing in the database.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;

use super::Work;
use crate::Verdict;
use crate::check;
use crate::event::Event;
use crate::pipeline::{self, TableResult};
use crate::seed::start::{self, Start};

impl Work<'_, '_> {
    /// Checks everything, and changes nothing in the database.
    pub(in crate::seed) async fn dry_run(self) -> Result<Verdict> {
        let names = self.names();
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
        let identity = run.identity(&sources);
        let start = start::decide(&mut run.session, &identity).await?;
        // lets the server parse the schema, as a run does before it creates the tables
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
        if self.run.syncs() {
            return self.compare_tables(began).await;
        }
        let (sources, settings) = (Arc::clone(&self.sources), self.settings.clone());
        let counted =
            tokio::task::spawn_blocking(move || check::count(&sources, settings, "seed", &events));
        let results = counted.await??;
        self.conclude(&results, began)
    }

    /// Compares the files with the tables.
    async fn compare_tables(mut self, began: Instant) -> Result<Verdict> {
        let names = self.names();
        let run = &mut *self.run;
        run.must_have_tables(&names).await?;
        run.read_existing_keys(&names, None, &mut self.settings)
            .await?;
        self.settings.table_checksums = run.table_checksums(&self.sources).await?;
        let results = self.compare_only().await?;
        self.conclude(&results, began)
    }

    fn conclude(self, results: &[TableResult], began: Instant) -> Result<Verdict> {
        self.report
            .phase("check", began.elapsed(), self.began.elapsed());
        let (run, report) = (self.run, self.report);
        let spent = check::take_up(results, report, &run.options.reading, run.events);
        check::tell_left_to_server(results, "seed", run.events);
        run.events.info("seed: dry run, the database is as it was");
        Ok(match spent.is_empty() {
            true => Verdict::Done,
            false => Verdict::Found,
        })
    }
}
