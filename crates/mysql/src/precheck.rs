//! The checks before the first row is loaded: of the files, the server, the account and the tables.
//!
//! `facts` asks the server. Everything else is a pure function from facts to a [`Check`], so that
//! each can be tested without a server of that kind. All failures are shown together, because a
//! user who fixes one wants to know about the others. A check whose facts cannot be read does not
//! fail; its message says that they are unknown.
//!
//! `engine` checks for what the engine lacks, `role` judges the role of the server in replication,
//! `grants` finds out what the account may do, and `judge` has the other checks.

mod account;
mod disk;
mod engine;
mod facts;
mod grants;
mod judge;
mod loaded;
mod role;

use crate::error::{Cause, Error};

pub use account::AccountLimits;
pub use facts::{Facts, Requirements};
pub use grants::{Grants, Right};
pub use judge::judge;
pub use loaded::Loaded;
pub use role::{Member, Role};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// No problem was found.
    Pass,
    /// The run continues, but the user should know what was found.
    Warn,
    /// The run cannot continue.
    Fail,
}

impl Level {
    /// The word in messages.
    pub fn name(self) -> &'static str {
        match self {
            Level::Pass => "pass",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }
}

/// The checks that a user may skip. If one of these is skipped and the problem is real, the server
/// returns an error, and nothing wrong is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skippable {
    /// Space on the server's disk.
    Disk,
    /// The privileges of the account.
    Rights,
    /// Whether rows should be loaded into this server.
    Role,
    /// Whether a cluster accepts transactions of the size of a batch.
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

/// The result of one check.
#[derive(Debug)]
pub struct Check {
    /// The name of the check in messages.
    pub name: &'static str,
    /// How the check ended.
    pub level: Level,
    /// What was found; after a warning or a failure also what to do.
    pub words: String,
    /// The error behind a failure, if there is one.
    cause: Option<Error>,
}

impl Check {
    /// A check that found no problem.
    pub fn pass(name: &'static str, words: impl Into<String>) -> Check {
        Check::new(name, Level::Pass, words.into())
    }

    /// A check that found something that the user should know; the run continues.
    pub fn warn(name: &'static str, words: impl Into<String>) -> Check {
        Check::new(name, Level::Warn, words.into())
    }

    /// A failed check: the run cannot continue.
    pub fn fail(name: &'static str, words: impl Into<String>) -> Check {
        Check::new(name, Level::Fail, words.into())
    }

    /// A failed check with the error: the run cannot continue. An error of a server stays what it
    /// is, so that a lost connection is recognised.
    pub fn failed(name: &'static str, cause: impl Into<Cause>) -> Check {
        let cause = match cause.into().downcast::<Error>() {
            Ok(error) => *error,
            Err(cause) => Error::Other(cause),
        };
        Check {
            cause: Some(cause),
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

    /// The result of a check that the user skips: a failure becomes a warning.
    fn skipped(self) -> Check {
        match self.level {
            Level::Fail => Check::warn(self.name, format!("{} (skipped, as asked)", self.words)),
            _ => self,
        }
    }

    /// What was found, with the error behind a failure.
    pub fn found(&self) -> String {
        match &self.cause {
            Some(error) => model::wording::chain(error),
            None => self.words.clone(),
        }
    }

    fn into_error(self) -> Error {
        self.cause.unwrap_or(Error::Unfit(self.words))
    }
}

/// Shows the check as `warn: local_infile: LOAD DATA LOCAL is off …`.
impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.level.name(), self.name, self.words)
    }
}

/// A list of checks.
#[derive(Debug, Default)]
pub struct Checks {
    list: Vec<Check>,
}

impl Checks {
    /// Adds a check.
    pub fn add(&mut self, check: Check) {
        self.list.push(check);
    }

    /// Adds several checks.
    pub fn extend(&mut self, checks: impl IntoIterator<Item = Check>) {
        self.list.extend(checks);
    }

    /// Adds a check that passed or failed as `result` did, and returns the value of `result`.
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

    /// All checks, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Check> {
        self.list.iter()
    }

    /// Whether a check has failed.
    pub fn have_failed(&self) -> bool {
        self.list.iter().any(|c| c.level == Level::Fail)
    }

    /// The checks with this result.
    pub fn of(&self, level: Level) -> impl Iterator<Item = &Check> {
        self.list.iter().filter(move |c| c.level == level)
    }

    /// The failures, each as an error.
    pub fn into_failures(self) -> Vec<Error> {
        let failed = self.list.into_iter().filter(|c| c.level == Level::Fail);
        failed.map(Check::into_error).collect()
    }
}
