//! Carries out a plan on a server.
//!
//! Short and dull on purpose: what is to be done was decided by `diff`. Tables are done in parallel, the largest first, each
//! table's statements one after another; the step with the foreign keys begins when all indexes stand. A statement that fails does not stop the
//! other tables: what can be built is built, and the first failure is the result.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, MySqlConnection};

use super::diff::{Plan, Statement, Step};
use crate::db::{self, DatabaseUrl, Flavour, ServerInfo};

/// What the machine may give to the building of indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Connections, that is tables worked on at the same time; at least 1.
    pub jobs: usize,
    /// Cores of the server, shared among the jobs.
    pub cores: usize,
    /// Bytes of memory for sorting, shared among the jobs.
    pub memory: u64,
}

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

/// Carries out the changes of a plan in the database of `url`. An empty plan opens no connection.
///
/// # Errors
///
/// When a connection cannot be opened, and when a statement fails: table and statement are in the message, and the server's
/// words in the chain. Everything that does not depend on the failed statement's step has been done all the same.
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
    let times: Mutex<BTreeMap<&str, Duration>> = Mutex::default();
    let mut connections: Vec<MySqlConnection> = Vec::new();
    let mut result = Ok(());
    for step in [
        Step::DropForeignKeys,
        Step::DropIndexes,
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
        // only the building of indexes takes long; the rest locks parents and children together
        let jobs = match step {
            Step::AddIndexes => settings.jobs.clamp(1, queue.len()),
            _ => 1,
        };
        while connections.len() < jobs {
            connections.push(open(url, settings).await?);
        }
        if jobs > 1 || queue.len() > 1 {
            largest_first(&mut connections[0], url.database(), &mut queue).await;
        }
        let queue = Mutex::new(queue);
        let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
        let workers = connections.iter_mut().take(jobs).map(async |connection| {
            let mut result = Ok(());
            while let Some(table) = next() {
                result = result.and(do_table(connection, &table, &times, on_event).await);
            }
            result
        });
        let outcome = join_all(workers).await.into_iter().collect::<Result<()>>();
        if outcome.is_err() {
            result = outcome;
            break;
        }
    }
    for connection in connections {
        db::close(connection).await;
    }
    result?;
    let times = times.into_inner().unwrap_or_default();
    let mut applied = Applied::new();
    for statement in statements {
        if let Some(time) = times.get(statement.table.as_str())
            && !applied.iter().any(|(table, _)| *table == statement.table)
        {
            applied.push((statement.table.clone(), *time));
        }
    }
    Ok(applied)
}

async fn do_table<'a>(
    connection: &mut MySqlConnection,
    statements: &[&'a Statement],
    times: &Mutex<BTreeMap<&'a str, Duration>>,
    on_event: &(impl Fn(Event<'_>) + Sync),
) -> Result<()> {
    for statement in statements {
        on_event(Event::Started(statement));
        let begin = Instant::now();
        let done = sqlx::raw_sql(AssertSqlSafe(statement.sql.as_str()))
            .execute(&mut *connection)
            .await;
        let time = begin.elapsed();
        on_event(Event::Finished(statement, time));
        if let Ok(mut times) = times.lock() {
            *times.entry(&statement.table).or_default() += time;
        }
        done.with_context(|| {
            let sql = statement.sql.replace("\n  ", " ");
            format!("cannot change the table {}: {sql}", statement.table)
        })?;
    }
    Ok(())
}

/// A connection for DDL: no check of foreign keys, sorting in memory by several threads.
async fn open(url: &DatabaseUrl, settings: Settings) -> Result<MySqlConnection> {
    let mut connection = db::connect(url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    let mut variables = vec![
        "foreign_key_checks = 0".to_owned(),
        // a table may have a zero date for a default, which is none of an index's business
        "sql_mode = REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_IN_DATE', ''), 'NO_ZERO_DATE', '')"
            .to_owned(),
    ];
    if server.flavour == Flavour::MySql && server.number >= (8, 0, 27) {
        variables.extend(settings.variables());
    }
    let sql = format!("SET {}", variables.join(", "));
    sqlx::raw_sql(AssertSqlSafe(sql.as_str()))
        .execute(&mut connection)
        .await
        .with_context(|| format!("{url} refuses the session for building indexes: {sql}"))?;
    Ok(connection)
}

impl Settings {
    /// MySQL's session variables, for one of the jobs; MariaDB has no counterpart for a session.
    fn variables(self) -> [String; 3] {
        let jobs = self.jobs.max(1);
        let threads = (self.cores / jobs).max(1);
        let buffer = (self.memory / jobs as u64).clamp(1 << 20, u64::from(u32::MAX));
        [
            format!("innodb_ddl_buffer_size = {buffer}"),
            format!("innodb_ddl_threads = {}", threads.min(64)),
            format!("innodb_parallel_read_threads = {}", threads.min(256)),
        ]
    }
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
    fn variables_share_the_machine_among_the_jobs_and_stay_in_range() {
        let of = |jobs, cores, memory| {
            Settings {
                jobs,
                cores,
                memory,
            }
            .variables()
            .join(", ")
        };
        assert_eq!(
            of(2, 8, 512 << 20),
            "innodb_ddl_buffer_size = 268435456, innodb_ddl_threads = 4, innodb_parallel_read_threads = 4"
        );
        assert_eq!(
            of(0, 0, 0),
            "innodb_ddl_buffer_size = 1048576, innodb_ddl_threads = 1, innodb_parallel_read_threads = 1"
        );
        assert!(
            of(1, 1000, 1 << 40)
                .starts_with("innodb_ddl_buffer_size = 4294967295, innodb_ddl_threads = 64,")
        );
    }

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
