//! Phase 1, read: the files of a directory as records that know their place.
//!
//! `locate` finds the files of each table (`nearest` what was meant when one is not there), `part`
//! opens one, `decode` unpacks and decodes it, and `stream` makes one text of a table's parts.
//! `header` matches the first record with the table's columns; `chunks` cuts the text into pieces
//! of about one batch that most probably end where a record ends; `records` parses such a piece and
//! finds the structure faults. The cut is only a guess: whoever consumes the chunks in order (the
//! pipeline) carries over what a piece could not finish, so that the result is that of one parse
//! from the first byte to the last.

mod archive;
pub mod chunks;
mod decode;
pub mod format;
pub mod header;
mod locate;
mod missing;
mod nearest;
mod part;
pub mod records;
mod storage;
mod stream;
mod unpacked;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};

use format::{Format, HeaderLine};
use header::{HEADER_LIMIT, Header};
pub use locate::{Input, archive_holds, of_no_table, tables_present};
use locate::{Listing, unpacked_name};
use model::schema::parents_first;
use model::schema::{Schema, Table, meant};
use part::{LeftOut, Part};
use records::long::marks;
pub use storage::shown;
pub use stream::Stream;
use stream::{Watch, held};
pub use unpacked::Unpacked;

/// Longest record that is read, in bytes, unless told otherwise.
pub const DEFAULT_MAX_RECORD: usize = 1 << 20;

/// Bytes of an overlong record that are in memory at a time.
const COPIED_AT_ONCE: u64 = 1 << 18;

/// The rows of one table: a CSV file or several, open, with the header understood.
#[derive(Debug)]
pub struct Source {
    /// The table that is filled.
    pub table: Table,
    /// Where the file is, as it was named; of several, the first and the last.
    pub path: PathBuf,
    /// Size of the files in bytes, packed as they are, when they were opened.
    pub bytes: u64,
    /// Which field of a record goes to which column.
    pub header: Header,
    format: Format,
    parts: Arc<[Part]>,
    watch: Mutex<Arc<Mutex<Watch>>>,
    /// What reads a text again that cannot be read by place.
    again: Mutex<Option<Stream>>,
}

/// Where a record stands, as people look for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The file.
    pub file: &'a str,
    /// Byte of the file's text, unpacked and in UTF-8.
    pub offset: u64,
    /// Physical line, from 1.
    pub line: u64,
}

impl Source {
    /// Opens a table's only file and reads its header.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not CSV text, or its header does not serve the table; the
    /// message names the file.
    pub fn open(path: PathBuf, table: &Table) -> Result<Source> {
        let format = Format::default();
        let part = Part::open(&path, &table.name, &format)?;
        Source::of_parts(vec![part], table, &format)
    }

    fn of_parts(mut parts: Vec<Part>, table: &Table, format: &Format) -> Result<Source> {
        let first = &parts[0];
        let mut format = *format;
        let tabs = unpacked_name(&first.name).ends_with(".tsv");
        format
            .delimiter
            .get_or_insert(if tabs { b'\t' } else { b',' });
        let start = first.beginning(HEADER_LIMIT)?;
        let header = Header::parse(&start, &first.name, table, &format)?;
        header.refuse_mistaken_names(&first.name, table)?;
        for part in parts[1..].iter_mut() {
            let start = part.beginning(HEADER_LIMIT)?;
            let found = match format.header {
                HeaderLine::Present => Header::parse(&start, &part.name, table, &format).ok(),
                HeaderLine::Absent => None,
            };
            let Some(found) = found else {
                // rows are no header: then the part goes on where the one before it ends, or begins
                // with a byte order mark, which shows that it was written as a file of its own
                part.left_out = Some(marks(&start)).filter(|m| *m > 0).map(|bytes| LeftOut {
                    bytes: bytes as u64,
                    next_line: 1,
                });
                continue;
            };
            let same = |h: &Header| (h.columns.clone(), h.ignored.clone(), h.fields);
            if same(&found) != same(&header) {
                bail!(
                    "{}: its header is not that of the first part; take the same columns in the same order in all parts",
                    part.name
                );
            }
            part.left_out = Some(LeftOut {
                bytes: found.bytes,
                next_line: found.next_line,
            });
        }
        let path = match &parts[..] {
            [only] => only.name.clone(),
            [first, .., last] => format!("{} … {}", first.name, last.name),
            [] => String::new(),
        };
        Ok(Source {
            table: table.clone(),
            path: path.into(),
            bytes: parts.iter().map(|p| p.bytes).sum(),
            header,
            format,
            parts: parts.into(),
            watch: Mutex::default(),
            again: Mutex::default(),
        })
    }

