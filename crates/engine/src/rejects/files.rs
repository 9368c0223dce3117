//! Writes the reject files of one table, first under hidden names. They are renamed when the table
//! is complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Context, Result, fail};

use super::KINDS;
use super::disk_space::DiskSpace;
use super::earlier_run::{self, FileHashes};
use super::hashed::Hashed;
use input::dialect::{Dialect, LineEnd};
use input::{Extract, Place};
use model::rejection::{ElementOf, Rejection, Rule};

const REASONS_HEADER: [&str; 8] = [
    "file",
    "line",
    "byte_offset",
    "record_bytes",
    "column",
    "rule",
    "value",
    "message",
];

/// The reject files of one table. The files of an earlier run stay in place until
/// [`RejectFiles::finish`] is called or this value is dropped.
pub struct RejectFiles {
    directory: PathBuf,
    table: String,
    /// The first bytes of the file of rejected records.
    header: Vec<u8>,
    dialect: Dialect,
    extract: Option<Arc<Extract>>,
    /// A record with rejected elements. It is written when all of its rejected elements are known.
    pending: Option<Pending>,
    open: Option<OpenFiles>,
    space: DiskSpace,
    is_settled: bool,
}

/// A record with rejected elements.
struct Pending {
    /// Offset of the record in the text.
    record: u64,
    raw: Vec<u8>,
    /// The numbers of the rejected elements, in order.
    elements: Vec<u32>,
}

struct OpenFiles {
    records: Hashed,
    broken: Option<Hashed>,
    reasons: csv::Writer<Hashed>,
}

impl RejectFiles {
    /// Prepares the reject files of one table. They are opened when the first record is rejected.
    ///
    /// # Errors
    ///
    /// When files of a killed run cannot be removed.
    pub fn new(directory: &Path, table: &str, header: &[u8]) -> Result<RejectFiles> {
        let files = RejectFiles {
            directory: directory.to_path_buf(),
            table: table.to_string(),
            header: header.to_vec(),
            dialect: Dialect::default(),
            extract: None,
            pending: None,
            open: None,
            space: DiskSpace::default(),
            is_settled: false,
        };
        earlier_run::remove_files_of_killed_runs(directory, table).with_context(|| {
            format!(
                "cannot remove the files that a killed run was writing to {}",
                directory.display()
            )
        })?;
        Ok(files)
    }

    /// Sets the dialect of the records.
    pub fn in_dialect(mut self, dialect: &Dialect) -> RejectFiles {
        self.dialect = *dialect;
        self
    }

    /// Sets how rows are extracted from JSON records.
    pub fn with_extract(mut self, extract: Option<&Arc<Extract>>) -> RejectFiles {
        self.extract = extract.cloned();
        self
    }

