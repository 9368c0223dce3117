//! Where the targets go: to stdout as they come, or into a file that appears whole or not at all.
//!
//! A file is written under a temporary name beside its place, and takes the place when it is
//! complete. What is no regular file (a pipe, /dev/null) cannot be replaced and is written as it
//! is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The output of a command that writes data.
pub enum Output {
    /// stdout, or something else that cannot be replaced.
    Stream(BufWriter<Stream>),
    /// A file on its way.
    File {
        /// Dropped before it takes its place, it is removed.
        pending: Pending,
        /// Its writer.
        writer: BufWriter<File>,
    },
}

/// What cannot be replaced.
pub enum Stream {
    /// stdout.
    Stdout(StdoutLock<'static>),
    /// A pipe or a device.
    Special(File),
}

/// A file under its temporary name.
pub struct Pending {
    temporary: PathBuf,
    place: PathBuf,
}

impl Output {
    /// Opens the output: a file, or stdout when there is none or it is `-`.
    ///
    /// # Errors
    ///
    /// When the file cannot be created where it shall be.
    pub fn open(file: Option<&Path>) -> Result<Output> {
        let Some(file) = file.filter(|f| *f != Path::new("-")) else {
            return Ok(Output::stream(Stream::Stdout(io::stdout().lock())));
        };
        let cannot = || format!("cannot write to {}", file.display());
        match fs::metadata(file) {
            Ok(meta) if meta.is_dir() => {
                bail!("{} is a directory; name a file in it", file.display())
            }
            Ok(meta) if !meta.is_file() => {
                let special = OpenOptions::new()
                    .write(true)
                    .open(file)
                    .with_context(cannot)?;
                Ok(Output::stream(Stream::Special(special)))
            }
            existing => {
                // a link stays a link: what it points to is replaced
                let place = match existing {
                    Ok(_) => file.canonicalize().with_context(cannot)?,
                    Err(_) => file.to_path_buf(),
                };
                let Some(name) = place.file_name() else {
                    bail!("{} names no file", file.display());
                };
                let mut hidden = std::ffi::OsString::from(".");
                hidden.push(name);
                hidden.push(format!(".partial-{}", std::process::id()));
                let temporary = place.with_file_name(hidden);
                let writer = BufWriter::new(File::create(&temporary).with_context(cannot)?);
                let pending = Pending { temporary, place };
                Ok(Output::File { pending, writer })
            }
        }
    }

    fn stream(stream: Stream) -> Output {
        Output::Stream(BufWriter::with_capacity(1 << 16, stream))
    }

    /// Puts the complete file in its place.
    ///
    /// # Errors
    ///
    /// When the disk does not take it.
    pub fn commit(self) -> Result<()> {
        match self {
            Output::Stream(mut stream) => stream.flush().context("cannot write the targets"),
            Output::File { pending, writer } => {
                let cannot = || format!("cannot write to {}", pending.place.display());
                let file = writer
                    .into_inner()
                    .map_err(|e| e.into_error())
                    .with_context(cannot)?;
                file.sync_all().with_context(cannot)?;
                fs::rename(&pending.temporary, &pending.place).with_context(cannot)
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // after the renaming nothing is there any more
        let _ = fs::remove_file(&self.temporary);
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stream(stream) => stream.write(bytes),
            Output::File { writer, .. } => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stream(stream) => stream.flush(),
            Output::File { writer, .. } => writer.flush(),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Stdout(stdout) => stdout.write(bytes),
            Stream::Special(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Stdout(stdout) => stdout.flush(),
            Stream::Special(file) => file.flush(),
        }
    }
}
