//! The input of one table: its open files, with the header matched to the columns.

mod start;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Context, Result};

use super::beginning::Comments;
use super::dialect::Dialect;
use super::format::{Format, HeaderLine};
use super::header::Header;
use super::input_file::InputFile;
use super::mapping::Mapping;
use super::storage;
use super::stream::{ReadProgress, Stream, lock};
use super::table_input::TableInput;
use super::text_size::TextSize;
use model::schema::Table;
use start::Start;

/// Number of bytes per read while a file is hashed.
const COPIED_AT_ONCE: usize = 1 << 18;

/// The input of one table: one or several open files, with the header matched to the columns.
#[derive(Debug)]
pub struct Source {
    /// The table that is filled.
    pub table: Table,
    /// Path of the file for messages. If there are several files, it names the first and the last.
    pub path: PathBuf,
    /// Size of the files in bytes when they were opened, before decompression.
    pub bytes: u64,
    /// Which field of a record fills which column.
    pub header: Header,
    /// The comments before the header.
    comments: Option<Comments>,
    /// The bytes that reject files begin with, so that reject files can be read with the same
    /// settings.
    start_of_rejects: Vec<u8>,
    format: Format,
    mapping: Mapping,
    files: Arc<[InputFile]>,
    watch: Mutex<Arc<Mutex<ReadProgress>>>,
    /// A second reader of the text, for files that cannot be read at an offset. It is kept between
    /// calls, because records are read again in the order of the file.
    again: Mutex<Option<Stream>>,
}

/// The place of a record, for messages and reports.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// Offset in the text of the file, which is decompressed and in UTF-8.
    pub offset: u64,
    /// Physical line, from 1.
    pub line: u64,
}

impl Source {
    /// Opens a table's only file and reads its header.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not text, or its header does not fit the table. The message
    /// names the file.
    pub fn open(path: PathBuf, table: &Table) -> Result<Source> {
        Source::open_as(path, table, &Format::default())
    }

    /// Opens a table's only file with these settings of its format, and reads its header.
    ///
    /// # Errors
    ///
    /// The same as for [`Source::open`].
    pub fn open_as(path: PathBuf, table: &Table, format: &Format) -> Result<Source> {
        let read = TableInput {
            format: format.clone(),
            ..TableInput::default()
        };
        let file = InputFile::open(&path, &table.name, &read.format)?;
        let mut source = Source::of_files(vec![file], table, &read)?;
        source.check_similar_names()?;
        source.add_likely_columns();
        Ok(source)
    }

    pub(super) fn of_files(
        mut files: Vec<InputFile>,
        table: &Table,
        read: &TableInput,
    ) -> Result<Source> {
        let mut read = read.clone();
        let start = Start::read(&mut files, table, &mut read)?;
        let path = match &files[..] {
            [only] => only.name.clone(),
            [first, .., last] => format!("{} … {}", first.name, last.name),
            [] => String::new(),
        };
        Ok(Source {
            table: table.clone(),
            path: path.into(),
            bytes: files.iter().map(|p| p.bytes).sum(),
            start_of_rejects: start.of_rejects,
            comments: start.comments,
            header: start.header,
            format: read.format,
            mapping: read.mapping,
            files: files.into(),
            watch: Mutex::default(),
            again: Mutex::default(),
        })
    }

    /// The dialect of the files.
    pub fn dialect(&self) -> &Dialect {
        &self.header.dialect
    }

    /// Whether the files are Parquet.
    pub(super) fn is_parquet(&self) -> bool {
        self.files
            .iter()
            .any(|file| file.text_bytes_of_parquet().is_some())
    }

    /// The settings of the files' format. For delimited files, they include the delimiter that was
    /// detected.
    pub(super) fn format(&self) -> &Format {
        &self.format
    }

    /// The comments before the header.
    pub fn comments(&self) -> Option<&Comments> {
        self.comments.as_ref()
    }

    /// The bytes that reject files begin with, so that reject files can be read with the same
    /// settings: the skipped lines and the header.
    pub fn start_of_rejects(&self) -> &[u8] {
        &self.start_of_rejects
    }

    /// Whether a setting determines the quote, or the files are JSON.
    pub fn has_told_quote(&self) -> bool {
        self.dialect().is_json() || self.format.quote.is_some() || self.format.dialect.is_some()
    }

