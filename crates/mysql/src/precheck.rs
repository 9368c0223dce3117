//! What is looked at before row one: the files, the server, the account, the tables.
//!
//! `facts` asks the server, everything else judges: pure functions from facts to a [`Check`], so
//! that each judgement can be tested without a server of that kind. All failures are shown
//! together, for whoever mends one wants to know of the others. A fact that cannot be had is said
//! to be unknown; it neither passes for good nor fails.
//!
//! `role` says what kind of server it is, `grants` what the account may, `judge` has the other
//! judgements.

mod facts;
mod grants;
mod judge;
mod loaded;
mod role;

use crate::error::{Cause, Error};

pub use facts::{Facts, Requirements};
pub use grants::{Grants, Right};
pub use judge::judge;
pub use loaded::Loaded;
pub use role::{Member, Role};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is in the way.
    Pass,
    /// It goes on, but someone should know.
    Warn,
    /// It cannot go on.
    Fail,
}

impl Level {
    /// The word in the list.
    pub fn name(self) -> &'static str {
        match self {
            Level::Pass => "pass",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }
}

/// The checks that a user may overrule: when one of them is mistaken, the server itself says no,
/// and nothing wrong is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skippable {
    /// Room on the server's disk.
    Disk,
    /// What the account may do.
    Rights,
    /// Whether rows belong on that server.
    Role,
    /// Whether a cluster takes transactions of the size of a batch.
    TransactionSize,
}

impl Skippable {
    /// [`Check::name`] of the check.
    pub fn name(self) -> &'static str {
        match self {
            Skippable::Disk => "disk space",
            Skippable::Rights => "rights",
            Skippable::Role => "role",
            Skippable::TransactionSize => "transaction size",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it ended.
    pub level: Level,
    /// What was found; of a warning or a failure also what to do.
    pub words: String,
    /// The failure with its chain, where there is one.
    cause: Option<Error>,
}

impl Check {
    /// Nothing is in the way.
    pub fn pass(name: &'static str, words: impl Into<String>) -> Check {
        Check::new(name, Level::Pass, words.into())
    }

    /// It goes on, but someone should know.
    pub fn warn(name: &'static str, words: impl Into<String>) -> Check {
        Check::new(name, Level::Warn, words.into())
    }

    /// It cannot go on.
    pub fn fail(name: &'static str, words: impl Into<String>) -> Check {
        Check::new(name, Level::Fail, words.into())
    }

    /// It cannot go on, because of an error.
    pub fn failed(name: &'static str, cause: impl Into<Cause>) -> Check {
        Check {
            cause: Some(Error::other(cause)),
            ..Check::fail(name, "")
        }
    }

    fn new(name: &'static str, level: Level, words: String) -> Check {
        Check {
            name,
            level,
            words,
            cause: None,
        }
    }

    /// The check when it may not stop the run: a failure becomes a warning.
    fn skipped(self) -> Check {
        match self.level {
            Level::Fail => Check::warn(self.name, format!("{} (skipped, as asked)", self.words)),
            _ => self,
        }
    }

    fn into_error(self) -> Error {
        self.cause.unwrap_or(Error::Unfit(self.words))
    }
}

/// `warn: local_infile: LOAD DATA LOCAL is off …`.
impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.level.name(), self.name, self.words)
    }
}

/// The checks so far.
#[derive(Debug, Default)]
pub struct Checks {
    list: Vec<Check>,
}

impl Checks {
    /// Adds one.
    pub fn add(&mut self, check: Check) {
        self.list.push(check);
    }

    /// Adds several.
    pub fn extend(&mut self, checks: impl IntoIterator<Item = Check>) {
        self.list.extend(checks);
    }

    /// Adds what became of something that had to succeed, and gives what it gave.
    pub fn take<T, E: Into<Cause>>(
        &mut self,
        name: &'static str,
        result: Result<T, E>,
        passed: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        match result {
            Ok(value) => {
                self.add(Check::pass(name, passed(&value)));
                Some(value)
            }
            Err(error) => {
                self.add(Check::failed(name, error));
                None
            }
        }
    }

    /// Whether one has failed.
    pub fn have_failed(&self) -> bool {
        self.list.iter().any(|c| c.level == Level::Fail)
    }

    /// Those of a level.
    pub fn of(&self, level: Level) -> impl Iterator<Item = &Check> {
        self.list.iter().filter(move |c| c.level == level)
    }

    /// Takes the failures out: each as an error.
    pub fn into_failures(self) -> Vec<Error> {
        let failed = self.list.into_iter().filter(|c| c.level == Level::Fail);
        failed.map(Check::into_error).collect()
    }
}
