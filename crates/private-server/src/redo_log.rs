//! The mark file that says that the redo log of the server may be off.
//!
//! MySQL loads rows a fifth faster without its redo log. But a server that is killed while its redo
//! log is off never starts again ("Disabling Redo Logging" in its manual). So the log is off only
//! while one run fills a server that has no other data. The mark exists from before the log is
//! switched off until after it is switched on again. When a marked server does not start for that
//! reason, its data directory is removed and initialised again. Nothing is lost by that, because
//! the run read all its rows from files and can be repeated.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::{create_private, sync_folder};
use crate::initialise;
use crate::state_dir::StateDir;

/// What MySQL (8.0.21 to 9.7) writes to its error log at the next start after it was killed while
/// its redo log was off.
const KILLED_WITHOUT_LOG: &str = "killed when InnoDB redo logging was disabled";

/// The mark file of one server.
#[derive(Debug, Clone)]
pub struct RedoLogMark {
    path: PathBuf,
}

impl RedoLogMark {
    pub(super) fn of(state: &StateDir) -> RedoLogMark {
        RedoLogMark {
            path: state.complete().join("redo-log-off"),
        }
    }

    /// Whether the redo log may be off.
    pub fn is_set(&self) -> bool {
        self.path.exists()
    }

    /// Writes the mark to the disk, so that it survives a loss of power. Call it before the log is
    /// switched off.
    ///
    /// # Errors
    ///
    /// When the folder of the server cannot be written.
    pub fn set(&self) -> Result<()> {
        create_private(&self.path)?
            .sync_all()
            .map_err(Error::io(|| {
                format!("cannot write '{}'", self.path.display())
            }))?;
        self.sync_folder()
    }

    /// Removes the mark. Call it after the log is on.
    ///
    /// # Errors
    ///
    /// When the folder of the server cannot be written.
    pub fn clear(&self) -> Result<()> {
        fs::remove_file(&self.path).map_err(Error::io(|| {
            format!("cannot remove '{}'", self.path.display())
        }))?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<()> {
        sync_folder(self.path.parent().unwrap_or(Path::new(".")))
    }
}

/// Whether the server failed to start just now because it was killed while its redo log was off.
pub(super) fn prevented_start(state: &StateDir) -> bool {
    let log = fs::read(state.log()).unwrap_or_default();
    RedoLogMark::of(state).is_set()
        && memchr::memmem::find(&log, KILLED_WITHOUT_LOG.as_bytes()).is_some()
}

/// Removes the data of a server that was killed while its redo log was off. The caller holds the
/// lock of the state directory.
pub(super) fn discard_data(state: &StateDir) -> Result<()> {
    // renamed first, so that a crash in the middle leaves no half of a data directory in its place
    let discarded = initialise::partial_folder(state);
    fs::rename(state.complete(), &discarded).map_err(Error::io(|| {
        format!("cannot rename '{}'", state.complete().display())
    }))?;
    fs::remove_dir_all(&discarded).map_err(Error::io(|| {
        format!("cannot remove '{}'", discarded.display())
    }))
}
