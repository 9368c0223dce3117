//! One URL, two clients, one session.
//!
//! Owns every connection that the program opens. sqlx does all that is ordinary, mysql_async the LOAD DATA LOCAL stream, which
//! sqlx cannot; both are built from the same [`DatabaseUrl`], and both get the same [`SESSION`]: what a statement
//! means must not depend on the client that sends it, nor on the server's defaults. So what sqlx sets by itself (PIPES_AS_CONCAT
//! among others) is switched off, and nothing that changes the meaning of data is inherited.
//!
//! Every message names the server as [`DatabaseUrl`] shows itself, which never includes the password.

mod cluster;
mod guard;
mod sessions;
mod sibling;
mod url;

use std::fmt;

use anyhow::{Context, Result, anyhow};
use sqlx::{ConnectOptions, Connection, MySqlConnection, Row};

pub use cluster::NoHostTakesRows;
pub use sessions::{Sessions, take_lock};
pub use sibling::sibling_name;
pub use url::{DatabaseUrl, TlsMode};

/// The statement that every connection of both clients begins with.
///
/// Times are UTC, text is utf8mb4, a value that does not fit is an error. NO_AUTO_VALUE_ON_ZERO: otherwise id 0 is stored as 1,
/// without a warning. NO_ZERO_DATE and NO_ZERO_IN_DATE: a server that knows no impossible dates refuses them here as well.
/// The checks are on; who wants one off says so for one connection.
///
/// A server may close connections that are idle for seconds, or slow, and end statements that take long. The sessions of a run wait for
/// each other and for the disk, so they ask for the times that MySQL has by default or more; every account may do so.
pub const SESSION: &str = "SET NAMES utf8mb4 COLLATE utf8mb4_unicode_520_ci, time_zone = '+00:00', sql_mode = \
'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE', \
autocommit = 1, foreign_key_checks = 1, unique_checks = 1, sql_auto_is_null = 0, sql_safe_updates = 0, \
wait_timeout = 28800, net_read_timeout = 600, net_write_timeout = 600 \
/*!80000 , max_execution_time = 0 */ /*M! , max_statement_time = 0 */";

/// Opens an sqlx connection whose session is [`SESSION`]; of several hosts, to the first that takes rows.
///
/// # Errors
///
/// When the server cannot be reached or refuses the account or the session; the message says where and what to try.
pub async fn connect(url: &DatabaseUrl) -> Result<MySqlConnection> {
    match url.has_several_hosts() {
        true => Ok(cluster::choose(url).await?.1),
        false => connect_to(url).await,
    }
}

/// The same to the only host, or the first.
async fn connect_to(url: &DatabaseUrl) -> Result<MySqlConnection> {
    let connected = match url.sqlx().connect().await {
        Err(error) if needs_a_first_log_in(url, &error) => {
            // its failure is that of the account; the first one says the same
            if let Ok(bulk) = mysql_async::Conn::new(url.mysql_async()).await {
                let _ = bulk.disconnect().await;
            }
            url.sqlx().connect().await
        }
        other => other,
    };
    let mut connection = connected.map_err(|error| explain(url, anyhow!(error)))?;
    sqlx::raw_sql(SESSION)
        .execute(&mut connection)
        .await
        .with_context(|| format!("{url} refused the session that reviewseed needs: {SESSION}"))?;
    Ok(connection)
}

/// Over a unix socket without TLS, sqlx asks for a key to encrypt the password with, which a server that takes sockets for safe
/// does not give: it refuses the log-in (caching_sha2_password). Once an account has logged in by the other client, the server knows
/// a hash of its password, and does not ask for more.
fn needs_a_first_log_in(url: &DatabaseUrl, error: &sqlx::Error) -> bool {
    let refused = |e: &sqlx::mysql::MySqlDatabaseError| e.number() == 1045;
    let known = error
        .as_database_error()
        .and_then(|e| e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>());
    url.has_socket() && url.has_password() && known.is_some_and(refused)
}

/// Opens a mysql_async connection whose session is [`SESSION`]. It answers no LOAD DATA LOCAL until its user sets a handler.
///
/// # Errors
///
/// As [`connect`]. Under ssl-mode=verify-ca this client wants the name of the host in the certificate too, which [`connect`] does not.
pub async fn connect_bulk(url: &DatabaseUrl) -> Result<mysql_async::Conn> {
    use mysql_async::{DriverError, Error};
    let chosen;
    let url = match url.has_several_hosts() {
        true => {
            let (host, connection) = cluster::choose(url).await?;
            close(connection).await;
            chosen = host;
            &chosen
        }
        false => url,
    };
    match mysql_async::Conn::new(url.mysql_async()).await {
        // what `preferred` means: encrypted when the server can, plain when it cannot
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
            if url.tls() == TlsMode::Preferred =>
        {
            mysql_async::Conn::new(url.mysql_async_with(TlsMode::Disabled)).await
        }
        other => other,
    }
    .map_err(|error| explain(url, anyhow!(error)))
}

