//! The resources of this machine that a run may use.

use mysql::apply;

/// Memory for sorting index entries, shared by all tables.
const INDEX_MEMORY: u64 = 512 << 20;

/// The resources for building indexes. By default, two cores work on each table. With one core per
/// table, the largest table would be the last to finish, and the other cores would be idle; with
/// all cores on one table at a time, they would wait for its disk.
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
