//! Decides which reject files in a folder come from an earlier run. The next run replaces these
//! files, but no others.
//!
//! A hidden file for each table has the hashes of the table's reject files. If a file has another
//! hash, someone has edited it (it may have corrected records), or another program wrote it. No run
//! replaces such a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result, fail};
use xxhash_rust::xxh3::Xxh3;

use super::KINDS;

/// The extension of the hidden file of a table.
pub(super) const LEFT: &str = "left";
/// Number of bytes that are hashed at once.
const PIECE: usize = 1 << 18;
/// Maximum number of numbered folders that are tried.
const MOST_FOLDERS: u32 = 10_000;

/// The reject files that a run wrote for a table: the extension of each, and the hash of its bytes.
pub(super) type FileHashes = Vec<(String, u128)>;

/// The folder of a run's reject files.
#[derive(Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder's path.
    pub path: PathBuf,
    /// Files in the requested folder that must not be replaced, so that another folder is used.
    pub kept: Vec<PathBuf>,
}

/// Finds the folder for the reject files of these tables: the requested one or, if it has files
/// that must not be replaced, a numbered folder next to it. `is_input` says whether a folder has
/// input files.
///
/// # Errors
///
/// When a file cannot be read.
pub fn free_folder(
    asked: &Path,
    tables: &[&str],
    is_input: impl Fn(&Path) -> bool,
) -> Result<Folder> {
    let mut path = asked.to_path_buf();
    if !asked.is_dir() {
        // the folder is created later, and creating it fails if another file has its name
        return Ok(Folder {
            path,
            kept: Vec::new(),
        });
    }
    let kept = not_from_a_run(asked, tables)?;
    let mut tried = 0;
    while (path != asked && is_input(&path)) || !not_from_a_run(&path, tables)?.is_empty() {
        tried += 1;
        if tried == MOST_FOLDERS {
            fail!(
                "{} and the numbered folders next to it hold files that were edited or that \
                 reviewseed did not write; name another folder with --rejects",
                asked.display()
            );
        }
        path = next_folder(&path);
    }
    Ok(Folder { path, kept })
}

/// The folder with the next number: `rejects-2` follows `rejects`, and `rejects-3` follows
/// `rejects-2`.
pub fn next_folder(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let numbered = name
        .rsplit_once('-')
        .and_then(|(base, number)| Some((base, number.parse::<u32>().ok()?.checked_add(1)?)));
    let (base, number) = numbered.unwrap_or((&name, 2));
    folder.with_file_name(format!("{base}-{number}"))
}

/// The reject files of these tables that differ from what a run wrote.
fn not_from_a_run(folder: &Path, tables: &[&str]) -> Result<Vec<PathBuf>> {
    let mut kept = Vec::new();
    for table in tables {
        let known = read(folder, table)?;
        for kind in KINDS {
            let path = folder.join(format!("{table}.{kind}"));
            if !may_be_replaced(&path, kind, &known)? {
                kept.push(path);
            }
        }
    }
    Ok(kept)
}

/// Whether a file may be replaced: it does not exist, or it is unchanged since a run wrote it.
pub(super) fn may_be_replaced(path: &Path, kind: &str, known: &FileHashes) -> Result<bool> {
    if path.is_dir() {
        return Ok(false);
    }
    let hash = match hash_of(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        hash => hash.with_context(|| format!("cannot read {}", path.display()))?,
    };
    Ok(known.iter().any(|(of, is)| of == kind && *is == hash))
}

pub(super) fn hash_of(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    let mut hash = Xxh3::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hash.digest128()),
            read => hash.update(&piece[..read]),
        }
    }
}

fn place(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!(".{table}.{LEFT}"))
}

/// The beginning of a file's name while a process is writing the file. The process id follows, so
/// that files of killed processes can be recognized and removed.
pub(super) fn hidden_start(table: &str, kind: &str) -> String {
    format!(".{table}.{kind}.run-")
}

/// The files that the last run wrote for a table; empty if there was no run.
pub(super) fn read(folder: &Path, table: &str) -> Result<FileHashes> {
    let path = place(folder, table);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileHashes::new()),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let entry = |line: &str| {
        let (hash, kind) = line.split_once(' ')?;
        Some((kind.to_string(), u128::from_str_radix(hash, 16).ok()?))
    };
    Ok(text.lines().filter_map(entry).collect())
}

/// Records the files that a run wrote for a table.
pub(super) fn write(folder: &Path, table: &str, known: &FileHashes) -> io::Result<()> {
    let path = place(folder, table);
    if known.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let lines = known
        .iter()
        .map(|(kind, hash)| format!("{hash:032x} {kind}\n"));
    let temporary = folder.join(format!(
        "{}{}",
        hidden_start(table, LEFT),
        std::process::id()
    ));
    fs::write(&temporary, lines.collect::<String>())?;
    fs::rename(&temporary, &path)
}

/// Removes the files with hidden names that belong to processes which no longer run.
pub(super) fn remove_files_of_killed_runs(folder: &Path, table: &str) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let mut kinds = KINDS.into_iter().chain([LEFT]);
        let process = kinds.find_map(|kind| {
            let start = hidden_start(table, kind);
            name.to_str()?.strip_prefix(&start)?.parse::<i32>().ok()
        });
        if process.is_some_and(|process| !is_alive(process)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a process is running; `true` if this cannot be determined.
fn is_alive(process: i32) -> bool {
    let own = i32::try_from(std::process::id());
    let process = rustix::process::Pid::from_raw(process);
    process.is_some_and(|process| {
        own != Ok(process.as_raw_nonzero().get())
            && rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}
