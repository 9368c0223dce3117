//! Sorted runs on disk. All runs of a sorter are in one unnamed file, which the system removes when
//! the process ends.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::{Context, Result, damaged};

/// Total size in bytes of the read buffers of all sorted runs while they are merged.
const MERGE_MEMORY: usize = 4 << 20;
/// Minimum size in bytes of the read buffer of a sorted run.
const LEAST_READ: usize = 16 << 10;

/// The sorted runs in a file.
#[derive(Debug)]
pub struct Runs {
    file: File,
    /// End offset of each sorted run.
    ends: Vec<u64>,
}

impl Runs {
    /// Creates the unnamed file in `folder`, without sorted runs.
    ///
    /// # Errors
    ///
    /// When the file cannot be created.
    pub fn new(folder: &Path) -> Result<Runs> {
        Ok(Runs {
            file: unnamed_file(folder)?,
            ends: Vec::new(),
        })
    }

    /// Starts a sorted run.
    pub fn begin(&mut self) {
        self.ends.push(self.end());
    }

    fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Appends bytes to the last sorted run.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let at = self.end();
        self.file
            .write_all_at(bytes, at)
            .context("cannot write a sorted run")?;
        if let Some(end) = self.ends.last_mut() {
            *end = at + bytes.len() as u64;
        }
        Ok(())
    }

    /// A reader for each sorted run.
    pub fn readers(&self) -> Vec<RunReader<'_>> {
        let size = (MERGE_MEMORY / self.ends.len().max(1)).max(LEAST_READ);
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins
            .zip(&self.ends)
            .map(|(at, end)| RunReader {
                file: &self.file,
                at,
                end: *end,
                buffer: Vec::new(),
                next: 0,
                size,
            })
            .collect()
    }
}

/// A sorted run that is being read.
#[derive(Debug)]
pub struct RunReader<'a> {
    file: &'a File,
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    next: usize,
    size: usize,
}

impl RunReader<'_> {
    /// Whether the sorted run was read to its end.
    pub fn is_at_end(&self) -> bool {
        self.next == self.buffer.len() && self.at == self.end
    }

    /// Reads the next bytes.
    ///
    /// # Errors
    ///
    /// When the bytes cannot be read, or the sorted run has fewer bytes left.
    pub fn take(&mut self, count: usize) -> Result<&[u8]> {
        if self.buffer.len() - self.next < count {
            self.fill(count)?;
        }
        self.next += count;
        Ok(&self.buffer[self.next - count..self.next])
    }

    fn fill(&mut self, count: usize) -> Result<()> {
        self.buffer.drain(..self.next);
        self.next = 0;
        let held = self.buffer.len();
        let more = (self.end - self.at).min(self.size.max(count) as u64) as usize;
        self.buffer.resize(held + more, 0);
        self.file
            .read_exact_at(&mut self.buffer[held..], self.at)
            .context("cannot read a sorted run")?;
        self.at += more as u64;
        if self.buffer.len() < count {
            damaged!("a sorted run ends too early");
        }
        Ok(())
    }
}

/// Creates a file and removes its name at once, so that the system frees the file when the process
/// ends.
///
/// # Errors
///
/// When the file cannot be created or its name cannot be removed.
fn unnamed_file(folder: &Path) -> Result<File> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("sort-{}-{number}.reviewseed", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    Ok(file)
}
