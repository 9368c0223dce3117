//! What a run left in a folder of reject files, so that the next one replaces these files and no
//! others.
//!
//! A hidden file for each table holds the hashes of its reject files. A file whose hash is not
//! there was edited since (it may hold mended records) or was written by another program: no run
//! replaces it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xxhash_rust::xxh3::Xxh3;

use super::KINDS;

/// The ending of the hidden file of a table.
pub(super) const LEFT: &str = "left";
/// Bytes that are hashed at a time.
const PIECE: usize = 1 << 18;
/// Folders that are tried beside the one that was named.
const MOST_FOLDERS: u32 = 10_000;

/// The reject files of a table as a run left them: the ending of each and the hash of its bytes.
pub(super) type Left = Vec<(String, u128)>;

/// The folder of a run's reject files.
#[derive(Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where they go.
    pub path: PathBuf,
    /// Files that no run left so, because of which they do not go where it was asked.
    pub kept: Vec<PathBuf>,
}

/// Finds the folder for the reject files of these tables: the one that was asked for, or if it has
/// files that must not be replaced, one beside it with a number. `is_input` says which folders hold
/// files that are read.
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
        // the folder is made later, with an error where something else is in its place
        return Ok(Folder {
            path,
            kept: Vec::new(),
        });
    }
    let kept = not_left_by_a_run(asked, tables)?;
    let mut tried = 0;
    while (path != asked && is_input(&path)) || !not_left_by_a_run(&path, tables)?.is_empty() {
        tried += 1;
        if tried == MOST_FOLDERS {
            bail!(
                "{} holds files that are not as a run left them, and so do the folders beside it; name another folder with --rejects",
                asked.display()
            );
        }
        path = next_folder(&path);
    }
    Ok(Folder { path, kept })
}

/// The folder with the next number: `rejects-2` after `rejects`, `rejects-3` after that.
pub fn next_folder(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let numbered = name
        .rsplit_once('-')
        .and_then(|(base, number)| Some((base, number.parse::<u32>().ok()?.checked_add(1)?)));
    let (base, number) = numbered.unwrap_or((&name, 2));
    folder.with_file_name(format!("{base}-{number}"))
}

/// Reject files of these tables that are not byte for byte what a run left.
fn not_left_by_a_run(folder: &Path, tables: &[&str]) -> Result<Vec<PathBuf>> {
    let mut kept = Vec::new();
    for table in tables {
        let left = read(folder, table)?;
        for kind in KINDS {
            let path = folder.join(format!("{table}.{kind}"));
            if !is_as_left(&path, kind, &left)? {
                kept.push(path);
            }
        }
    }
    Ok(kept)
}

/// Whether a file may be replaced: because a run left it so, or because it is not there.
pub(super) fn is_as_left(path: &Path, kind: &str, left: &Left) -> Result<bool> {
    if path.is_dir() {
        return Ok(false);
    }
    let hash = match hash_of(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        hash => hash.with_context(|| format!("cannot read {}", path.display()))?,
    };
    Ok(left.iter().any(|(of, known)| of == kind && *known == hash))
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

/// How the name of a file begins while a process writes it; the id of the process follows. What
/// killed processes leave is known by it and removed.
pub(super) fn hidden_start(table: &str, kind: &str) -> String {
    format!(".{table}.{kind}.run-")
}

/// What a run left of a table; nothing when none did.
pub(super) fn read(folder: &Path, table: &str) -> Result<Left> {
    let path = place(folder, table);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Left::new()),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let entry = |line: &str| {
        let (hash, kind) = line.split_once(' ')?;
        Some((kind.to_string(), u128::from_str_radix(hash, 16).ok()?))
    };
    Ok(text.lines().filter_map(entry).collect())
}

/// Notes what a run leaves of a table.
pub(super) fn write(folder: &Path, table: &str, left: &Left) -> io::Result<()> {
    let path = place(folder, table);
    if left.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let lines = left
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
