//! Small files that only their owner may read. After a crash, each file is complete: it has its old
//! or its new content.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Creates an empty file with mode 0600, or empties the existing file.
pub(crate) fn create_private(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io(|| format!("cannot write '{}'", path.display())))
}

/// Writes a temporary file and renames it, so that a reader finds the whole text or the previous
/// file, even after a crash.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let partial = path.with_extension("partial");
    create_private(&partial)?
        .write_all(text.as_bytes())
        .map_err(Error::io(|| {
            format!("cannot write '{}'", partial.display())
        }))?;
    fs::rename(&partial, path).map_err(Error::io(|| format!("cannot write '{}'", path.display())))
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })?;
    write_private(path, &format!("{text}\n"))
}

/// Like [`write_json`], and waits until the file is on the disk.
pub(crate) fn write_json_to_disk(path: &Path, value: &impl Serialize) -> Result<()> {
    let partial = path.with_extension("new");
    write_json(&partial, value)?;
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&partial, path))
        .map_err(Error::io(|| format!("cannot write '{}'", path.display())))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Waits until the names in a folder are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io(|| {
            format!("cannot write to '{}'", folder.display())
        }))
}

/// Reads and parses a file; `None` when it does not exist.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => {
            let value = serde_json::from_slice(&bytes);
            value.map(Some).map_err(|source| Error::Json {
                path: path.to_owned(),
                source,
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).map_err(Error::io(|| format!("cannot read '{}'", path.display()))),
    }
}

pub(crate) fn remove_if_exists(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).map_err(Error::io(|| format!("cannot remove '{}'", path.display())))
        }
        _ => Ok(()),
    }
}

/// Checks that the path is a folder that belongs to this user, and not a link to one. Removes the
/// permissions of all other users.
pub(crate) fn restrict_to_owner(folder: &Path) -> Result<()> {
    // not metadata(), which follows links: in /tmp, another user may have created a link with this
    // name
    let meta = fs::symlink_metadata(folder)
        .map_err(Error::io(|| format!("cannot open '{}'", folder.display())))?;
    let me = rustix::process::geteuid().as_raw();
    if !meta.is_dir() {
        return Err(Error::StateDir(format!(
            "'{}' is not a folder; remove it",
            folder.display()
        )));
    }
    if meta.uid() != me {
        return Err(Error::StateDir(format!(
            "'{}' belongs to user {}, but you are user {me}; run the command as that user, or in \
             another folder",
            folder.display(),
            meta.uid()
        )));
    }
    if meta.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(Error::io(
            || format!("cannot restrict '{}' to its owner", folder.display()),
        ))?;
    }
    Ok(())
}
