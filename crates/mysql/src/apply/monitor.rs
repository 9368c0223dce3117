//! The progress of the running statements, as far as the server reports it.
//!
//! MySQL counts the pages that an ALTER has processed, if a consumer of its performance_schema is
//! on. The consumer is a global setting. MariaDB reports no progress of an ALTER in place. If the
//! server reports no progress, only the elapsed time is shown.

use std::convert::Infallible;
use std::time::Duration;

use crate::error::Result;
use sqlx::AssertSqlSafe;

use super::Outcome;
use super::control::{Control, Running};
use crate::db::{self, Database, MySqlConnection};

/// Time between two queries.
const EVERY: Duration = Duration::from_millis(500);

/// Whether the server counts the progress of its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stages {
    /// The server counts the progress.
    On,
    /// The server can count the progress, but a global variable switches this off.
    Off,
    /// The server cannot count the progress.
    Unknown,
}

impl Stages {
    /// The consumer of the performance_schema that MySQL needs for counting.
    pub const CONSUMER: &str = "events_stages_current";
    /// Switches counting on for the whole server.
    pub const SWITCH_ON: &str = "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'events_stages_current'";

    /// Queries the server. If the query fails, the server cannot count.
    pub async fn read(connection: &mut MySqlConnection) -> Stages {
        let consumer: Result<Option<String>, _> = sqlx::query_scalar(
            "SELECT CAST(ENABLED AS CHAR) FROM performance_schema.setup_consumers \
             WHERE NAME = ? AND @@performance_schema AND VERSION() NOT LIKE '%MariaDB%'",
        )
        .bind(Self::CONSUMER)
        .fetch_optional(connection)
        .await;
        match consumer.as_ref().map(|enabled| enabled.as_deref()) {
            Ok(Some("YES")) => Stages::On,
            Ok(Some(_)) => Stages::Off,
            _ => Stages::Unknown,
        }
    }
}

/// Awaits `work`, whose running statements `control` lists. In the meantime, calls `show` regularly
/// for each running statement with the share of it that is done, from 0 to 1.
///
/// # Errors
///
/// The errors of the work, and when the connection for watching cannot be opened.
pub async fn watched(
    database: &Database,
    control: &Control,
    stages: Stages,
    show: impl Fn(&Running, Option<f64>),
    work: impl Future<Output = Result<Outcome>>,
) -> Result<Outcome> {
    // a separate connection, because it is closed in the middle of a query when the work has ended
    let mut watching = database.connect().await?;
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = watch(&mut watching, control, stages, show) => match never {},
    };
    db::close(watching).await;
    outcome
}

async fn watch(
    connection: &mut MySqlConnection,
    control: &Control,
    stages: Stages,
    show: impl Fn(&Running, Option<f64>),
) -> Infallible {
    loop {
        tokio::time::sleep(EVERY).await;
        let running = control.running();
        let shares = match stages {
            Stages::On if !running.is_empty() => {
                shares(connection, &running).await.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        for running in &running {
            let share = shares.iter().find(|(id, _)| *id == running.connection);
            show(running, share.map(|(_, share)| *share));
        }
    }
}

async fn shares(connection: &mut MySqlConnection, running: &[Running]) -> Result<Vec<(u64, f64)>> {
    let ids: Vec<String> = running.iter().map(|r| r.connection.to_string()).collect();
    let sql = format!(
        "SELECT CAST(threads.PROCESSLIST_ID AS SIGNED), CAST(stages.WORK_COMPLETED AS SIGNED), CAST(stages.WORK_ESTIMATED AS SIGNED) \
         FROM performance_schema.events_stages_current AS stages JOIN performance_schema.threads AS threads USING (THREAD_ID) \
         WHERE stages.WORK_ESTIMATED > 0 AND threads.PROCESSLIST_ID IN ({})",
        ids.join(", ")
    );
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await?;
    let share = |(id, done, all): &(i64, i64, i64)| (id.unsigned_abs(), *done as f64 / *all as f64);
    Ok(rows.iter().map(share).collect())
}
