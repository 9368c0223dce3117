//! A refused row: the rules by their names, the three files that hold what was refused, and the budget.
//!
//! `<table>.csv` holds the raw records under the original header, to be mended and loaded again; `<table>.broken` holds raw
//! lines with structure faults, which would spoil a CSV file until they are mended; `<table>.reasons.csv` says for each of both where it
//! stood and why it was refused. All three are written anew by each run, readable by their owner only, for they hold e-mail addresses.

mod budget;
mod room;
mod rule;

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::source::Place;
pub use budget::Budget;
use room::Room;
pub use rule::Rule;

/// One refused row with its place and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Physical line of the text at which the record begins, from 1.
    pub line: u64,
    /// Offset of its first byte in the text.
    pub offset: u64,
    /// Its length in bytes, line end included.
    pub bytes: u64,
    /// The record, byte for byte; of one that is too large its first bytes.
    pub raw: Vec<u8>,
    /// The column at fault, where one is.
    pub column: Option<String>,
    /// Why.
    pub rule: Rule,
    /// The value at fault, shortened and made printable.
    pub value: String,
    /// What was expected, in words.
    pub message: String,
}

/// Longest value that a reason shows, in characters.
const SHOWN: usize = 80;

/// A value as reasons show it: decoded lossily, cut off after some characters, and with a name for
/// what cannot be seen.
pub fn shown(value: &[u8]) -> String {
    // four bytes are enough for any character; what is cut is not decoded
    let start = &value[..value.len().min(4 * SHOWN + 4)];
    let text = String::from_utf8_lossy(start);
    let text = match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.into_owned(),
    };
    if !text.contains(is_invisible) {
        return text;
    }
    let mut visible = String::new();
    for character in text.chars() {
        match is_invisible(character) {
            true => visible.push_str(&format!("<U+{:04X}>", u32::from(character))),
            false => visible.push(character),
        }
    }
    visible
}

/// Whether a character takes no room or looks like a blank.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
    )
}

/// The reject files of one table.
pub struct RejectFiles {
    directory: PathBuf,
    table: String,
    header: Vec<u8>,
    open: Option<OpenFiles>,
    room: Room,
}

struct OpenFiles {
    records: BufWriter<File>,
    broken: Option<BufWriter<File>>,
    reasons: csv::Writer<BufWriter<File>>,
}

impl RejectFiles {
    /// Prepares the files of one table: removes those of an earlier run, and opens new ones when the first row is refused.
    ///
    /// # Errors
    ///
    /// When an old file cannot be removed.
    pub fn new(directory: &Path, table: &str, header: &[u8]) -> Result<RejectFiles> {
        for kind in ["csv", "broken", "reasons.csv"] {
            let old = directory.join(format!("{table}.{kind}"));
            match fs::remove_file(&old) {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => {
                    return Err(e).with_context(|| {
                        format!("cannot remove {} of an earlier run", old.display())
                    });
                }
            }
        }
        Ok(RejectFiles {
            directory: directory.to_path_buf(),
            table: table.to_string(),
            header: header.to_vec(),
            open: None,
            room: Room::default(),
        })
    }

    fn create(&self, kind: &str) -> Result<BufWriter<File>> {
        let path = self.directory.join(format!("{}.{kind}", self.table));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot create {}", path.display()))?;
        Ok(BufWriter::new(file))
    }

    /// The files, begun. That of the records has its header even when all that is refused is broken: mended lines go there.
    fn open_files(&self) -> Result<OpenFiles> {
        let mut reasons = csv::Writer::from_writer(self.create("reasons.csv")?);
        reasons.write_record([
            "file",
            "line",
            "byte_offset",
            "record_bytes",
            "column",
            "rule",
            "value",
            "message",
        ])?;
        let mut records = self.create("csv")?;
        records.write_all(&self.header)?;
        if !self.header.is_empty() && !self.header.ends_with(b"\n") && !self.header.ends_with(b"\r")
        {
            records.write_all(b"\n")?;
        }
        Ok(OpenFiles {
            records,
            broken: None,
            reasons,
        })
    }

    /// Writes one refused row.
    ///
    /// `place` is where people find it.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn write(&mut self, rejection: &Rejection, place: &Place) -> Result<()> {
        self.room.take(rejection.raw.len(), &self.directory)?;
        self.put(rejection, place)
            .with_context(|| self.cannot_write())
    }

    /// What to say when a file cannot be written: most often the disk is full.
    fn cannot_write(&self) -> String {
        format!(
            "cannot write the refused records of {} to {}; make room there, or name another folder with --rejects, then run the same command again",
            self.table,
            self.directory.display()
        )
    }

    fn put(&mut self, rejection: &Rejection, place: &Place) -> Result<()> {
        if self.open.is_none() {
            self.open = Some(self.open_files()?);
        }
        let structural = rejection.rule.is_structural();
        let is_first = self.open.as_ref().is_some_and(|o| o.broken.is_none());
        let broken = match structural && is_first {
            true => Some(self.create("broken")?),
            false => None,
        };
        let Some(open) = &mut self.open else {
            bail!("the reject files of {} are not open", self.table);
        };
        if broken.is_some() {
            open.broken = broken;
        }
        let target = if structural {
            open.broken.as_mut()
        } else {
            Some(&mut open.records)
        };
        if let Some(target) = target {
            target.write_all(&rejection.raw)?;
            // the last record of a file may lack its line end, as does one that was cut; the next
            // must not be glued to it
            if !rejection.raw.ends_with(b"\n") && !rejection.raw.ends_with(b"\r") {
                target.write_all(b"\n")?;
            }
        }
        open.reasons.write_record([
            place.file,
            &place.line.to_string(),
            &place.offset.to_string(),
            &rejection.bytes.to_string(),
            rejection.column.as_deref().unwrap_or(""),
            rejection.rule.name(),
            &rejection.value,
            &rejection.message,
        ])?;
        Ok(())
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let cannot_write = self.cannot_write();
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let flush = |files: &mut OpenFiles| -> std::io::Result<()> {
            files.records.flush()?;
            if let Some(broken) = &mut files.broken {
                broken.flush()?;
            }
            files.reasons.flush()
        };
        flush(open).context(cannot_write)
    }
}

/// Makes sure that reject files can be written to `directory`, creating it when it is missing.
///
/// # Errors
///
/// When it cannot be created or written to.
pub fn prepare_directory(directory: &Path) -> Result<()> {
    let hint = "reject files are written there; name another folder with --rejects";
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}; {hint}", directory.display()))?;
    let probe = directory.join(".reviewseed-probe");
    File::create(&probe)
        .with_context(|| format!("cannot write to {}; {hint}", directory.display()))?;
    fs::remove_file(&probe)
        .with_context(|| format!("cannot write to {}; {hint}", directory.display()))
}

#[cfg(test)]
mod tests;
