//! One URL, two clients, one session.
//!
//! Owns every connection that the program opens. sqlx does all that is ordinary, mysql_async the
//! LOAD DATA LOCAL stream, which sqlx cannot; both are built from the same [`DatabaseUrl`], and
//! both get the same [`SESSION`]: what a statement means must not depend on the client that sends
//! it, nor on the server's defaults. So what sqlx sets by itself (PIPES_AS_CONCAT among others) is
//! switched off, and nothing that changes the meaning of data is inherited.
//!
//! Every message names the server as [`DatabaseUrl`] shows itself, which never includes the
//! password.

mod cluster;
mod database;
mod guard;
mod sessions;
mod sibling;
mod url;

use std::error::Error as StdError;
use std::fmt;

use crate::error::{Context, Error, Result, in_chain};
use crate::server_error::*;
use model::flavour::Flavour;
use sqlx::{ConnectOptions, Connection, MySqlConnection, Row};

pub use database::{BinaryLog, Database};
use mysql_schema::quote::quote_identifier;
pub use sessions::{Sessions, take_lock};
pub use sibling::sibling_name;
pub use url::{DatabaseUrl, TlsMode};

/// The statement that every connection of both clients begins with.
///
/// Times are UTC, text is utf8mb4, a value that does not fit is an error. NO_AUTO_VALUE_ON_ZERO:
/// otherwise id 0 is stored as 1, without a warning. NO_ZERO_DATE and NO_ZERO_IN_DATE: a server
/// that knows no impossible dates refuses them here as well. The checks are on; who wants one off
/// says so for one connection.
///
/// A server may close connections that are idle for seconds, or slow, and end statements that take
/// long. The sessions of a run wait for each other and for the disk, so they ask for the times that
/// MySQL has by default or more; every account may do so.
pub const SESSION: &str = "SET NAMES utf8mb4 COLLATE utf8mb4_unicode_520_ci, time_zone = '+00:00', sql_mode = \
'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE', \
autocommit = 1, foreign_key_checks = 1, unique_checks = 1, sql_auto_is_null = 0, sql_safe_updates = 0, \
wait_timeout = 28800, net_read_timeout = 600, net_write_timeout = 600 \
/*!80000 , max_execution_time = 0 */ /*M! , max_statement_time = 0 */";

/// Opens an sqlx connection whose session is [`SESSION`]; of several hosts, to the first that takes
/// rows.
///
/// # Errors
///
/// When the server cannot be reached or refuses the account or the session; the message says where
/// and what to try.
pub async fn connect(url: &DatabaseUrl) -> Result<MySqlConnection> {
    match url.has_several_hosts() {
        true => Ok(cluster::choose(url).await?.1),
        false => connect_to(url).await,
    }
}

/// The same to the only host, or the first.
async fn connect_to(url: &DatabaseUrl) -> Result<MySqlConnection> {
    let connected = match url.sqlx().connect().await.map_err(Error::from) {
        Err(error) if needs_a_first_log_in(url, &error) => {
            // its failure is that of the account; the first one says the same
            if let Ok(bulk) = mysql_async::Conn::new(url.mysql_async()).await {
                let _ = bulk.disconnect().await;
            }
            url.sqlx().connect().await.map_err(Error::from)
        }
        other => other,
    };
    let mut connection = match connected {
        Ok(connection) => connection,
        Err(error) => {
            let seen = match error.code() {
                Some(ER_DBACCESS_DENIED_ERROR) => databases(url).await,
                _ => Vec::new(),
            };
            return Err(explain(url, error, &seen));
        }
    };
    sqlx::raw_sql(SESSION)
        .execute(&mut connection)
        .await
        .with_context(|| format!("{url} refused the session that reviewseed needs: {SESSION}"))?;
    Ok(connection)
}

/// Over a unix socket without TLS, sqlx asks for a key to encrypt the password with, which a server
/// that takes sockets for safe does not give: it refuses the log-in (caching_sha2_password). Once
/// an account has logged in by the other client, the server knows a hash of its password, and does
/// not ask for more.
fn needs_a_first_log_in(url: &DatabaseUrl, error: &Error) -> bool {
    url.has_socket() && url.has_password() && error.code() == Some(ER_ACCESS_DENIED_ERROR)
}

/// Opens a mysql_async connection whose session is [`SESSION`]. It answers no LOAD DATA LOCAL until
/// its user sets a handler.
///
/// # Errors
///
/// As [`connect`]. Under ssl-mode=verify-ca this client wants the name of the host in the
/// certificate too, which [`connect`] does not.
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
    .map_err(|error| explain(url, error.into(), &[]))
}

