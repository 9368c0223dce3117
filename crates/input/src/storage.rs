//! Where bytes are kept, and a range of them as a reader.
//!
//! Everything is read by place, never by a shared position, so that one open file serves any number
//! of readers. Standard input and pipes, which can be read only once, are copied to an unnamed
//! temporary file first. `remote` reads over the network, where that was built in.

#[cfg(feature = "remote")]
mod remote;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use super::nearest;

/// Bytes that can be read at any place, again and again.
pub trait Storage: std::fmt::Debug + Send + Sync {
    /// Reads some bytes from this place; 0 at the end.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// How many there are now, and how old they are.
    ///
    /// # Errors
    ///
    /// When that cannot be told.
    fn state(&self) -> io::Result<State>;
}

/// What shows that a storage was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// How many bytes there are.
    pub bytes: u64,
    /// When they were last written to, where that is known.
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

/// The kinds of addresses on the network.
const SCHEMES: [&str; 3] = ["https://", "http://", "s3://"];

/// The address, when it is one on the network and no file.
pub(super) fn address(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    SCHEMES.iter().any(|s| text.starts_with(s)).then_some(text)
}

/// What a file or address is called in messages: without what stands in an address behind `?`,
/// which may be a signature, or before `@`.
pub fn shown(path: &Path) -> Cow<'_, str> {
    let Some(address) = address(path).filter(|a| !a.starts_with("s3:")) else {
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

/// Opens a file, or standard input for `-`, or what is at an address.
pub(super) fn open(path: &Path) -> Result<Arc<dyn Storage>> {
    let name = shown(path);
    if let Some(address) = address(path) {
        return open_remote(address, &name);
    }
    if path == Path::new("-") {
        return spool(io::stdin().lock(), "standard input");
    }
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(nearest::not_there(path)),
        other => other.with_context(|| format!("cannot open {name}"))?,
    };
    let meta = file
        .metadata()
        .with_context(|| format!("cannot read {name}"))?;
    if meta.is_dir() {
        bail!("{name} is a directory; a file with the rows of a table is expected");
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

/// Fails: nothing can be listed.
#[cfg(not(feature = "remote"))]
pub(super) fn list(address: &str) -> Result<Vec<String>> {
    Err(without_network(&shown(Path::new(address))))
}

#[cfg(not(feature = "remote"))]
fn without_network(name: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "{name} is on the network, and this reviewseed was built without reading from there; build it with `cargo build --release --features remote`, \
         or pipe the file: curl … | reviewseed … - --table TABLE"
    )
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

/// Bytes that could not be had, in words that need no others.
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
            ("a/b?.csv", "a/b?.csv"),
        ] {
            assert_eq!(shown(Path::new(address)), name);
        }
    }
}
