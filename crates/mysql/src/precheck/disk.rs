//! Whether the server's disk has room for the tables.

use super::judge::MIB;
use super::{Check, Facts, Loaded, Requirements};
use model::wording::grouped;

const NAME: &str = "disk space";

/// Bytes of disk that tables and indexes need for each byte of the files: 2.4 (MariaDB) to 2.9
/// (MySQL). Sorting index entries temporarily takes more: `DISK_WISHED`.
const DISK_NEEDED: u64 = 3;
const DISK_WISHED: u64 = 4;

/// Compares the free space with what the tables of the files will take.
pub(super) fn judge(facts: &Facts, needs: &Requirements) -> Check {
    let Some(free) = facts.free_disk else {
        return Check::pass(NAME, "unknown, because the server is on another machine");
    };
    if facts.loaded == Loaded::All {
        return Check::pass(NAME, "the files are already loaded");
    }
    if needs.input_bytes == 0 {
        let folder = folder(facts);
        return Check::pass(
            NAME,
            format!("{} MiB are free in {folder}", grouped(free / MIB)),
        );
    }
    let words = in_words(free, facts, needs);
    let text = needs.unpacked.bytes;
    // an estimate alone must not fail the run, so only bytes that are certain count here
    let certain = match needs.unpacked.exact {
        true => text,
        false => needs.input_bytes.min(text),
    };
    // a run that resumes needs space only for the rest
    let needed = |text: u64, factor: u64| {
        text.saturating_mul(factor)
            .saturating_sub(facts.loaded.on_disk())
    };
    if free < needed(certain, DISK_NEEDED) {
        return Check::fail(
            NAME,
            format!(
                "{words}; free some space on the server's disk, or skip this check with --skip-check disk: a run that fills the disk can be resumed"
            ),
        );
    }
    if free < needed(text, DISK_WISHED) {
        return Check::warn(
            NAME,
            format!("{words}, and up to a third more while indexes are built; free some space"),
        );
    }
    Check::pass(NAME, words)
}

/// The folder of the server's data.
fn folder(facts: &Facts) -> &str {
    facts.variables.get("datadir").map_or("", String::as_str)
}

/// What is free and what is needed, as text.
fn in_words(free: u64, facts: &Facts, needs: &Requirements) -> String {
    let text = needs.unpacked.bytes;
    let unpacked = match (needs.unpacked.exact, text == needs.input_bytes) {
        (true, true) => String::new(),
        (true, false) => format!(", {} MiB decompressed,", grouped(text.div_ceil(MIB))),
        (false, _) => format!(
            ", decompressed perhaps {} MiB (an estimate, because the compressed files do not \
             contain their size),",
            grouped(text.div_ceil(MIB))
        ),
    };
    let there = match facts.loaded {
        Loaded::Nothing => String::new(),
        _ => format!(
            ", of which about {} MiB are loaded",
            grouped(facts.loaded.on_disk() / MIB)
        ),
    };
    format!(
        "{} MiB are free in {}, and {} MiB of files{unpacked} need about {} MiB as tables with indexes{there}",
        grouped(free / MIB),
        folder(facts),
        grouped(needs.input_bytes.div_ceil(MIB)),
        grouped(text.saturating_mul(DISK_NEEDED).div_ceil(MIB))
    )
}
