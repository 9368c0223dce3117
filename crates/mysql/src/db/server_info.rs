//! Which engine and version a server is, whether it is supported, and how it stores names.

use std::fmt;

use model::flavour::Flavour;
use sqlx::Row;

use super::{DatabaseUrl, MySqlConnection};
use crate::engines::{Engine, Standing, Version};
use crate::error::{Context, Error, Result};

/// A server: its engine and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// The engine.
    pub engine: &'static Engine,
    /// The family of the engine.
    pub flavour: Flavour,
    /// The version in the server's words, for example `10.11.18-MariaDB-0+deb12u1`.
    pub version: String,
    /// Major version, minor version and patch level.
    pub number: (u16, u16, u16),
}

/// Whether reviewseed works with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// The server's family and version are among those that the tests cover, or the version is
    /// newer.
    Supported,
    /// The server's version is too old. Contains the oldest supported version.
    TooOld(u16, u16),
    /// An engine that the tests do not run on.
    Untested,
    /// The server's version cannot be read.
    Unknown,
}

impl ServerInfo {
    /// Whether the server is supported. The oldest versions are MySQL 8.0, which introduced CHECK
    /// constraints, functional indexes and their tables in the catalogue, and MariaDB 10.6.
    pub fn support(&self) -> Support {
        let (major, minor, _) = self.number;
        let oldest = self.engine.oldest;
        match (major, minor) {
            (0, _) => Support::Unknown,
            version if version < oldest => Support::TooOld(oldest.0, oldest.1),
            _ if self.engine.standing != Standing::Tested => Support::Untested,
            _ => Support::Supported,
        }
    }

    /// Whether the server is of this version or a later one.
    pub fn is_since(&self, version: Option<Version>) -> bool {
        version.is_some_and(|version| self.number >= version)
    }

    /// Fails for a server that is too old.
    ///
    /// # Errors
    ///
    /// When the server is too old. The message has the oldest version that is supported.
    pub fn must_be_supported(&self, url: &DatabaseUrl) -> Result<()> {
        match self.support() {
            Support::TooOld(major, minor) => Err(Error::Unfit(self.too_old(url, (major, minor)))),
            _ => Ok(()),
        }
    }

    /// The error message for a server that is too old.
    pub fn too_old(&self, place: impl fmt::Display, oldest: (u16, u16)) -> String {
        let name = self.engine.title;
        format!(
            "{self} at {place} is too old: reviewseed needs {name} {}.{} or later, because older \
             versions lack features that reviewseed uses; nothing was changed; name a newer server \
             in --database-url, or leave the option out for a private server",
            oldest.0, oldest.1
        )
    }

    /// Reads the engine and version of a server.
    ///
    /// # Errors
    ///
    /// When the connection fails.
    pub async fn read(connection: &mut MySqlConnection) -> Result<ServerInfo> {
        let engine = connection.engine();
        let row = sqlx::raw_sql("SELECT VERSION()")
            .fetch_one(connection)
            .await
            .context("cannot read the version of the server")?;
        let version: String = row.try_get_unchecked(0)?;
        Ok(ServerInfo::of(engine, &version))
    }

    /// A server of this engine. `version` is the text that the server returns.
    pub fn of(engine: &'static Engine, version: &str) -> ServerInfo {
        // some MariaDB versions begin with 5.5.5-, because replication once needed that
        let maria = version.to_ascii_lowercase().contains("mariadb");
        let digits = version.strip_prefix("5.5.5-").filter(|_| maria);
        let mut numbers = digits
            .unwrap_or(version)
            .split(|c: char| !c.is_ascii_digit())
            .map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        ServerInfo {
            engine,
            flavour: engine.flavour,
            version: version.to_owned(),
            number: (next(), next(), next()),
        }
    }
}

/// `MySQL 9.7.4` or `MariaDB 10.11.18`; an engine with another version scheme is shown with its
/// whole version text.
impl fmt::Display for ServerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.number;
        let (title, version) = (self.engine.title, &self.version);
        match self.engine.counts_own_versions {
            true => write!(f, "{title} {version}"),
            false => write!(f, "{title} {major}.{minor}.{patch}"),
        }
    }
}

/// Whether the server stores the names of databases and tables in lower case, however they are
/// written (`lower_case_table_names=1`).
///
/// # Errors
///
/// When a query fails.
pub async fn keeps_names_in_lower_case(connection: &mut MySqlConnection) -> Result<bool> {
    let setting: i64 = sqlx::query_scalar("SELECT CAST(@@lower_case_table_names AS SIGNED)")
        .fetch_one(connection)
        .await
        .context("cannot read lower_case_table_names")?;
    Ok(setting == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &str, comment: &str) -> ServerInfo {
        ServerInfo::of(Engine::of(version, comment, |_| false), version)
    }

    #[test]
    fn versions_of_both_families_are_read() {
        let read = |version, comment| of(version, comment).to_string();
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
    fn versions_that_are_too_old_other_products_and_unknown_texts_are_distinguished() {
        use Support::{Supported, TooOld, Unknown, Untested};
        for (version, comment, support) in [
            ("9.7.4", "(Debian)", Supported),
            ("8.0.36-28", "Percona Server (GPL), Release 28", Supported),
            ("8.0.36-28.1", "Percona XtraDB Cluster (GPL)", Supported),
            ("8.4.3-azure", "MySQL Community Server - GPL", Untested),
            ("8.0.36-0ubuntu0.22.04.1", "(Ubuntu)", Supported),
            ("8.0.mysql_aurora.3.05.2", "Source distribution", Untested),
            ("8.0.31-google", "(Google)", Untested),
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
                Supported,
            ),
            (
                "8.0.11-TiDB-v8.1.0",
                "TiDB Server (Apache License 2.0)",
                Untested,
            ),
            ("8.0.30-Vitess", "", Untested),
            ("", "", Unknown),
            ("unknown", "", Unknown),
        ] {
            let server = of(version, comment);
            assert_eq!(server.support(), support, "{version}");
        }
        let old = of("5.7.44-log", "");
        let url = DatabaseUrl::parse("mysql://app:s3cret@db/shop").unwrap();
        let error = old.must_be_supported(&url).unwrap_err().to_string();
        assert!(
            error.contains("MySQL 5.7.44 at mysql://app@db:3306/shop is too old"),
            "{error}"
        );
        assert!(error.contains("needs MySQL 8.0 or later"), "{error}");
        assert_eq!(
            of("5.7.25-OceanBase-v4.3.5.1", "").to_string(),
            "OceanBase 5.7.25-OceanBase-v4.3.5.1"
        );
    }
}
