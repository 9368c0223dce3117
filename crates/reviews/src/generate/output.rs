//! Writes and hashes the files. A file gets its final name when it is complete.
//!
//! One thread per file writes and hashes, in parallel with the threads that make rows. A bounded
//! channel to each writing thread limits memory when the disk is slower. The thread sends written
//! buffers back, so that they are used again. Until [`Output::finish`], a file has a temporary
//! name; dropping an [`Output`] before that removes the file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

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
        let mut file = File::create(&temporary).map_err(Error::io(|| {
            format!("cannot write {}", temporary.display())
        }))?;
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
                // this fails after the last buffer, when the receiver has been dropped
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

    /// An empty buffer: a buffer that has been written, or a new one.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.empty.try_recv().unwrap_or_default()
    }

    /// Appends a buffer. Waits while the queue is full.
    pub(super) fn append(&mut self, buffer: Vec<u8>) -> Result<()> {
        match &self.full {
            Some(full) if full.send(buffer).is_ok() => Ok(()),
            // the thread has ended, and its result says why
            _ => Err(self.close().err().unwrap_or_else(|| self.stopped())),
        }
    }

    /// Waits until everything is written. Returns the number of bytes and their SHA-256.
    pub(super) fn close(&mut self) -> Result<(u64, String)> {
        self.full = None;
        let thread = self.thread.take().ok_or_else(|| self.stopped())?;
        let written = thread.join().map_err(|_| self.stopped())?;
        written.map_err(Error::io(|| {
            format!("cannot write {}", self.temporary.display())
        }))
    }

    fn stopped(&self) -> Error {
        Error::Abnormal(format!(
            "the thread that writes {} stopped",
            self.path.display()
        ))
    }

    /// Gives a closed file its final name.
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
        // after the rename, the file does not exist, so this fails
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a small file under a temporary name first.
pub(super) fn write_small(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary(path);
    fs::write(&temporary, bytes).map_err(Error::io(|| {
        format!("cannot write {}", temporary.display())
    }))?;
    rename(&temporary, path)
}

fn temporary(path: &Path) -> PathBuf {
    path.with_added_extension("partial")
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::io(|| {
        format!("cannot rename {} to {}", from.display(), to.display())
    }))
}
