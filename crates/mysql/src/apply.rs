//! Carries out a plan on a server. `mysql_schema::diff` has made the plan.
//!
//! Tables are changed in parallel, the largest first. The statements of one table are executed one
//! at a time. Foreign keys are added when all indexes are built. When a statement fails, the other
//! tables are still changed. When rows break one clause of a statement, its other clauses are still
//! carried out.
//!
//! `session` opens the connections, `worker` executes on one of them, `control` knows the
//! statements that run and stops them, `monitor` reports their progress, `references` looks for
//! orphans, `failure` finds the rows that break a constraint, `rehearse` asks the server beforehand
//! how it would carry out the plan, `script` writes the plan as SQL, and `analyze` updates the
//! statistics.

mod analyze;
mod control;
mod failure;
mod monitor;
mod references;
mod rehearse;
mod script;
mod session;
mod worker;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use crate::error::{Error, Result};
use futures_util::future::join_all;

use crate::db::{self, Database, MySqlConnection};
use mysql_schema::diff::{Statement, Step};

pub use analyze::analyze;
pub use control::{Control, Running, take_over};
pub use monitor::{Stages, watched};
pub use rehearse::{Blocking, Obstacle, Refused, Rehearsal, Wanted, assume, rehearse};
pub use script::script;
pub use session::Settings;
use worker::Worker;

/// An event for a progress display.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    /// A statement begins.
    Started(&'a Statement),
    /// A statement has ended, with success or not.
    Finished(&'a Statement, Duration),
}

/// For each table, the total time of its statements, in the order of the plan.
pub type Applied = Vec<(String, Duration)>;

/// Who looks for orphans. The server itself does not, because the session has foreign_key_checks
/// off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum References {
    /// The caller looks for orphans.
    Elsewhere,
    /// This module looks for orphans, before and after it adds a foreign key.
    Check,
}

/// The result of a list of statements.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How long the statements of each table took.
    pub times: Applied,
    /// Statements that succeeded, in the order in which they ended.
    pub done: Vec<Statement>,
    /// For each statement that failed, an error with table, statement and reason.
    pub failures: Vec<Error>,
    /// Statements that were not begun, because of a failure or a stop.
    pub skipped: Vec<Statement>,
}

/// How statements are carried out.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How much of the machine may be used.
    pub settings: Settings,
    /// Who looks for orphans.
    pub references: References,
    /// Lists the running statements, and stops them.
    pub control: &'a Control,
}

/// The steps of a plan, in order.
const STEPS: [Step; 5] = [
    Step::DropForeignKeys,
    Step::DropIndexes,
    Step::Columns,
    Step::AddIndexes,
    Step::AddForeignKeys,
];

/// Carries out statements of a plan, or of a [`deferral`](mysql_schema::diff::deferral), step by
/// step. Without statements, no connection is opened.
///
/// # Errors
///
/// When a connection cannot be opened, and when a statement fails: the message names the table and
/// the statement, and the chain has the server's message. All statements that do not depend on the
/// failed one are still executed.
pub async fn run(
    database: &Database,
    statements: &[Statement],
    settings: Settings,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<Applied> {
    let options = Options {
        settings,
        references: References::Elsewhere,
        control: &Control::default(),
    };
    let outcome = carry_out(database, statements, options, on_event).await?;
    match outcome.failures.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(outcome.times),
    }
}

/// Carries out statements step by step, until [`Options::control`] stops them.
///
/// # Errors
///
/// When a connection cannot be opened. The outcome has all other failures.
pub async fn carry_out(
    database: &Database,
    statements: &[Statement],
    options: Options<'_>,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<Outcome> {
    let ddl = database.url().engine().ddl;
    let statements: Vec<Statement> = statements.iter().flat_map(|s| s.apart(ddl)).collect();
    let statements = statements.as_slice();
    let work = Work {
        control: options.control,
        on_event,
        found: Mutex::default(),
    };
    let mut workers = Workers {
        database,
        settings: options.settings,
        open: Vec::new(),
    };
    for step in STEPS {
        let mut of_step: Vec<Statement> = statements.to_vec();
        of_step.retain(|statement| statement.step == step);
        match (step, options.references) {
            (Step::AddForeignKeys, References::Check) => {
                workers.add_foreign_keys(of_step, &work).await?;
            }
            _ => workers.execute(step, &of_step, &work).await?,
        }
    }
    for worker in workers.open {
        db::close(worker.connection).await;
    }
    let found = work.found.into_inner().unwrap_or_default();
    Ok(found.outcome(statements))
}

/// The connections that change tables, opened when they are needed.
struct Workers<'a> {
    database: &'a Database,
    settings: Settings,
    open: Vec<Worker>,
}

