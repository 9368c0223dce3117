//! A file that is hashed while it is written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

/// A file with a hash of the bytes that were written.
pub(super) struct Hashed {
    pub(super) file: BufWriter<File>,
    pub(super) hash: Xxh3,
}

impl Hashed {
    /// Creates the file, or empties it. Only its owner can read it.
    pub(super) fn create(path: &Path) -> io::Result<Hashed> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        Ok(Hashed {
            file: BufWriter::new(file),
            hash: Xxh3::new(),
        })
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
