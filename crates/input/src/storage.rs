//! Random access to the bytes of an input. The input is a local file, a copy of standard input, or
//! an object on the network (`remote`, an optional feature).
//!
//! Every read has an explicit offset, so one open file serves any number of readers. Standard input
//! and pipes can be read only once, so they are first copied to an unnamed temporary file.

#[cfg(feature = "remote")]
mod remote;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::error::{Context, Result, fail};
use model::shell::quoted;

use super::similar_path;

/// How long to wait for a program that opens a pipe for writing.
const WRITER: Duration = Duration::from_secs(10);

/// Bytes that can be read at any offset, any number of times.
pub trait Storage: std::fmt::Debug + Send + Sync {
    /// Reads some bytes at this offset. Returns the number of bytes; 0 at the end.
    ///
    /// # Errors
    ///
    /// When the bytes cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The current size and modification time.
    ///
    /// # Errors
    ///
    /// When the size or the time cannot be determined.
    fn state(&self) -> io::Result<State>;
}

/// The state of a storage. If it differs from an earlier state, the storage was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last write, if known.
    pub modified: Option<SystemTime>,
}

impl Storage for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn state(&self) -> io::Result<State> {
        let meta = self.metadata()?;
        Ok(State {
            bytes: meta.len(),
            modified: meta.modified().ok(),
        })
    }
}

/// Prefixes of network addresses.
const SCHEMES: [&str; 5] = ["https://", "http://", "s3://", "gs://", "az://"];

/// Whether an address is in an object store. Object stores can list folders, and their addresses
/// contain no secrets.
pub(super) fn is_in_a_bucket(address: &str) -> bool {
    ["s3://", "gs://", "az://"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
}

/// The path as a network address. `None` if it is a local path.
pub(super) fn address(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    SCHEMES.iter().any(|s| text.starts_with(s)).then_some(text)
}

/// The name of a file or address in messages. It leaves out an address's query, which may be a
/// signature, and the user and password before `@`.
pub fn shown(path: &Path) -> Cow<'_, str> {
    let Some(address) = address(path).filter(|a| !is_in_a_bucket(a)) else {
        return path.to_string_lossy();
    };
    let bare = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = bare.split_once("://").unwrap_or_default();
    let (host, file) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}://{host}{file}")),
        None => Cow::Borrowed(bare),
    }
}

/// Opens a file. For a pipe, the system waits until a program opens it for writing, so there is a
/// time limit.
fn open_file(path: &Path) -> io::Result<File> {
    let is_pipe = fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo());
    if !is_pipe {
        return File::open(path);
    }
    let (sender, opened) = mpsc::channel();
    let own = path.to_owned();
    // if no program opens the pipe, this thread waits until the process ends
    thread::spawn(move || sender.send(File::open(own)));
    opened.recv_timeout(WRITER).unwrap_or_else(|_| {
        let seconds = WRITER.as_secs();
        let words = format!(
            "the file is a pipe, and no program has opened it for writing within {seconds} s; start that program first, or remove the pipe"
        );
        Err(io::Error::new(io::ErrorKind::TimedOut, words))
    })
}

/// Opens a file, standard input for `-`, or a network address.
pub(super) fn open(path: &Path) -> Result<Arc<dyn Storage>> {
    let name = shown(path);
    if let Some(address) = address(path) {
        return open_remote(address, &name);
    }
    if path == Path::new("-") {
        return spool(io::stdin().lock(), "standard input");
    }
    let file = match open_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fail!("{}", similar_path::not_found(path))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(error).with_context(|| {
                format!("cannot open {name}, because this account may not read it; make it readable (chmod +r), and its folders accessible (chmod +x)")
            });
        }
        other => other.with_context(|| format!("cannot open {name}"))?,
    };
    let meta = file
        .metadata()
        .with_context(|| format!("cannot read {name}"))?;
    if meta.is_dir() {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let files = match ending.contains('/') || ending.is_empty() {
            true => "*".to_owned(),
            false => format!("*.{ending}"),
        };
        fail!(
            "{name} is a folder; if its files have the rows of a table, name them: --map {}",
            quoted(&format!("TABLE={name}/{files}"))
        );
    }
    if !meta.is_file() {
        return spool(file, &name);
    }
    Ok(Arc::new(file))
}

#[cfg(feature = "remote")]
fn open_remote(address: &str, name: &str) -> Result<Arc<dyn Storage>> {
    Ok(Arc::new(remote::Remote::open(address, name)?))
}

/// Names of the files in a folder on the network.
#[cfg(feature = "remote")]
pub(super) fn list(address: &str) -> Result<Vec<String>> {
    remote::list(address)
}

#[cfg(not(feature = "remote"))]
fn open_remote(_: &str, name: &str) -> Result<Arc<dyn Storage>> {
    Err(without_network(name))
}

/// Returns an error, because this build cannot use the network.
#[cfg(not(feature = "remote"))]
pub(super) fn list(address: &str) -> Result<Vec<String>> {
    Err(without_network(&shown(Path::new(address))))
}

#[cfg(not(feature = "remote"))]
fn without_network(name: &str) -> crate::Error {
    crate::error::unfit!(
        "{name} is on the network, but this reviewseed was built without network support; build it with `cargo build --release --features remote`, \
         or pipe the file: curl … | reviewseed … - --table TABLE"
    )
}

fn spool(mut input: impl Read, name: &str) -> Result<Arc<dyn Storage>> {
    let hint = "the copy is a temporary file; set TMPDIR to a folder with enough space";
    let mut file = tempfile::tempfile()
        .with_context(|| format!("cannot copy {name} to a temporary file; {hint}"))?;
    io::copy(&mut input, &mut file)
        .with_context(|| format!("cannot copy {name} to a temporary file; {hint}"))?;
    Ok(Arc::new(file))
}

/// Reads a range of a storage.
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

/// Error: the size of the storage has changed since it was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed;

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the file changed while it was read")
    }
}

impl std::error::Error for Changed {}

/// Error: bytes could not be fetched. The message is complete, so nothing is added to it.
#[derive(Debug, Clone)]
pub(super) struct Unreachable(pub(super) String);

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        for (address, name) in [
            ("https://a.test/x/t.csv", "https://a.test/x/t.csv"),
            ("https://a.test/t.csv?sig=s3cret", "https://a.test/t.csv"),
            (
                "http://me:s3cret@a.test:81/t.csv#x",
                "http://a.test:81/t.csv",
            ),
            ("http://me:s3cret@a.test", "http://a.test"),
            ("https://a.test/x@y.csv", "https://a.test/x@y.csv"),
            ("s3://bucket/what?.csv", "s3://bucket/what?.csv"),
            ("gs://bucket/what?.csv", "gs://bucket/what?.csv"),
            ("az://bucket/what?.csv", "az://bucket/what?.csv"),
            ("a/b?.csv", "a/b?.csv"),
        ] {
            assert_eq!(shown(Path::new(address)), name);
        }
    }
}
