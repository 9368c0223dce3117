//! Carries out a plan on a server.
//!
//! Short and dull on purpose: what is to be done was decided by `diff`. Tables are done in
//! parallel, the largest first, each table's statements one after another; the step with the
//! foreign keys begins when all indexes stand. A statement that fails stops neither the other
//! tables nor, where rows stand against one clause of it, its other clauses: what can be built is
//! built.
//!
//! `session` prepares the connections, `worker` is one of them, `control` knows what is at work and
//! stops it, `monitor` tells how far it is, `references` proves foreign keys, `failure` finds the
//! rows in the way, `rehearse` asks the server beforehand how it would do it, `script` writes that
//! as SQL; `analyze` renews the statistics afterwards.

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
use sqlx::MySqlConnection;

use crate::db::{self, DatabaseUrl, Sessions};
use mysql_schema::diff::{Statement, Step};

pub use analyze::analyze;
pub use control::{Control, Running, take_over};
pub use monitor::{Stages, watched};
pub use rehearse::{Blocking, Obstacle, Refused, Rehearsal, assume, rehearse};
pub use script::script;
pub use session::Settings;
use worker::Worker;

/// What is happening, for whoever shows progress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    /// A statement begins.
    Started(&'a Statement),
    /// It has ended, well or not.
    Finished(&'a Statement, Duration),
}

/// How long each table took, all its statements together, in the order of the plan.
pub type Applied = Vec<(String, Duration)>;

/// Whether the rows are known to have their parents; foreign keys are added without the server
/// looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum References {
    /// Someone else proves it.
    Elsewhere,
    /// It is proved here, before a foreign key is added and after.
    Prove,
}

/// What became of some statements.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How long each table took.
    pub times: Applied,
    /// What is done, in the order in which it was.
    pub done: Vec<Statement>,
    /// What failed, each with table, statement and reason.
    pub failures: Vec<Error>,
    /// What was not begun, because of a failure or a stop.
    pub skipped: Vec<Statement>,
}

/// Carries out statements of a plan, or of a [`deferral`](mysql_schema::diff::deferral), step by
/// step in the database of `url`, in working sessions of the run that `sessions` is of. No
/// statements open no connection.
///
/// # Errors
///
/// When a connection cannot be opened, and when a statement fails: table and statement are in the
/// message, and the server's words in the chain. Everything that does not depend on what failed has
/// been done all the same.
pub async fn run(
    url: &DatabaseUrl,
    sessions: &Sessions,
    statements: &[Statement],
    settings: Settings,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<Applied> {
    let control = Control::default();
    let references = References::Elsewhere;
    let outcome = carry_out(
        url, sessions, statements, settings, references, &control, on_event,
    )
    .await?;
    match outcome.failures.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(outcome.times),
    }
}