    /// How large the files are unpacked.
    pub fn unpacked(&self) -> Unpacked {
        self.parts.iter().map(Unpacked::of).sum()
    }

    /// The text from its start.
    pub fn text(&self) -> Stream {
        let watch = Arc::new(Mutex::new(Watch::default()));
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&watch);
        Stream::new(Arc::clone(&self.parts), Some(watch))
    }

    fn watch(&self) -> Arc<Mutex<Watch>> {
        Arc::clone(&self.watch.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many bytes of the files the text up to this place came from, by the last
    /// [`Source::text`].
    pub fn raw_position(&self, offset: u64) -> u64 {
        match &self.parts[..] {
            [only] if only.is_plain() => offset,
            _ => held(&self.watch()).raw_position(offset),
        }
    }

    /// The file that a place of the text is in, by the last [`Source::text`].
    pub fn place(&self, offset: u64, line: u64) -> Place<'_> {
        let start = held(&self.watch()).start_before(offset);
        let Some(start) = start.filter(|s| s.part > 0) else {
            let file = self.parts[0].name.as_str();
            return Place { file, offset, line };
        };
        let part = &self.parts[start.part];
        let (header, first_line) = part.left_out.map_or((0, 1), |l| (l.bytes, l.next_line));
        Place {
            file: &part.name,
            offset: offset - start.offset + header,
            line: line - start.line + first_line,
        }
    }

    /// What tells this input from others before it is read: sizes, where an interrupted run can
    /// rely on them, and how the text is written.
    ///
    /// A packed file may be packed anew, or got whole after it was cut short, and hold the same
    /// text: its batches tell.
    pub fn fingerprint(&self) -> Vec<u8> {
        let plain = self.parts.iter().all(Part::is_plain);
        let mut print = match plain {
            true => self.bytes.to_le_bytes().to_vec(),
            false => b"packed".to_vec(),
        };
        let format = Format {
            delimiter: self.format.delimiter.filter(|d| *d != b','),
            ..self.format
        };
        if format != Format::default() {
            print.extend_from_slice(format!("{format:?}").as_bytes());
        }
        print
    }

    /// Makes sure that the files are as they were when they were opened.
    ///
    /// # Errors
    ///
    /// When one has another size or was written to.
    pub fn is_unchanged(&self) -> Result<()> {
        for part in &*self.parts {
            part.is_unchanged()?;
        }
        Ok(())
    }

    /// The raw bytes of a record, read again.
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
        if let [only] = &self.parts[..]
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
        // records are asked for in the order of the file, so that all of them cost one more reading
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = match again.take() {
            Some(stream) if stream.offset() <= offset => stream,
            _ => Stream::new(Arc::clone(&self.parts), None),
        };
        let before = offset - stream.offset();
        std::io::copy(&mut stream.by_ref().take(before), &mut std::io::sink())?;
        stream.read_exact(raw)?;
        *again = Some(stream);
        Ok(())
    }

    /// XXH3-128 of the whole files, packed as they are.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn content_hash(&self) -> Result<u128> {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut piece = vec![0; COPIED_AT_ONCE as usize];
        for part in &*self.parts {
            let mut section =
                storage::Section::new(Arc::clone(&part.storage), part.start, part.bytes);
            loop {
                let read = section
                    .read(&mut piece)
                    .map_err(|e| part.explained(e))
                    .with_context(|| format!("cannot read {}", part.name))?;
                if read == 0 {
                    break;
                }
                hash.update(&piece[..read]);
            }
        }
        Ok(hash.digest128())
    }

    /// The text once more, from this offset or one before it, which is given. What is read is not
    /// counted.
    pub fn text_from(&self, offset: u64) -> (Box<dyn Read>, u64) {
        if let [only] = &self.parts[..]
            && only.is_plain()
            && offset <= only.bytes
        {
            let storage = Arc::clone(&only.storage);
            let section = storage::Section::new(storage, only.start + offset, only.bytes - offset);
            return (Box::new(section), offset);
        }
        (Box::new(Stream::new(Arc::clone(&self.parts), None)), 0)
    }
}