    /// The extension of the file of rejected records.
    fn kind_of_records(&self) -> &'static str {
        match self.dialect.is_json() {
            true => "jsonl",
            false => "csv",
        }
    }

    /// Copies the broken lines of an earlier run from the input folder. They are not records until
    /// someone corrects them, and no run may lose them.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn carry_over(&mut self, from: &Path) -> Result<()> {
        let place = |kind: &str| from.join(format!("{}.{kind}", self.table));
        let path = place("broken");
        let mut lines = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            lines => lines.with_context(|| format!("cannot read {}", path.display()))?,
        };
        if lines.metadata().is_ok_and(|meta| meta.len() == 0) {
            return Ok(());
        }
        let cannot = self.cannot_write();
        let mut open = self.open_files()?;
        let mut broken = self.create("broken")?;
        io::copy(&mut lines, &mut broken).with_context(|| cannot.clone())?;
        // the reasons are only for people, so the lines are kept even if the reasons cannot be read
        if let Ok(mut reasons) = csv::Reader::from_path(place("reasons.csv")) {
            for reason in reasons.records().map_while(Result::ok) {
                let rule = reason.get(5).and_then(Rule::from_name);
                if rule.is_some_and(Rule::is_structural) {
                    open.reasons.write_record(&reason).context(cannot.clone())?;
                }
            }
        }
        open.broken = Some(broken);
        self.open = Some(open);
        Ok(())
    }

    fn hidden(&self, kind: &str) -> PathBuf {
        let start = earlier_run::hidden_start(&self.table, kind);
        let name = format!("{start}{}", std::process::id());
        self.directory.join(name)
    }

    fn place(&self, kind: &str) -> PathBuf {
        self.directory.join(format!("{}.{kind}", self.table))
    }

    /// The line end to write after a record; empty if the record already ends with one.
    fn missing_line_end(&self, record: &[u8]) -> &'static [u8] {
        match self.dialect.line_end {
            LineEnd::Separator if record.ends_with(b"\n") => b"",
            LineEnd::Separator => b"\n",
            _ if self.dialect.without_line_end(record) < record.len() => b"",
            line_end => line_end.bytes(),
        }
    }

    fn create(&self, kind: &str) -> Result<Hashed> {
        let path = self.hidden(kind);
        Hashed::create(&path).with_context(|| format!("cannot create {}", path.display()))
    }

    /// Creates the files. The file of rejected records gets its header even if all rejected records
    /// are broken, because corrected lines are moved there.
    fn open_files(&self) -> Result<OpenFiles> {
        let mut reasons = csv::Writer::from_writer(self.create("reasons.csv")?);
        reasons.write_record(REASONS_HEADER)?;
        let mut records = self.create(self.kind_of_records())?;
        records.write_all(&self.header)?;
        if !self.header.is_empty() {
            records.write_all(self.missing_line_end(&self.header))?;
        }
        Ok(OpenFiles {
            records,
            broken: None,
            reasons,
        })
    }

    /// Writes one rejected record. `place` is its place in the input file.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn write(&mut self, rejection: &Rejection, place: &Place) -> Result<()> {
        self.space.take(rejection.raw.len(), &self.directory)?;
        self.put(rejection, place)
            .with_context(|| self.cannot_write())
    }

    /// The message for a file that cannot be written, usually because the disk is full.
    fn cannot_write(&self) -> String {
        format!(
            "cannot write the rejected records of {} to {}; free some space there, or name another folder with --rejects, and run the same command again",
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
        if let (Some(open), Some(_)) = (&mut self.open, &broken) {
            open.broken = broken;
        }
        match rejection.element {
            Some(element) => self.put_element(element, &rejection.raw)?,
            None => {
                self.put_pending()?;
                self.put_record(&rejection.raw, structural)?;
            }
        }
        let Some(open) = &mut self.open else {
            fail!("the reject files of {} are not open", self.table);
        };
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

    /// Writes a rejected record.
    fn put_record(&mut self, raw: &[u8], is_structural: bool) -> Result<()> {
        let line;
        let raw = match self.dialect.line_end {
            LineEnd::Separator => {
                line = on_one_line(raw);
                &line
            }
            _ => raw,
        };
        let line_end = self.missing_line_end(raw);
        let Some(open) = &mut self.open else {
            fail!("the reject files of {} are not open", self.table);
        };
        let target = match is_structural {
            true => open.broken.as_mut(),
            false => Some(&mut open.records),
        };
        if let Some(target) = target {
            target.write_all(raw)?;
            // the last record of a file may have no line end, and a truncated record never has
            // one, but the next record must begin on a new line
            target.write_all(line_end)?;
        }
        Ok(())
    }

    /// Adds a rejected element of a record. All rejected elements of a record are added in
    /// sequence.
    fn put_element(&mut self, element: ElementOf, raw: &[u8]) -> Result<()> {
        match &mut self.pending {
            Some(pending) if pending.record == element.record => {
                pending.elements.push(element.number);
                return Ok(());
            }
            _ => self.put_pending()?,
        }
        self.pending = Some(Pending {
            record: element.record,
            raw: raw.to_vec(),
            elements: vec![element.number],
        });
        Ok(())
    }

    /// Writes the record with rejected elements, with `null` in place of its other elements, which
    /// are loaded. The record can thus be loaded again, and its elements keep their numbers.
    fn put_pending(&mut self) -> Result<()> {
        let Some(mut pending) = self.pending.take() else {
            return Ok(());
        };
        pending.elements.sort_unstable();
        let record = String::from_utf8_lossy(&pending.raw);
        let extract = self.extract.as_ref();
        let kept = extract.and_then(|extract| extract.only_elements(&record, &pending.elements));
        match kept {
            Some(kept) => self.put_record(kept.as_bytes(), false),
            None => self.put_record(&pending.raw, false),
        }
    }

    /// Writes the pending record, and replaces the files of an earlier run.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.is_settled = true;
        let cannot_write = self.cannot_write();
        self.put_pending().with_context(|| cannot_write.clone())?;
        let records = self.kind_of_records();
        let mut new = FileHashes::new();
        if let Some(open) = self.open.take() {
            let kinds = [(records, Some(open.records)), ("broken", open.broken)];
            for (kind, file) in kinds {
                if let Some(mut file) = file {
                    file.flush().with_context(|| cannot_write.clone())?;
                    new.push((kind.to_string(), file.hash.digest128()));
                }
            }
            let reasons = open.reasons.into_inner().map_err(|e| e.into_error());
            let mut reasons = reasons.with_context(|| cannot_write.clone())?;
            reasons.flush().with_context(|| cannot_write.clone())?;
            new.push(("reasons.csv".to_string(), reasons.hash.digest128()));
        }
        self.put_in_place(&new).context(cannot_write)
    }

    /// Replaces the files of an earlier run by the new ones. The hidden file has the hashes of both
    /// at every moment. Therefore, if the run is killed here, the next run can still replace all of
    /// these files.
    fn put_in_place(&self, new: &FileHashes) -> Result<()> {
        let old = earlier_run::read(&self.directory, &self.table)?;
        let both: FileHashes = old.iter().chain(new).cloned().collect();
        earlier_run::write(&self.directory, &self.table, &both)?;
        for kind in KINDS {
            let place = self.place(kind);
            if !earlier_run::may_be_replaced(&place, kind, &both)? {
                // someone edited the file during this run, so keep it under another name
                fs::rename(&place, self.free_name(kind))?;
            }
            if new.iter().any(|(of, _)| of == kind) {
                fs::rename(self.hidden(kind), &place)?;
            } else if place.exists() {
                fs::remove_file(&place)?;
            }
        }
        Ok(earlier_run::write(&self.directory, &self.table, new)?)
    }

    fn free_name(&self, kind: &str) -> PathBuf {
        let numbered = |n: u32| {
            self.directory
                .join(format!("{}.kept-{n}.{kind}", self.table))
        };
        let mut names = (1..).map(numbered);
        names.find(|path| !path.exists()).unwrap_or_default()
    }
}

/// A record of a JSON array on one line. Line ends between JSON tokens can be replaced by blanks.
fn on_one_line(record: &[u8]) -> Vec<u8> {
    let is_end = |byte: u8| matches!(byte, b'\n' | b'\r' | 0x1e);
    let bytes = record.iter().map(|byte| match is_end(*byte) {
        true => b' ',
        false => *byte,
    });
    bytes.collect::<Vec<u8>>().trim_ascii().to_vec()
}

/// If a run fails, the records that it has written so far are kept in the files, so that the
/// reasons can be read.
impl Drop for RejectFiles {
    fn drop(&mut self) {
        if self.is_settled || self.open.is_none() {
            return;
        }
        // errors are not reported, because the run has already failed
        let _ = self.put_pending();
        drop(self.open.take());
        let hash = |kind: &str| {
            Some((
                kind.to_string(),
                earlier_run::hash_of(&self.hidden(kind)).ok()?,
            ))
        };
        let new: FileHashes = KINDS.into_iter().filter_map(hash).collect();
        let _ = self.put_in_place(&new);
    }
}
