//! Files of tables that are replaced while the server is stopped, and the mark file that makes this
//! safe against a kill at any moment.
//!
//! ```text
//!  mark: stopping ─▶ the server stops
//!  mark: placing ─▶ each file: the live one gets another name too, the new one takes its place
//!  mark: starting ─▶ the server starts ─▶ it answers: the kept files and the mark are removed
//! ```
//!
//! The mark is on the disk before the first file is replaced. A start that finds it `stopping`
//! stops the server. If it is `placing`, the start puts the kept files back, because no server has
//! used the new ones. If it is `starting`, the new files are complete; only if the server does not
//! start with them are the kept files put back. A new file has the tablespace id of the file that
//! it replaces, and a kept file has a name that no server opens, so the server finds each id once
//! at every moment.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{read_json, remove_if_exists, sync_folder, write_json_to_disk};
use crate::state_dir::StateDir;

/// A file of a table, and the one that replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReplacement {
    /// The file that the server opens.
    pub live: PathBuf,
    /// The complete new file, on the same disk and already written to it.
    pub new: PathBuf,
}

impl FileReplacement {
    /// Where the replaced file is kept until the server answers.
    fn kept(&self) -> PathBuf {
        self.live.with_extension("reviewseed-kept")
    }
}

/// What the mark file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) progress: Progress,
    files: Vec<FileReplacement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Progress {
    /// The server is asked to stop. No file is replaced yet.
    Stopping,
    /// Some files may be replaced. No server has started with them.
    Placing,
    /// All files are replaced. A server may have started with them.
    Starting,
}

/// The steps of a replacement. A kill may happen after any of them.
enum Step<'a> {
    Write(Progress),
    Keep(&'a FileReplacement),
    Replace(&'a FileReplacement),
    SyncFolders,
}

/// Writes the mark that says that the server is about to be stopped.
pub(super) fn note_stop(state: &StateDir) -> Result<()> {
    let mark = Mark {
        progress: Progress::Stopping,
        files: Vec::new(),
    };
    write_json_to_disk(&mark_path(state), &mark)
}

/// Replaces the files. No server may run, and the caller holds the lock of the state directory.
pub(super) fn replace(state: &StateDir, files: Vec<FileReplacement>) -> Result<()> {
    let mut mark = Mark {
        progress: Progress::Placing,
        files: files.clone(),
    };
    for step in steps(&files) {
        carry_out(state, &mut mark, &step)?;
    }
    Ok(())
}

fn steps(files: &[FileReplacement]) -> Vec<Step<'_>> {
    let mut steps = vec![Step::Write(Progress::Placing)];
    for file in files {
        steps.extend([Step::Keep(file), Step::Replace(file)]);
    }
    steps.extend([Step::SyncFolders, Step::Write(Progress::Starting)]);
    steps
}

fn carry_out(state: &StateDir, mark: &mut Mark, step: &Step<'_>) -> Result<()> {
    match step {
        Step::Write(progress) => {
            mark.progress = *progress;
            write_json_to_disk(&mark_path(state), mark)
        }
        Step::Keep(file) => fs::hard_link(&file.live, file.kept()).map_err(Error::io(|| {
            format!(
                "cannot keep a copy of '{}' as '{}' (hard link)",
                file.live.display(),
                file.kept().display()
            )
        })),
        Step::Replace(file) => fs::rename(&file.new, &file.live).map_err(Error::io(|| {
            format!("cannot replace '{}'", file.live.display())
        })),
        Step::SyncFolders => sync_folders(&mark.files),
    }
}

/// The mark, if files are being replaced.
pub(super) fn mark(state: &StateDir) -> Result<Option<Mark>> {
    read_json(&mark_path(state))
}

/// Removes the kept files and the mark. The caller has found that the server answers.
pub(super) fn accept(state: &StateDir) -> Result<()> {
    let Some(mark) = mark(state)? else {
        return Ok(());
    };
    for file in &mark.files {
        remove_if_exists(&file.kept())?;
    }
    sync_folders(&mark.files)?;
    remove_mark(state)
}

/// Puts the kept files back, and removes the new files and the mark. No server may run.
pub(super) fn put_back(state: &StateDir) -> Result<()> {
    let Some(mark) = mark(state)? else {
        return Ok(());
    };
    for file in &mark.files {
        let kept = file.kept();
        if kept.exists() {
            fs::rename(&kept, &file.live).map_err(Error::io(|| {
                format!("cannot restore '{}'", file.live.display())
            }))?;
            // the kept name may still exist, because a rename does nothing if both are names of one
            // file
            remove_if_exists(&kept)?;
        }
        remove_if_exists(&file.new)?;
    }
    sync_folders(&mark.files)?;
    remove_mark(state)
}

fn mark_path(state: &StateDir) -> PathBuf {
    state.complete().join("replaced-files.json")
}

