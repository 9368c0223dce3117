//! A database as the work on it sees it: where it is, whose sessions work on it, and what the
//! sessions that load begin with. One value, so that these are not passed side by side.

use std::fmt;
use std::sync::Arc;

use mysql_async::prelude::Queryable;
use sqlx::{Connection, Executor, MySqlConnection};

use super::{DatabaseUrl, Sessions, connect, connect_bulk};
use crate::error::{Context, Error, Result};

/// Foreign keys are checked on the stream and verified after the load. Unique checks stay on,
/// because MariaDB loses whole batches without them.
const UNCHECKED: &str = "SET SESSION foreign_key_checks = 0";

const NO_BINLOG: &str = "SET SESSION sql_log_bin = 0";
const NO_BINLOG_DENIED: &str = "--skip-binlog needs the right to set sql_log_bin (SYSTEM_VARIABLES_ADMIN or SESSION_VARIABLES_ADMIN); leave the option out, or ask for the right";

/// A database and the sessions on it. A clone is cheap, and its sessions are of the same run.
#[derive(Debug, Clone)]
pub struct Database {
    url: Arc<DatabaseUrl>,
    /// Those of the run that leads; none where no run does.
    sessions: Option<Sessions>,
    binary_log: BinaryLog,
}

/// Whether the sessions that load write their rows to the server's binary log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BinaryLog {
    /// They do, where the server has one.
    #[default]
    Written,
    /// They leave it out, so that no replica gets the rows.
    Skipped,
}

impl Database {
    /// A database on which no run leads: its sessions are not marked.
    pub fn new(url: DatabaseUrl) -> Database {
        Database {
            url: Arc::new(url),
            sessions: None,
            binary_log: BinaryLog::Written,
        }
    }

    /// The same with another choice for the binary log.
    pub fn with_binary_log(self, binary_log: BinaryLog) -> Database {
        Database { binary_log, ..self }
    }

    /// Another database of the same server, on which no run leads.
    pub fn beside(&self, name: &str) -> Database {
        let binary_log = self.binary_log;
        Database::new(self.url.with_database(name)).with_binary_log(binary_log)
    }

    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.url.database()
    }

    /// Opens a session that belongs to no run.
    ///
    /// # Errors
    ///
    /// As [`connect`].
    pub async fn connect(&self) -> Result<MySqlConnection> {
        connect(&self.url).await
    }

    /// Opens a session, marked as one of the run where a run leads.
    ///
    /// # Errors
    ///
    /// As [`connect`].
    pub async fn open(&self) -> Result<MySqlConnection> {
        let mut connection = self.connect().await?;
        if let Some(sessions) = &self.sessions {
            sessions.enter(&mut connection).await?;
        }
        Ok(connection)
    }

    /// Opens a session that loads rows: it checks no foreign keys.
    ///
    /// # Errors
    ///
    /// As [`connect`], and when the account may not leave the binary log out.
    pub async fn open_to_load(&self) -> Result<MySqlConnection> {
        let mut connection = self.open().await?;
        connection.execute(UNCHECKED).await?;
        if self.binary_log == BinaryLog::Skipped {
            let skipped = connection.execute(NO_BINLOG).await;
            skipped.context(NO_BINLOG_DENIED)?;
        }
        Ok(connection)
    }

    /// Opens the same by the client that can stream a LOAD DATA LOCAL.
    ///
    /// # Errors
    ///
    /// As [`Database::open_to_load`].
    pub async fn open_bulk(&self) -> Result<mysql_async::Conn> {
        let mut connection = connect_bulk(&self.url).await?;
        if let Some(sessions) = &self.sessions {
            sessions.enter_bulk(&mut connection).await?;
        }
        connection.query_drop(UNCHECKED).await?;
        if self.binary_log == BinaryLog::Skipped {
            let skipped = connection.query_drop(NO_BINLOG).await;
            skipped.context(NO_BINLOG_DENIED)?;
        }
        Ok(connection)
    }

    /// Takes the locks of a run for this session. Sessions that are opened from now on are marked
    /// as those of the run. Waits for a run that is just ending. A session that leads again, after
    /// its connection was lost, still has its guard, so no other run can have begun in the
    /// meantime.
    ///
    /// # Errors
    ///
    /// When another run holds one of the locks.
    pub async fn lead(&mut self, connection: &mut MySqlConnection) -> Result<()> {
        let sessions = self
            .sessions
            .get_or_insert_with(|| Sessions::new(&self.url));
        sessions.lead(connection, &self.url).await
    }

    /// Leads the run again when the connection was closed because it was idle, or lost.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or another run works on the database.
    pub async fn lead_again(&mut self, connection: &mut MySqlConnection) -> Result<()> {
        if connection.ping().await.is_ok() {
            return Ok(());
        }
        let mut again = self.connect().await?;
        self.lead(&mut again).await?;
        *connection = again;
        Ok(())
    }

    /// Waits until another run has taken the locks, after the connections of this run were lost.
    /// This run must end then. Without a lead it waits forever.
    pub async fn lost(&self) -> Error {
        match &self.sessions {
            Some(sessions) => sessions.lost().await,
            None => std::future::pending().await,
        }
    }

    /// Ends the sessions of a run that was killed or is being stopped, and waits until the server
    /// has rolled back their work. Gives their number; calls `waiting` when it takes longer.
    ///
    /// # Errors
    ///
    /// When a session does not end.
    pub async fn end_others(
        &self,
        connection: &mut MySqlConnection,
        waiting: impl Fn(&str),
    ) -> Result<usize> {
        let sessions = Sessions::new(&self.url);
        sessions.end_others(connection, waiting).await
    }
}

/// The URL without its password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}
