//! One input file, which may be an entry of an archive: where its bytes are, and how to turn them
//! into text.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Context, Result, fail, unfit};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::archive::{self, Entry};
use super::decode::{Compression, Reader, Utf8Reader};
use super::file_names::{EXTENSIONS, format_of};
use super::format::{FileFormat, Format};
use super::json::{ArrayReader, DocumentReader, NoArray, RecordsPath};
use super::parquet::{self, ParquetFile};
use super::records::long::marks;
use super::storage::{self, Changed, Section, State, Storage, Unreachable};

/// The first character of a JSON file is searched for in this many bytes.
const KIND_LIMIT: usize = 4096;

/// A file with rows of a table.
#[derive(Debug, Clone)]
pub(super) struct InputFile {
    /// The name in messages and reject files.
    pub(super) name: String,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) start: u64,
    /// Whether the text is delimited or JSON.
    pub(super) kind: TextKind,
    /// For a Parquet file: the reader that makes its text.
    parquet: Option<Arc<ParquetFile>>,
    /// The size of the file in bytes, before decompression.
    pub(super) bytes: u64,
    /// State of the file when it was opened. For an entry, this is the state of the archive.
    whole: State,
    compressions: Vec<Compression>,
    encoding: Option<&'static Encoding>,
    /// The array with the records, if the file is one JSON object.
    records: Option<RecordsPath>,
    /// The part of the text's start that is skipped. `None` for the first file of a table.
    pub(super) skipped: Option<SkippedStart>,
}

/// Whether the text of a file is delimited or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    /// Fields with delimiters between them.
    Delimited,
    /// JSON objects, one per line.
    JsonLines,
    /// A JSON array of objects, possibly within a JSON object.
    JsonArray,
}

/// The start of a file that is skipped: a preamble, the repeated header, or a byte order mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct SkippedStart {
    /// Length in bytes.
    pub(super) bytes: u64,
    /// Physical line of the first byte that is not skipped, from 1.
    pub(super) next_line: u64,
}

/// A file that every Excel workbook contains. A workbook is a zip archive.
const OF_OFFICE: &str = "[Content_Types].xml";

