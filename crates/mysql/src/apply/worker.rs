//! One connection that executes statements, and explains their failures.

use std::time::Instant;

use crate::error::{Context, Error, Result, ServerError};
use crate::server_error::{ER_INNODB_ONLINE_LOG_TOO_BIG, ER_LOCK_WAIT_TIMEOUT};
use sqlx::AssertSqlSafe;

use super::{Event, Settings, Work, control, failure, session};
use crate::db::{Database, MySqlConnection};
use mysql_schema::diff::{Builds, Statement, Step};

/// One of the connections that change tables.
pub(super) struct Worker {
    pub(super) connection: MySqlConnection,
    pub(super) id: u64,
}

impl Worker {
    pub(super) async fn open(database: &Database, settings: Settings) -> Result<Worker> {
        let mut connection = session::open(database, settings).await?;
        let id: i64 = sqlx::query_scalar("SELECT CAST(CONNECTION_ID() AS SIGNED)")
            .fetch_one(&mut connection)
            .await
            .context("cannot read the id of the connection")?;
        let id = u64::try_from(id)?;
        Ok(Worker { connection, id })
    }

    /// Executes a statement, and records the result in `work`. If rows break a clause, that clause
    /// is left out, and the rest of the statement is tried again.
    pub(super) async fn execute<F: Fn(Event<'_>) + Sync>(
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
        // with the checks on, dropping an index that a foreign key needs fails; with them off, a
        // foreign key is added without a copy of the table
        let checks =
            u8::from(statement.step != Step::AddForeignKeys && statement.step != Step::DropIndexes);
        self.run(&format!("SET foreign_key_checks = {checks}"))
            .await?;
        work.control.begin(self.id, &statement.table);
        let done = self
            .run(&format!("{}{}", control::MARK, statement.sql))
            .await;
        work.control.end(self.id);
        done
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn explain(
        &mut self,
        statement: &Statement,
        error: Error,
        culprit: Option<&Builds>,
    ) -> Error {
        let error = match (error.code(), culprit) {
            (_, Some(builds)) => {
                match failure::offenders(&mut self.connection, &statement.table, builds).await {
                    Ok(Some(rows)) => error.context(rows),
                    _ => error,
                }
            }
            (Some(ER_LOCK_WAIT_TIMEOUT), _) => error.context(
                "another session has an open transaction on the table; end that session (SHOW \
                 PROCESSLIST lists it), then run the same command again",
            ),
            (Some(ER_INNODB_ONLINE_LOG_TOO_BIG), _) => error.context(
                "more rows were written during the change than innodb_online_alter_log_max_size \
                 allows; raise that variable, or run the same command again when less is written",
            ),
            _ if error.server().is_some_and(ServerError::needs_other_method) => error.context(
                "the server would block writers for this change; add --allow-blocking to \
                 make the change",
            ),
            _ => error,
        };
        in_which(statement, error)
    }
}

/// Adds the statement to an error.
pub(super) fn in_which(statement: &Statement, error: Error) -> Error {
    let sql = statement.sql.replace("\n  ", " ");
    error.context(format!(
        "cannot change the table {}: {sql}",
        statement.table
    ))
}

/// Whether an earlier failure left the table, or the parent table of a foreign key, in a state in
/// which the statement cannot work.
fn depends_on_failure<F>(statement: &Statement, work: &Work<'_, F>) -> bool {
    let Ok(found) = work.found.lock() else {
        return true;
    };
    let parents = statement
        .clauses
        .iter()
        .filter_map(|clause| match &clause.builds {
            Builds::ForeignKey(key) if key.parent_database.is_none() => Some(&key.parent_table),
            _ => None,
        });
    // a failed index affects the foreign keys of its table, but not the other indexes
    let own = statement.step == Step::AddForeignKeys && found.failed.contains(&statement.table);
    own || parents
        .into_iter()
        .any(|parent| found.failed.contains(parent))
}
