//! The files: written in order, hashed on the way, in place only when they are complete.
//!
//! One thread per file writes and hashes, so that neither holds up the making of rows; a bounded
//! channel in front of each keeps memory flat when the disk is slower. Buffers come back to be
//! filled again. Until [`Output::finish`] the files have a temporary name, and an [`Output`] that
//! is dropped before takes them away again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};

/// A file that is being written by its own thread.
pub(super) struct Output {
    path: PathBuf,
    temporary: PathBuf,
    full: Option<SyncSender<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<io::Result<(u64, String)>>>,
}

impl Output {
    /// Opens the temporary file; at most `queue` buffers wait to be written.
    pub(super) fn create(path: &Path, queue: usize) -> Result<Self> {
        let temporary = temporary(path);
        let mut file = File::create(&temporary)
            .with_context(|| format!("cannot write {}", temporary.display()))?;
        let (full, incoming) = sync_channel::<Vec<u8>>(queue);
        let (done, empty) = channel();
        let thread = std::thread::spawn(move || {
            let mut hash = Sha256::new();
            let mut bytes = 0;
            for mut buffer in incoming {
                file.write_all(&buffer)?;
                hash.update(&buffer);
                bytes += buffer.len() as u64;
                buffer.clear();
                // nobody takes buffers back once the last one is filled
                let _ = done.send(buffer);
            }
            let digits = hash
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            Ok((bytes, digits))
        });
        Ok(Output {
            path: path.to_owned(),
            temporary,
            full: Some(full),
            empty,
            thread: Some(thread),
        })
    }

    /// A buffer that was written before, emptied, or a new one.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.empty.try_recv().unwrap_or_default()
    }

    /// Appends a buffer; waits where too many are waiting.
    pub(super) fn append(&mut self, buffer: Vec<u8>) -> Result<()> {
        match &self.full {
            Some(full) if full.send(buffer).is_ok() => Ok(()),
            // the thread is gone: it has the reason
            _ => Err(self
                .close()
                .err()
                .unwrap_or_else(|| anyhow!("the writer of {} stopped", self.path.display()))),
        }
    }

    /// Waits until all is written; gives the number of bytes and their SHA-256.
    pub(super) fn close(&mut self) -> Result<(u64, String)> {
        self.full = None;
        let thread = self.thread.take().context("the file is closed already")?;
        let written = thread
            .join()
            .map_err(|_| anyhow!("the writer of {} panicked", self.path.display()))?;
        written.with_context(|| format!("cannot write {}", self.temporary.display()))
    }

    /// Gives a closed file its name.
    pub(super) fn finish(self) -> Result<()> {
        rename(&self.temporary, &self.path)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // after a rename there is nothing left to take away
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a small file under a temporary name first.
pub(super) fn write_small(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary(path);
    fs::write(&temporary, bytes)
        .with_context(|| format!("cannot write {}", temporary.display()))?;
    rename(&temporary, path)
}

fn temporary(path: &Path) -> PathBuf {
    path.with_added_extension("partial")
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))
}