/// Carries out statements step by step; `control` stops it.
///
/// # Errors
///
/// When a connection cannot be opened. What fails otherwise is in the outcome.
pub async fn carry_out(
    url: &DatabaseUrl,
    sessions: &Sessions,
    statements: &[Statement],
    settings: Settings,
    references: References,
    control: &Control,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<Outcome> {
    let work = Work {
        control,
        on_event,
        found: Mutex::default(),
    };
    let mut workers: Vec<Worker> = Vec::new();
    for step in [
        Step::DropForeignKeys,
        Step::DropIndexes,
        Step::Columns,
        Step::AddIndexes,
        Step::AddForeignKeys,
    ] {
        let mut of_step: Vec<Statement> = statements.to_vec();
        of_step.retain(|statement| statement.step == step);
        let prove = references == References::Prove && step == Step::AddForeignKeys;
        let mut written_before = None;
        if prove && !of_step.is_empty() {
            let keys: usize = of_step
                .iter()
                .map(|statement| statement.clauses.len())
                .sum();
            let jobs = settings.jobs.clamp(1, keys);
            enough_workers(&mut workers, url, sessions, settings, jobs).await?;
            written_before = references::written(&mut workers[0].connection).await;
            let refused = references::prove(&mut workers, &of_step, control).await;
            of_step = references::without(of_step, &refused, &work);
            work.refuse(refused);
        }
        let mut queue: VecDeque<Vec<&Statement>> = VecDeque::new();
        for statement in &of_step {
            match queue
                .iter_mut()
                .find(|table| table[0].table == statement.table)
            {
                Some(table) => table.push(statement),
                None => queue.push_back(vec![statement]),
            }
        }
        if queue.is_empty() {
            continue;
        }
        // only these take long; the rest locks parents and children together
        let jobs = match step {
            Step::Columns | Step::AddIndexes => settings.jobs.clamp(1, queue.len()),
            _ => 1,
        };
        enough_workers(&mut workers, url, sessions, settings, jobs).await?;
        if jobs > 1 || queue.len() > 1 {
            largest_first(&mut workers[0].connection, url.database(), &mut queue).await;
        }
        let queue = Mutex::new(queue);
        let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
        let at_work = workers.iter_mut().take(jobs).map(async |worker| {
            while let Some(table) = next() {
                for statement in table {
                    worker.execute(statement, &work).await;
                }
            }
        });
        join_all(at_work).await;
        let quiet = async |worker: &mut Worker| {
            written_before.is_some()
                && references::written(&mut worker.connection).await == written_before
        };
        if prove && !quiet(&mut workers[0]).await {
            // rows may have come before the foreign key stood; from then on none can
            let added = work.done(step);
            let refused = references::prove(&mut workers, &added, control).await;
            references::take_back(&mut workers[0], &refused).await?;
            work.refuse(refused);
        }
    }
    for worker in workers {
        db::close(worker.connection).await;
    }
    let mut found = work.found.into_inner().unwrap_or_default();
    for statement in statements {
        if let Some(time) = found.times.get(&statement.table)
            && !found
                .outcome
                .times
                .iter()
                .any(|(table, _)| *table == statement.table)
        {
            found.outcome.times.push((statement.table.clone(), *time));
        }
    }
    Ok(found.outcome)
}

/// What the workers share.
struct Work<'a, F> {
    control: &'a Control,
    on_event: &'a F,
    found: Mutex<Found>,
}

impl<F> Work<'_, F> {
    /// Notes what failed.
    fn refuse(&self, refused: Vec<(Statement, Error)>) {
        if let Ok(mut found) = self.found.lock() {
            for (statement, error) in refused {
                found.failed.insert(statement.table.clone());
                let error = worker::in_which(&statement, error);
                found.outcome.failures.push(error);
            }
        }
    }

    /// What is done of a step.
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

async fn enough_workers(
    workers: &mut Vec<Worker>,
    url: &DatabaseUrl,
    sessions: &Sessions,
    settings: Settings,
    jobs: usize,
) -> Result<()> {
    while workers.len() < jobs {
        let settings = Settings { jobs, ..settings };
        workers.push(Worker::open(url, sessions, settings).await?);
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    outcome: Outcome,
    times: BTreeMap<String, Duration>,
    failed: BTreeSet<String>,
}

/// Puts the tables with the most data in front: the one that takes longest must not begin last. An
/// estimate, so that when it cannot be had the order stays.
async fn largest_first(
    connection: &mut MySqlConnection,
    database: &str,
    queue: &mut VecDeque<Vec<&Statement>>,
) {
    const SIZES: &str = "SELECT CAST(TABLE_NAME AS CHAR), CAST(DATA_LENGTH AS SIGNED) \
                         FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";
    // MySQL caches sizes for a day; MariaDB does not know the variable, and need not
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

    #[test]
    fn a_plan_can_be_applied_in_a_task_of_its_own() {
        fn spawnable(_: impl Future<Output = Result<Applied>> + Send) {}
        let url = DatabaseUrl::parse("mysql://root@db/shop").unwrap();
        let settings = Settings {
            jobs: 1,
            cores: 1,
            memory: 1,
        };
        let sessions = Sessions::new(&url);
        spawnable(run(&url, &sessions, &[], settings, &|_| ()));
    }
}
