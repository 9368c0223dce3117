//! The mark that says on disk that the server's redo log is off.
//!
//! MySQL takes rows a fifth faster without its redo log, but killed meanwhile it never starts again
//! ("Disabling Redo Logging" in its manual). So the log is off only while one run fills a server
//! that holds nothing else, and marked so from before it is off until after it is on again. When a
//! marked server refuses to start for that reason, its data are removed and made anew: all of them
//! were read from files by that run, which is then repeated.

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::initialise;
use super::state::{StateDir, create_private};

/// What a MySQL (8.0.21 to 9.7) writes to its log when it was killed without its redo log.
const REFUSAL: &str = "killed when InnoDB redo logging was disabled";

/// The mark of one server.
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

    /// Whether the log may be off.
    pub fn is_set(&self) -> bool {
        self.path.exists()
    }

    /// To be called before the log is switched off; survives a loss of power.
    ///
    /// # Errors
    ///
    /// When the server's folder cannot be written to.
    pub fn set(&self) -> Result<()> {
        create_private(&self.path)?.sync_all()?;
        self.sync_folder()
    }

    /// To be called after the log is on.
    ///
    /// # Errors
    ///
    /// When the server's folder cannot be written to.
    pub fn clear(&self) -> Result<()> {
        fs::remove_file(&self.path)
            .with_context(|| format!("cannot remove '{}'", self.path.display()))?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<()> {
        let folder = self.path.parent().context("a mark lies in a folder")?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .with_context(|| format!("cannot write to '{}'", folder.display()))
    }
}

/// Whether the server that has just failed to start was killed while its log was off.
pub(super) fn is_why_it_failed(state: &StateDir) -> bool {
    let log = fs::read(state.log()).unwrap_or_default();
    RedoLogMark::of(state).is_set() && memchr::memmem::find(&log, REFUSAL.as_bytes()).is_some()
}

/// Removes the data of such a server. The caller holds the lock of the state directory.
pub(super) fn discard_data(state: &StateDir) -> Result<()> {
    // by one rename, lest a half of them be taken for a database
    let doomed = initialise::partial(state);
    fs::rename(state.complete(), &doomed)
        .with_context(|| format!("cannot rename '{}'", state.complete().display()))?;
    fs::remove_dir_all(&doomed).with_context(|| format!("cannot remove '{}'", doomed.display()))
}
