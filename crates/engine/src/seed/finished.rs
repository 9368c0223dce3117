//! A finished run of the same files exists: seed loads nothing, and compares the tables with the
//! rows that the finished run loaded.

use crate::error::Result;

use super::run::Run;
use super::work::Rows;
use crate::Verdict;
use crate::event::{Event, Events};
use crate::loaded;
use crate::options::Verification;
use model::report::{Outcome, Report};
use model::schema::Schema;
use mysql::ledger::{self, LoadedTable};
use mysql::prepare;
use mysql::verify::{Depth, Difference};

impl Run<'_> {
    /// Reports that there is nothing to do, or that the tables no longer hold the rows that the run
    /// loaded. Counts the rows by default, and compares their values with `--verify full`. With
    /// `--verify none` it does neither.
    pub(super) async fn finished(
        &mut self,
        run: &ledger::Run,
        tables: Vec<LoadedTable>,
        report: &mut Report,
    ) -> Result<Verdict> {
        report.tables = tables.iter().map(loaded::table_report).collect();
        let depth = match self.options.verification {
            Verification::Default => Some(Depth::Quick),
            Verification::Depth(depth) => Some(depth),
            Verification::None => None,
        };
        let differences = match depth {
            // `start` has already counted the rows
            Some(Depth::Quick) if self.appends() => Vec::new(),
            Some(depth) => self.lost_since(run, tables, depth, report).await?,
            None => Vec::new(),
        };
        report.verification = depth;
        let (verb, again) = match self.appends() {
            true => ("appended", "; --append --force appends the same rows again"),
            false => ("seeded", ""),
        };
        report.outcome = match differences.is_empty() {
            true => Outcome::AlreadySeeded,
            false => Outcome::VerificationFailed,
        };
        self.events.emit(Event::Summary(report));
        if differences.is_empty() {
            let verified = match depth {
                None => "",
                Some(Depth::Quick) => ": the row counts agree",
                Some(Depth::Full) => ": row counts, checksums and foreign keys agree",
            };
            self.events.info(&format!(
                "seed: these files were {verb} by the run of {} UTC; nothing to do{verified}{again}",
                run.started_at
            ));
            return Ok(Verdict::Done);
        }
        tell_differences(&differences, self.events);
        self.events.info(&format!(
            "seed: these files were {verb} by the run of {} UTC, but the tables have changed since; nothing was changed by this run",
            run.started_at
        ));
        Ok(Verdict::Found)
    }

    /// How the tables differ from the rows that the run loaded.
    async fn lost_since(
        &mut self,
        run: &ledger::Run,
        tables: Vec<LoadedTable>,
        depth: Depth,
        report: &mut Report,
    ) -> Result<Vec<Difference>> {
        let names: Vec<String> = tables.iter().map(|t| t.name.clone()).collect();
        let database = self.session.database.name().to_owned();
        let present = prepare::present(&mut self.session.connection, &database, &names).await?;
        let is_empty = |t: &&LoadedTable| t.loaded > 0 && !present.filled.contains(&t.name);
        let lost = tables.iter().filter(is_empty);
        report.lost_tables = lost.map(|t| t.name.clone()).collect();
        let is_there = |t: &LoadedTable| present.tables.contains(&t.name);
        let (tables, missing): (Vec<_>, Vec<_>) = tables.into_iter().partition(is_there);
        let rows = Rows {
            run: run.id,
            tables,
            // the run has judged all foreign keys
            unjudged: Some(Vec::new()),
            // a user may have changed indexes on purpose; `verify` and `reindex` compare them
            wanted: Schema::default(),
        };
        let mut differences: Vec<Difference> = missing
            .into_iter()
            .map(|t| Difference {
                table: t.name,
                what: "the table no longer exists".to_string(),
            })
            .collect();
        differences.extend(self.shown_verify(&rows, Some(depth)).await?);
        Ok(differences)
    }
}

/// Reports how the database differs from what it should hold.
pub(super) fn tell_differences(differences: &[Difference], events: &Events) {
    for difference in differences {
        events.error(&format!("verify: {difference}"));
    }
}

/// The result of a run's verification, in words.
pub(super) fn verified(depth: Option<Depth>) -> &'static str {
    match depth {
        Some(Depth::Quick) => "every batch, the row counts and the indexes agree",
        Some(Depth::Full) => "row counts, checksums, foreign keys and indexes agree",
        None => "not verified, as asked",
    }
}
