//! A database, the sessions that work on it, and their settings. They are one value, so that
//! functions do not take them as separate parameters.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::session_list;
use super::{BulkConnection, DatabaseUrl, MySqlConnection, Sessions, connect, connect_bulk};
use crate::error::{Context, Error, Result};
use crate::session_settings::SessionSettings;

/// Sessions that load check no foreign keys: the client checks them while it reads the files, and
/// the run verifies them after the load. Unique checks stay on, because MariaDB loses whole batches
/// without them.
const UNCHECKED: &str = "SET SESSION foreign_key_checks = 0";

const CHECKED: &str = "SET SESSION foreign_key_checks = 1";

const NO_BINLOG: &str = "SET SESSION sql_log_bin = 0";
const NO_BINLOG_DENIED: &str = "--skip-binlog needs a privilege to set sql_log_bin (SYSTEM_VARIABLES_ADMIN or SESSION_VARIABLES_ADMIN); leave the option out, or ask for the privilege";

fn not_accepted(settings: &SessionSettings) -> String {
    format!("the server does not accept --session-sql \"{settings}\"")
}

/// A database and the sessions on it. A clone is cheap, and its sessions belong to the same run.
#[derive(Debug, Clone)]
pub struct Database {
    url: Arc<DatabaseUrl>,
    /// Marks the sessions of a run that holds the run locks; `None` without such a run.
    sessions: Option<Sessions>,
    binary_log: BinaryLog,
    /// The settings that the user gives to the sessions that load.
    settings: Arc<[SessionSettings]>,
}

/// Whether the sessions that load write their rows to the server's binary log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BinaryLog {
    /// The sessions write their rows to the binary log, if the server has one.
    #[default]
    Written,
    /// The sessions do not write their rows to the binary log, so no replica gets the rows.
    Skipped,
}

impl Database {
    /// A database without a run: its sessions are not marked.
    pub fn new(url: DatabaseUrl) -> Database {
        Database {
            url: Arc::new(url),
            sessions: None,
            binary_log: BinaryLog::Written,
            settings: Arc::default(),
        }
    }

    /// This database, with these settings for the sessions that load rows.
    pub fn with_settings(self, settings: &[SessionSettings]) -> Database {
        let settings = settings.into();
        Database { settings, ..self }
    }

    /// This database, with another setting for the binary log.
    pub fn with_binary_log(self, binary_log: BinaryLog) -> Database {
        Database { binary_log, ..self }
    }

    /// Another database of the same server. Its sessions belong to no run.
    pub fn beside(&self, name: &str) -> Database {
        let binary_log = self.binary_log;
        Database::new(self.url.with_database(name))
            .with_binary_log(binary_log)
            .with_settings(&self.settings)
    }

