//! Handles files that a finished run has already loaded. The run loads nothing; it only compares
//! the tables with the rows of the finished run.

use crate::error::Result;

use super::run::Run;
use super::start::Earlier;
use super::work::Rows;
use crate::Verdict;
use crate::database;
use crate::event::{Event, Events};
use crate::loaded;
use crate::options::Verification;
use model::report::{Outcome, Report};
use model::schema::Schema;
use mysql::ledger::{LoadedTable, schemas};
use mysql::prepare;
use mysql::verify::{Depth, Difference};

impl Run<'_> {
    /// Reports that there is nothing to do, or that the tables no longer have the rows that runs
    /// loaded. By default this counts the rows, and with `--verify full` it compares their values.
    /// With `--verify none` it does neither.
    pub(super) async fn finished(
        &mut self,
        earlier: Earlier,
        report: &mut Report,
    ) -> Result<Verdict> {
        report.tables = earlier.tables.iter().map(loaded::table_report).collect();
        let depth = match self.options.verification {
            Verification::Default => Some(Depth::Quick),
            Verification::Depth(depth) => Some(depth),
            Verification::None => None,
        };
        let outdated = self.outdated(&earlier).await?;
        let differences = match depth {
            Some(depth) => self.lost_since(&earlier, depth, report).await?,
            None => Vec::new(),
        };
        report.verification = depth;
        report.is_schema_newer = !outdated.is_empty();
        report.outcome = match differences.is_empty() {
            true => Outcome::AlreadySeeded,
            false => Outcome::VerificationFailed,
        };
        self.events.emit(Event::Summary(report));
        tell_differences(&differences, self.events);
        self.events.info(&self.found(&earlier, depth, &differences));
        if !outdated.is_empty() {
            self.tell_outdated(&earlier, &outdated);
        }
        Ok(match differences.is_empty() {
            true => Verdict::Done,
            false => Verdict::Found,
        })
    }

    /// The message that the files are already loaded, and whether their rows are still in the
    /// tables.
    fn found(&self, earlier: &Earlier, depth: Option<Depth>, differences: &[Difference]) -> String {
        let verb = match earlier.has_appended {
            true => "appended",
            false => "seeded",
        };
        let runs = match &earlier.started_at[..] {
            [one] => format!("the run of {one} UTC"),
            several => format!("the runs of {} UTC", several.join(", ")),
        };
        let again = match self.appends() {
            true => "; --append --force appends the same rows again",
            false => "",
        };
        if !differences.is_empty() {
            return format!(
                "seed: these files were {verb} by {runs}, but the tables have changed since; \
                 nothing was changed by this run{again}"
            );
        }
        let verified = match depth {
            None => "",
            Some(Depth::Quick) => ": the row counts agree",
            Some(Depth::Full) => ": row counts, checksums and foreign keys agree",
        };
        let is_same = |(own, now): (&LoadedTable, &LoadedTable)| own.loaded == now.loaded;
        let more = match earlier.tables.iter().zip(&earlier.now).all(is_same) {
            true => "",
            false => "; the tables also hold other rows",
        };
        format!("seed: these files were {verb} by {runs}; nothing to do{verified}{more}{again}")
    }

    /// The differences between the tables and a schema that has changed since the run.
    async fn outdated(&mut self, earlier: &Earlier) -> Result<Vec<Difference>> {
        let connection = &mut self.session.connection;
        let schema = schemas::schema_of(connection, earlier.run).await?;
        if schema.is_none_or(|schema| schema.hash == self.text.hash) {
            return Ok(Vec::new());
        }
        let names: Vec<String> = earlier.tables.iter().map(|t| t.name.clone()).collect();
        let wanted = self.wanted(&names).await?;
        Ok(database::plan_differences(&self.plan(&wanted).await?))
    }

    fn tell_outdated(&self, earlier: &Earlier, outdated: &[Difference]) {
        let list: Vec<String> = outdated.iter().map(ToString::to_string).collect();
        let rejected: u64 = earlier.tables.iter().map(|table| table.rejected).sum();
        let rejected = match rejected {
            0 => "",
            _ => "; records that the run rejected stay rejected, and --replace loads all again",
        };
        self.events.info(&format!(
            "seed: {} has changed since the run: {}; `reviewseed reindex` changes the tables \
             to match it{rejected}",
            self.text.origin,
            list.join("; ")
        ));
    }

    /// The differences between the tables and the rows that runs loaded.
    async fn lost_since(
        &mut self,
        earlier: &Earlier,
        depth: Depth,
        report: &mut Report,
    ) -> Result<Vec<Difference>> {
        let tables = earlier.now.clone();
        let names: Vec<String> = tables.iter().map(|t| t.name.clone()).collect();
        let database = self.session.database.name().to_owned();
        let present = prepare::present(&mut self.session.connection, &database, &names).await?;
        let is_empty = |t: &&LoadedTable| t.loaded > 0 && !present.filled.contains(&t.name);
        let lost = tables.iter().filter(is_empty);
        report.lost_tables = lost.map(|t| t.name.clone()).collect();
        let is_there = |t: &LoadedTable| present.tables.contains(&t.name);
        let (tables, missing): (Vec<_>, Vec<_>) = tables.into_iter().partition(is_there);
        let rows = Rows {
            run: earlier.run,
            tables,
            // no foreign key is checked here, because the runs have checked all of them
            unjudged: Some(Vec::new()),
            // indexes are not compared: a user may have changed them on purpose, and `verify` and
            // `reindex` compare them
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

/// Reports the differences between the database and the expected rows.
pub(super) fn tell_differences(differences: &[Difference], events: &Events) {
    for difference in differences {
        events.error(&format!("verify: {difference}"));
    }
}

/// The result of a run's verification, as text.
pub(super) fn verified(depth: Option<Depth>) -> &'static str {
    match depth {
        Some(Depth::Quick) => "every batch, the row counts and the indexes agree",
        Some(Depth::Full) => "row counts, checksums, foreign keys and indexes agree",
        None => "not verified (--verify none)",
    }
}
