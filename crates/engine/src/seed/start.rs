//! Decides where a run starts: with empty tables, within an unfinished run of the same files, after
//! a finished run, or not at all, because the tables have other rows.

mod cause;
mod earlier;

#[cfg(test)]
mod tests;

use crate::error::{Result, fail};

use super::identity::Identity;
use super::server::Server;
use crate::options::{Merge, Mode};
use cause::Obstacle;
pub(super) use earlier::Earlier;
use mysql::ledger::{LoadedTable, Phase, Run};
use mysql::precheck::Check;

const NAME: &str = "tables";

/// The point at which a run starts.
#[derive(Debug, Clone)]
pub(super) enum Start {
    /// With empty tables.
    Empty,
    /// With tables that may have rows. This run adds rows, or makes the tables equal to the files.
    Append,
    /// In the load phase of an unfinished run of the same files and schema.
    Resume(Run),
    /// After the load phase of an unfinished run. Has the loaded tables, in the pipeline's order.
    Loaded(Run, Vec<LoadedTable>),
    /// An earlier run has loaded, indexed and verified the files of this run, so nothing is left to
    /// do.
    Finished(Earlier),
}

/// Decides where a run starts.
///
/// # Errors
///
/// When the tables have rows that this run must not change, or must not add a second time. The
/// error says which rows, and what to do.
pub(super) async fn decide(server: &mut impl Server, this: &Identity<'_>) -> Result<Start> {
    // a killed sync starts over, because the comparison with the tables shows what is left to do
    if this.mode == Mode::Sync {
        return Ok(Start::Append);
    }
    let names = this.names();
    let filled = server.filled(&names).await?;
    let appends = this.mode == Mode::Append;
    if filled.is_empty() && !appends {
        return Ok(Start::Empty);
    }
    if let Some(run) = unfinished(server).await?
        && run.fingerprint == this.fingerprint
    {
        return resume(server, run, (this, &filled)).await;
    }
    // merging the same rows again is allowed, because others may have changed them since
    if appends && (this.force || this.merge.is_some() || filled.is_empty()) {
        return Ok(Start::Append);
    }
    let loads = server.loads_of(&names).await?;
    if appends {
        return earlier::decide_append(&loads, this);
    }
    match earlier::all_loaded(&loads, this)? {
        Some(earlier) => Ok(Start::Finished(earlier)),
        None => {
            let obstacle = Obstacle::find(server, this, (&loads, &filled)).await?;
            fail!("{}", obstacle.in_words(server, &filled).await?)
        }
    }
}

/// Resumes an unfinished run of the same files and schema, in the phase where it ended.
async fn resume(
    server: &mut impl Server,
    run: Run,
    (this, filled): (&Identity<'_>, &[String]),
) -> Result<Start> {
    if run.phase == Phase::Load {
        return Ok(Start::Resume(run));
    }
    match same_content(server, &run, this).await? {
        Some(tables) => Ok(Start::Loaded(run, tables)),
        None if this.mode == Mode::Append => {
            fail!("{}", cause::unfinished(server, &run).await?)
        }
        None => {
            let obstacle = Obstacle::of_other_content(run);
            fail!("{}", obstacle.in_words(server, filled).await?)
        }
    }
}

/// The newest run, if it is unfinished.
async fn unfinished(server: &mut impl Server) -> Result<Option<Run>> {
    let last = server.last_run().await?;
    Ok(last.filter(|run| run.phase != Phase::Done))
}

/// The loaded tables of a run, if the files still have the content that the run read.
async fn same_content(
    server: &mut impl Server,
    run: &Run,
    this: &Identity<'_>,
) -> Result<Option<Vec<LoadedTable>>> {
    let tables = server.tables_of(run.id).await?;
    let mut same = Vec::new();
    for table in &this.tables {
        let name = &table.input.table;
        let Some(loaded) = tables.iter().find(|loaded| loaded.name == *name) else {
            return Ok(None);
        };
        if loaded.content_hash != table.content_hash()? {
            return Ok(None);
        }
        same.push(loaded.clone());
    }
    Ok(Some(same))
}

/// Whether a run can start in a sibling database as it is: the database is empty, or has rows of a
/// run of the same files that is unfinished or whose tables were not swapped.
pub(super) async fn is_resumable(server: &mut impl Server, this: &Identity<'_>) -> Result<bool> {
    if server.filled(&this.names()).await?.is_empty() {
        return Ok(true);
    }
    let last = server.last_run().await?;
    let Some(run) = last.filter(|run| run.fingerprint == this.fingerprint) else {
        return Ok(false);
    };
    Ok(run.phase == Phase::Load || same_content(server, &run, this).await?.is_some())
}

/// Makes the same decision in the form of a check, before the contents of the files are read.
pub(super) async fn check(server: &mut impl Server, this: &Identity<'_>) -> Result<Check> {
    let names = this.names();
    let filled = server.filled(&names).await?;
    if filled.is_empty() {
        return Ok(Check::pass(NAME, "empty"));
    }
    let verb = if filled.len() == 1 { "holds" } else { "hold" };
    let hold = format!("{} {verb}", filled.join(", "));
    if this.mode == Mode::Sync {
        let words = format!("{hold} rows; the tables are made equal to the files");
        return Ok(Check::pass(NAME, words));
    }
    let unfinished = unfinished(server).await?;
    let is_ours = |run: &&Run| run.fingerprint == this.fingerprint;
    if unfinished.as_ref().is_some_and(|run| is_ours(&run)) {
        let words = format!("{hold} rows of the interrupted run, which is resumed");
        return Ok(Check::pass(NAME, words));
    }
    if this.mode == Mode::Append {
        return Ok(match unfinished {
            Some(run) => Check::fail(NAME, cause::unfinished(server, &run).await?),
            None => {
                let what = match this.merge {
                    None => "the rows of the files are added",
                    Some(Merge::Ignore) => "the rows of the files whose keys are new are added",
                    Some(Merge::Update) => {
                        "the rows of the files are added, or update the rows that have their keys"
                    }
                };
                let words = format!("{hold} rows; {what}");
                Check::pass(NAME, words)
            }
        });
    }
    let loads = server.loads_of(&names).await?;
    if earlier::may_be_loaded(&loads, this) {
        return Ok(Check::pass(NAME, format!("{hold} the rows of these files")));
    }
    let obstacle = Obstacle::find(server, this, (&loads, &filled)).await?;
    Ok(Check::fail(NAME, obstacle.in_words(server, &filled).await?))
}
