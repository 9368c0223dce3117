//! What this machine offers to a run.

use mysql::apply;

/// Memory for sorting index entries, shared by all tables.
const INDEX_MEMORY: u64 = 512 << 20;

/// What building indexes may take. Unless told, two cores work on a table at a time: with one each,
/// the largest table is alone in the end, and with all of them on one table after another, they
/// wait for its disk.
pub(crate) fn index_settings(jobs: Option<u16>) -> apply::Settings {
    apply::Settings {
        jobs: jobs.map_or((cores() / 2).max(2), usize::from),
        cores: cores(),
        memory: INDEX_MEMORY,
    }
}

/// Cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