    /// The URL of the database.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        self.url.database()
    }

    /// Opens a session that belongs to no run.
    ///
    /// # Errors
    ///
    /// The same as for [`connect`].
    pub async fn connect(&self) -> Result<MySqlConnection> {
        connect(&self.url).await
    }

    /// Whether the server answers a new connection within this time, even if the answer is an
    /// error.
    pub async fn answers_within(&self, limit: Duration) -> bool {
        match tokio::time::timeout(limit, self.connect()).await {
            Ok(Ok(connection)) => {
                super::close(connection).await;
                true
            }
            Ok(Err(error)) => error.code().is_some(),
            Err(_) => false,
        }
    }

    /// Opens a session; if a run holds the run locks, the session is marked as one of that run.
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
    /// The same as for [`connect`], and when the account may not switch the binary log off.
    pub async fn open_to_load(&self) -> Result<MySqlConnection> {
        let mut connection = self.open().await?;
        connection.execute(UNCHECKED).await?;
        if self.binary_log == BinaryLog::Skipped {
            let skipped = connection.execute(NO_BINLOG).await;
            skipped.context(NO_BINLOG_DENIED)?;
        }
        for settings in self.settings.iter() {
            let set = connection
                .execute(AssertSqlSafe(settings.statement()))
                .await;
            set.with_context(|| not_accepted(settings))?;
        }
        Ok(connection)
    }

    /// Opens a session that merges rows with those of the tables. It checks foreign keys, because
    /// rows that existed before cannot be removed after the load.
    ///
    /// # Errors
    ///
    /// The same as for [`Database::open_to_load`].
    pub async fn open_to_merge(&self) -> Result<MySqlConnection> {
        let mut connection = self.open_to_load().await?;
        connection.execute(CHECKED).await?;
        Ok(connection)
    }

    /// Like [`Database::open_to_load`], with the client that can stream LOAD DATA LOCAL.
    pub async fn open_bulk(&self) -> Result<BulkConnection> {
        let mut connection = connect_bulk(&self.url).await?;
        if let Some(sessions) = &self.sessions {
            sessions.enter_bulk(&mut connection).await?;
        }
        connection.execute(UNCHECKED).await?;
        if self.binary_log == BinaryLog::Skipped {
            let skipped = connection.execute(NO_BINLOG).await;
            skipped.context(NO_BINLOG_DENIED)?;
        }
        for settings in self.settings.iter() {
            let set = connection.execute(settings.statement()).await;
            set.with_context(|| not_accepted(settings))?;
        }
        Ok(connection)
    }

    /// Takes the run locks for this session. All sessions that are opened from now on are marked as
    /// sessions of this run. Waits for a run that is just ending. If the session takes the lock
    /// again after its connection was lost, the guard still holds the second lock, so no other run
    /// can have begun in the meantime.
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

    /// Takes the run lock again if the connection was closed because it was idle, or was lost.
    pub async fn lead_again(&mut self, connection: &mut MySqlConnection) -> Result<()> {
        if connection.ping().await.is_ok() {
            return Ok(());
        }
        let mut again = self.connect().await?;
        self.lead(&mut again).await?;
        *connection = again;
        Ok(())
    }

    /// Waits until the guard has taken its lock again after the server was restarted.
    ///
    /// # Errors
    ///
    /// When another run has taken the lock.
    pub async fn guard_again(&self) -> Result<()> {
        match &self.sessions {
            Some(sessions) => sessions.guard_again().await,
            None => Ok(()),
        }
    }

    /// Number of clients of the server that are not sessions of this run.
    ///
    /// # Errors
    ///
    /// When the server's sessions cannot be read.
    pub async fn other_clients(&self, connection: &mut MySqlConnection) -> Result<usize> {
        let mut ours = match &self.sessions {
            Some(sessions) => sessions.all(connection).await?,
            None => Vec::new(),
        };
        let clients = |list: &str| {
            format!(
                "SELECT CAST(ID AS UNSIGNED), CAST(ID = CONNECTION_ID() AS SIGNED) FROM {list} \
                 WHERE USER NOT IN ('event_scheduler', 'system user') AND COMMAND <> 'Daemon'"
            )
        };
        let rows = session_list::fetch(connection, clients)
            .await
            .context("cannot read the server's sessions")?;
        let mut all = Vec::new();
        for row in &rows {
            let id = row.try_get_unchecked::<u64, _>(0)?;
            match row.try_get_unchecked::<i64, _>(1)? {
                0 => all.push(id),
                _ => ours.push(id),
            }
        }
        Ok(all.iter().filter(|id| !ours.contains(id)).count())
    }

    /// Waits until the guard finds that another run has taken the locks after the connections of
    /// this run were lost. This run must end then. Waits forever if no run holds the locks.
    pub async fn lost(&self) -> Error {
        match &self.sessions {
            Some(sessions) => sessions.lost().await,
            None => std::future::pending().await,
        }
    }

    /// Ends the sessions of a run that was killed or is being stopped, and waits until the server
    /// has rolled back their work. Returns the number of ended sessions. Calls `waiting` once if
    /// that takes longer than two seconds.
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

/// Shows the URL without its password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}