impl InputFile {
    /// Opens the file of a table. If it is a zip archive, opens its only entry, or the entry with
    /// the table's name.
    pub(super) fn open(path: &Path, table: &str, format: &Format) -> Result<InputFile> {
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
                compressions: Vec::new(),
            };
            return InputFile::of(storage, name, entry, format);
        }
        let entries = archive::entries(&storage, &name)?;
        if entries.iter().any(|entry| entry.name == OF_OFFICE) {
            fail!(
                "{name} is an Excel workbook, whatever its name says; save its sheet as CSV (in UTF-8) and load that file"
            );
        }
        let wanted = |e: &&Entry| {
            let mut names = EXTENSIONS.iter().map(|ext| format!("{table}.{ext}"));
            names.any(|name| e.file_name() == name)
        };
        let entry = match &entries[..] {
            [only] => only,
            _ => entries.iter().find(wanted).with_context(|| {
                format!(
                    "the archive {name} has {} files, but neither {table}.csv nor a file of that name in another format; unpack the archive, and name the file with --map {table}=FILE",
                    entries.len()
                )
            })?,
        };
        InputFile::entry(&storage, &name, entry, format)
    }

    /// Opens an entry of an archive.
    pub(super) fn entry(
        storage: &Arc<dyn Storage>,
        archive: &str,
        entry: &Entry,
        format: &Format,
    ) -> Result<InputFile> {
        let name = format!("{archive}/{}", entry.name);
        InputFile::of(Arc::clone(storage), name, entry.clone(), format)
    }

    fn of(
        storage: Arc<dyn Storage>,
        name: String,
        entry: Entry,
        format: &Format,
    ) -> Result<InputFile> {
        let whole = storage
            .state()
            .with_context(|| format!("cannot read {name}"))?;
        let mut file = InputFile {
            name,
            storage,
            start: entry.start,
            bytes: entry.bytes,
            whole,
            kind: TextKind::Delimited,
            parquet: None,
            compressions: entry.compressions,
            encoding: None,
            records: None,
            skipped: None,
        };
        let start = file.beginning(16)?;
        if file.is_parquet(&start, format)? {
            file.open_parquet(&start)?;
            return Ok(file);
        }
        if let Some(compression) = Compression::of(&start) {
            file.compressions.push(compression);
        } else if start.starts_with(b"\xfd7zXZ\0") {
            fail!(
                "{} is xz data, which is not supported; decompress it first (unxz)",
                file.name
            );
        }
        let start = file.beginning(16)?;
        file.encoding = format
            .encoding_of(&start)
            .map_err(|what| unfit!("{} is {what}", file.name))?;
        file.kind = file.text_kind(format)?;
        file.records.clone_from(&format.records);
        Ok(file)
    }

    /// Whether the text is delimited or JSON: a setting decides, or else the file's name. A file
    /// named `.json` may be an array or JSON Lines, so its first character decides.
    fn text_kind(&self, format: &Format) -> Result<TextKind> {
        if format.records.is_some() {
            return Ok(TextKind::JsonArray);
        }
        match format.file.unwrap_or_else(|| format_of(&self.name)) {
            FileFormat::Csv => Ok(TextKind::Delimited),
            FileFormat::JsonLines | FileFormat::Parquet => Ok(TextKind::JsonLines),
            FileFormat::Json => {
                let start = self.beginning(KIND_LIMIT)?;
                let text = start[marks(&start)..].trim_ascii_start();
                Ok(match text.first() {
                    Some(b'[') => TextKind::JsonArray,
                    _ => TextKind::JsonLines,
                })
            }
        }
    }

    /// Whether the file is Parquet. A setting decides, or else the file's name, or the magic number
    /// at both ends of the file.
    fn is_parquet(&self, start: &[u8], format: &Format) -> Result<bool> {
        match format.file.unwrap_or_else(|| format_of(&self.name)) {
            FileFormat::Parquet => return Ok(true),
            _ if format.file.is_some() || !start.starts_with(parquet::MAGIC) => return Ok(false),
            _ => {}
        }
        let length = parquet::MAGIC.len() as u64;
        let Some(last) = self.bytes.checked_sub(length) else {
            return Ok(false);
        };
        let mut end = Vec::new();
        Section::new(Arc::clone(&self.storage), self.start + last, length)
            .read_to_end(&mut end)
            .with_context(|| format!("cannot read {}", self.name))?;
        Ok(end == parquet::MAGIC)
    }

    /// Reads the metadata of a Parquet file.
    fn open_parquet(&mut self, start: &[u8]) -> Result<()> {
        if !self.compressions.is_empty() || Compression::of(start).is_some() {
            fail!(
                "{} is a compressed Parquet file, which cannot be read; decompress it first (the columns in it are compressed already)",
                self.name
            );
        }
        if start.starts_with(parquet::ENCRYPTED) {
            fail!(
                "{} has an encrypted footer, which is not supported; write the file without encryption",
                self.name
            );
        }
        if !start.starts_with(parquet::MAGIC) {
            fail!(
                "{} is not a Parquet file, because it does not begin with PAR1; get the complete file, or name its format: --set TABLE.format=csv, jsonl or json",
                self.name
            );
        }
        let place = (self.start, self.bytes);
        let file = ParquetFile::open(&self.storage, place, &self.name)?;
        self.kind = TextKind::JsonLines;
        self.parquet = Some(Arc::new(file));
        Ok(())
    }

    /// Unusual properties of the columns of a Parquet file.
    pub(super) fn remarks(&self) -> &[parquet::Remark] {
        self.parquet.as_ref().map_or(&[], |file| file.remarks())
    }

    /// The columns of a Parquet file that contain bytes and that the file does not declare as text.
    pub(super) fn columns_of_bytes(&self) -> Vec<String> {
        let remarks = self.remarks().iter();
        let of_bytes = remarks.filter(|remark| matches!(remark.what, parquet::Unusual::Bytes));
        of_bytes.map(|remark| remark.column.clone()).collect()
    }

    /// Approximate size of a Parquet file's text in bytes. `None` for other files.
    pub(super) fn text_bytes_of_parquet(&self) -> Option<u64> {
        self.parquet.as_ref().map(|file| file.text_bytes())
    }

    /// Approximate number of bytes of a Parquet file from which this many bytes of its text were
    /// made. 0 for other files, because their bytes are counted while they are read.
    pub(super) fn uncounted(&self, text: u64) -> u64 {
        let Some(all) = self.text_bytes_of_parquet() else {
            return 0;
        };
        let read = u128::from(text) * u128::from(self.bytes) / u128::from(all.max(1));
        u64::try_from(read).map_or(self.bytes, |read| read.min(self.bytes))
    }

    /// Whether both are the same file, or the same entry of an archive.
    pub(super) fn is_same(&self, other: &InputFile) -> bool {
        let real = |name: &str| Path::new(name).canonicalize();
        self.start == other.start
            && (self.name == other.name
                || matches!((real(&self.name), real(&other.name)), (Ok(a), Ok(b)) if a == b))
    }

    /// Whether the bytes of the file are its text: it is not compressed, not in another encoding,
    /// and neither a JSON array nor Parquet.
    pub(super) fn is_plain(&self) -> bool {
        self.compressions.is_empty()
            && self.encoding.is_none()
            && self.kind != TextKind::JsonArray
            && self.parquet.is_none()
    }

    /// The compressions around the text, outermost first.
    pub(super) fn compressions(&self) -> &[Compression] {
        &self.compressions
    }

    /// Whether the file is in UTF-16.
    pub(super) fn is_utf_16(&self) -> bool {
        self.encoding
            .is_some_and(|e| e == UTF_16LE || e == UTF_16BE)
    }

    /// Reads the first bytes of the text.
    pub(super) fn beginning(&self, bytes: usize) -> Result<Vec<u8>> {
        let mut start = Vec::new();
        let section = Section::new(Arc::clone(&self.storage), self.start, self.bytes);
        self.text(Box::new(section))
            .and_then(|text| text.take(bytes as u64).read_to_end(&mut start))
            .map_err(|error| self.described(error))
            .with_context(|| format!("cannot read {}", self.name))?;
        Ok(start)
    }

    /// Makes a reader of the text from a reader of the file's bytes.
    pub(super) fn text(&self, bytes: Reader) -> io::Result<Reader> {
        if let Some(parquet) = &self.parquet {
            return parquet.text();
        }
        let mut reader = bytes;
        for compression in &self.compressions {
            reader = compression.unpack(reader)?;
        }
        if let Some(encoding) = self.encoding {
            reader = Box::new(Utf8Reader::new(reader, encoding));
        }
        Ok(match self.kind {
            TextKind::JsonArray => match &self.records {
                Some(path) => Box::new(DocumentReader::new(reader, path.clone())),
                None => Box::new(ArrayReader::new(reader)),
            },
            TextKind::Delimited | TextKind::JsonLines => reader,
        })
    }

    /// Adds an explanation for the user to a read error.
    pub(super) fn described(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        let is_changed = error.get_ref().is_some_and(|e| e.is::<Changed>());
        let is_unreachable = error.get_ref().is_some_and(|e| e.is::<Unreachable>());
        // a fault in a JSON array does not mean that the compressed data is damaged
        let is_no_array = error.get_ref().is_some_and(|e| e.is::<NoArray>());
        match self.compressions.last() {
            _ if is_changed => self.changed(),
            _ if is_unreachable || is_no_array => error,
            _ if self.parquet.is_some() && error.raw_os_error().is_none() => io::Error::new(
                error.kind(),
                format!(
                    "the Parquet file {} is damaged, or uses a feature that is not supported ({error}); `seed` keeps the rows that it has loaded",
                    self.name
                ),
            ),
            Some(compression) if error.raw_os_error().is_none() => io::Error::new(
                error.kind(),
                format!(
                    "the {} data of {} is damaged or incomplete ({error}); get the complete file and run the same command again; `seed` keeps the rows that it has loaded",
                    compression.name(),
                    self.name
                ),
            ),
            _ => error,
        }
    }

    /// Returns an error if the file has changed since it was opened.
    pub(super) fn check_unchanged(&self) -> io::Result<()> {
        match self.storage.state()? == self.whole {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    fn changed(&self) -> io::Error {
        let before = self.whole.bytes;
        let change = match self.storage.state() {
            Ok(now) if now.bytes == before => "its modification time changed".to_owned(),
            Ok(now) => format!(
                "it had {before} bytes at the start and {} at the end",
                now.bytes
            ),
            Err(error) => error.to_string(),
        };
        io::Error::other(format!(
            "{} changed while it was read: {change}; to resume, restore the file and run the same command again; \
             to load the new file, wait until it is complete, then empty the tables or add --replace",
            self.name
        ))
    }
}