fn remove_mark(state: &StateDir) -> Result<()> {
    remove_if_exists(&mark_path(state))?;
    sync_folder(&state.complete())
}

fn sync_folders(files: &[FileReplacement]) -> Result<()> {
    let mut folders: Vec<&Path> = files.iter().filter_map(|f| f.live.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    folders.into_iter().try_for_each(sync_folder)
}

/// Whether the log of a server says that it has ended cleanly, so that no change of a replaced file
/// is left in its redo log.
pub(super) fn ended_cleanly(log: &Path) -> bool {
    let text = fs::read(log).unwrap_or_default();
    memchr::memmem::find(&text, b"Shutdown complete").is_some()
}

/// Checks that the live and the new files can be opened.
pub(super) fn check(files: &[FileReplacement]) -> Result<()> {
    for path in files.iter().flat_map(|f| [&f.live, &f.new]) {
        File::open(path).map_err(Error::io(|| format!("cannot open '{}'", path.display())))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample {
        _folder: tempfile::TempDir,
        state: StateDir,
        files: Vec<FileReplacement>,
    }

    /// Three tables in two databases.
    fn sample() -> Sample {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::create(&folder.path().join("state")).unwrap();
        let mut files = Vec::new();
        for name in ["a/one", "a/two", "b/three"] {
            let place = |ending: &str| state.data().join(format!("{name}.{ending}"));
            let file = FileReplacement {
                live: place("ibd"),
                new: place("reviewseed"),
            };
            fs::create_dir_all(file.live.parent().unwrap()).unwrap();
            fs::write(&file.live, format!("old {name}")).unwrap();
            fs::write(&file.new, format!("new {name}")).unwrap();
            files.push(file);
        }
        Sample {
            _folder: folder,
            state,
            files,
        }
    }

    impl Sample {
        /// The first word of each live file, and whether nothing else is left.
        fn live(&self) -> (Vec<String>, bool) {
            let words = self.files.iter().map(|file| {
                let text = fs::read_to_string(&file.live).unwrap();
                text.split(' ').next().unwrap().to_owned()
            });
            let left = self.files.iter().flat_map(|f| [f.new.clone(), f.kept()]);
            let nothing_left = left.chain([mark_path(&self.state)]).all(|p| !p.exists());
            (words.collect(), nothing_left)
        }

        /// A replacement that is killed after some of its steps.
        fn killed_after(&self, done: usize) {
            let mut mark = Mark {
                progress: Progress::Placing,
                files: self.files.clone(),
            };
            for step in steps(&self.files).iter().take(done) {
                carry_out(&self.state, &mut mark, step).unwrap();
            }
        }
    }

    #[test]
    fn a_replacement_that_is_killed_at_any_step_is_put_back_completely() {
        let all = steps(&sample().files).len();
        for done in 1..=all {
            let sample = sample();
            sample.killed_after(done);
            let progress = mark(&sample.state).unwrap().unwrap().progress;
            let complete = done == all;
            assert_eq!(progress == Progress::Starting, complete, "{done} steps");
            put_back(&sample.state).unwrap();
            let old = vec!["old".to_owned(); 3];
            assert_eq!(sample.live(), (old, true), "{done} steps");
        }
    }

    #[test]
    fn putting_back_can_itself_be_killed_and_repeated() {
        let sample = sample();
        replace(&sample.state, sample.files.clone()).unwrap();
        // as if it had been killed after the first file
        fs::rename(sample.files[0].kept(), &sample.files[0].live).unwrap();
        put_back(&sample.state).unwrap();
        assert_eq!(sample.live(), (vec!["old".to_owned(); 3], true));
        put_back(&sample.state).unwrap();
    }

    #[test]
    fn accepted_files_stay() {
        let sample = sample();
        replace(&sample.state, sample.files.clone()).unwrap();
        // as if it had been killed after the first file
        fs::remove_file(sample.files[0].kept()).unwrap();
        accept(&sample.state).unwrap();
        assert_eq!(sample.live(), (vec!["new".to_owned(); 3], true));
        accept(&sample.state).unwrap();
        put_back(&sample.state).unwrap();
        assert_eq!(sample.live(), (vec!["new".to_owned(); 3], true));
    }

    #[test]
    fn no_name_that_a_server_opens_is_added() {
        let sample = sample();
        for done in 1..=steps(&sample.files).len() {
            let sample = self::sample();
            sample.killed_after(done);
            let opened = |folder: &str| {
                let entries = fs::read_dir(sample.state.data().join(folder)).unwrap();
                let names = entries.map(|e| e.unwrap().path());
                names
                    .filter(|p| p.extension().is_some_and(|e| e == "ibd"))
                    .count()
            };
            assert_eq!((opened("a"), opened("b")), (2, 1), "{done} steps");
        }
    }
}
