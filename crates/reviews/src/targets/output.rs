//! The output of a list: stdout, or a file that is written completely or not at all.
//!
//! A file is written under a temporary name in the same folder, and renamed when it is complete. A
//! pipe or a device cannot be replaced and is written directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The output of a command that writes data.
pub enum Output {
    /// stdout, a pipe or a device.
    Stream(BufWriter<Stream>),
    /// A file that is still being written.
    File {
        /// The names of the file. Dropping this value removes the temporary file.
        pending: Pending,
        /// The writer of the file.
        writer: BufWriter<File>,
    },
}

/// An output that cannot be replaced by a file.
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
    /// Opens the output: the file, or stdout when `file` is `None` or `-`.
    ///
    /// # Errors
    ///
    /// When the file cannot be created.
    pub fn open(file: Option<&Path>) -> Result<Output> {
        let Some(file) = file.filter(|f| *f != Path::new("-")) else {
            return Ok(Output::stream(Stream::Stdout(io::stdout().lock())));
        };
        let cannot = || format!("cannot write to {}", file.display());
        match fs::metadata(file) {
            Ok(meta) if meta.is_dir() => Err(Error::Options(format!(
                "{} is a directory; name a file in it",
                file.display()
            ))),
            Ok(meta) if !meta.is_file() => {
                let special = OpenOptions::new().write(true).open(file);
                let special = special.map_err(Error::io(cannot))?;
                Ok(Output::stream(Stream::Special(special)))
            }
            existing => {
                // a symbolic link stays, and the file that it points to is replaced
                let place = match existing {
                    Ok(_) => file.canonicalize().map_err(Error::io(cannot))?,
                    Err(_) => file.to_path_buf(),
                };
                let Some(name) = place.file_name() else {
                    return Err(Error::Options(format!(
                        "{} is not the name of a file",
                        file.display()
                    )));
                };
                if let Some(folder) = place
                    .parent()
                    .filter(|folder| *folder != Path::new("") && !folder.is_dir())
                {
                    return Err(Error::Options(format!(
                        "cannot write to {}: there is no folder {}; make the folder, or name another file",
                        file.display(),
                        folder.display()
                    )));
                }
                let mut hidden = std::ffi::OsString::from(".");
                hidden.push(name);
                hidden.push(format!(".partial-{}", std::process::id()));
                let temporary = place.with_file_name(hidden);
                let created = File::create(&temporary).map_err(Error::io(cannot))?;
                let writer = BufWriter::new(created);
                let pending = Pending { temporary, place };
                Ok(Output::File { pending, writer })
            }
        }
    }

    fn stream(stream: Stream) -> Output {
        Output::Stream(BufWriter::with_capacity(1 << 16, stream))
    }

    /// Writes buffered data, and gives a file its final name.
    ///
    /// # Errors
    ///
    /// When the output cannot be written.
    pub fn commit(self) -> Result<()> {
        match self {
            Output::Stream(mut stream) => stream
                .flush()
                .map_err(Error::io(|| "cannot write the list of ids")),
            Output::File { pending, writer } => writer
                .into_inner()
                .map_err(io::IntoInnerError::into_error)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(&pending.temporary, &pending.place))
                .map_err(Error::io(|| {
                    format!("cannot write to {}", pending.place.display())
                })),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // after the rename, the file does not exist, so this fails
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