/// What, where, why, what next, for a connection that did not come about.
fn explain(url: &DatabaseUrl, error: anyhow::Error) -> anyhow::Error {
    let code = server_error_code(&error);
    let text = error.to_string().to_lowercase();
    let whole = format!("{error:#}");
    let next = match code {
        Some(1044 | 1045 | 1698) => "are user and password right? see --database-url",
        Some(1049) => "the database does not exist; create it, or name another in --database-url",
        Some(1040 | 1203) => "the server has no connection left; lower --connections",
        _ if text.contains("rsa") => {
            "are user and password right? else, since the password can only be sent encrypted, add ssl-mode=required to --database-url"
        }
        // its switch for this looks for words that the error no longer has
        _ if url.tls() == TlsMode::VerifyCa && whole.contains("not valid for") => {
            "the client of LOAD DATA checks the name of the host under ssl-mode=verify-ca too; use --load insert"
        }
        _ if text.contains("tls") || text.contains("ssl") || text.contains("certificate") => {
            "see ssl-mode and ssl-ca in --database-url"
        }
        _ if text.contains("no such file") => {
            "is the server running, and is this its socket? see --database-url"
        }
        _ => "is the server running? see --database-url",
    };
    error.context(format!("cannot connect to {url}; {next}"))
}

/// Whether the account may not do it: most often, create the database for the scratch copy of schema.sql, without which the file is read
/// offline.
pub fn lacks_right(error: &anyhow::Error) -> bool {
    matches!(server_error_code(error), Some(1044 | 1045 | 1142 | 1227))
}

/// The server's error number, where an error of either client is in the chain.
pub fn server_error_code(error: &anyhow::Error) -> Option<u16> {
    error.chain().find_map(|cause| {
        if let Some(sqlx::Error::Database(database)) = cause.downcast_ref::<sqlx::Error>() {
            let known = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
            return Some(known.number());
        }
        match cause.downcast_ref::<mysql_async::Error>() {
            Some(mysql_async::Error::Server(server)) => Some(server.code),
            _ => None,
        }
    })
}

/// Whether the server keeps the names of databases and tables in lower case, however they are
/// written (`lower_case_table_names=1`).
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn keeps_names_in_lower_case(connection: &mut MySqlConnection) -> Result<bool> {
    let setting: i64 = sqlx::query_scalar("SELECT CAST(@@lower_case_table_names AS SIGNED)")
        .fetch_one(connection)
        .await
        .context("cannot read lower_case_table_names")?;
    Ok(setting == 1)
}

/// The two families of servers; they differ in their catalogue and in some variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// MySQL and its close relatives (Percona, managed ones).
    MySql,
    /// MariaDB.
    MariaDb,
}

/// Which server is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// The family.
    pub flavour: Flavour,
    /// The version as the server gives it, for example `10.11.18-MariaDB-0+deb12u1`.
    pub version: String,
    /// major, minor, patch.
    pub number: (u16, u16, u16),
}

impl ServerInfo {
    /// Asks the server.
    ///
    /// # Errors
    ///
    /// When the connection fails.
    pub async fn read(connection: &mut MySqlConnection) -> Result<ServerInfo> {
        let row = sqlx::query("SELECT VERSION(), @@version_comment")
            .fetch_one(connection)
            .await
            .context("cannot read the version of the server")?;
        let version: String = row.try_get(0)?;
        let comment: String = row.try_get(1)?;
        Ok(ServerInfo::from_version(&version, &comment))
    }

    fn from_version(version: &str, comment: &str) -> ServerInfo {
        let maria = |text: &str| text.to_ascii_lowercase().contains("mariadb");
        let flavour = match maria(version) || maria(comment) {
            true => Flavour::MariaDb,
            false => Flavour::MySql,
        };
        // replication once needed MariaDB to call itself 5.5.5
        let digits = version.strip_prefix("5.5.5-").filter(|_| maria(version));
        let mut numbers = digits
            .unwrap_or(version)
            .split(|c: char| !c.is_ascii_digit())
            .map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        ServerInfo {
            flavour,
            version: version.to_owned(),
            number: (next(), next(), next()),
        }
    }
}

/// `MySQL 9.7.4` or `MariaDB 10.11.18`.
impl fmt::Display for ServerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.flavour {
            Flavour::MySql => "MySQL",
            Flavour::MariaDb => "MariaDB",
        };
        let (major, minor, patch) = self.number;
        write!(f, "{name} {major}.{minor}.{patch}")
    }
}

/// Closes a connection politely; that it is gone already is no fault.
pub async fn close(connection: MySqlConnection) {
    let _ = connection.close().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_both_families_are_read() {
        let read = |version, comment| ServerInfo::from_version(version, comment).to_string();
        assert_eq!(read("9.7.4", "(Debian)"), "MySQL 9.7.4");
        assert_eq!(read("8.0.36-28", "Percona Server (GPL)"), "MySQL 8.0.36");
        assert_eq!(
            read("10.11.18-MariaDB-0+deb12u1", "Debian 12"),
            "MariaDB 10.11.18"
        );
        assert_eq!(read("5.5.5-10.6.4-MariaDB", ""), "MariaDB 10.6.4");
        assert_eq!(read("11.8.2", "mariadb.org binary"), "MariaDB 11.8.2");
    }

    #[tokio::test]
    async fn a_failed_connection_says_where_why_and_what_next_without_the_password() {
        let url =
            DatabaseUrl::parse("mysql://app:s3cret@127.0.0.1:1/shop?ssl-mode=disabled").unwrap();
        for error in [
            connect(&url).await.unwrap_err(),
            connect_bulk(&url).await.unwrap_err(),
        ] {
            let text = format!("{error:#}");
            assert!(
                text.starts_with("cannot connect to mysql://app@127.0.0.1:1/shop; is the server"),
                "{text}"
            );
            assert!(text.to_lowercase().contains("connection refused"), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
