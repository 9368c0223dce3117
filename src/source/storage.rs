//! Where bytes are kept, and a range of them as a reader.
//!
//! Everything is read by place, never by a shared position, so that one open file serves any number of readers. Standard input
//! and pipes, which can be read only once, are copied to an unnamed temporary file first.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// Bytes that can be read at any place, again and again.
pub trait Storage: std::fmt::Debug + Send + Sync {
    /// Reads some bytes from this place; 0 at the end.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// How many there are now.
    ///
    /// # Errors
    ///
    /// When that cannot be told.
    fn bytes(&self) -> io::Result<u64>;

    /// When they were last written to, where that is known.
    fn modified(&self) -> Option<SystemTime>;
}

impl Storage for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn modified(&self) -> Option<SystemTime> {
        self.metadata().and_then(|m| m.modified()).ok()
    }
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Arc<dyn Storage>> {
    let name = path.display();
    if path == Path::new("-") {
        return spool(io::stdin().lock(), "standard input");
    }
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    let meta = file
        .metadata()
        .with_context(|| format!("cannot read {name}"))?;
    if meta.is_dir() {
        bail!("{name} is a directory; a file with the rows of a table is expected");
    }
    if !meta.is_file() {
        return spool(file, &name.to_string());
    }
    Ok(Arc::new(file))
}

fn spool(mut input: impl Read, name: &str) -> Result<Arc<dyn Storage>> {
    let hint = "it is kept in the folder for temporary files, which TMPDIR names";
    let mut file =
        tempfile::tempfile().with_context(|| format!("cannot keep a copy of {name}; {hint}"))?;
    io::copy(&mut input, &mut file)
        .with_context(|| format!("cannot keep a copy of {name}; {hint}"))?;
    Ok(Arc::new(file))
}

/// A range of a storage, as a reader.
#[derive(Debug, Clone)]
pub(super) struct Section {
    storage: Arc<dyn Storage>,
    start: u64,
    at: u64,
    end: u64,
}

impl Section {
    pub(super) fn new(storage: Arc<dyn Storage>, start: u64, bytes: u64) -> Section {
        Section {
            storage,
            start,
            at: start,
            end: start + bytes,
        }
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let read = self.storage.read_at(&mut buffer[..room], self.at)?;
        if read == 0 && room > 0 {
            return Err(io::Error::other(Changed));
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(by) => (self.start, i64::try_from(by).unwrap_or(i64::MAX)),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.end, by),
        };
        match base.checked_add_signed(by) {
            Some(at) if (self.start..=self.end).contains(&at) => {
                self.at = at;
                Ok(at - self.start)
            }
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

/// The storage holds another number of bytes than when it was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed;

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it changed while it was read")
    }
}

impl std::error::Error for Changed {}
