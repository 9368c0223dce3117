//! One file of a table, or the entry of an archive: where its bytes are and how they become text.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::archive::{self, Entry};
use super::decode::{Decoding, Packing, Reader};
use super::format::Format;
use super::storage::{self, Changed, Section, State, Storage, Unreachable};

/// A file that holds rows of a table, all of them or a part.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// As it is called in messages and reasons.
    pub(super) name: String,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) start: u64,
    /// Its size, as it is packed.
    pub(super) bytes: u64,
    /// The file when it was opened; larger than `bytes` for an entry of an archive.
    whole: State,
    packings: Vec<Packing>,
    encoding: Option<&'static Encoding>,
    /// What is left out of its text; nothing in the first part.
    pub(super) left_out: Option<LeftOut>,
}

/// What a part begins with and is left out: the header that it repeats, or a byte order mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeftOut {
    /// Its length.
    pub(super) bytes: u64,
    /// Physical line of the byte after it.
    pub(super) next_line: u64,
}

impl Part {
    /// Opens the file of a table; of a zip archive, the entry that is the only one or has the
    /// table's name.
    pub(super) fn open(path: &Path, table: &str, format: &Format) -> Result<Part> {
        let storage = storage::open(path)?;
        let name = storage::shown(path).into_owned();
        let mut magic = [0; archive::MAGIC.len()];
        let whole = storage
            .state()
            .with_context(|| format!("cannot read {name}"))?
            .bytes;
        let length = whole.min(magic.len() as u64);
        Section::new(Arc::clone(&storage), 0, length)
            .read_exact(&mut magic[..length as usize])
            .with_context(|| format!("cannot read {name}"))?;
        if magic != archive::MAGIC {
            let entry = Entry {
                name: String::new(),
                start: 0,
                bytes: whole,
                packings: Vec::new(),
            };
            return Part::of(storage, name, entry, format);
        }
        let entries = archive::entries(&storage, &name)?;
        let wanted = |e: &&Entry| {
            ["csv", "tsv"]
                .iter()
                .any(|ext| e.file_name() == format!("{table}.{ext}"))
        };
        let entry = match &entries[..] {
            [only] => only,
            _ => entries.iter().find(wanted).with_context(|| {
                format!("{name} holds {} files, and no {table}.csv", entries.len())
            })?,
        };
        Part::entry(&storage, &name, entry, format)
    }

    /// An entry of an archive.
    pub(super) fn entry(
        storage: &Arc<dyn Storage>,
        archive: &str,
        entry: &Entry,
        format: &Format,
    ) -> Result<Part> {
        let name = format!("{archive}/{}", entry.name);
        Part::of(Arc::clone(storage), name, entry.clone(), format)
    }

    fn of(storage: Arc<dyn Storage>, name: String, entry: Entry, format: &Format) -> Result<Part> {
        let whole = storage
            .state()
            .with_context(|| format!("cannot read {name}"))?;
        let mut part = Part {
            name,
            storage,
            start: entry.start,
            bytes: entry.bytes,
            whole,
            packings: entry.packings,
            encoding: None,
            left_out: None,
        };
        let start = part.beginning(16)?;
        if let Some(packing) = Packing::of(&start) {
            part.packings.push(packing);
        } else if start.starts_with(b"\xfd7zXZ\0") {
            bail!("{} is xz data; unpack it first (unxz)", part.name);
        }
        let start = part.beginning(16)?;
        part.encoding = format
            .encoding_of(&start)
            .map_err(|what| anyhow!("{} is {what}", part.name))?;
        Ok(part)
    }

    /// Whether its bytes are its text.
    pub(super) fn is_plain(&self) -> bool {
        self.packings.is_empty() && self.encoding.is_none()
    }

    /// How it is packed, outermost first.
    pub(super) fn packings(&self) -> &[Packing] {
        &self.packings
    }

    /// Whether its text is in UTF-16.
    pub(super) fn is_utf_16(&self) -> bool {
        self.encoding
            .is_some_and(|e| e == UTF_16LE || e == UTF_16BE)
    }

    /// The first bytes of its text.
    pub(super) fn beginning(&self, bytes: usize) -> Result<Vec<u8>> {
        let mut start = Vec::new();
        let section = Section::new(Arc::clone(&self.storage), self.start, self.bytes);
        self.text(Box::new(section))
            .and_then(|text| text.take(bytes as u64).read_to_end(&mut start))
            .map_err(|error| self.explained(error))
            .with_context(|| format!("cannot read {}", self.name))?;
        Ok(start)
    }

    /// Its text, out of its bytes.
    pub(super) fn text(&self, bytes: Reader) -> io::Result<Reader> {
        let mut reader = bytes;
        for packing in &self.packings {
            reader = packing.unpack(reader)?;
        }
        Ok(match self.encoding {
            Some(encoding) => Box::new(Decoding::new(reader, encoding)),
            None => reader,
        })
    }

    /// An error of its text in words.
    pub(super) fn explained(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        let is_changed = error.get_ref().is_some_and(|e| e.is::<Changed>());
        let is_unreachable = error.get_ref().is_some_and(|e| e.is::<Unreachable>());
        match self.packings.last() {
            _ if is_changed => self.changed(),
            _ if is_unreachable => error,
            Some(packing) if error.raw_os_error().is_none() => io::Error::new(
                error.kind(),
                format!(
                    "the {} data of {} are damaged or cut short ({error}); get the whole file and run again, what is loaded stays",
                    packing.name(),
                    self.name
                ),
            ),
            _ => error,
        }
    }

    /// Fails when the file is not as it was when it was opened.
    pub(super) fn is_unchanged(&self) -> io::Result<()> {
        match self.storage.state()? == self.whole {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    fn changed(&self) -> io::Error {
        let before = self.whole.bytes;
        let change = match self.storage.state() {
            Ok(now) if now.bytes == before => "it was written to".to_owned(),
            Ok(now) => format!(
                "it had {before} bytes at the start and {} at the end",
                now.bytes
            ),
            Err(error) => error.to_string(),
        };
        io::Error::other(format!(
            "{} changed while it was read: {change}; with the file as it was, the same command goes on; \
             for a new one, wait until it is complete, and empty the tables or add --replace",
            self.name
        ))
    }
}
