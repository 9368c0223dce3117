//! The steps of a run, as a state machine: each step is a value, and its result alone decides which
//! step follows.
//!
//! ```text
//!  begin ─▶ Prepare ─▶ Deliver ─▶ Index ─▶ Verify ─▶ End
//!     │                 │   ▲       ▲        │
//!     │                 └─▶─┘       └── at the next host
//!     │          by SQL when an import fails
//!     ├──▶ Index (an unfinished run, loaded before)
//!     └──▶ End (a finished run of the same files)
//! ```
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

/// How a run ends that was able to do its work.
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
    /// Whether to repeat index and verification at another host after this failure. If so, waits
    /// for that host and connects to it.
    async fn moved(&mut self, error: &Failure, attempt: u32) -> Result<bool>;
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
    let mut step = steps.begin().await?;
    let mut attempt = 1;
    loop {
        step = match step {
            Step::Prepare(start) => Step::Deliver(steps.prepare(start).await?),
            Step::Deliver(load) => deliver(steps, load).await?,
            Step::Index(rows) => match steps.index(&rows).await {
                Ok(()) => Step::Verify(rows),
                Err(error) => again(steps, error, rows, &mut attempt).await?,
            },
            Step::Verify(rows) => match steps.verify(&rows).await {
                Ok(None) => {
                    steps.finish(&rows).await?;
                    Step::End(End::Seeded)
                }
                Ok(Some(differences)) => Step::End(End::Differs(differences)),
                Err(error) => again(steps, error, rows, &mut attempt).await?,
            },
            Step::End(end) => return Ok(end),
        }
    }
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

/// Index and verification both begin by inspecting the tables, so both can be repeated together.
async fn again<S: Steps>(
    steps: &mut S,
    error: Failure,
    rows: S::Rows,
    attempt: &mut u32,
) -> Result<Step<S>> {
    if !steps.moved(&error, *attempt).await? {
        return Err(error);
    }
    *attempt += 1;
    Ok(Step::Index(rows))
}
