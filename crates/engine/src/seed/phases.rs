//! The steps of a run as a state machine. Each step is a value, and only its result decides which
//! step follows.
//!
//! ```text
//!  Begin ─▶ Prepare ─▶ Deliver ─▶ Index ─▶ Verify ─▶ End
//!     │                 │   ▲
//!     │                 └─▶─┘ by SQL when an import fails
//!     ├──▶ Index (an unfinished run, loaded before)
//!     └──▶ End (a finished run of the same files)
//! ```
//!
//! After a lost connection, a step is repeated: Index and Verify are repeated from Index, all
//! others from Begin. Begin finds in the ledger what the run has done so far, in the same way as
//! after a killed run.
//!
//! [`drive`] decides. [`Steps`] does the work: on a server or, in unit tests, without one.

use crate::Verdict;
use crate::load;
use crate::pipeline::{self, BudgetSpent};

#[cfg(test)]
mod tests;

/// The next step.
#[derive(Debug)]
pub(super) enum Step<S: Steps + ?Sized> {
    /// Find out from the ledger and the tables where to start.
    Begin,
    /// Create or find the tables, and record the run in the ledger.
    Prepare(S::Start),
    /// Load the rows, by SQL or by physical import.
    Deliver(S::Load),
    /// Build the indexes and keys of the loaded rows.
    Index(S::Rows),
    /// Verify the result.
    Verify(S::Rows),
    /// End the run, because nothing is left to do.
    End(End<S::Differences>),
}

/// How a run ends if no error stopped it.
#[derive(Debug)]
pub(super) enum End<D> {
    /// All accepted rows are loaded, indexed and verified.
    Seeded,
    /// An earlier run loaded the same files. The state of its rows has been reported.
    Earlier(Verdict),
    /// The database differs from the rows that were loaded.
    Differs(D),
    /// More records were rejected than allowed.
    OverBudget(BudgetSpent),
}

/// The reason why a step failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The user asked the run to stop.
    Interrupted,
    /// Any other failure.
    Error(crate::Error),
}

type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Failure {
        Failure::Error(error)
    }
}

impl From<mysql::Error> for Failure {
    fn from(error: mysql::Error) -> Failure {
        Failure::Error(error.into())
    }
}

impl From<load::Error> for Failure {
    fn from(error: load::Error) -> Failure {
        match error {
            load::Error::Pipeline(pipeline::Error::Interrupted) => Failure::Interrupted,
            error => Failure::Error(error.into()),
        }
    }
}

/// Who chose the physical import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImportedBy {
    /// The user. If an import fails, the run fails.
    User,
    /// The run itself. If an import fails, the run loads by SQL instead.
    Default,
}

/// Does the work of a run.
pub(super) trait Steps {
    type Start;
    type Load;
    type Rows;
    type Differences;

    /// Decides where to start. Restores global variables that a killed run has changed.
    async fn begin(&mut self) -> Result<Step<Self>>;
    async fn prepare(&mut self, start: Self::Start) -> Result<Self::Load>;
    async fn deliver(&mut self, load: &mut Self::Load) -> Result<Self::Rows, load::Error>;
    /// Who chose the physical import; `None` if no table is imported.
    fn imports(&self) -> Option<ImportedBy>;
    /// Prepares an SQL load of the tables that are not yet imported.
    async fn fall_back_to_sql(&mut self, load: &mut Self::Load, why: load::Error) -> Result<()>;
    async fn index(&mut self, rows: &Self::Rows) -> Result<()>;
    /// Returns the differences, if there are any.
    async fn verify(&mut self, rows: &Self::Rows) -> Result<Option<Self::Differences>>;
    /// Whether to repeat the step after this failure of attempt number `attempt`. If so, this
    /// waits, connects again, and ends the statements of this run that are still running in the
    /// server.
    async fn recovered(&mut self, error: &Failure, attempt: u32) -> Result<bool>;
    /// Records in the ledger that the run is done.
    async fn finish(&mut self, rows: &Self::Rows) -> Result<()>;
    /// Restores global variables that this run or a killed run has changed.
    async fn restore_globals(&mut self) -> Result<()>;
}

/// Executes all steps of a run.
///
/// # Errors
///
/// The first failure. Before it is returned, the global variables are restored if the server can
/// still be reached. Otherwise the next run restores them.
pub(super) async fn drive<S: Steps>(steps: &mut S) -> Result<End<S::Differences>> {
    steps.restore_globals().await?;
    let end = from_begin_to_end(steps).await;
    let restored = steps.restore_globals().await;
    let end = end?;
    restored?;
    Ok(end)
}

async fn from_begin_to_end<S: Steps>(steps: &mut S) -> Result<End<S::Differences>> {
    let mut step = Step::Begin;
    let mut attempt = 1;
    loop {
        let (done, repeated) = match step {
            Step::Begin => (steps.begin().await, Step::Begin),
            Step::Prepare(start) => (steps.prepare(start).await.map(Step::Deliver), Step::Begin),
            Step::Deliver(load) => (deliver(steps, load).await, Step::Begin),
            Step::Index(rows) => match steps.index(&rows).await {
                Ok(()) => (Ok(Step::Verify(rows)), Step::Begin),
                // index and verification both start by inspecting the tables, so both resume at
                // Index
                Err(error) => (Err(error), Step::Index(rows)),
            },
            Step::Verify(rows) => (verify(steps, &rows).await, Step::Index(rows)),
            Step::End(end) => return Ok(end),
        };
        step = match done {
            Ok(next) => next,
            Err(error) if steps.recovered(&error, attempt).await? => {
                attempt += 1;
                repeated
            }
            Err(error) => return Err(error),
        };
    }
}

async fn verify<S: Steps>(steps: &mut S, rows: &S::Rows) -> Result<Step<S>> {
    Ok(Step::End(match steps.verify(rows).await? {
        None => {
            steps.finish(rows).await?;
            End::Seeded
        }
        Some(differences) => End::Differs(differences),
    }))
}

async fn deliver<S: Steps>(steps: &mut S, mut load: S::Load) -> Result<Step<S>> {
    match steps.deliver(&mut load).await {
        Ok(rows) => Ok(Step::Index(rows)),
        Err(load::Error::Pipeline(pipeline::Error::OverBudget(spent))) => {
            Ok(Step::End(End::OverBudget(spent)))
        }
        Err(why @ load::Error::Import { .. }) if steps.imports() == Some(ImportedBy::Default) => {
            steps.fall_back_to_sql(&mut load, why).await?;
            Ok(Step::Deliver(load))
        }
        Err(error) => Err(error.into()),
    }
}
