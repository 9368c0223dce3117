//! Decides how the files of a group are read, from the user's settings and the beginning of the
//! files.

use encoding_rs::Encoding;
use input::dialect::HeaderLine;
use input::format::Format;
use input::{FileGroup, FileOrigin, FileStart, Folder, Input, TableInput};

use super::documents::{self, Document};
use super::{Guessed, Setting, settings_of, words};
use crate::error::Result;
use crate::sniff::{self, HeaderJudgement, SAMPLE_BYTES};

/// How the files of a group are read.
pub(super) struct Judged {
    pub(super) read: TableInput,
    /// Settings without which the files cannot be read.
    pub(super) settings: Vec<Setting>,
    /// The beginning of the first file.
    pub(super) start: FileStart,
    pub(super) header: HeaderJudgement,
    /// Number of fields of a record; 0 for JSON.
    pub(super) fields: usize,
    /// The note about a guessed encoding.
    pub(super) guess: Option<String>,
    /// The place of the first bytes that are not UTF-8.
    pub(super) first_bad: Option<String>,
    /// Notes about other guesses and doubts.
    pub(super) notes: Vec<String>,
    /// Settings that are not guessed, because the user gave them.
    pub(super) kept: Vec<&'static str>,
    /// The settings that were guessed from the beginning, and the format without them.
    pub(super) guessed: Option<Guessed>,
}

impl Judged {
    /// Decides from the beginning of the first file. The inner error says why the files are not a
    /// table. Adds a note about skipped lines to `left_out`.
    pub(super) fn new(
        folder: &Folder<'_>,
        input: &Input,
        (name, group): (&str, &FileGroup),
        left_out: &mut Vec<String>,
    ) -> Result<Result<Judged, String>> {
        let read = settings_of(input, name);
        let start = folder.start(&group.files[0], &read.format, SAMPLE_BYTES)?;
        if start.text.trim_ascii().is_empty() {
            return Ok(Err(format!("{} is empty", start.file)));
        }
        let mut judged = Judged {
            read,
            settings: Vec::new(),
            start,
            header: HeaderJudgement::Present,
            fields: 0,
            guess: None,
            first_bad: None,
            notes: Vec::new(),
            kept: Vec::new(),
            guessed: None,
        };
        if judged.start.is_json {
            return judged.find_records(folder, name, group);
        }
        judged.keep_told(input, name);
        judged.decode(folder, group)?;
        judged.sniff(group, left_out);
        let is_other = group.origin == FileOrigin::OtherExtension;
        if is_other && (judged.fields < 2 || judged.start.text.contains(&0)) {
            let why = "has no records with several fields; if the file is a table, add --map \
                       TABLE=FILE";
            return Ok(Err(format!("{} {why}", judged.start.file)));
        }
        Ok(Ok(judged))
    }

    /// Finds the records of a JSON file, unless the user has said where they are.
    fn find_records(
        mut self,
        folder: &Folder<'_>,
        name: &str,
        group: &FileGroup,
    ) -> Result<Result<Judged, String>> {
        if self.read.format.records.is_some() || self.read.mapping.each.is_some() {
            return Ok(Ok(self));
        }
        match documents::judge(&self.start, name, group.files.len() > 1) {
            Document::Records => {}
            Document::Other(why) => return Ok(Err(format!("{} {why}", self.start.file))),
            Document::Below(path) => {
                self.notes.push(documents::words_of_records(&path));
                let value = path.to_string();
                set(&mut self.read.format, &mut self.settings, "records", value);
                self.start = folder.start(&group.files[0], &self.read.format, SAMPLE_BYTES)?;
            }
        }
        Ok(Ok(self))
    }

    /// The names of the fields.
    pub(super) fn names(&mut self, folder: &Folder<'_>, group: &FileGroup) -> Result<Vec<String>> {
        // the draft has this setting even if the command line gives it, because other commands need
        // it too
        if self.header == HeaderJudgement::Absent {
            self.read.format.header = HeaderLine::Absent;
            self.settings.push(("no_header", vec!["true".to_owned()]));
        }
        Ok(match (&self.read.mapping.fields[..], self.header) {
            ([], HeaderJudgement::Present) => folder.names(&group.files[0], &self.read)?,
            ([], HeaderJudgement::Absent) => (1..=self.fields).map(|at| format!("c{at}")).collect(),
            (fields, _) => fields.to_vec(),
        })
    }

    /// Keeps the user's settings. The draft also gets the settings that the command line gives for
    /// all files, because other commands need them.
    fn keep_told(&mut self, input: &Input, name: &str) {
        let mut own = input.tables.iter();
        let is_own = own.any(|(table, _)| table.eq_ignore_ascii_case(name));
        for (key, value) in self.read.format.told() {
            self.kept.push(key);
            self.settings.extend((!is_own).then(|| (key, vec![value])));
        }
    }

    /// If the text is not UTF-8, reads it in the encoding that it probably has.
    fn decode(&mut self, folder: &Folder<'_>, group: &FileGroup) -> Result<()> {
        if let Some(encoding) = encoding_of(&self.start, &self.read) {
            self.read.format.encoding = Some(encoding);
            let name = encoding.name().to_ascii_lowercase();
            self.settings.push(("encoding", vec![name]));
            self.guess = Some(sniff::words_of_guess(encoding, &self.start.text));
            self.start = folder.start(&group.files[0], &self.read.format, SAMPLE_BYTES)?;
        }
        let bad = sniff::first_bad_line(&self.start.text);
        self.first_bad = bad.map(|line| format!("{}:{line}", self.start.file));
        Ok(())
    }

    /// Guesses the format of the text from its beginning.
    fn sniff(&mut self, group: &FileGroup, left_out: &mut Vec<String>) {
        let start = &self.start;
        let format = &mut self.read.format;
        let written = sniff::written(&start.text, start.is_whole, start.is_tsv, format);
        for (key, value) in written.settings {
            set(format, &mut self.settings, key, value);
        }
        if let Some(guess) = written.guess {
            let before = (format.clone(), self.settings.clone());
            for (key, value) in guess.settings.clone() {
                set(format, &mut self.settings, key, value);
            }
            self.guessed = Some(Guessed {
                guess,
                is_of_all: start.is_whole && group.files.len() == 1,
                before,
            });
        }
        (self.header, self.fields) = (written.header, written.fields);
        self.notes = written.notes;
        self.kept.extend(written.kept);
        let skipped = written.skipped.iter();
        left_out.extend(skipped.map(|lines| words::skipped(lines, &start.file, written.fields)));
    }
}

fn set(format: &mut Format, settings: &mut Vec<Setting>, key: &'static str, value: String) {
    let values = vec![value];
    if format.set(key, &values).is_ok() {
        settings.retain(|(other, _)| *other != key);
        settings.push((key, values));
    }
}

/// The probable encoding of a text that is not UTF-8, unless the user set one.
fn encoding_of(start: &FileStart, read: &TableInput) -> Option<&'static Encoding> {
    let is_told = read.format.encoding.is_some();
    sniff::encoding_of(&start.text, start.is_whole).filter(|_| !is_told)
}
