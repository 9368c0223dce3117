//! Which server it is, whether its version is supported, and how it keeps names.

use std::fmt;

use model::flavour::Flavour;
use sqlx::Row;

use super::{DatabaseUrl, MySqlConnection};
use crate::error::{Context, Error, Result};

/// A server: its family and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// The family.
    pub flavour: Flavour,
    /// The version in the server's words, for example `10.11.18-MariaDB-0+deb12u1`.
    pub version: String,
    /// major, minor, patch.
    pub number: (u16, u16, u16),
}

/// Whether reviewseed works with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Its family and version are among those that the tests cover, or the version is newer.
    Supported,
    /// Its version is older than this one, which is the oldest that the loader supports.
    TooOld(u16, u16),
    /// Another product that speaks the protocol, by its name.
    Untested(&'static str),
    /// Its version cannot be read.
    Unknown,
}

/// Other products: the word in the version, and the name.
const OTHERS: [(&str, &str); 6] = [
    ("oceanbase", "OceanBase"),
    ("tidb", "TiDB"),
    ("vitess", "Vitess"),
    ("singlestore", "SingleStore"),
    ("starrocks", "StarRocks"),
    ("doris", "Doris"),
];

impl ServerInfo {
    /// Whether it is supported. CHECK constraints, functional indexes and their tables in the
    /// catalogue came with MySQL 8.0; MariaDB 10.6 is the oldest that has what the loader needs.
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

    /// The name of the product, if it is neither MySQL nor MariaDB.
    fn other(&self) -> Option<&'static str> {
        let version = self.version.to_ascii_lowercase();
        let found = OTHERS.iter().find(|(word, _)| version.contains(word));
        found.map(|(_, name)| *name)
    }

    /// Reads the family and version of a server.
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

/// Whether the server keeps the names of databases and tables in lower case, however they are
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
    fn versions_that_are_too_old_other_products_and_unknown_texts_are_distinguished() {
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
}
