//! The session that holds the run lock of a database.

use crate::Error;
use crate::again;
use crate::error::Result;
use crate::event::Events;
use mysql::apply;
use mysql::cluster;
use sqlx::{Executor, Row};

use super::sync::SyncedSoFar;
use mysql::db::{Database, Locks, MySqlConnection, ServerInfo};
use mysql::retry::{self, Topology};

/// A database and the session that has its run lock. Other sessions load rows and build indexes.
pub(super) struct RunSession {
    pub(super) database: Database,
    pub(super) info: ServerInfo,
    pub(super) connection: MySqlConnection,
    /// Whether the server is part of a cluster. Retries depend on this.
    pub(super) role: Topology,
    /// What a run with `--sync` has written so far.
    pub(super) synced: SyncedSoFar,
}

impl RunSession {
    /// A session on another database of the same server, without a run lock.
    pub(super) async fn beside(&self, database: &str) -> Result<RunSession> {
        let database = self.database.beside(database);
        Ok(RunSession {
            connection: database.connect().await?,
            info: self.info.clone(),
            role: self.role,
            synced: SyncedSoFar::default(),
            database,
        })
    }

    /// Opens the session again if its connection was closed while it was idle, if the server was
    /// restarted, or if the server has become read-only and the URL names other hosts.
    pub(super) async fn keep_lock(&mut self) -> Result<()> {
        if self.connection.ping().await.is_ok() && !self.has_moved().await {
            return Ok(());
        }
        // the session may still be open on a server that must no longer be used, so release its
        // locks
        let locks = Locks::of(self.connection.engine(), self.database.name());
        let _ = locks.release_all(&mut self.connection).await;
        let mut attempt = 1;
        loop {
            match self.reconnect().await {
                Ok(connection) => {
                    self.connection = connection;
                    return Ok(());
                }
                Err(error)
                    if error.server().is_some_and(|error| {
                        retry::is_transient(error, self.database.url(), self.role)
                    }) && attempt < retry::attempts(self.database.url()) =>
                {
                    tokio::time::sleep(retry::delay(attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Separates the finding of a check, returned as an inner result, from a lost connection. After
    /// a lost connection, the checks are repeated.
    ///
    /// # Errors
    ///
    /// When another attempt may succeed.
    pub(super) fn finding<T>(&self, found: mysql::Result<T>) -> Result<mysql::Result<T>> {
        match found {
            Err(error) if retry::is_transient(&error, self.database.url(), self.role) => {
                Err(error.into())
            }
            found => Ok(found),
        }
    }

    /// Whether to repeat a step after attempt number `attempt` failed. If so, waits, opens the
    /// session again, and ends statements that lost sessions of this run have left in the server.
    /// If the connection is lost again in the meantime, that counts as an attempt, too.
    pub(super) async fn recovered(
        &mut self,
        error: &Error,
        mut attempt: u32,
        events: &Events,
    ) -> Result<bool> {
        let url = self.database.url().clone();
        if !again::is_worth_retrying(error, &url, self.role, attempt) {
            return Ok(false);
        }
        let tell = |line: &str| events.info(&format!("seed: {line}"));
        again::wait(error, self.role, ("seed", events), (attempt, &url)).await;
        loop {
            self.keep_lock().await?;
            if url.has_several_hosts() {
                cluster::catch_up(&mut self.connection).await;
            }
            let ended = apply::take_over(&mut self.connection, &self.database, tell).await;
            let Err(error) = ended.map_err(Error::from) else {
                return Ok(true);
            };
            attempt += 1;
            if !again::is_worth_retrying(&error, &url, self.role, attempt) {
                return Err(error);
            }
            again::wait(&error, self.role, ("seed", events), (attempt, &url)).await;
        }
    }

    /// Does `work`, and repeats it after a lost connection.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub(super) async fn repeated<T>(
        &mut self,
        events: &Events,
        mut work: impl AsyncFnMut(&mut RunSession) -> Result<T>,
    ) -> Result<T> {
        let mut attempt = 1;
        loop {
            match work(self).await {
                Err(error) if self.recovered(&error, attempt, events).await? => attempt += 1,
                other => return other,
            }
        }
    }

    async fn reconnect(&mut self) -> Result<MySqlConnection> {
        let mut connection = self.database.connect().await?;
        self.database.lead(&mut connection).await?;
        Ok(connection)
    }

    async fn has_moved(&mut self) -> bool {
        let read_only = "SELECT @@GLOBAL.read_only <> 0";
        self.database.url().has_several_hosts()
            && match self.connection.fetch_one(read_only).await {
                Ok(row) => row.try_get_unchecked(0).unwrap_or(true),
                Err(_) => true,
            }
    }
}
