//! The steps of a run that may begin, as a state machine: each step is a value, and what follows it
//! depends on nothing but its result.
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
//! [`drive`] decides; [`Steps`] does the work, on a server or, in unit tests, on none.

use crate::Verdict;
use crate::load;
use crate::pipeline::{self, BudgetSpent};

#[cfg(test)]
mod tests;

/// A step that is about to be done.
#[derive(Debug)]
pub(super) enum Step<S: Steps + ?Sized> {
    /// Tables are created or found, and the run is noted in the ledger.
    Prepare(S::Start),
    /// The rows are delivered.
    Deliver(S::Load),
    /// The rows are loaded; indexes and keys are built.
    Index(S::Rows),
    /// The result is verified.
    Verify(S::Rows),
    /// There is nothing more to do.
    End(End<S::Differences>),
}

/// How a run ends that could do its work.
#[derive(Debug)]
pub(super) enum End<D> {
    /// All accepted rows are loaded, indexed and verified.
    Seeded,
    /// An earlier run has loaded the same files; what has become of its rows was told.
    Earlier(Verdict),
    /// The database holds something else than was loaded.
    Differs(D),
    /// More records were rejected than allowed.
    OverBudget(BudgetSpent),
}

/// Why a step failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The user asked for it.
    Interrupted,
    /// Anything else.
    Error(anyhow::Error),
}

type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
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
            error => Failure::Error(error.into_anyhow()),
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

    /// Looks where to begin. Global variables that a killed run has changed are as before.
    async fn begin(&mut self) -> Result<Step<Self>>;
    async fn prepare(&mut self, start: Self::Start) -> Result<Self::Load>;
    async fn deliver(&mut self, load: &mut Self::Load) -> Result<Self::Rows, load::Error>;
    /// Who chose to import tables, if somebody has.
    fn imports(&self) -> Option<ImportedBy>;
    /// Makes the tables that are not imported ready for SQL.
    async fn fall_back_to_sql(&mut self, load: &mut Self::Load, why: load::Error) -> Result<()>;
    async fn index(&mut self, rows: &Self::Rows) -> Result<()>;
    /// Gives what differs, if anything does.
    async fn verify(&mut self, rows: &Self::Rows) -> Result<Option<Self::Differences>>;
    /// Whether index and verification shall begin again after this failure, at another host: waits
    /// for that host and connects.
    async fn moved(&mut self, error: &Failure, attempt: u32) -> Result<bool>;
    /// Notes in the ledger that the run is done.
    async fn finish(&mut self, rows: &Self::Rows) -> Result<()>;
    /// Puts global variables back that this run, or one that was killed, has changed.
    async fn restore_globals(&mut self) -> Result<()>;
}

/// Does all steps of a run.
///
/// # Errors
///
/// The first failure. Global variables are put back before it is given, as far as the server can
/// still be reached; the next run puts the others back.
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

/// Index and verification look first at what is there, so that both can begin again together.
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