    /// Whether a setting determines the escape, or the files are JSON.
    pub fn has_told_escape(&self) -> bool {
        self.dialect().is_json() || self.format.escape.is_some() || self.format.dialect.is_some()
    }

    /// Whether a setting determines the encoding.
    pub fn has_told_encoding(&self) -> bool {
        self.format.encoding.is_some()
    }

    /// The dialect that the files would have with these additional settings. `None` if it would be
    /// invalid.
    pub fn dialect_with(&self, settings: &[(&str, &str)]) -> Option<Dialect> {
        let mut format = self.format.clone();
        format.delimiter = Some(self.header.dialect.delimiter);
        for (key, value) in settings {
            if *key == "dialect" {
                format.forget_dialect();
            }
            format.set(key, &[(*value).to_owned()]).ok()?;
        }
        let delimiter = format.delimiter_of(false);
        format.resolved(delimiter).ok()
    }

    /// Checks that no column stays empty because its field has a slightly different name.
    ///
    /// # Errors
    ///
    /// When an ignored field is probably meant for a column that no field fills.
    pub(super) fn check_similar_names(&self) -> Result<()> {
        self.header
            .check_similar_names(&self.files[0].name, &self.table)
    }

    /// Adds a note to ignored fields that may be meant for a column that no field fills.
    pub(super) fn add_likely_columns(&mut self) {
        self.header.add_likely_columns(&self.table);
    }

    /// Whether the other table is filled from the same files.
    pub(super) fn shares_files_with(&self, other: &Source) -> bool {
        let files = self.files.iter().zip(&*other.files);
        self.files.len() == other.files.len() && files.clone().all(|(a, b)| a.is_same(b))
    }

    /// The paths of the local files. Files in archives are left out.
    pub fn local_files(&self) -> impl Iterator<Item = &Path> {
        let paths = self.files.iter().map(|file| Path::new(&file.name));
        paths.filter(|path| path.is_file())
    }

