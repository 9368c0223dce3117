//! The resources of this machine that a run may use.

use mysql::apply;
use private_server::container_memory;
use rustix::process::Resource;

use crate::error::{Result, fail};

/// Memory for sorting index entries, shared by all tables; less if the process has a memory limit.
const INDEX_MEMORY: u64 = 512 << 20;

/// The resources for building indexes. By default, two cores work on each table. With one core per
/// table, the largest table would finish last while the other cores are idle. With all cores on one
/// table at a time, the cores would wait for the disk.
pub(crate) fn index_settings(jobs: Option<u16>) -> apply::Settings {
    apply::Settings {
        jobs: jobs.map_or((cores() / 2).max(2), usize::from),
        cores: cores(),
        memory: memory_limit().map_or(INDEX_MEMORY, |(_, bytes)| INDEX_MEMORY.min(bytes / 4)),
    }
}

/// Memory that a command needs in addition to that of its threads.
const LEAST_MEMORY: u64 = 48 << 20;

/// Memory of a thread that reads or cleans: its chunks, and the allocator's memory for the thread.
const MEMORY_OF_A_THREAD: u64 = 24 << 20;

/// Threads that a command starts in addition to one or two per core.
const OTHER_THREADS: usize = 6;

/// Number of cores to use: those of this machine, but no more than the process has memory for.
pub fn cores() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores_within(cores, memory_limit().map(|(_, bytes)| bytes))
}

fn cores_within(cores: usize, limit: Option<u64>) -> usize {
    let left = limit.map(|bytes| bytes.saturating_sub(LEAST_MEMORY) / MEMORY_OF_A_THREAD);
    let room = left.map(|threads| usize::try_from(threads).unwrap_or(usize::MAX));
    cores.min(room.unwrap_or(usize::MAX)).max(1)
}

/// The smallest memory limit of this process: its name, and the bytes that remain under it.
fn memory_limit() -> Option<(&'static str, u64)> {
    let of_process = |resource, name| Some((name, rustix::process::getrlimit(resource).current?));
    // `ulimit -v` also counts memory that is already in use, such as the code of the program
    let of_addresses = |(name, bytes): (_, u64)| (name, bytes.saturating_sub(address_space()));
    let limits = [
        of_process(Resource::As, "ulimit -v").map(of_addresses),
        of_process(Resource::Data, "ulimit -d"),
        container_memory().map(|bytes| ("the container", bytes)),
    ];
    limits.into_iter().flatten().min_by_key(|(_, bytes)| *bytes)
}

/// Bytes of the address space in use, read as proc_pid_statm(5) describes.
fn address_space() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').next().and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}

/// Checks before a command starts that the limits of this process are high enough. If memory or
/// threads ran out later, the command would be aborted in the middle.
///
/// # Errors
///
/// Names the limit that is too low.
pub fn check_limits() -> Result<()> {
    let needed = LEAST_MEMORY + MEMORY_OF_A_THREAD;
    if let Some((name, bytes)) = memory_limit().filter(|(_, bytes)| *bytes < needed) {
        fail!(
            "{name} leaves this program {} MB of memory, and it needs {} MB; raise the limit",
            bytes >> 20,
            needed >> 20
        );
    }
    let threads = 2 * cores() + OTHER_THREADS;
    let Some((started, error)) = first_failure(threads) else {
        return Ok(());
    };
    let limit = rustix::process::getrlimit(Resource::Nproc).current;
    let limit = limit.map_or(String::new(), |limit| {
        format!(" (ulimit -u allows this account {limit} processes and threads)")
    });
    fail!(
        "the system lets this program start {started} of the {threads} threads that it needs: \
         {error}{limit}; raise the limit, or end other programs of this account"
    )
}

/// Starts `threads` threads at the same time. If one fails to start, returns how many were started
/// and the error; `None` if all start.
fn first_failure(threads: usize) -> Option<(usize, std::io::Error)> {
    let (release, wait) = crossbeam_channel::bounded::<()>(0);
    let mut started = Vec::new();
    let mut failed = None;
    for at in 0..threads {
        let wait = wait.clone();
        let thread = std::thread::Builder::new().spawn(move || {
            let _ = wait.recv();
        });
        match thread {
            Ok(thread) => started.push(thread),
            Err(error) => {
                failed = Some((at, error));
                break;
            }
        }
    }
    drop(release);
    for thread in started {
        let _ = thread.join();
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_memory_leaves_room_for_fewer_threads_and_at_least_one() {
        let mb = |n: u64| Some(n << 20);
        for (cores, limit, expected) in [
            (8, None, 8),
            (8, mb(4096), 8),
            (8, mb(100), 2),
            (2, mb(100), 2),
            (8, mb(72), 1),
            (8, mb(10), 1),
        ] {
            assert_eq!(cores_within(cores, limit), expected, "{limit:?}");
        }
    }

    #[test]
    fn threads_that_the_system_allows_all_start() {
        assert!(first_failure(3).is_none());
    }
}
