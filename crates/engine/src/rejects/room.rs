//! Room on the disk of the reject files: they stop before they fill it.

use std::path::Path;

use anyhow::{Result, bail};

/// Bytes of rejected records between two looks at the disk.
const LOOK_EVERY: u64 = 16 << 20;
/// What is left to others.
const LEFT_TO_OTHERS: u64 = 64 << 20;

/// Room for the reject files of a table.
#[derive(Debug, Default)]
pub(super) struct Room {
    since: u64,
}

impl Room {
    /// Notes that this many bytes are to be written to this folder.
    ///
    /// # Errors
    ///
    /// When the disk is nearly full.
    pub(super) fn take(&mut self, bytes: usize, folder: &Path) -> Result<()> {
        self.since += bytes as u64;
        if self.since < LOOK_EVERY {
            return Ok(());
        }
        self.since = 0;
        match rustix::fs::statvfs(folder) {
            Ok(disk) => is_enough(disk.f_bavail * disk.f_frsize, folder),
            // then the write tells
            Err(_) => Ok(()),
        }
    }
}

fn is_enough(free: u64, folder: &Path) -> Result<()> {
    if free >= LEFT_TO_OTHERS {
        return Ok(());
    }
    bail!(
        "the disk of {} is nearly full: {} MiB are left, and rejected records still come; make room there, name another folder with \
         --rejects, or allow fewer with --max-rejects, then run the same command again",
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
            error.contains("63 MiB are left") && error.contains("--rejects"),
            "{error}"
        );
    }

    #[test]
    fn the_disk_is_looked_at_now_and_then() {
        let mut room = Room::default();
        let here = tempfile::tempdir().unwrap();
        for _ in 0..10 {
            room.take(3 << 20, here.path()).unwrap();
        }
        assert_eq!(room.since, (30 << 20) % (18 << 20));
    }
}