    /// A source of the same files that also has the fields whose columns the server computes.
    /// `None` if there are no such fields.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn with_generated(&self) -> Result<Option<Source>> {
        if !self.dialect().is_json() && self.format.header_line() == HeaderLine::Absent {
            return Ok(None);
        }
        let mut table = self.table.clone();
        for column in table.columns.iter_mut().filter(|column| column.generated) {
            (column.generated, column.nullable) = (false, true);
        }
        let mut read = TableInput {
            format: self.format.clone(),
            mapping: self.mapping.clone(),
            files: Vec::new(),
        };
        let header = start::header_with(&self.files, &self.table, &table, &mut read)?;
        let has_more = header.columns.len() > self.header.columns.len();
        Ok(has_more.then(|| Source {
            table,
            path: self.path.clone(),
            bytes: self.bytes,
            header,
            comments: self.comments.clone(),
            start_of_rejects: self.start_of_rejects.clone(),
            format: read.format,
            mapping: read.mapping,
            files: Arc::clone(&self.files),
            watch: Mutex::default(),
            again: Mutex::default(),
        }))
    }

    /// The size of the text in bytes, exact or estimated.
    pub fn text_size(&self) -> TextSize {
        self.files.iter().map(TextSize::of).sum()
    }

    /// Reads the text from its start. [`Source::raw_position`] and [`Source::place`] refer to the
    /// progress of this reader.
    pub fn text(&self) -> Stream {
        let watch = Arc::new(Mutex::new(ReadProgress::default()));
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&watch);
        Stream::new(
            Arc::clone(&self.files),
            self.dialect().line_end,
            Some(watch),
        )
    }

    fn watch(&self) -> Arc<Mutex<ReadProgress>> {
        Arc::clone(&self.watch.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many bytes of the files the reader of the last [`Source::text`] had read when it reached
    /// this offset of the text.
    pub fn raw_position(&self, offset: u64) -> u64 {
        match &self.files[..] {
            [only] if only.is_plain() => offset,
            _ => lock(&self.watch()).raw_position(offset),
        }
    }

    /// Converts an offset and a line of the text to a place in one of the files.
    pub fn place(&self, offset: u64, line: u64) -> Place<'_> {
        let start = lock(&self.watch()).start_before(offset);
        let Some(start) = start.filter(|s| s.file > 0) else {
            let file = self.files[0].name.as_str();
            return Place { file, offset, line };
        };
        let file = &self.files[start.file];
        let (header, first_line) = file.skipped.map_or((0, 1), |l| (l.bytes, l.next_line));
        Place {
            file: &file.name,
            offset: offset - start.offset + header,
            line: line - start.line + first_line,
        }
    }

    /// Identifies the input of an interrupted run before the input is read: file sizes, format, and
    /// the mapping of fields to columns, if one is set.
    ///
    /// The sizes of compressed files are left out, because a file with the same text can have
    /// another size: it may have been compressed again, or downloaded again because it was
    /// incomplete. Such files are recognized later, when their batches are compared.
    pub fn fingerprint(&self) -> Vec<u8> {
        let plain = self.files.iter().all(InputFile::is_plain);
        let mut print = match plain {
            true => self.bytes.to_le_bytes().to_vec(),
            false => b"packed".to_vec(),
        };
        let format = &self.format;
        let read_as = (
            *self.dialect(),
            format.header_line(),
            format.encoding,
            format.skip_lines,
        );
        if read_as != (Dialect::default(), HeaderLine::Present, None, 0) {
            print.extend_from_slice(format!("{read_as:?}").as_bytes());
        }
        // the names in the first records decide which values are read
        if self.mapping.decides_values() || self.dialect().is_json() {
            let header = &self.header;
            print.extend_from_slice(format!("{:?}", header.columns).as_bytes());
            if let Some(extract) = &header.extract {
                print.extend_from_slice(format!("{extract:?}").as_bytes());
            }
        }
        print
    }

    /// Checks that the files have not changed since they were opened.
    ///
    /// # Errors
    ///
    /// When the size or modification time of a file changed.
    pub fn check_unchanged(&self) -> Result<()> {
        for file in &*self.files {
            file.check_unchanged()?;
        }
        Ok(())
    }

    /// Reads the bytes of a record again, for example because the server rejected it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or has become shorter.
    pub fn raw(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut raw = vec![0; length];
        self.read_again(&mut raw, offset).with_context(|| {
            format!(
                "cannot read {} bytes at byte {offset} of {} again",
                length,
                self.path.display()
            )
        })?;
        Ok(raw)
    }

    fn read_again(&self, mut raw: &mut [u8], mut offset: u64) -> std::io::Result<()> {
        if let [only] = &self.files[..]
            && only.is_plain()
        {
            while !raw.is_empty() {
                match only.storage.read_at(raw, only.start + offset) {
                    Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                    Ok(read) => {
                        raw = &mut raw[read..];
                        offset += read as u64;
                    }
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            return Ok(());
        }
        // the next record to read again is later in the file, so the same reader can continue
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = match again.take() {
            Some(stream) if stream.offset() <= offset => stream,
            _ => Stream::new(Arc::clone(&self.files), self.dialect().line_end, None),
        };
        let before = offset - stream.offset();
        std::io::copy(&mut stream.by_ref().take(before), &mut std::io::sink())?;
        stream.read_exact(raw)?;
        *again = Some(stream);
        Ok(())
    }

    /// XXH3-128 of the bytes of all files, before decompression.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn content_hash(&self) -> Result<u128> {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut piece = vec![0; COPIED_AT_ONCE];
        for file in &*self.files {
            let mut section =
                storage::Section::new(Arc::clone(&file.storage), file.start, file.bytes);
            loop {
                let read = section
                    .read(&mut piece)
                    .map_err(|e| file.described(e))
                    .with_context(|| format!("cannot read {}", file.name))?;
                if read == 0 {
                    break;
                }
                hash.update(&piece[..read]);
            }
        }
        Ok(hash.digest128())
    }

    /// Reads the text from this offset. If that is impossible, reads it from an earlier offset.
    /// Returns the reader and the offset. The reader does not count as progress.
    pub fn text_from(&self, offset: u64) -> (Box<dyn Read>, u64) {
        if let [only] = &self.files[..]
            && only.is_plain()
            && offset <= only.bytes
        {
            let storage = Arc::clone(&only.storage);
            let section = storage::Section::new(storage, only.start + offset, only.bytes - offset);
            return (Box::new(section), offset);
        }
        (
            Box::new(Stream::new(
                Arc::clone(&self.files),
                self.dialect().line_end,
                None,
            )),
            0,
        )
    }
}
