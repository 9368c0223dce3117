//! The session in which tables are changed: how much of the machine an index build may use, and how
//! long it waits for locks.

use crate::error::{Context, Result};
use model::wording::counted;
use sqlx::AssertSqlSafe;

use crate::db::{Database, MySqlConnection, ServerInfo};
use model::flavour::Flavour;

/// Seconds to wait for the exclusive lock that an online ALTER needs at its beginning and at its
/// end. Not longer, because other sessions queue up in the meantime. Not shorter, because a long
/// query must not make a build fail.
const LOCK_WAIT_SECONDS: u32 = 60;

/// Without this setting, MariaDB adds no index to a table WITH SYSTEM VERSIONING. The history of
/// the rows does not change.
pub(super) const KEEP_HISTORY: &str = "system_versioning_alter_history = KEEP";

/// How much of the machine an index build may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Number of connections, and so of tables that are changed at the same time; at least 1.
    pub jobs: usize,
    /// Number of the server's cores, which the jobs share.
    pub cores: usize,
    /// Memory for sorting in bytes, which the jobs share.
    pub memory: u64,
}

impl Settings {
    /// The session variables for one of the jobs.
    pub fn session(self, server: &ServerInfo) -> Vec<String> {
        let mut variables = vec![
            format!("lock_wait_timeout = {LOCK_WAIT_SECONDS}"),
            // a table may have a zero date as a default, and an index build must not fail because
            // of it
            "sql_mode = REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_IN_DATE', ''), 'NO_ZERO_DATE', '')"
                .to_owned(),
        ];
        if server.is_since(server.engine.build_settings) {
            variables.extend(self.variables());
        }
        if server.flavour == Flavour::MariaDb {
            variables.push(KEEP_HISTORY.to_owned());
        }
        variables
    }

    /// The settings as text.
    pub fn describe(self, server: &ServerInfo) -> String {
        let jobs = self.jobs.max(1);
        let tables = format!(
            "up to {} at a time (half of the {} cores, but at least 2)",
            counted(jobs as u64, "table", "tables"),
            self.cores
        );
        if server.is_since(server.engine.build_settings) {
            let [buffer, threads, _] = self.variables();
            format!("{tables}, with {threads} and {buffer} each")
        } else {
            format!("{tables}; this server has no session variables for threads and memory")
        }
    }

    /// MySQL's session variables; MariaDB has no such variables for a session. A job gets two
    /// threads for each of its cores, because a thread that builds sometimes waits for the disk. It
    /// gets only one reader for each core, because the sorted runs of all readers must be merged.
    fn variables(self) -> [String; 3] {
        let jobs = self.jobs.max(1);
        let threads = (2 * self.cores).div_ceil(jobs).max(1);
        let readers = self.cores.div_ceil(jobs).max(1);
        let buffer = (self.memory / jobs as u64).clamp(1 << 20, u64::from(u32::MAX));
        [
            format!("innodb_ddl_buffer_size = {buffer}"),
            format!("innodb_ddl_threads = {}", threads.min(64)),
            format!("innodb_parallel_read_threads = {}", readers.min(256)),
        ]
    }
}

/// Opens a connection for DDL that sorts in memory and uses several threads.
pub(super) async fn open(database: &Database, settings: Settings) -> Result<MySqlConnection> {
    let mut connection = database.open().await?;
    let server = ServerInfo::read(&mut connection).await?;
    let sql = format!("SET {}", settings.session(&server).join(", "));
    sqlx::raw_sql(AssertSqlSafe(sql.as_str()))
        .execute(&mut connection)
        .await
        .with_context(|| {
            format!("{database} does not accept the session variables for building indexes: {sql}")
        })?;
    Ok(connection)
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
            "innodb_ddl_buffer_size = 268435456, innodb_ddl_threads = 8, innodb_parallel_read_threads = 4"
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
}
