//! Reads the facts about a server. Facts that this account may not see are unknown; nothing is
//! changed.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Row};

use super::{AccountLimits, Grants, Loaded, Member, Skippable};
use crate::db::{DatabaseUrl, MySqlConnection, ServerInfo};
use crate::target::SqlLoad;
use input::TextSize;
use model::flavour::Flavour;
use mysql_schema::quote::quote_identifier;

const VARIABLES: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('datadir', 'group_replication_transaction_size_limit', \
    'hostname', 'innodb_read_only', 'local_infile', 'log_bin', 'max_allowed_packet', 'max_connections', 'read_only', 'sql_require_primary_key', 'super_read_only', 'wsrep_max_ws_size', 'wsrep_on')";
const STATUS: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'wsrep_cluster_size', 'wsrep_cluster_status', \
    'wsrep_incoming_addresses', 'wsrep_local_state_comment')";

/// What a run needs from the server, and what the user allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirements {
    /// `--skip-binlog`.
    pub skip_binlog: bool,
    /// `--set-global`.
    pub set_global: bool,
    /// The wanted SQL load; `None` for LOAD DATA LOCAL if the server allows it, else INSERT.
    pub load: Option<SqlLoad>,
    /// `--replace`.
    pub replace: bool,
    /// Whether the run drops tables: the work tables of `--sync`.
    pub drops_tables: bool,
    /// Number of connections, without that of the main session.
    pub connections: usize,
    /// Longest record that is accepted, in bytes.
    pub max_record: u64,
    /// Number of bytes of input per transaction.
    pub batch_bytes: u64,
    /// Size of all files in bytes, as they are on disk.
    pub input_bytes: u64,
    /// Bytes of the text of all files, decompressed.
    pub unpacked: TextSize,
    /// Whether the schema has foreign keys.
    pub foreign_keys: bool,
    /// The FULLTEXT indexes of the schema.
    pub full_text: Vec<String>,
    /// Tables of the schema without a primary key.
    pub without_primary_key: Vec<String>,
    /// Tables of the schema without a character set.
    pub without_charset: Vec<String>,
    /// `--skip-check`.
    pub skip: Vec<Skippable>,
}

/// What a server reports about itself and about this account.
#[derive(Debug, Clone)]
pub struct Facts {
    /// URL of the server, without password.
    pub url: String,
    /// The database.
    pub database: String,
    /// Family and version.
    pub server: ServerInfo,
    /// The global variables that the server has, by name.
    pub variables: HashMap<String, String>,
    /// Status variables by name.
    pub status: HashMap<String, String>,
    /// The sql_mode of the session that reads these facts.
    pub session_mode: String,
    /// The account, as GRANT names it: `app`@`%`; `None` if the server does not say.
    pub account: Option<String>,
    /// The privileges of the account.
    pub grants: Grants,
    /// The limits of the account.
    pub limits: AccountLimits,
    /// Members of the server's Group Replication group.
    pub members: Vec<Member>,
    /// Number of servers that replicate from this server; `None` if the account may not see them.
    pub replicas: Option<usize>,
    /// The server from which this server replicates.
    pub replicates_from: Option<String>,
    /// Character set of the database.
    pub charset: Option<String>,
    /// How much of the files an interrupted run has loaded.
    pub loaded: Loaded,
    /// Bytes free on the disk of the server's data, if the server is on this machine.
    pub free_disk: Option<u64>,
}

impl Facts {
    /// Reads the facts from the server.
    ///
    /// # Errors
    ///
    /// When the connection fails.
    pub async fn read(
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
        server: &ServerInfo,
    ) -> Result<Facts> {
        let mut variables = pairs(connection, VARIABLES).await?;
        if !server.engine.has_binary_log {
            // OceanBase shows this variable, but a session cannot switch its log off
            variables.remove("log_bin");
        }
        let status = pairs(connection, STATUS).await?;
        let session_mode = sqlx::query_scalar("SELECT @@SESSION.sql_mode")
            .fetch_one(&mut *connection)
            .await
            .context("cannot read sql_mode")?;
        let lines: Vec<String> = texts(connection, "SHOW GRANTS").await.unwrap_or_default();
        let charset: Option<String> = sqlx::query_scalar(
            "SELECT CAST(DEFAULT_CHARACTER_SET_NAME AS CHAR) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
        )
        .bind(url.database())
        .fetch_optional(&mut *connection)
        .await
        .context("cannot read the character set of the database")?;
        Ok(Facts {
            url: url.to_string(),
            database: url.database().to_string(),
            server: server.clone(),
            session_mode,
            account: account(connection).await,
            grants: Grants::parse(lines.iter().map(String::as_str)),
            limits: AccountLimits::read(connection).await?,
            members: members(connection).await,
            replicas: replicas(connection, server).await,
            replicates_from: replicates_from(connection).await,
            charset,
            loaded: Loaded::Nothing,
            free_disk: free_disk(&variables),
            variables,
            status,
        })
    }

