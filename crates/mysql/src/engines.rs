//! What differs between the engines that speak the MySQL protocol: one row of a table for each.
//!
//! [`ALL`] is the table. The engine of a server is found at the first connection to it, or named by
//! `--engine`, and is the same for all connections of one URL ([`Known`]). Code that needs to know
//! a difference reads a field of the row, and never asks which engine the server is.
//! `docs/engines.md` describes the same differences, and links the documentation of the engines
//! that are not tested.

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

/// The properties of one engine.
#[derive(Debug, PartialEq, Eq)]
pub struct Engine {
    /// The value of `--engine`.
    pub name: &'static str,
    /// Name of the engine in messages.
    pub title: &'static str,
    /// How the engine is recognised.
    pub(crate) sign: Sign,
    /// The family whose catalogue and statements the engine has.
    pub flavour: Flavour,
    /// The oldest supported version, in the numbers that VERSION() returns.
    pub(crate) oldest: (u16, u16),
    /// Whether the engine has its own version scheme, so that messages show the whole version text.
    pub(crate) counts_own_versions: bool,
    /// Whether this row was tested on a server.
    pub standing: Standing,
    /// The first statement of every connection.
    pub session: &'static str,
    /// What happens to a collation, or a character set, that the engine lacks.
    pub unknown_collation: UnknownCollation,
    /// The statement that loads rows when the user names none.
    pub load: SqlLoad,
    /// Why `load` is the default.
    pub load_reason: &'static str,
    /// Whether the engine has a LOAD DATA LOCAL that returns the number of rows that it left out.
    pub has_local_infile: bool,
    /// Which changes may be in one ALTER statement.
    pub ddl: Grouping,
    /// Whether the engine supports ALGORITHM and LOCK in an ALTER.
    pub keeps_methods: bool,
    /// The version since which keys may be expressions.
    pub functional_keys: Option<Version>,
    /// The version since which a session decides how much of the machine an index build uses.
    pub build_settings: Option<Version>,
    /// Whether the engine has FULLTEXT indexes.
    pub has_full_text: bool,
    /// Whether the engine has foreign keys.
    pub has_foreign_keys: bool,
    /// How the engine's catalogue is read.
    pub(crate) catalogue: Catalogue,
    /// Whether the engine has CHECKSUM TABLE. If so, a probe finds out whether the client computes
    /// the same number.
    pub has_table_checksum: bool,
    /// Where the engine keeps named locks.
    pub(crate) named_locks: NamedLocks,
    /// A hint that follows SELECT in a query for orphans. Without it, OceanBase concludes from the
    /// foreign key that there are no orphans, and does not look for them.
    pub(crate) doubts_keys: &'static str,
    /// Whether one RENAME TABLE can replace several tables with tables of another database, so that
    /// readers see either all old or all new tables.
    pub has_table_swap: bool,
    /// Whether the engine has a binary log that a session can switch off.
    pub has_binary_log: bool,
    /// Error codes, in addition to those of MySQL, after which another attempt may succeed.
    pub(crate) transient: &'static [u16],
    /// Maximum size of a transaction.
    pub transaction_bytes: Option<TransactionLimit>,
    /// How an administrator changes a global variable.
    pub globals: Globals,
}

/// How an engine is recognised. A server with none of these signs is MySQL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    /// Words in the version or in version_comment of a server, in lower case.
    pub(crate) words: &'static [&'static str],
    /// A global variable that only this engine has.
    pub(crate) variable: Option<&'static str>,
}

/// Whether an engine's row of the table was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The tests run on a server of this engine.
    Tested,
    /// The row follows the engine's documentation; a fake server tests the decisions.
    Documented,
    /// The engine is another product that speaks the MySQL protocol. It is treated as MySQL.
    Unknown,
}

/// What happens to a collation that a server lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCollation {
    /// The server's error ends the run.
    IsError,
    /// The run uses the nearest collation that the server has, and a precheck reports this.
    IsReplaced,
}

/// Where the named locks of a run are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedLocks {
    /// In the server, which releases them when a session ends.
    OfServer,
    /// In a table of the loaded database.
    OfTable,
}

/// The statements that read the catalogue, as far as they differ between engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Catalogue {
    pub(crate) indexes: &'static str,
    pub(crate) checks: &'static str,
    /// Whether a foreign key in SHOW CREATE TABLE names the database of its parent.
    pub(crate) names_parent_database: bool,
}

/// The maximum size of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimit {
    /// Name of the limit, for messages.
    pub name: &'static str,
    /// Maximum number of bytes.
    pub bytes: u64,
}

/// How an administrator changes a global variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Globals {
    /// By `SET GLOBAL`.
    Set,
    /// In the console of the service, because no account may execute SET GLOBAL. Contains the place
    /// in the console.
    Console(&'static str),
}

impl Engine {
    /// The engine of a server that reports this version and version_comment. `has` says whether the
    /// server has a global variable.
    pub(crate) fn of(version: &str, comment: &str, has: impl Fn(&str) -> bool) -> &'static Engine {
        let said = [version.to_ascii_lowercase(), comment.to_ascii_lowercase()];
        let fits = |engine: &&&Engine| {
            let mut words = engine.sign.words.iter();
            words.any(|word| said.iter().any(|said| said.contains(word)))
                || engine.sign.variable.is_some_and(&has)
        };
        ALL.iter().find(fits).copied().unwrap_or(&MYSQL)
    }

    /// The engine with this name.
    pub fn named(name: &str) -> Option<&'static Engine> {
        let mut all = ALL.iter();
        all.find(|engine| engine.name == name).copied()
    }

    /// The statement that lists the variables by which engines are recognised.
    pub(crate) const VARIABLES: &str =
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('aurora_version', 'rds_version')";

    /// The differences from MySQL in words, for the user.
    pub fn in_words(&self) -> String {
        let mut words = vec![match self.standing {
            Standing::Tested => "tested".to_owned(),
            Standing::Documented => "as documented, not tested".to_owned(),
            Standing::Unknown => "treated as MySQL, never tested".to_owned(),
        }];
        words.push(format!("--load {} by default", self.load.name()));
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
            (!self.ddl.foreign_keys_apart, "one foreign key per ALTER"),
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
