//! How far the statements at work are, as the server tells.
//!
//! MySQL counts the pages that an ALTER has done and has to do, in its performance_schema, if one
//! of its consumers is on; that is a global setting. MariaDB shows nothing of an ALTER in place.
//! What a server does not tell is shown as the time it has taken.

use std::convert::Infallible;
use std::time::Duration;

use crate::error::Result;
use sqlx::{AssertSqlSafe, MySqlConnection};

use super::Outcome;
use super::control::{Control, Running};
use crate::db::{self, Database};

/// Time between two looks.
const EVERY: Duration = Duration::from_millis(500);

/// Whether the server counts what its statements do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stages {
    /// It does.
    On,
    /// It could, but a global setting is in the way.
    Off,
    /// It cannot.
    Unknown,
}

impl Stages {
    /// The consumer of the performance_schema without which MySQL counts nothing.
    pub const CONSUMER: &str = "events_stages_current";
    /// Switches the counting on, for the whole server.
    pub const SWITCH_ON: &str = "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'events_stages_current'";

    /// Asks the server; one that cannot be asked has none.
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

/// Does `work`, statements that go by `control`. Meanwhile `show` gets, again and again, what is at
/// work, and the share of it that is done, from 0 to 1.
///
/// # Errors
///
/// Those of the work, and when no connection to watch it can be opened.
pub async fn watched(
    database: &Database,
    control: &Control,
    stages: Stages,
    show: impl Fn(&Running, Option<f64>),
    work: impl Future<Output = Result<Outcome>>,
) -> Result<Outcome> {
    // of its own, for it is dropped in the middle of a question
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
