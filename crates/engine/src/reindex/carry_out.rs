//! Carries out a rehearsed plan: reports progress, stops on request, and updates the statistics
//! afterwards.

use std::time::Instant;

use crate::error::{Context, Result, fail};
use sqlx::AssertSqlSafe;

use super::Reindex;
use crate::event::Events;
use crate::interrupt::Interrupt;
use model::flavour::Flavour;
use model::report::{Report, TableReport};
use model::wording::seconds;
use mysql::apply::{self, Control, Event, References, Rehearsal, Stages};
use mysql::db::Database;
use mysql::ledger;
use mysql_schema::diff::{Statement, Step};

/// The percentage of dirty pages in the buffer pool above which MySQL writes pages as fast as it
/// can.
const DIRTY: &str = "innodb_max_dirty_pages_pct";
const WRITE_EARLY: &str = "SET GLOBAL innodb_max_dirty_pages_pct = 0";

impl Reindex<'_> {
    /// Carries out all statements that do not depend on a failed one. Returns the last failure.
    pub(super) async fn apply(&mut self, rehearsal: &Rehearsal, report: &mut Report) -> Result<()> {
        let stages = self.count_progress().await?;
        if rehearsal.statements.iter().any(writes_much) {
            self.write_early().await?;
        }
        let _answering = self.interrupt.answer();
        let began = Instant::now();
        let control = Control::default();
        let on_event = |event: Event<'_>| match event {
            Event::Started(statement) => {
                self.events.detail(&format!("index: {}", statement.sql));
            }
            Event::Finished(statement, elapsed) => {
                self.events.built(&statement.table);
                self.events.detail(&format!(
                    "index: {} took {:.1} s",
                    statement.table,
                    elapsed.as_secs_f64()
                ));
            }
        };
        let how = apply::Options {
            settings: self.settings,
            references: References::Check,
            control: &control,
        };
        let work = apply::carry_out(&self.database, &rehearsal.statements, how, &on_event);
        let show = |running: &apply::Running, share| {
            self.events
                .building(&running.table, running.since.elapsed(), share)
        };
        let outcome = tokio::select! {
            outcome = apply::watched(&self.database, &control, stages, show, work) => outcome,
            error = stop_when_told(&control, &self.database, self.interrupt, self.events) => Err(error),
            () = self.interrupt.in_silence(&self.database) => fail!(
                "stopped, and {} does not answer, so it may still execute the running statements; \
                 run the same command again to continue",
                self.database
            ),
            () = self.interrupt.second() => fail!(
                "stopped at once; the server may still execute the running statements; run the \
                 same command again to continue"
            ),
        };
        self.database.lead_again(&mut self.connection).await?;
        self.restore_globals().await?;
        let outcome = outcome?;
        report.phase("index", began.elapsed(), self.began.elapsed());
        for (table, elapsed) in &outcome.times {
            report.tables.push(TableReport {
                name: table.clone(),
                index_seconds: seconds(*elapsed),
                ..TableReport::default()
            });
        }
        let done = self.tell_done(&outcome);
        if control.is_stopped() {
            let begun = outcome.failures.len() + outcome.skipped.len();
            fail!(
                "stopped: {} of {} statements are done ({}); the others have changed nothing; run the same command again to continue",
                outcome.done.len(),
                outcome.done.len() + begun,
                if done.is_empty() {
                    "none".to_owned()
                } else {
                    done.join(", ")
                }
            );
        }
        let rebuilt = |table: &&&str| {
            let mut statements = outcome.done.iter().filter(|s| s.table == ***table);
            statements.any(writes_much)
        };
        for table in done.iter().filter(rebuilt) {
            apply::analyze(&mut self.connection, table).await?;
        }
        self.tell_failures(outcome)
    }

    /// Reports which tables are done and how long each took. Returns their names.
    fn tell_done<'o>(&self, outcome: &'o apply::Outcome) -> Vec<&'o str> {
        let done: Vec<&str> = names(outcome.done.iter().map(|s| s.table.as_str()));
        for table in &done {
            let elapsed = outcome.times.iter().find(|(name, _)| name == table);
            let elapsed = elapsed.map_or(0.0, |(_, elapsed)| elapsed.as_secs_f64());
            self.events
                .info(&format!("index: {table} done in {elapsed:.1} s"));
        }
        done
    }

    /// Reports which statements failed, and which ones were not tried because of that. Returns the
    /// last failure as the error.
    fn tell_failures(&self, outcome: apply::Outcome) -> Result<()> {
        let mut failures = outcome.failures;
        let Some(last) = failures.pop() else {
            return Ok(());
        };
        for failure in &failures {
            self.events.error(&format!("{failure:#}"));
        }
        let skipped: Vec<&str> = names(outcome.skipped.iter().map(|s| s.table.as_str()));
        if !skipped.is_empty() {
            self.events.info(&format!(
                "reindex: foreign keys not built, because a statement that they depend on failed; \
                 tables: {}",
                skipped.join(", ")
            ));
        }
        Err(last.into())
    }

    /// Enables MySQL's progress counters, if that is allowed.
    async fn count_progress(&mut self) -> Result<Stages> {
        let stages = Stages::read(&mut self.connection).await;
        if stages == Stages::Off && self.options.set_global {
            ledger::create(&mut self.connection).await?;
            let name = format!("{}{}", ledger::CONSUMER, Stages::CONSUMER);
            match ledger::change_global(&mut self.connection, &name, "NO", Stages::SWITCH_ON).await
            {
                Ok(()) => return Ok(Stages::On),
                Err(error) => self.events.info(&format!(
                    "reindex: {error:#}; only the elapsed time is shown"
                )),
            }
        } else if stages == Stages::Off {
            self.events.detail(
                "reindex: this server reports no progress; with --set-global, reindex switches its \
                 progress counters on while it builds indexes",
            );
        }
        Ok(stages)
    }

    /// Makes MySQL write dirty pages as early as possible, if that is allowed. At its end, an ALTER
    /// must write all pages that are still dirty, one after another, while all sessions wait for
    /// it.
    async fn write_early(&mut self) -> Result<()> {
        if self.server.flavour != Flavour::MySql || !(self.is_private || self.options.set_global) {
            return Ok(());
        }
        let before: f64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT @@GLOBAL.{DIRTY}")))
            .fetch_one(&mut self.connection)
            .await
            .with_context(|| format!("cannot read {DIRTY}"))?;
        // if it is 0, another run has changed the setting and will restore it
        if before == 0.0 {
            return Ok(());
        }
        ledger::create(&mut self.connection).await?;
        let before = before.to_string();
        let set = ledger::change_global(&mut self.connection, DIRTY, &before, WRITE_EARLY).await;
        match set {
            Ok(()) => self.events.detail(&format!(
                "reindex: while indexes are built, the server writes changed pages at once \
                 ({DIRTY} = 0); reindex restores the setting afterwards"
            )),
            Err(error) => self.events.info(&format!(
                "reindex: {error:#}; building the indexes takes a little longer"
            )),
        }
        Ok(())
    }

    /// Restores the global variables that this run or a killed run has changed.
    pub(super) async fn restore_globals(&mut self) -> Result<()> {
        if ledger::exists(&mut self.connection).await? {
            for name in ledger::restore_globals(&mut self.connection).await? {
                self.events
                    .detail(&format!("reindex: restored the global setting {name}"));
            }
        }
        Ok(())
    }
}

/// Whether a statement writes many pages.
fn writes_much(statement: &Statement) -> bool {
    matches!(statement.step, Step::Columns | Step::AddIndexes)
}

fn names<'a>(tables: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for table in tables {
        if !names.contains(&table) {
            names.push(table);
        }
    }
    names
}

/// Waits for a request to stop and stops the statements. The work itself then ends with their
/// errors, so this returns only if stopping fails.
async fn stop_when_told(
    control: &Control,
    database: &Database,
    interrupt: &Interrupt,
    events: &Events,
) -> mysql::Error {
    interrupt.first().await;
    events.info("reindex: stopping the running statements; the server rolls them back");
    match control.stop(database).await {
        Ok(()) => std::future::pending().await,
        Err(error) => {
            error.context("cannot stop the running statements; the server still executes them")
        }
    }
}
