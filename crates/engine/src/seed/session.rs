//! The session that holds the run lock of a database.

use crate::error::Result;
use sqlx::{Connection, Executor, MySqlConnection, Row};

use mysql::db::{Database, ServerInfo};
use mysql::retry::{self, Topology};

/// A database with the session that holds its run lock. Other sessions load rows and build indexes.
pub(super) struct RunSession {
    pub(super) database: Database,
    pub(super) info: ServerInfo,
    pub(super) connection: MySqlConnection,
    /// Whether the server is in a cluster, which decides about retries.
    pub(super) role: Topology,
}

impl RunSession {
    /// A session on another database of the same server, without a run lock.
    pub(super) async fn beside(&self, database: &str) -> Result<RunSession> {
        let database = self.database.beside(database);
        Ok(RunSession {
            connection: database.connect().await?,
            info: self.info.clone(),
            role: self.role,
            database,
        })
    }

    /// Opens the session again when its connection was closed while it was idle, when the server
    /// was restarted, or when the server became read-only and the URL names another one.
    pub(super) async fn keep_lock(&mut self) -> Result<()> {
        if self.connection.ping().await.is_ok() && !self.has_moved().await {
            return Ok(());
        }
        // the session may still be open on a server that must no longer be used
        let _ = self.connection.execute("DO RELEASE_ALL_LOCKS()").await;
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
