//! Checks the disk of the reject files, so that a run fails before it fills the disk.

use std::path::Path;

use crate::error::{Result, fail};

/// Number of bytes of rejected records between two checks of the disk.
const CHECK_EVERY: u64 = 16 << 20;
/// Number of bytes that must stay free for other programs.
const RESERVE: u64 = 64 << 20;

/// Checks the disk for the reject files of one table.
#[derive(Debug, Default)]
pub(super) struct DiskSpace {
    /// Number of bytes written since the last check.
    since: u64,
}

impl DiskSpace {
    /// Counts bytes that are about to be written to this folder, and checks its disk at intervals.
    ///
    /// # Errors
    ///
    /// When the disk is nearly full.
    pub(super) fn take(&mut self, bytes: usize, folder: &Path) -> Result<()> {
        self.since += bytes as u64;
        if self.since < CHECK_EVERY {
            return Ok(());
        }
        self.since = 0;
        match rustix::fs::statvfs(folder) {
            Ok(disk) => is_enough(disk.f_bavail * disk.f_frsize, folder),
            // if the disk cannot be checked, continue: the write itself fails if the disk is full
            Err(_) => Ok(()),
        }
    }
}

fn is_enough(free: u64, folder: &Path) -> Result<()> {
    if free >= RESERVE {
        return Ok(());
    }
    fail!(
        "the disk of {} is nearly full ({} MiB free), and more records may be rejected; free some space, name another folder with \
         --rejects, or allow fewer rejects with --max-rejects, and run the same command again",
        folder.display(),
        free >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reject_files_leave_some_of_the_disk_to_others() {
        let folder = Path::new("rejects");
        assert!(is_enough(64 << 20, folder).is_ok());
        let error = is_enough((64 << 20) - 1, folder).unwrap_err().to_string();
        assert!(
            error.contains("63 MiB free") && error.contains("--rejects"),
            "{error}"
        );
    }

    #[test]
    fn the_disk_is_checked_once_for_every_16_mib() {
        let mut space = DiskSpace::default();
        let here = tempfile::tempdir().unwrap();
        for _ in 0..10 {
            space.take(3 << 20, here.path()).unwrap();
        }
        assert_eq!(space.since, (30 << 20) % (18 << 20));
    }
}
