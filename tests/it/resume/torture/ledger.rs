//! The phase of a run, as the ledger of its database says.

use super::plan::{Mode, Phase};
use crate::support::harness::{Scratch, rows};

const LATEST: &str = "SELECT CAST(CONCAT(run, ' of ', started_at) AS CHAR), CAST(phase AS CHAR), \
    CAST(EXISTS (SELECT 1 FROM _reviewseed_batches AS b WHERE b.run = r.run) AS CHAR) \
    FROM _reviewseed_runs AS r ORDER BY run DESC LIMIT 1";

/// Where the ledger of a run is, and which of its runs was there before.
pub struct Ledger {
    mode: Mode,
    url: String,
    /// The database into which `--replace` loads.
    sibling: String,
    /// The last run before this one.
    earlier: Option<String>,
}

impl Ledger {
    /// Before the first attempt of a run.
    pub fn of(scratch: &Scratch, mode: Mode) -> Ledger {
        let (url, name) = (scratch.url(), scratch.name());
        Ledger {
            mode,
            url: url.to_owned(),
            sibling: url.replace(&format!("/{name}?"), &format!("/{name}__reviewseed_new?")),
            earlier: latest(url).map(|(run, ..)| run),
        }
    }

    /// The phase of the run. Before it is noted in the ledger, it reads.
    pub fn phase(&self) -> Phase {
        let beside = (self.mode == Mode::Replace).then(|| latest(&self.sibling));
        let Some((run, phase, has_batches)) = beside.flatten().or_else(|| latest(&self.url)) else {
            return Phase::Read;
        };
        if Some(run) == self.earlier {
            return Phase::Read;
        }
        match phase.as_str() {
            // a sync has no batches, and is noted when it begins to change rows; the batches of an
            // import are entered when the table is complete
            "load" if !has_batches && !matches!(self.mode, Mode::Sync | Mode::Private) => {
                Phase::Read
            }
            "load" => Phase::Load,
            "index" => Phase::Index,
            "verify" => Phase::Verify,
            "done" => Phase::Done,
            other => panic!("the ledger has a phase {other:?}"),
        }
    }
}

/// The last run, its phase, and whether it has committed batches; `None` without a ledger.
fn latest(url: &str) -> Option<(String, String, bool)> {
    let run = rows(url, LATEST).ok()?.into_iter().next()?;
    let [number, phase, batches] = run.try_into().ok()?;
    Some((number?, phase?, batches? == "1"))
}
