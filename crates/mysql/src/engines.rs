//! What differs between the engines that speak the MySQL protocol: one row of a table for each.
//!
//! [`ALL`] is the table. The engine of a server is found at the first connection to it, or named by
//! `--engine`, and is the same for all connections of one URL ([`Known`]). Code that needs to know
//! a difference reads a field of the row; it never asks which engine it is. `docs/engines.md` has
//! the same differences in words, with the documentation that the rows without a test server
//! follow.

mod known;
mod rows;
mod session;

use std::fmt;

use model::flavour::Flavour;
use mysql_schema::diff::Grouping;

use crate::target::SqlLoad;

pub use known::Known;
pub use rows::{ALL, MARIADB, MYSQL};
pub use session::SESSION;

/// A version: major, minor, patch.
pub type Version = (u16, u16, u16);

/// What is different on one engine.
#[derive(Debug, PartialEq, Eq)]
pub struct Engine {
    /// The value of `--engine`.
    pub name: &'static str,
    /// Its name in messages.
    pub title: &'static str,
    /// How it shows itself.
    pub(crate) sign: Sign,
    /// The family whose catalogue and statements it has.
    pub flavour: Flavour,
    /// The oldest version that the loader supports, as the engine counts.
    pub(crate) oldest: (u16, u16),
    /// Whether its version says more than the three numbers of MySQL.
    pub(crate) counts_own_versions: bool,
    /// Whether its row was tested on a server.
    pub standing: Standing,
    /// The first statement of every connection.
    pub session: &'static str,
    /// What becomes of a collation, or a character set, that it lacks.
    pub unknown_collation: UnknownCollation,
    /// The statement that loads rows when the user names none.
    pub load: SqlLoad,
    /// Why this statement.
    pub load_reason: &'static str,
    /// Whether it has a LOAD DATA LOCAL that says how many rows it has left out.
    pub has_local_infile: bool,
    /// What one ALTER may hold.
    pub ddl: Grouping,
    /// Whether it knows ALGORITHM and LOCK in an ALTER, and keeps to them.
    pub keeps_methods: bool,
    /// The version since which keys may be expressions.
    pub functional_keys: Option<Version>,
    /// The version since which a session decides how much of the machine an index build uses.
    pub build_settings: Option<Version>,
    /// Whether it has FULLTEXT indexes.
    pub has_full_text: bool,
    /// Whether it has foreign keys.
    pub has_foreign_keys: bool,
    /// How its catalogue is read.
    pub(crate) catalogue: Catalogue,
    /// Whether it has CHECKSUM TABLE; the client's number is still compared in a probe.
    pub has_table_checksum: bool,
    /// Where named locks are.
    pub(crate) named_locks: NamedLocks,
    /// A hint for a query that looks for rows without a parent, after SELECT. OceanBase concludes
    /// from the foreign key that there are none, unless it executes the query as it is written.
    pub(crate) doubts_keys: &'static str,
    /// Whether one RENAME TABLE moves tables between databases and others to their place, so that
    /// readers see the old ones or the new ones.
    pub has_table_swap: bool,
    /// Whether it has a binary log that a session can leave out.
    pub has_binary_log: bool,
    /// Errors beside those of MySQL after which another attempt may succeed.
    pub(crate) transient: &'static [u16],
    /// Most bytes of a transaction.
    pub transaction_bytes: Option<TransactionLimit>,
    /// How an administrator changes a global variable.
    pub globals: Globals,
}

/// How an engine shows itself. MySQL is every server that shows nothing else.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    /// Words in its version or in version_comment, in lower case.
    pub(crate) words: &'static [&'static str],
    /// A global variable that only it has.
    pub(crate) variable: Option<&'static str>,
}

/// Whether a row was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The tests run on a server of this engine.
    Tested,
    /// The row follows the engine's documentation; a fake server tests the decisions.
    Documented,
    /// Another product that speaks the protocol. It is treated as MySQL.
    Unknown,
}

/// What becomes of a collation that a server lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCollation {
    /// The server's error ends the run.
    IsError,
    /// The nearest one that the server has takes its place, and a precheck says so.
    IsReplaced,
}

/// Where the named locks of a run are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedLocks {
    /// In the server, which releases them when a session ends.
    OfServer,
    /// In a table of the loaded database.
    OfTable,
}

/// The statements that read the catalogue, where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Catalogue {
    pub(crate) indexes: &'static str,
    pub(crate) checks: &'static str,
    /// Whether a foreign key in SHOW CREATE TABLE names the database of its parent.
    pub(crate) names_parent_database: bool,
}

/// The most that a transaction may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimit {
    /// Its name, for messages.
    pub name: &'static str,
    /// Bytes.
    pub bytes: u64,
}

/// How an administrator changes a global variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Globals {
    /// By `SET GLOBAL`.
    Set,
    /// No account has the right to; it is done in the console of the service, here.
    Console(&'static str),
}

impl Engine {
    /// The row for what a server says about itself. `has` says whether it has a global variable.
    pub(crate) fn of(version: &str, comment: &str, has: impl Fn(&str) -> bool) -> &'static Engine {
        let said = [version.to_ascii_lowercase(), comment.to_ascii_lowercase()];
        let fits = |engine: &&&Engine| {
            let mut words = engine.sign.words.iter();
            words.any(|word| said.iter().any(|said| said.contains(word)))
                || engine.sign.variable.is_some_and(&has)
        };
        ALL.iter().find(fits).copied().unwrap_or(&MYSQL)
    }

    /// The row of this name.
    pub fn named(name: &str) -> Option<&'static Engine> {
        let mut all = ALL.iter();
        all.find(|engine| engine.name == name).copied()
    }

    /// Lists the variables by which engines show themselves.
    pub(crate) const VARIABLES: &str =
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('aurora_version', 'rds_version')";

    /// The differences in words, for a user who wants to know how the run is conducted.
    pub fn in_words(&self) -> String {
        let mut words = vec![match self.standing {
            Standing::Tested => "tested".to_owned(),
            Standing::Documented => "as documented, not tested".to_owned(),
            Standing::Unknown => "treated as MySQL, never tested".to_owned(),
        }];
        words.push(format!("rows by {}", self.load.name()));
        if self.unknown_collation == UnknownCollation::IsReplaced {
            words.push("collations that it lacks are replaced".to_owned());
        }
        let apart = [
            (self.has_foreign_keys, "no foreign keys"),
            (self.has_full_text, "no FULLTEXT"),
            (self.has_local_infile, "no LOAD DATA LOCAL"),
            (self.has_table_checksum, "no CHECKSUM TABLE"),
            (self.has_table_swap, "no --replace"),
            (self.has_binary_log, "no binary log"),
            (!self.ddl.foreign_keys_apart, "one foreign key an ALTER"),
        ];
        let apart = apart.iter().filter(|(has, _)| !has);
        words.extend(apart.map(|(_, what)| (*what).to_owned()));
        if let Some(limit) = self.transaction_bytes {
            words.push(format!("transactions of at most {} bytes", limit.bytes));
        }
        words.join(", ")
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)
    }
}

#[cfg(test)]
mod tests;
