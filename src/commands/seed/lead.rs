//! Being the one run on a database: taking the lead, keeping it, and giving it up on Ctrl-C.

use anyhow::{Result, anyhow, bail};
use sqlx::{Connection, Executor, MySqlConnection, Row};

use super::Seed;
use super::interrupt::Interrupt;
use crate::commands::typed::command_line;
use crate::progress::Progress;
use model::wording::grouped;
use mysql::apply;
use mysql::db::{self, DatabaseUrl, Sessions};
use mysql::ledger;
use mysql::retry;

/// Becomes the one run on a database, and waits for what a killed one left behind in the server, or
/// ends it.
pub(super) async fn lead(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Sessions> {
    let sessions = Sessions::new(url);
    sessions.lead(connection, url).await?;
    take_over(connection, (&sessions, url), interrupt, progress).await?;
    Ok(sessions)
}

async fn take_over(
    connection: &mut MySqlConnection,
    (sessions, url): (&Sessions, &DatabaseUrl),
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<()> {
    let take_over = apply::take_over(connection, sessions, url.database(), |line| {
        progress.say(&format!("seed: {line}"));
    });
    let left = tokio::select! {
        left = take_over => left?,
        () = interrupt.set() => {
            let next = command_line();
            bail!("interrupted before anything was changed; to go on: {next}");
        }
    };
    if left > 0 {
        progress.say(&format!(
            "seed: {left} sessions that a killed run had left behind are ended"
        ));
    }
    Ok(())
}

impl Seed<'_> {
    /// The leading session is idle while others work; when its connection was closed for that, or
    /// the server was restarted, or of several hosts takes no rows any more, it is opened again.
    pub(super) async fn keep_the_lead(&mut self) -> Result<()> {
        if self.connection.ping().await.is_ok() && !self.has_moved().await {
            return Ok(());
        }
        // the session may live on where it is not wanted
        let _ = self.connection.execute("DO RELEASE_ALL_LOCKS()").await;
        let mut attempt = 1;
        loop {
            let again = async {
                let mut connection = db::connect(&self.url).await?;
                self.sessions.lead(&mut connection, &self.url).await?;
                Ok::<_, anyhow::Error>(connection)
            };
            match again.await {
                Ok(connection) => {
                    self.connection = connection;
                    return Ok(());
                }
                Err(error)
                    if retry::is_transient(&error, &self.url, self.place)
                        && attempt < retry::attempts(&self.url) =>
                {
                    tokio::time::sleep(retry::delay(attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn has_moved(&mut self) -> bool {
        let read_only = "SELECT @@GLOBAL.read_only <> 0";
        self.url.has_several_hosts()
            && match self.connection.fetch_one(read_only).await {
                Ok(row) => row.try_get_unchecked(0).unwrap_or(true),
                Err(_) => true,
            }
    }

    /// Ends what is still under way in the server, and says how to go on.
    pub(super) async fn after_interrupt(&mut self) -> anyhow::Error {
        let state = async {
            // the connection may be in the middle of an answer
            let mut connection = db::connect(&self.url).await?;
            self.sessions
                .end_others(&mut connection, |line| {
                    self.progress.say(&format!("seed: {line}"))
                })
                .await?;
            let state = match ledger::last_run(&mut connection).await? {
                Some(run) => {
                    let batches = ledger::batches_of(&mut connection, run.id).await?;
                    let rows: u64 = batches.values().map(|b| b.rows).sum();
                    format!(
                        "in phase {}; {} rows in {} batches are in the tables",
                        run.phase.name(),
                        grouped(rows),
                        grouped(batches.len() as u64)
                    )
                }
                None => "before anything was loaded".to_string(),
            };
            db::close(connection).await;
            Ok::<_, anyhow::Error>(state)
        };
        let next = command_line();
        match state.await {
            Ok(state) => anyhow!("interrupted {state}; to go on: {next}"),
            Err(error) => error.context(format!("interrupted; to go on: {next}")),
        }
    }
}