/// Databases that the account can see, but for those of the server itself; none where it cannot be
/// asked.
async fn databases(url: &DatabaseUrl) -> Vec<String> {
    const OF_SERVER: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];
    let Ok(mut connection) = url.server().sqlx().connect().await else {
        return Vec::new();
    };
    let rows = sqlx::raw_sql("SHOW DATABASES")
        .fetch_all(&mut connection)
        .await
        .unwrap_or_default();
    close(connection).await;
    let names = rows.iter().filter_map(|row| row.try_get_unchecked(0).ok());
    names
        .filter(|name: &String| !OF_SERVER.contains(&name.to_lowercase().as_str()))
        .collect()
}

/// What, where, why, what next, for a connection that did not come about; `seen` are databases that
/// the account can see.
fn explain(url: &DatabaseUrl, error: Error, seen: &[String]) -> Error {
    let code = error.code();
    let text = error.to_string().to_lowercase();
    let whole = format!("{error:#}");
    let no_database;
    let next = match code {
        Some(ER_DBACCESS_DENIED_ERROR) => {
            no_database = no_such_database(url, seen);
            &no_database
        }
        Some(ER_ACCESS_DENIED_ERROR | ER_ACCESS_DENIED_NO_PASSWORD_ERROR) if url.has_password() => {
            "are user and password right? in a URL, a % of the password is written %25, and --password-file FILE takes the password as it is"
        }
        Some(ER_ACCESS_DENIED_ERROR | ER_ACCESS_DENIED_NO_PASSWORD_ERROR) => {
            "are user and password right? see --database-url and --password-file"
        }
        Some(ER_BAD_DB_ERROR) => {
            "the database does not exist; create it, or name another in --database-url"
        }
        Some(ER_CON_COUNT_ERROR | ER_TOO_MANY_USER_CONNECTIONS) => {
            "the server has no connection left; lower --connections"
        }
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

/// The server took the password, and says the same of a database that does not exist and of one
/// that the account may not use.
fn no_such_database(url: &DatabaseUrl, seen: &[String]) -> String {
    let name = quote_identifier(url.database());
    let sees = match seen {
        [] => String::new(),
        names if names.len() > 5 => format!(" (it can see {} of them)", names.len()),
        names => format!(" (it can see {})", names.join(", ")),
    };
    format!(
        "the server took user and password, but there is no database {name}, or this account may not use it; \
         name another in --database-url{sees}, or have it made: CREATE DATABASE {name}; GRANT ALL ON {name}.* TO this account"
    )
}

/// Whether the account may not do it: most often, create the database for the scratch copy of
/// schema.sql, without which the file is read offline.
pub fn lacks_right(error: &impl AsRef<dyn StdError + 'static>) -> bool {
    matches!(
        server_error_code(error),
        Some(
            ER_DBACCESS_DENIED_ERROR
                | ER_ACCESS_DENIED_ERROR
                | ER_TABLEACCESS_DENIED_ERROR
                | ER_SPECIFIC_ACCESS_DENIED_ERROR
        )
    )
}

/// The server's error number, where an error of either client is in the chain.
pub fn server_error_code(error: &impl AsRef<dyn StdError + 'static>) -> Option<u16> {
    in_chain(error.as_ref(), Error::code).flatten()
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

/// The same error with the name `shown` in place of the database `internal`; its code stays what it
/// is.
pub fn with_other_name(error: Error, internal: &str, shown: &str) -> Error {
    if !format!("{error:#}").contains(internal) {
        return error;
    }
    Error::Renamed {
        words: model::wording::chain(&error).replace(internal, shown),
        code: error.code(),
    }
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

/// Whether reviewseed works with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// The tests run on such servers, or on later ones of the same makers.
    Supported,
    /// Older than this version, from which on the server has what is needed.
    TooOld(u16, u16),
    /// Another product that speaks the protocol, by its name.
    Untested(&'static str),
    /// Its version cannot be read.
    Unknown,
}

/// Other products, by the words in their version.
const OTHERS: [(&str, &str); 6] = [
    ("oceanbase", "OceanBase"),
    ("tidb", "TiDB"),
    ("vitess", "Vitess"),
    ("singlestore", "SingleStore"),
    ("starrocks", "StarRocks"),
    ("doris", "Doris"),
];

impl ServerInfo {
    /// Whether it is supported. CHECK constraints, functional indexes and the catalogue's tables of
    /// both came with MySQL 8.0; MariaDB 10.6 is the oldest that has what the loader asks of it.
    pub fn support(&self) -> Support {
        if let Some(name) = self.other() {
            return Support::Untested(name);
        }
        let (major, minor, _) = self.number;
        let oldest = match self.flavour {
            Flavour::MySql => (8, 0),
            Flavour::MariaDb => (10, 6),
        };
        match (major, minor) {
            (0, _) => Support::Unknown,
            version if version < oldest => Support::TooOld(oldest.0, oldest.1),
            _ => Support::Supported,
        }
    }

    /// Fails for a server that is too old.
    ///
    /// # Errors
    ///
    /// With the oldest version that is supported.
    pub fn must_be_supported(&self, url: &DatabaseUrl) -> Result<()> {
        match self.support() {
            Support::TooOld(major, minor) => Err(Error::Unfit(self.too_old(url, (major, minor)))),
            _ => Ok(()),
        }
    }

    /// Why an older server is an error.
    pub fn too_old(&self, place: impl fmt::Display, oldest: (u16, u16)) -> String {
        let name = match self.flavour {
            Flavour::MySql => "MySQL",
            Flavour::MariaDb => "MariaDB",
        };
        format!(
            "{self} at {place} is too old: reviewseed needs {name} {}.{} or later, because older versions lack what it asks of them; \
             nothing was changed; name a newer server in --database-url, or leave it out for a private one",
            oldest.0, oldest.1
        )
    }

    /// The product, where it is a relative that calls itself by its own name.
    fn other(&self) -> Option<&'static str> {
        let version = self.version.to_ascii_lowercase();
        let found = OTHERS.iter().find(|(word, _)| version.contains(word));
        found.map(|(_, name)| *name)
    }

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
        match self.other() {
            Some(other) => write!(f, "{other} {}", self.version),
            None => write!(f, "{name} {major}.{minor}.{patch}"),
        }
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

    #[test]
    fn versions_that_are_too_old_other_products_and_odd_words_are_told_apart() {
        use Support::{Supported, TooOld, Unknown, Untested};
        for (version, comment, support) in [
            ("9.7.4", "(Debian)", Supported),
            ("8.0.36-28", "Percona Server (GPL), Release 28", Supported),
            ("8.0.36-28.1", "Percona XtraDB Cluster (GPL)", Supported),
            ("8.4.3-azure", "MySQL Community Server - GPL", Supported),
            ("8.0.36-0ubuntu0.22.04.1", "(Ubuntu)", Supported),
            ("8.0.mysql_aurora.3.05.2", "Source distribution", Supported),
            ("8.0.31-google", "(Google)", Supported),
            ("5.7.44-log", "MySQL Community Server (GPL)", TooOld(8, 0)),
            (
                "5.7.mysql_aurora.2.11.2",
                "MySQL Community Server (GPL)",
                TooOld(8, 0),
            ),
            ("5.6.51", "", TooOld(8, 0)),
            ("5.5.5-10.11.6-MariaDB", "", Supported),
            ("10.6.0-MariaDB", "", Supported),
            ("11.8.2", "mariadb.org binary distribution", Supported),
            (
                "5.5.5-10.3.39-MariaDB-0+deb10u2",
                "Debian 10",
                TooOld(10, 6),
            ),
            ("10.5.27-MariaDB-log", "", TooOld(10, 6)),
            ("5.5.68-MariaDB", "MariaDB Server", TooOld(10, 6)),
            (
                "5.7.25-OceanBase-v4.3.5.1",
                "OceanBase_CE 4.3.5.1",
                Untested("OceanBase"),
            ),
            (
                "8.0.11-TiDB-v8.1.0",
                "TiDB Server (Apache License 2.0)",
                Untested("TiDB"),
            ),
            ("8.0.30-Vitess", "", Untested("Vitess")),
            ("", "", Unknown),
            ("unknown", "", Unknown),
        ] {
            let server = ServerInfo::from_version(version, comment);
            assert_eq!(server.support(), support, "{version}");
        }
        let old = ServerInfo::from_version("5.7.44-log", "");
        let url = DatabaseUrl::parse("mysql://app:s3cret@db/shop").unwrap();
        let error = old.must_be_supported(&url).unwrap_err().to_string();
        assert!(
            error.contains("MySQL 5.7.44 at mysql://app@db:3306/shop is too old"),
            "{error}"
        );
        assert!(error.contains("needs MySQL 8.0 or later"), "{error}");
        assert_eq!(
            ServerInfo::from_version("5.7.25-OceanBase-v4.3.5.1", "").to_string(),
            "OceanBase 5.7.25-OceanBase-v4.3.5.1"
        );
    }

    #[test]
    fn a_database_that_is_not_there_is_no_fault_of_the_password() {
        let url = DatabaseUrl::parse("mysql://app:s3cret@db/nope").unwrap();
        let text = no_such_database(&url, &["shop".to_string()]);
        assert!(
            text.contains("took user and password, but there is no database `nope`"),
            "{text}"
        );
        assert!(text.contains("(it can see shop)"), "{text}");
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
