//! Phases 4 and 5 of `seed`: indexes and foreign keys are built, and the result is verified.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Seed;
use super::phases::Rows;
use super::physical::ByFile;
use super::tables::only;
use crate::cli::{LoadArg, VerifyArg};
use crate::commands::{database, loaded, reports, settings};
use crate::progress::{self, Builds};
use engine::pipeline;
use model::schema::{Schema, Table};
use model::wording::{chain, seconds};
use mysql::apply::{self, Control, References, Stages};
use mysql::cluster;
use mysql::inspect;
use mysql::ledger::{self, LoadedTable, Phase};
use mysql::physical::check;
use mysql::retry;
use mysql::verify::{self, Depth, Difference, Watch};
use mysql_schema::diff::{self, Step};
use report::Report;

/// Memory for sorting index entries where the files are small.
const LEAST_INDEX_MEMORY: u64 = 16 << 20;

impl Seed<'_> {
    /// How much is proved, unless told: everything where rows go around the SQL layer.
    pub(super) fn depth(&self) -> Option<Depth> {
        match self.args.loading.verify {
            Some(asked) => depth_of(asked),
            None if self.has_files() || self.has_triggers => Some(Depth::Full),
            None => Some(Depth::Quick),
        }
    }

    /// Whether rows of this run never passed the server's SQL layer.
    pub(super) fn has_files(&self) -> bool {
        self.came_as_files || self.by_file != ByFile::No
    }

    /// Whether the server looks through the pages that it took over, as our own verifier did
    /// before: where files were asked for, or everything.
    fn wants_check_table(&self) -> bool {
        let loading = &self.args.loading;
        let asked = loading.load == LoadArg::Physical || loading.verify.is_some();
        asked && self.has_files() && self.depth() == Some(Depth::Full)
    }

    /// Says how it went.
    pub(super) fn conclude(&self, report: &Report) {
        self.progress.summary(report);
        if report.tables.iter().any(|t| t.rejected > 0) {
            self.progress
                .say(&reports::where_refused(&self.args.reading));
        }
        let proof = match self.depth() {
            Some(Depth::Quick) => "every batch, the row counts and the indexes agree",
            Some(Depth::Full) => "row counts, checksums, references and indexes agree",
            None => "not verified, as asked",
        };
        self.progress.say(&format!("seed: done; {proof}"));
    }

    /// Both phases. When the server is lost meanwhile and the URL names several hosts, both begin
    /// again at the next one: they look first at what is there.
    pub(super) async fn finish(
        &mut self,
        rows: &Rows,
        report: &mut Report,
    ) -> Result<Vec<Difference>> {
        let (mut attempt, attempts) = (1, retry::attempts(&self.url));
        loop {
            let error = match self.index_and_verify(rows, report).await {
                Err(error)
                    if self.url.has_several_hosts()
                        && attempt < attempts
                        && retry::is_transient(&error, &self.url, self.place) =>
                {
                    error
                }
                done => return done,
            };
            let wait = retry::delay(attempt);
            self.progress.say(&format!(
                "seed: {}{}; going on at the next host in {} ms ({attempt} of {attempts})",
                retry::meaning(&error, self.place),
                chain(&error),
                wait.as_millis()
            ));
            tokio::time::sleep(wait).await;
            attempt += 1;
            self.keep_the_lead().await?;
            cluster::catch_up(&mut self.connection).await;
        }
    }

    async fn index_and_verify(
        &mut self,
        rows: &Rows,
        report: &mut Report,
    ) -> Result<Vec<Difference>> {
        let began = Instant::now();
        if !self.args.loading.no_index {
            self.index(&rows.tables, &rows.wanted, report).await?;
        }
        self.keep_the_lead().await?;
        for table in &rows.tables {
            if let Err(error) = apply::analyze(&mut self.connection, &table.name).await {
                let why = chain(&error);
                self.progress.say(&format!(
                    "warning: {why}; the server may answer slowly until ANALYZE TABLE is done"
                ));
            }
        }
        self.redo_log_on().await?;
        let indexed = began.elapsed();

        ledger::enter(&mut self.connection, rows.run, Phase::Verify).await?;
        let began = Instant::now();
        let interrupted = self.interrupt.clone();
        let differences = tokio::select! {
            differences = self.shown_verify(rows, self.depth()) => differences?,
            () = interrupted.set() => return Err(pipeline::Error::Interrupted.into()),
        };
        report.phase("index", indexed, progress::elapsed());
        report.phase("verify", began.elapsed(), progress::elapsed());
        Ok(differences)
    }

    async fn index(
        &mut self,
        tables: &[LoadedTable],
        wanted: &Schema,
        report: &mut Report,
    ) -> Result<()> {
        let plan = self.plan(wanted).await?;
        let mut settings = settings::index(None);
        // entries take less room than the files' text; MySQL touches all of the memory that it may,
        // which small tables would wait for
        let files = tables.iter().map(|t| t.file_bytes).sum::<u64>();
        settings.memory = settings.memory.min(files).max(LEAST_INDEX_MEMORY);
        if !plan.is_empty() {
            self.progress
                .detail(&format!("index: {}", settings.describe(&self.server)));
        }
        let stages = Stages::read(&mut self.connection).await;
        let control = Control::default();
        let builds = Builds::new(self.progress);
        let on_event = |event: apply::Event<'_>| match event {
            apply::Event::Started(statement) => {
                self.progress.detail(&format!("index: {}", statement.sql));
            }
            apply::Event::Finished(statement, elapsed) => {
                builds.finished(&statement.table);
                let what = match statement.step {
                    Step::AddForeignKeys => "keys",
                    _ => "index",
                };
                self.progress.took(what, &statement.table, elapsed);
            }
        };
        let statements = plan.statements();
        let work = apply::carry_out(
            &self.url,
            &self.sessions,
            &statements,
            settings,
            References::Elsewhere,
            &control,
            &on_event,
        );
        let show = |running: &apply::Running, share| {
            builds.show(&running.table, running.since.elapsed(), share);
        };
        let outcome = apply::watched(&self.url, &control, stages, show, work).await?;
        if let Some(failure) = outcome.failures.into_iter().next() {
            return Err(failure);
        }
        let times = outcome.times;
        for (table, elapsed) in times {
            if let Some(t) = report.tables.iter_mut().find(|t| t.name == table) {
                t.index_seconds = seconds(Duration::from_secs_f64(t.index_seconds) + elapsed);
            }
            self.progress.say(&format!(
                "index: {table} done in {:.1} s",
                elapsed.as_secs_f64()
            ));
        }
        Ok(())
    }

    /// What the live tables lack.
    pub(super) async fn plan(&mut self, wanted: &Schema) -> Result<diff::Plan> {
        let names: Vec<&str> = wanted.tables.iter().map(|t| t.name.as_str()).collect();
        let live =
            inspect::inspect_tables(&mut self.connection, self.url.database(), &names).await?;
        Ok(diff::diff(&live, wanted))
    }

    /// [`Seed::verify`], with a word to people when it lasts.
    pub(super) async fn shown_verify(
        &mut self,
        rows: &Rows,
        depth: Option<Depth>,
    ) -> Result<Vec<Difference>> {
        let progress = Arc::clone(self.progress);
        let what = match depth {
            Some(Depth::Full) => "comparing all values and references",
            _ => "counting rows and comparing indexes",
        };
        let watch = Watch::default();
        let work = self.verify(rows, depth, &watch);
        let shown = || watch.shown(what);
        progress.while_waiting("verify", shown, work).await
    }

    async fn verify(
        &mut self,
        rows: &Rows,
        depth: Option<Depth>,
        watch: &Watch,
    ) -> Result<Vec<Difference>> {
        let Rows { tables, wanted, .. } = rows;
        let Some(depth) = depth else {
            return Ok(Vec::new());
        };
        self.progress.detail(match depth {
            Depth::Quick => "verify: row counts, indexes and foreign keys; every batch was counted when it was stored (--verify full reads all values again)",
            Depth::Full => "verify: row counts, checksums of all values, references, indexes and foreign keys",
        });
        let expected: Vec<_> = tables.iter().map(loaded::expected).collect();
        // with the references that no server keeps
        let names: Vec<_> = tables.iter().map(|t| t.name.clone()).collect();
        let schema = only(&self.schema, &names);
        let mut differences = verify::verify(
            &self.url,
            Some(&self.sessions),
            &schema,
            &expected,
            depth,
            self.connections,
            watch,
        )
        .await?;
        if depth == Depth::Quick {
            // a run that was interrupted after the load does not remember which were judged
            let unjudged = rows.unjudged.clone();
            let unjudged = unjudged.unwrap_or_else(|| all_references(&schema));
            differences.extend(
                verify::verify_references(
                    &self.url,
                    Some(&self.sessions),
                    &schema,
                    &unjudged,
                    self.connections,
                    watch,
                )
                .await?,
            );
        }
        if self.wants_check_table() {
            let mut tables: Vec<&LoadedTable> = tables.iter().collect();
            tables.sort_by_key(|t| std::cmp::Reverse(t.loaded));
            let names = tables.iter().map(|t| t.name.clone()).collect();
            let checked = check::tables(&self.url, &self.sessions, names, self.connections);
            differences.extend(checked.await?);
        }
        if !self.args.loading.no_index {
            self.keep_the_lead().await?;
            differences.extend(database::plan_differences(&self.plan(wanted).await?));
        }
        Ok(differences)
    }
}

/// What `--verify` asks for.
pub(super) fn depth_of(asked: VerifyArg) -> Option<Depth> {
    match asked {
        VerifyArg::None => None,
        VerifyArg::Quick => Some(Depth::Quick),
        VerifyArg::Full => Some(Depth::Full),
    }
}

fn all_references(schema: &Schema) -> Vec<(String, String)> {
    let of = |t: &Table| {
        let table = t.name.clone();
        let names = t.foreign_keys.iter().map(|f| f.name.clone());
        names
            .map(move |name| (table.clone(), name))
            .collect::<Vec<_>>()
    };
    schema.tables.iter().flat_map(of).collect()
}
