//! A dry run: everything is checked, and nothing in the database is changed.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;

use super::Work;
use crate::Verdict;
use crate::check;
use crate::event::Event;
use crate::pipeline;
use crate::seed::start::{self, Start};

impl Work<'_, '_> {
    /// Checks everything and changes nothing in the database.
    pub(in crate::seed) async fn dry_run(self) -> Result<Verdict> {
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
}
