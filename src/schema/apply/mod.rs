//! Carries out a plan on a server.
//!
//! Short and dull on purpose: what is to be done was decided by `diff`. Tables are done in parallel, the largest first, each
//! table's statements one after another; the step with the foreign keys begins when all indexes stand. A statement that fails stops
//! neither the other tables nor, where rows stand against one clause of it, its other clauses: what can be built is built.
//!
//! `session` prepares the connections, `control` knows what is at work and stops it, `monitor` tells how far it is,
//! `failure` finds the rows in the way, `rehearse` asks the server beforehand how it would do it, `script` writes that as SQL.

mod control;
mod failure;
mod monitor;
mod rehearse;
mod script;
mod session;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow};
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, MySqlConnection};

use super::diff::{Builds, Plan, Statement, Step};
use crate::db::{self, DatabaseUrl, quote_identifier, server_error_code};

pub use control::{Control, Running, wait_for_leftovers};
pub use monitor::{Stages, watch};
pub use rehearse::{Blocking, Obstacle, Refused, Rehearsal, assume, rehearse};
pub use script::script;
pub use session::Settings;

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

/// Whether the rows are known to have their parents; foreign keys are added without the server looking.
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

/// Carries out the changes of a plan in the database of `url`. An empty plan opens no connection.
///
/// # Errors
///
/// When a connection cannot be opened, and when a statement fails: table and statement are in the message, and the server's
/// words in the chain. Everything that does not depend on what failed has been done all the same.
pub async fn apply(
    url: &DatabaseUrl,
    plan: &Plan,
    settings: Settings,
    on_event: impl Fn(Event<'_>) + Sync,
) -> Result<Applied> {
    run(url, &plan.statements(), settings, &on_event).await
}

/// Carries out statements of a plan, or of a [`deferral`](super::diff::deferral), step by step.
///
/// # Errors
///
/// As [`apply`].
pub async fn run(
    url: &DatabaseUrl,
    statements: &[Statement],
    settings: Settings,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<Applied> {
    let control = Control::default();
    let references = References::Elsewhere;
    let outcome = carry_out(url, statements, settings, references, &control, on_event).await?;
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
    statements: &[Statement],
    settings: Settings,
    references: References,
    control: &Control,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<Outcome> {
    let work = Work {
        references,
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
        let mut queue: VecDeque<Vec<&Statement>> = VecDeque::new();
        for statement in statements.iter().filter(|statement| statement.step == step) {
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
        while workers.len() < jobs {
            let settings = Settings { jobs, ..settings };
            workers.push(Worker::open(url, settings).await?);
        }
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
    references: References,
    control: &'a Control,
    on_event: &'a F,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    outcome: Outcome,
    times: BTreeMap<String, Duration>,
    failed: BTreeSet<String>,
}

struct Worker {
    connection: MySqlConnection,
    id: u64,
}

impl Worker {
    async fn open(url: &DatabaseUrl, settings: Settings) -> Result<Worker> {
        let mut connection = session::open(url, settings).await?;
        let id: i64 = sqlx::query_scalar("SELECT CAST(CONNECTION_ID() AS SIGNED)")
            .fetch_one(&mut connection)
            .await
            .context("cannot read the number of the connection")?;
        let id = u64::try_from(id)?;
        Ok(Worker { connection, id })
    }

    async fn execute<F: Fn(Event<'_>) + Sync>(
        &mut self,
        statement: &Statement,
        work: &Work<'_, F>,
    ) {
        let mut rest = Some(statement.clone());
        while let Some(statement) = rest.take() {
            if work.control.is_stopped() || depends_on_failure(&statement, work) {
                if let Ok(mut found) = work.found.lock() {
                    found.outcome.skipped.push(statement);
                }
                return;
            }
            (work.on_event)(Event::Started(&statement));
            let begin = Instant::now();
            let done = self.attempt(&statement, work).await;
            let time = begin.elapsed();
            (work.on_event)(Event::Finished(&statement, time));
            let culprit = done
                .as_ref()
                .err()
                .and_then(|error| failure::culprit(&statement, error).cloned());
            let failure = match done {
                Ok(()) => None,
                Err(error) => Some(
                    self.explain(&statement, error, culprit.as_ref().map(|c| &c.builds))
                        .await,
                ),
            };
            if let Some(culprit) = culprit {
                rest = statement.only(|clause| *clause != culprit);
            }
            if let Ok(mut found) = work.found.lock() {
                *found.times.entry(statement.table.clone()).or_default() += time;
                match failure {
                    None => found.outcome.done.push(statement),
                    Some(error) => {
                        found.failed.insert(statement.table.clone());
                        found.outcome.failures.push(error);
                    }
                }
            }
        }
    }

    async fn attempt<F>(&mut self, statement: &Statement, work: &Work<'_, F>) -> Result<()> {
        // an index that a foreign key needs is only refused to DROP with the checks on; a foreign key is only added without a copy
        // of the table with them off
        let checks =
            u8::from(statement.step != Step::AddForeignKeys && statement.step != Step::DropIndexes);
        self.run(&format!("SET foreign_key_checks = {checks}"))
            .await?;
        work.control.begin(self.id, &statement.table);
        let done = self.proved(statement, work.references).await;
        work.control.end(self.id);
        done
    }

    /// Foreign keys are proved before, so that nothing is done in vain, and afterwards, since rows may have come meanwhile.
    async fn proved(&mut self, statement: &Statement, references: References) -> Result<()> {
        let keys = || {
            statement
                .clauses
                .iter()
                .filter(|c| matches!(c.builds, Builds::ForeignKey(_)))
        };
        if references == References::Prove {
            for clause in keys() {
                self.prove(statement, &clause.builds).await?;
            }
        }
        self.run(&format!("{}{}", control::MARK, statement.sql))
            .await?;
        if references == References::Prove {
            for clause in keys() {
                if let Err(error) = self.prove(statement, &clause.builds).await {
                    self.take_back(statement, &clause.builds).await?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn take_back(&mut self, statement: &Statement, builds: &Builds) -> Result<()> {
        let Builds::ForeignKey(key) = builds else {
            return Ok(());
        };
        let (table, name) = (
            quote_identifier(&statement.table),
            quote_identifier(&key.name),
        );
        self.run(&format!("ALTER TABLE {table} DROP FOREIGN KEY {name}"))
            .await
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn prove(&mut self, statement: &Statement, builds: &Builds) -> Result<()> {
        match failure::offenders(&mut self.connection, &statement.table, builds).await? {
            Some(rows) => Err(anyhow!(rows)),
            None => Ok(()),
        }
    }

    async fn explain(
        &mut self,
        statement: &Statement,
        error: Error,
        culprit: Option<&Builds>,
    ) -> Error {
        let error = match (server_error_code(&error), culprit) {
            (_, Some(builds)) => match failure::offenders(&mut self.connection, &statement.table, builds).await {
                Ok(Some(rows)) => error.context(rows),
                _ => error,
            },
            (Some(1205), _) => error.context(
                "a transaction that is open elsewhere holds the table; end it (SHOW PROCESSLIST finds it), then run this again",
            ),
            (Some(1799), _) => error.context(
                "more rows were written meanwhile than innodb_online_alter_log_max_size takes; raise it, or try when less is written",
            ),
            (Some(1845 | 1846), _) => error.context("the server would block writers here; see --allow-blocking"),
            _ => error,
        };
        let sql = statement.sql.replace("\n  ", " ");
        error.context(format!(
            "cannot change the table {}: {sql}",
            statement.table
        ))
    }
}

/// Whether the table, or the parent of a foreign key, is not as the statement needs it.
fn depends_on_failure<F>(statement: &Statement, work: &Work<'_, F>) -> bool {
    let Ok(found) = work.found.lock() else {
        return true;
    };
    let parents = statement
        .clauses
        .iter()
        .filter_map(|clause| match &clause.builds {
            Builds::ForeignKey(key) => Some(&key.parent_table),
            _ => None,
        });
    // the indexes of one table do not depend on each other
    let own = statement.step == Step::AddForeignKeys && found.failed.contains(&statement.table);
    own || parents
        .into_iter()
        .any(|parent| found.failed.contains(parent))
}

/// Puts the tables with the most data in front: the one that takes longest must not begin last. An estimate, so that
/// when it cannot be had the order stays.
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
        spawnable(apply(&url, &Plan::default(), settings, |_| ()));
    }
}
