//! The run lock: only one run at a time may work on a database. After taking the lock, a run ends
//! the sessions that a killed run left in the server. After an interrupt, it ends its own
//! statements.

use std::time::Duration;

use crate::error::{Result, fail, unfit};

use super::replace;
use super::session::RunSession;
use crate::event::Events;
use crate::interrupt::Interrupt;
use crate::options::Commands;
use model::wording::counted;
use mysql::apply;
use mysql::db;
use mysql::ledger;

/// After the second request to stop, the longest time to wait until the server has ended the run's
/// statements.
const AT_ONCE: Duration = Duration::from_secs(2);

impl RunSession {
    /// Takes the run lock. Waits for the end of statements that a killed run left in the server, or
    /// ends them.
    ///
    /// # Errors
    ///
    /// When another run has the lock, or when the user interrupts.
    pub(super) async fn lock(
        &mut self,
        interrupt: &Interrupt,
        commands: &Commands,
        events: &Events,
    ) -> Result<()> {
        self.database.lead(&mut self.connection).await?;
        let tell = |line: &str| events.info(&format!("seed: {line}"));
        let connection = &mut self.connection;
        let take_over = apply::take_over(connection, &self.database, tell);
        let ended = tokio::select! {
            ended = take_over => ended?,
            () = interrupt.first() => fail!(
                "interrupted before anything was changed; to resume: {}",
                commands.again
            ),
        };
        if ended > 0 {
            events.info(&format!(
                "seed: ended {} that a killed run had left",
                counted(ended as u64, "session", "sessions")
            ));
        }
        Ok(())
    }

    /// Ends this run's statements in the server after an interrupt. Returns an error that says what
    /// is loaded and how to resume.
    pub(super) async fn after_interrupt(
        &self,
        (interrupt, commands): (&Interrupt, &Commands),
        events: &Events,
    ) -> crate::Error {
        let next = &commands.again;
        let at_once = async {
            interrupt.second().await;
            tokio::time::sleep(AT_ONCE).await;
        };
        tokio::select! {
            state = self.loaded_so_far(events) => match state {
                Ok(state) => {
                    let old = match replace::is_sibling(self.database.name()) {
                        true => "; the old tables are unchanged, because --replace loads into \
                            another database",
                        false => "",
                    };
                    unfit!("interrupted {state}{old}; to resume: {next}")
                }
                Err(error) => error.context(format!("interrupted; to resume: {next}")),
            },
            () = at_once => unfit!(
                "interrupted; the server is still ending the statements of this run; to resume: \
                 {next}"
            ),
        }
    }

    async fn loaded_so_far(&self, events: &Events) -> Result<String> {
        // the run's own connection may be waiting for the rest of an answer
        let mut connection = self.database.connect().await?;
        let tell = |line: &str| events.info(&format!("seed: {line}"));
        let synced = self.synced.words();
        self.database.end_others(&mut connection, tell).await?;
        let state = match ledger::last_run(&mut connection).await? {
            _ if synced.is_some() => synced.unwrap_or_default(),
            Some(run) => {
                let batches = ledger::batches_of(&mut connection, run.id).await?;
                let rows: u64 = batches.values().map(|b| b.rows).sum();
                format!(
                    "in phase {}; {} in {} are loaded",
                    run.phase.name(),
                    counted(rows, "row", "rows"),
                    counted(batches.len() as u64, "batch", "batches")
                )
            }
            None => "before anything was loaded".to_string(),
        };
        db::close(connection).await;
        Ok(state)
    }
}
