//! The redo log of a server whose settings are not reviewseed's own: whether it is small for the
//! files, and to which size the run enlarges it.
//!
//! InnoDB must write changed pages to the disk before their redo log is overwritten. With a small
//! log, it writes pages that the load still fills, and so writes them several times.

use super::judge::MIB;
use super::{Check, Facts, Loaded, Requirements, Right, disk};
use crate::engines::Globals;
use model::wording::grouped;

const NAME: &str = "redo log";

/// The size in bytes that is enough for any load. A log of this size or more is left alone, so that
/// of two runs on one server, only one changes the log, and restores the size that the user chose.
const ENOUGH: u64 = 1 << 30;
/// The largest size in bytes that a run asks for.
const LARGEST: u64 = 2 << 30;

/// Bytes of redo log per byte of text: rows, their undo records and their indexes are logged.
const LOGGED: u64 = 4;

/// What the larger log saved: `benches/bench.py --server-config default`, in `benches/LOG.md`.
const SAVED: &str =
    "which saved 2 to 21 % of the server's CPU in measurements with MySQL's default settings";

/// The size in bytes to which the run enlarges the redo log while it loads; `None` if it leaves the
/// size as it is.
pub fn larger_redo_log(facts: &Facts, needs: &Requirements) -> Option<u64> {
    let is_small = needs.fills_redo_log && is_small(facts, needs)?;
    (is_small && needs.set_global && may(facts) != Right::Missing)
        .then(|| size(facts, needs))
        .flatten()
}

/// The check; `None` for a server whose redo log is not changed by SET GLOBAL.
pub(super) fn judge(facts: &Facts, needs: &Requirements) -> Option<Check> {
    let capacity = capacity(facts).filter(|_| needs.fills_redo_log)?;
    let now = format!("{} MiB", grouped(capacity / MIB));
    if needs.input_bytes == 0 && capacity < ENOUGH {
        return Some(Check::pass(
            NAME,
            format!("{now}; --set-global enlarges it while more than {now} of files are loaded"),
        ));
    }
    if !is_small(facts, needs)? {
        return Some(Check::pass(NAME, now));
    }
    let little = format!(
        "{now}, which is little for {} MiB of files",
        grouped(text(facts, needs) / MIB)
    );
    let Some(size) = size(facts, needs) else {
        let words = format!("{little}, but the disk has no room for a larger one");
        return Some(Check::pass(NAME, words));
    };
    let larger = format!("{} MiB", grouped(size / MIB));
    Some(match (needs.set_global, may(facts)) {
        (true, Right::Held | Right::Unknown) => Check::pass(
            NAME,
            format!(
                "{now}; --set-global enlarges it to {larger} for the load, and restores it afterwards"
            ),
        ),
        (false, Right::Held) => Check::hint(
            NAME,
            format!("{little}; --set-global enlarges it to {larger} during the load, {SAVED}"),
        ),
        (false, Right::Unknown) => Check::hint(
            NAME,
            format!(
                "{little}; --set-global enlarges it to {larger} during the load, if this account \
                 may do that, {SAVED}"
            ),
        ),
        (_, Right::Missing) => Check::hint(
            NAME,
            format!(
                "{little}, and this account may not enlarge it (SYSTEM_VARIABLES_ADMIN); an \
                 administrator can: SET GLOBAL innodb_redo_log_capacity = {size}, {SAVED}"
            ),
        ),
    })
}

/// What is added to the check of the disk.
pub(super) fn on_disk(facts: &Facts, needs: &Requirements) -> String {
    let size = larger_redo_log(facts, needs);
    size.map_or_else(String::new, |size| {
        format!(
            ", and up to {} MiB for the redo log, which --set-global enlarges",
            grouped(size / MIB)
        )
    })
}

/// The size of the log in bytes; `None` if no SET GLOBAL changes it.
fn capacity(facts: &Facts) -> Option<u64> {
    let engine = facts.server.engine;
    if engine.globals != Globals::Set || !facts.server.is_since(engine.redo_log_capacity) {
        return None;
    }
    let set = facts.number("innodb_redo_log_capacity")?;
    // the older innodb_log_file_size, if it is set, decides instead
    let used = facts.number("Innodb_redo_log_capacity_resized");
    Some(set.max(used.unwrap_or_default()))
}

fn is_small(facts: &Facts, needs: &Requirements) -> Option<bool> {
    let capacity = capacity(facts)?;
    Some(capacity < ENOUGH && text(facts, needs) > capacity)
}

/// Bytes of text that are not loaded yet.
fn text(facts: &Facts, needs: &Requirements) -> u64 {
    match facts.loaded {
        Loaded::Nothing => needs.unpacked.bytes,
        Loaded::Part { text, .. } => needs.unpacked.bytes.saturating_sub(text),
        Loaded::All => 0,
    }
}

/// The wanted size in bytes; `None` if the disk has no room for it.
fn size(facts: &Facts, needs: &Requirements) -> Option<u64> {
    let wanted = match text(facts, needs).saturating_mul(LOGGED) {
        logged if logged < LARGEST => ENOUGH,
        _ => LARGEST,
    };
    let Some(free) = facts.free_disk else {
        return Some(ENOUGH);
    };
    let left = free.saturating_sub(disk::wished(facts, needs));
    [wanted, ENOUGH].into_iter().find(|size| *size <= left)
}

/// Whether the account may change global variables.
fn may(facts: &Facts) -> Right {
    facts
        .grants
        .global_right(&["SUPER", "SYSTEM_VARIABLES_ADMIN"])
}
