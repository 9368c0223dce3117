//! Phase 1, read: the CSV files of a directory as records that know their place.
//!
//! `header` matches the first record with the table's columns; `chunks` cuts the file into pieces of about one
//! batch that most probably end where a record ends; `records` parses such a piece and finds the structure faults. The
//! cut is only a guess: whoever consumes the chunks in order (the pipeline) carries over what a piece could not finish, so
//! that the result is that of one parse from the first byte to the last.

pub mod chunks;
pub mod header;
pub mod records;

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::schema::{Schema, Table};
use header::Header;

/// Longest record that is read, in bytes, unless told otherwise.
pub const DEFAULT_MAX_RECORD: usize = 1 << 20;

/// Bytes of an overlong record that are in memory at a time.
const COPIED_AT_ONCE: u64 = 1 << 18;

/// One CSV file, open, with its header understood.
#[derive(Debug)]
pub struct Source {
    /// The table that the file fills.
    pub table: Table,
    /// Where the file is, as it was named.
    pub path: PathBuf,
    /// Size in bytes when it was opened.
    pub bytes: u64,
    /// When it was last written to before it was opened, where the file system tells.
    modified: Option<SystemTime>,
    /// Which field of a record goes to which column.
    pub header: Header,
    file: Arc<File>,
}

impl Source {
    /// Opens `<directory>/<table>.csv` and reads its header.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not CSV text, or its header does not serve the table; the message names the file.
    pub fn open(path: PathBuf, table: &Table) -> Result<Source> {
        let name = path.display().to_string();
        let file = File::open(&path).with_context(|| format!("cannot open {name}"))?;
        let meta = file
            .metadata()
            .with_context(|| format!("cannot read {name}"))?;
        if meta.is_dir() {
            bail!(
                "{name} is a directory; the rows of table {} are expected in a CSV file of that name",
                table.name
            );
        }
        let header = Header::read(&file, &name, table)?;
        Ok(Source {
            table: table.clone(),
            bytes: meta.len(),
            modified: meta.modified().ok(),
            header,
            path,
            file: Arc::new(file),
        })
    }

    /// How the file has changed since it was opened, in words; `None` when it has not.
    ///
    /// # Errors
    ///
    /// When the file system cannot be asked.
    pub fn change(&self) -> Result<Option<String>> {
        let meta = self
            .file
            .metadata()
            .with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(if meta.len() != self.bytes {
            Some(format!(
                "it had {} bytes at the start and {} at the end",
                self.bytes,
                meta.len()
            ))
        } else if meta.modified().ok() != self.modified {
            Some("it was written to".to_string())
        } else {
            None
        })
    }

    /// The raw bytes of a record, read again from the file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or has become shorter.
    pub fn raw(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut raw = vec![0; length];
        self.file.read_exact_at(&mut raw, offset).with_context(|| {
            format!(
                "cannot read {} bytes at byte {offset} of {} again",
                length,
                self.path.display()
            )
        })?;
        Ok(raw)
    }

    /// XXH3-128 of the whole file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn content_hash(&self) -> Result<u128> {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut piece = vec![0; COPIED_AT_ONCE as usize];
        let mut offset = 0;
        loop {
            let read = self
                .file
                .read_at(&mut piece, offset)
                .with_context(|| format!("cannot read {}", self.path.display()))?;
            if read == 0 {
                return Ok(hash.digest128());
            }
            hash.update(&piece[..read]);
            offset += read as u64;
        }
    }

    /// Copies a record from the file to `out`, however long it is.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or has become shorter, or `out` cannot be written.
    pub fn copy(&self, mut offset: u64, length: u64, out: &mut dyn Write) -> Result<()> {
        let end = offset + length;
        while offset < end {
            let piece = self.raw(offset, (end - offset).min(COPIED_AT_ONCE) as usize)?;
            out.write_all(&piece)
                .context("cannot write to the reject files")?;
            offset += piece.len() as u64;
        }
        Ok(())
    }

    /// The open file, for reading it from the start.
    pub fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}

/// Names of the schema's tables whose files are in `directory`, in load order.
pub fn tables_present(directory: &Path, schema: &Schema) -> Vec<String> {
    let names = schema.tables.iter().map(|t| t.name.clone());
    names
        .filter(|name| directory.join(format!("{name}.csv")).exists())
        .collect()
}

/// Opens the files of all tables that are wanted, in load order.
///
/// `only` names the tables that are wanted; empty means all of the schema.
///
/// # Errors
///
/// When a table's file is missing or unusable, or `only` names a table that the schema does not have. All such
/// files are named at once.
pub fn open_all(directory: &Path, schema: &Schema, only: &[String]) -> Result<Vec<Source>> {
    for name in only {
        if schema.table(name).is_none() {
            let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
            bail!(
                "no table \"{name}\" in the schema; it has {}",
                known.join(", ")
            );
        }
    }
    if !directory.is_dir() {
        bail!(
            "{} is not a directory; name the folder that holds the CSV files",
            directory.display()
        );
    }
    let wanted: Vec<_> = schema
        .tables
        .iter()
        .filter(|t| only.is_empty() || only.contains(&t.name))
        .collect();
    let file_of = |t: &Table| directory.join(format!("{}.csv", t.name));
    let (present, missing): (Vec<&Table>, Vec<&Table>) =
        wanted.iter().partition(|t| file_of(t).exists());
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|t| format!("{}.csv", t.name)).collect();
        let found: Vec<_> = present.iter().map(|t| t.name.as_str()).collect();
        let next = if found.is_empty() {
            "name the folder that holds them: reviewseed … DIR".to_string()
        } else {
            format!(
                "add the file, or load only what is there with --tables {}",
                found.join(",")
            )
        };
        bail!(
            "{}: no {}; {next}",
            directory.display(),
            names.join(", no ")
        );
    }
    let (mut sources, mut faults) = (Vec::new(), Vec::new());
    for table in wanted {
        match Source::open(file_of(table), table) {
            Ok(source) => sources.push(source),
            Err(error) => faults.push(error),
        }
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
