//! A finished run of the same files: nothing is loaded, and the tables are compared with what it
//! loaded.

use anyhow::Result;

use super::Seed;
use super::finish::depth_of;
use super::phases::Rows;
use crate::commands::{Exit, loaded};
use model::schema::Schema;
use mysql::ledger::{LoadedTable, Run};
use mysql::prepare;
use mysql::verify::{Depth, Difference};
use report::{Outcome, Report};

impl Seed<'_> {
    /// Says that nothing is to do, unless the tables no longer hold what the run loaded. Their rows
    /// are counted, or compared in full with `--verify full`; `--verify none` leaves that out.
    pub(super) async fn finished(
        &mut self,
        run: &Run,
        tables: Vec<LoadedTable>,
        report: &mut Report,
    ) -> Result<Exit> {
        report.tables = tables.iter().map(loaded::table_report).collect();
        let asked = self.args.loading.verify;
        let depth = asked.map_or(Some(Depth::Quick), depth_of);
        let differences = match depth {
            // `start` has just counted the rows
            Some(Depth::Quick) if self.args.append => Vec::new(),
            Some(depth) => self.lost_since(run, tables, depth, report).await?,
            None => Vec::new(),
        };
        report.verification = depth;
        let (verb, again) = match self.args.append {
            true => ("appended", "; --append --force appends the same rows again"),
            false => ("seeded", ""),
        };
        self.progress.summary(report);
        if differences.is_empty() {
            report.outcome = Outcome::AlreadySeeded;
            let proof = match depth {
                None => "",
                Some(Depth::Quick) => ": the row counts agree",
                Some(Depth::Full) => ": row counts, checksums and references agree",
            };
            self.progress.say(&format!(
                "seed: these files were {verb} by the run of {} UTC; nothing to do{proof}{again}",
                run.started_at
            ));
            return Ok(Exit::Done);
        }
        report.outcome = Outcome::VerificationFailed;
        for difference in &differences {
            self.progress.error(&format!("verify: {difference}"));
        }
        self.progress.say(&format!(
            "seed: these files were {verb} by the run of {} UTC, but the tables have changed since; nothing was changed by this run",
            run.started_at
        ));
        Ok(Exit::Found)
    }

    /// What the tables hold otherwise than the run left them.
    async fn lost_since(
        &mut self,
        run: &Run,
        tables: Vec<LoadedTable>,
        depth: Depth,
        report: &mut Report,
    ) -> Result<Vec<Difference>> {
        let names: Vec<String> = tables.iter().map(|t| t.name.clone()).collect();
        let database = self.url.database().to_owned();
        let present = prepare::present(&mut self.connection, &database, &names).await?;
        let is_empty = |t: &&LoadedTable| t.loaded > 0 && !present.filled.contains(&t.name);
        let lost = tables.iter().filter(is_empty);
        report.lost_tables = lost.map(|t| t.name.clone()).collect();
        let is_there = |t: &LoadedTable| present.tables.contains(&t.name);
        let (tables, missing): (Vec<_>, Vec<_>) = tables.into_iter().partition(is_there);
        let rows = Rows {
            run: run.id,
            tables,
            // the run has judged all of them
            unjudged: Some(Vec::new()),
            // indexes may have been changed on purpose since; `verify` and `reindex` compare them
            wanted: Schema::default(),
        };
        let mut differences: Vec<Difference> = missing
            .into_iter()
            .map(|t| Difference {
                table: t.name,
                what: "the table does not exist any more".to_string(),
            })
            .collect();
        differences.extend(self.shown_verify(&rows, Some(depth)).await?);
        Ok(differences)
    }
}