/// Gives sources the tables of a schema in which some have another name, by which the server keeps
/// them: in other letters. They come in its load order.
pub fn follow(sources: &mut [Source], schema: &Schema) {
    for source in sources.iter_mut() {
        if let Some(table) = schema.named(&source.table.name) {
            source.table.clone_from(table);
        }
    }
    let place = |name: &str| schema.tables.iter().position(|t| t.name == name);
    sources.sort_by_key(|source| place(&source.table.name));
    let order = parents_first(sources.iter().map(|source| &source.table).collect());
    let order: Vec<String> = order.into_iter().map(|t| t.name.clone()).collect();
    sources.sort_by_key(|source| order.iter().position(|name| *name == source.table.name));
}

/// Opens the files of all tables that are wanted, in load order.
///
/// `only` names the tables that are wanted; empty means all of the schema.
///
/// # Errors
///
/// When a table's file is missing or unusable, or `only` names a table that the schema does not
/// have. All such files are named at once.
pub fn open_all(input: &Input, schema: &Schema, only: &[String]) -> Result<Vec<Source>> {
    let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    for name in only.iter().chain(input.mapped.iter().map(|m| &m.0)) {
        if schema.named(name).is_none() {
            bail!(
                "no table \"{name}\" in the schema; it has {}",
                known.join(", ")
            );
        }
    }
    let wanted: Vec<_> = schema
        .tables
        .iter()
        .filter(|t| {
            let mut named = only.iter().filter_map(|name| meant(name, &known));
            only.is_empty() || named.any(|name| name == t.name)
        })
        .collect();
    // of a circle of references, a part may have an order of its own
    let wanted = parents_first(wanted);
    let all_mapped = wanted
        .iter()
        .all(|t| !input.mapped_to(&t.name, &known).is_empty());
    let listing = match all_mapped {
        true => None,
        false => Some(Listing::read(&input.directory)?),
    };
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for table in &wanted {
        let mapped = input.mapped_to(&table.name, &known);
        let listed = match &listing {
            Some(listing) if mapped.is_empty() => listing.files_of(&table.name, &known)?,
            _ => Vec::new(),
        };
        if mapped.is_empty() && listed.is_empty() {
            missing.push(table.name.as_str());
        }
        files.push((*table, mapped, listed));
    }
    let open = |(table, mapped, listed): (&Table, Vec<&Path>, Vec<usize>)| {
        let mut parts = Vec::new();
        for path in mapped {
            parts.push(Part::open(path, &table.name, &input.format)?);
        }
        if let Some(listing) = &listing {
            for at in listed {
                parts.push(listing.open(at, &table.name, &input.format)?);
            }
        }
        Source::of_parts(parts, table, &input.format)
    };
    let (mut sources, mut faults) = (Vec::new(), Vec::new());
    if !missing.is_empty() {
        let mut found = wanted.iter().map(|t| t.name.as_str()).collect::<Vec<_>>();
        found.retain(|name| !missing.contains(name));
        let words = missing::words(&missing, &found, &known, listing.as_ref());
        faults.push(anyhow!("{}: {words}", shown(&input.directory)));
        // headers that do not fit are said at once; a pipe would have to be read to its end for
        // that
        files.retain(|(table, mapped, _)| {
            !missing.contains(&table.name.as_str()) && mapped.iter().all(|path| path.is_file())
        });
    }
    for file in files {
        match open(file) {
            Ok(source) => sources.push(source),
            Err(error) => faults.push(error),
        }
    }
    if wanted.is_empty() {
        bail!("there is no table to load");
    }
    match faults.len() {
        0 => Ok(sources),
        1 => Err(faults.remove(0)),
        _ => {
            let faults: Vec<_> = faults.iter().map(|e| format!("{e:#}")).collect();
            bail!("{}", faults.join("; "))
        }
    }
}