impl Workers<'_> {
    async fn grow(&mut self, jobs: usize) -> Result<()> {
        while self.open.len() < jobs {
            let settings = Settings {
                jobs,
                ..self.settings
            };
            self.open.push(Worker::open(self.database, settings).await?);
        }
        Ok(())
    }

    /// Executes the statements of one step. Tables are changed in parallel if the step takes long.
    async fn execute<F: Fn(Event<'_>) + Sync>(
        &mut self,
        step: Step,
        statements: &[Statement],
        work: &Work<'_, F>,
    ) -> Result<()> {
        let mut queue: VecDeque<Vec<&Statement>> = VecDeque::new();
        for statement in statements {
            let mut tables = queue.iter_mut();
            match tables.find(|table| table[0].table == statement.table) {
                Some(table) => table.push(statement),
                None => queue.push_back(vec![statement]),
            }
        }
        if queue.is_empty() {
            return Ok(());
        }
        // only these steps take long; the statements of other steps would wait for each other,
        // because they lock parent and child tables together
        let jobs = match step {
            Step::Columns | Step::AddIndexes => self.settings.jobs.clamp(1, queue.len()),
            _ => 1,
        };
        self.grow(jobs).await?;
        if jobs > 1 || queue.len() > 1 {
            let connection = &mut self.open[0].connection;
            largest_first(connection, self.database.name(), &mut queue).await;
        }
        let queue = Mutex::new(queue);
        let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
        let at_work = self.open.iter_mut().take(jobs).map(async |worker| {
            while let Some(table) = next() {
                for statement in table {
                    worker.execute(statement, work).await;
                }
            }
        });
        join_all(at_work).await;
        Ok(())
    }

    /// Looks for orphans, adds the foreign keys that have none, and looks again if rows were
    /// written in the meantime.
    async fn add_foreign_keys<F: Fn(Event<'_>) + Sync>(
        &mut self,
        statements: Vec<Statement>,
        work: &Work<'_, F>,
    ) -> Result<()> {
        let keys: usize = statements.iter().map(|s| s.clauses.len()).sum();
        if keys == 0 {
            return Ok(());
        }
        self.grow(self.settings.jobs.clamp(1, keys)).await?;
        let written_before = references::written(&mut self.open[0].connection).await;
        let refused = references::check(&mut self.open, &statements, work.control).await;
        let statements = references::without(statements, &refused, work);
        work.refuse(refused);
        if statements.is_empty() {
            return Ok(());
        }
        self.execute(Step::AddForeignKeys, &statements, work)
            .await?;
        let written = references::written(&mut self.open[0].connection).await;
        if written_before.is_none() || written != written_before {
            // orphans may have been written before the foreign keys existed; now that they exist,
            // the server rejects new orphans
            let added = work.done(Step::AddForeignKeys);
            let refused = references::check(&mut self.open, &added, work.control).await;
            references::take_back(&mut self.open[0], &refused).await?;
            work.refuse(refused);
        }
        Ok(())
    }
}

/// The values that the workers share.
struct Work<'a, F> {
    control: &'a Control,
    on_event: &'a F,
    found: Mutex<Found>,
}

impl<F> Work<'_, F> {
    /// Records failed statements.
    fn refuse(&self, refused: Vec<(Statement, Error)>) {
        if let Ok(mut found) = self.found.lock() {
            for (statement, error) in refused {
                found.failed.insert(statement.table.clone());
                let error = worker::in_which(&statement, error);
                found.outcome.failures.push(error);
            }
        }
    }

    /// Statements of a step that succeeded.
    fn done(&self, step: Step) -> Vec<Statement> {
        match self.found.lock() {
            Ok(found) => {
                let done = found.outcome.done.iter();
                done.filter(|s| s.step == step).cloned().collect()
            }
            Err(_) => Vec::new(),
        }
    }
}

#[derive(Default)]
struct Found {
    outcome: Outcome,
    times: BTreeMap<String, Duration>,
    failed: BTreeSet<String>,
}

impl Found {
    /// The outcome, with the times in the order of the statements.
    fn outcome(mut self, statements: &[Statement]) -> Outcome {
        for statement in statements {
            if let Some(time) = self.times.remove(&statement.table) {
                self.outcome.times.push((statement.table.clone(), time));
            }
        }
        self.outcome
    }
}

/// Sorts the tables by size, the largest first, so that the one that takes longest does not begin
/// last. The sizes are estimates; without them, the order stays the same.
async fn largest_first(
    connection: &mut MySqlConnection,
    database: &str,
    queue: &mut VecDeque<Vec<&Statement>>,
) {
    const SIZES: &str = "SELECT CAST(TABLE_NAME AS CHAR), CAST(DATA_LENGTH AS SIGNED) \
                         FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";
    // MySQL caches sizes for a day; MariaDB does not have the variable, so an error is ignored
    let fresh = sqlx::raw_sql("SET information_schema_stats_expiry = 0");
    let _ = fresh.execute(&mut *connection).await;
    let sizes: Vec<(String, Option<i64>)> = sqlx::query_as(SIZES)
        .bind(database)
        .fetch_all(connection)
        .await
        .unwrap_or_default();
    let size = |table: &str| {
        let found = sizes.iter().find(|(name, _)| name == table);
        found.and_then(|(_, size)| *size).unwrap_or(0)
    };
    let mut tables: Vec<_> = queue.drain(..).collect();
    tables.sort_by_key(|table| std::cmp::Reverse(size(&table[0].table)));
    queue.extend(tables);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DatabaseUrl;

    #[test]
    fn a_plan_can_be_applied_in_a_task_of_its_own() {
        fn spawnable(_: impl Future<Output = Result<Applied>> + Send) {}
        let url = DatabaseUrl::parse("mysql://root@db/shop").unwrap();
        let settings = Settings {
            jobs: 1,
            cores: 1,
            memory: 1,
        };
        spawnable(run(&Database::new(url), &[], settings, &|_| ()));
    }
}