    /// Whether a global variable is on; a variable that does not exist is off.
    pub fn is_on(&self, variable: &str) -> bool {
        let value = self.variables.get(variable).map(String::as_str);
        matches!(value, Some("ON" | "1" | "YES"))
    }

    /// A global variable or status variable as a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        let value = self.variables.get(name).or_else(|| self.status.get(name))?;
        value.parse().ok()
    }
}

async fn pairs(connection: &mut MySqlConnection, sql: &str) -> Result<HashMap<String, String>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read the variables of the server")?;
    let pair =
        |row: &sqlx::mysql::MySqlRow| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?));
    rows.iter().map(pair).collect()
}

async fn texts(connection: &mut MySqlConnection, sql: &str) -> Option<Vec<String>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection);
    let rows = rows.await.ok()?;
    rows.iter()
        .map(|row| row.try_get_unchecked(0).ok())
        .collect()
}

/// The account of this session, quoted for a GRANT.
async fn account(connection: &mut MySqlConnection) -> Option<String> {
    let account = texts(connection, "SELECT CURRENT_USER()").await?;
    let (user, host) = account.first()?.rsplit_once('@')?;
    Some(format!(
        "{}@{}",
        quote_identifier(user),
        quote_identifier(host)
    ))
}

/// The members of the Group Replication group; none if the server is in no group, or if the account
/// may not see them.
async fn members(connection: &mut MySqlConnection) -> Vec<Member> {
    let sql = "SELECT CONCAT(MEMBER_HOST, ':', MEMBER_PORT), CAST(MEMBER_STATE AS CHAR), CAST(MEMBER_ROLE AS CHAR), \
               CAST(MEMBER_ID = @@server_uuid AS SIGNED) FROM performance_schema.replication_group_members";
    let rows = sqlx::raw_sql(sql).fetch_all(connection).await;
    let member = |row: &sqlx::mysql::MySqlRow| {
        Some(Member {
            address: row.try_get_unchecked(0).ok()?,
            state: row.try_get_unchecked(1).ok()?,
            role: row.try_get_unchecked(2).ok()?,
            own: row.try_get_unchecked::<i64, _>(3).ok()? == 1,
        })
    };
    rows.unwrap_or_default().iter().filter_map(member).collect()
}

/// The number of registered replicas; `None` when the account may not see them.
async fn replicas(connection: &mut MySqlConnection, server: &ServerInfo) -> Option<usize> {
    let sql = match server.flavour {
        Flavour::MySql if server.number >= (8, 0, 22) => "SHOW REPLICAS",
        _ => "SHOW SLAVE HOSTS",
    };
    let rows = sqlx::raw_sql(sql).fetch_all(connection).await.ok()?;
    Some(rows.len())
}

async fn replicates_from(connection: &mut MySqlConnection) -> Option<String> {
    let rows = sqlx::raw_sql("SHOW REPLICA STATUS").fetch_all(connection);
    let rows = rows.await.ok()?;
    let row = rows.first()?;
    let text = |names: [&str; 2]| {
        let mut found = names.iter().filter_map(|n| row.try_get_unchecked(*n).ok());
        found.next()
    };
    let host: String = text(["Source_Host", "Master_Host"])?;
    // the host is empty if replication was configured once but no longer is
    (!host.is_empty()).then_some(host)
}

/// Bytes free on the server's disk. `None` unless the server seems to run on this machine: it has
/// the same host name, and its folder exists here.
fn free_disk(variables: &HashMap<String, String>) -> Option<u64> {
    let name = rustix::system::uname();
    let same = variables.get("hostname").map(String::as_str) == name.nodename().to_str().ok();
    let folder = variables.get("datadir").filter(|_| same)?;
    let disk = rustix::fs::statvfs(Path::new(folder)).ok()?;
    Some(disk.f_bavail * disk.f_frsize)
}
