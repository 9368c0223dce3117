//! The steps of a run, as a state machine: each step is a value, and its result alone decides which
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
//! After a lost connection, a step is repeated: Index and Verify from Index, all others from Begin.
//! Begin finds in the ledger what the run has done so far, as it does for a run that was killed.
//!
//! [`drive`] decides. [`Steps`] does the work: on a server, or in unit tests without one.

use crate::Verdict;
use crate::load;
use crate::pipeline::{self, BudgetSpent};

#[cfg(test)]
mod tests;

/// The next step.
#[derive(Debug)]
pub(super) enum Step<S: Steps + ?Sized> {
    /// The ledger and the tables say where to begin.
    Begin,
    /// Tables are created or found, and the run is noted in the ledger.
    Prepare(S::Start),
    /// The rows are loaded, through SQL or by physical import.
    Deliver(S::Load),
    /// The indexes and keys of the loaded rows are built.
    Index(S::Rows),
    /// The result is verified.
    Verify(S::Rows),
    /// Nothing is left to do.
    End(End<S::Differences>),
}

/// How a run ends if no error stopped it.
#[derive(Debug)]
pub(super) enum End<D> {
    /// All accepted rows are loaded, indexed and verified.
    Seeded,
    /// An earlier run has loaded the same files. The state of its rows was reported.
    Earlier(Verdict),
    /// The database differs from the rows that were loaded.
    Differs(D),
    /// More records were rejected than allowed.
    OverBudget(BudgetSpent),
}

/// Why a step failed.
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

/// Who chose to import tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImportedBy {
    /// The user: a failed import fails the run.
    User,
    /// The run itself: it loads by SQL instead.
    Default,
}

/// Does the work of a run.
pub(super) trait Steps {
    type Start;
    type Load;
    type Rows;
    type Differences;

    /// Decides where to begin. Restores global variables that a killed run has changed.
    async fn begin(&mut self) -> Result<Step<Self>>;
    async fn prepare(&mut self, start: Self::Start) -> Result<Self::Load>;
    async fn deliver(&mut self, load: &mut Self::Load) -> Result<Self::Rows, load::Error>;
    /// Who chose to import tables; `None` if no table is imported.
    fn imports(&self) -> Option<ImportedBy>;
    /// Prepares the tables that are not imported for an SQL load.
    async fn fall_back_to_sql(&mut self, load: &mut Self::Load, why: load::Error) -> Result<()>;
    async fn index(&mut self, rows: &Self::Rows) -> Result<()>;
    /// Returns the differences, if there are any.
    async fn verify(&mut self, rows: &Self::Rows) -> Result<Option<Self::Differences>>;
    /// Whether to repeat the step after this failure, which was that of attempt number `attempt`.
    /// If so, waits, connects again, and ends what the run has left in the server.
    async fn recovered(&mut self, error: &Failure, attempt: u32) -> Result<bool>;
    /// Notes in the ledger that the run is done.
    async fn finish(&mut self, rows: &Self::Rows) -> Result<()>;
    /// Restores global variables that this run, or a killed run, has changed.
    async fn restore_globals(&mut self) -> Result<()>;
}

/// Does all steps of a run.
///
/// # Errors
///
/// The first failure. The run first restores the global variables, as far as it can still reach the
/// server; the next run restores the others.
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
                // index and verification both begin by inspecting the tables
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
