//! Collects rejected records while a file is read. At the end of the file, names the probable
//! causes and the settings with which the records can be read.
//!
//! Settings are never suggested from the look of a record alone. They must pass a test: the
//! rejected records are accepted when they are cleaned again with these settings, and accepted
//! records are still accepted.

mod columns;
mod duplicates;
mod encoding;
mod nested;
mod structure;

use super::cleaner::Cleaner;
use super::warnings::on_one_line;
use columns::{Columns, Values};
use duplicates::Duplicates;
use input::Source;
use model::batch::Batch;
use model::diagnosis::{Diagnosis, Example, SuggestedSetting};
use model::rejection::{Rejection, Rule, shown};

/// Maximum number of records that are kept of each kind: rejected because of their structure,
/// encoding or values, and accepted.
const MOST_RECORDS: usize = 1000;

/// Maximum number of bytes of the records that are kept of each kind.
const MOST_BYTES: usize = 1 << 18;

/// Maximum number of examples in a diagnosis.
const EXAMPLES: usize = 3;

/// A cause is only named if it explains at least one in this many of the examined records.
const LEAST_SHARE: u64 = 10;

/// The records of a table that a diagnosis may need.
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// The rejected values of each column, by its name.
    columns: Vec<(String, Values)>,
    /// The rejected objects and arrays of each column, by its name.
    nested: Vec<(String, Values)>,
    values: Sample,
    structure: Sample,
    encoding: Sample,
    duplicates: Vec<Duplicates>,
    /// Number of rejected records.
    rejected: u64,
    accepted: Accepted,
    /// Whether the table had rows before the run.
    appended: bool,
}

/// Rejected records that are kept with their bytes.
#[derive(Debug, Default, Clone)]
struct Sample {
    records: Vec<Kept>,
    bytes: usize,
    /// Number of rejected records, kept or not.
    rejected: u64,
}

/// A rejected record.
#[derive(Debug, Clone)]
struct Kept {
    offset: u64,
    line: u64,
    raw: Vec<u8>,
}

/// The first accepted records, without gaps between them.
#[derive(Debug, Default)]
struct Accepted {
    bytes: Vec<u8>,
    records: usize,
}

impl Sample {
    fn add(&mut self, rejection: &Rejection) {
        // only whole records are kept: only a part is known of a record that is too long, and the
        // record of an element also has elements that are not at fault
        let is_whole = rejection.raw.len() as u64 == rejection.bytes && rejection.element.is_none();
        if is_whole && self.has_room(&rejection.raw) {
            self.keep(Kept {
                offset: rejection.offset,
                line: rejection.line,
                raw: rejection.raw.clone(),
            });
        } else {
            self.rejected += 1;
        }
    }

    fn has_room(&self, raw: &[u8]) -> bool {
        self.records.len() < MOST_RECORDS && self.bytes + raw.len() <= MOST_BYTES
    }

    /// Number of rejected records that are not kept.
    fn others(&self) -> u64 {
        self.rejected - self.records.len() as u64
    }

    fn keep(&mut self, record: Kept) {
        self.rejected += 1;
        self.bytes += record.raw.len();
        self.records.push(record);
    }
}

impl Collector {
    /// Starts to collect for a table. `appended` says whether the table had rows before the run.
    pub(super) fn new(appended: bool) -> Collector {
        Collector {
            appended,
            ..Collector::default()
        }
    }

    /// Keeps the records of accepted rows, as far as a diagnosis may need them. `bytes` is the text
    /// that has the records.
    pub(super) fn keep_accepted(&mut self, batch: &Batch, bytes: &[u8]) {
        let accepted = &mut self.accepted;
        let mut last = None;
        for (at, row) in batch.all_rows().iter().enumerate() {
            // keep the whole record once, because an element alone is not a record
            let (offset, length) = match batch.parent(at) {
                Some(parent) => (parent.offset, parent.length),
                None => (row.offset, row.length),
            };
            if last.replace(offset) == Some(offset) {
                continue;
            }
            let start = offset as usize;
            let record = &bytes[start..start + length as usize];
            let has_room = accepted.records < MOST_RECORDS
                && accepted.bytes.len() + record.len() <= MOST_BYTES;
            if !has_room {
                return;
            }
            accepted.bytes.extend_from_slice(record);
            accepted.records += 1;
        }
    }

    /// Keeps a rejected record, as far as a diagnosis may need it.
    pub(super) fn add(&mut self, rejection: &Rejection, cleaner: &Cleaner) {
        // a record must be text, because bytes in another encoding may follow its first wrong value
        let is_text = || {
            cleaner.has_raw_fields()
                || simdutf8::basic::from_utf8(&rejection.raw).is_ok()
                || cleaner.places_of_bad_bytes(&rejection.raw) == (true, false)
        };
        self.rejected += 1;
        match rejection.rule {
            Rule::DuplicateKey => duplicates::add(&mut self.duplicates, rejection),
            Rule::UnclosedQuote | Rule::FieldCount => self.structure.add(rejection),
            Rule::NotUtf8 => self.encoding.add(rejection),
            // settings of values cannot make an object or array a value; only the path to a value
            // within it may help, and the other columns of the record are examined as usual
            Rule::NestedValue => {
                if let (Some(column), Some(field)) = (&rejection.column, &rejection.field) {
                    let place = (rejection.offset, rejection.line);
                    values_of(&mut self.nested, column).add(field, place);
                }
                self.values.add(rejection);
            }
            _ if rejection.field.is_some() && !is_text() => self.encoding.add(rejection),
            _ => {
                let (Some(column), Some(field)) = (&rejection.column, &rejection.field) else {
                    return;
                };
                let place = (rejection.offset, rejection.line);
                values_of(&mut self.columns, column).add(field, place);
                match is_marked(&rejection.raw, field) {
                    true => self.structure.add(rejection),
                    false => self.values.add(rejection),
                }
            }
        }
    }

    /// The probable causes; causes that affect whole records come first.
    pub(super) fn diagnoses(&self, source: &Source, cleaner: &Cleaner) -> Vec<Diagnosis> {
        let samples = [&self.values, &self.structure, &self.encoding];
        let of_keys =
            duplicates::diagnoses(&self.duplicates, self.rejected, (source, self.appended));
        if samples.iter().all(|sample| sample.rejected == 0) {
            return of_keys;
        }
        let mut columns =
            Columns::new(&self.columns, &self.accepted, cleaner).and_nested(&self.nested);
        columns.add_hidden(cleaner, &self.values);
        let mut broken = self.structure.clone();
        let mut diagnoses =
            encoding::diagnoses(&self.encoding, source, cleaner, &mut columns, &mut broken);
        broken.records.sort_by_key(|record| record.offset);
        // JSON has no dialects
        if !source.dialect().is_json() {
            let structure = structure::Search::new(source, cleaner, &self.accepted);
            diagnoses.extend(structure.diagnoses(&broken, &mut columns));
        }
        diagnoses.extend(columns.diagnoses(source));
        diagnoses.extend(of_keys);
        diagnoses
    }
}

/// The rejected values of this column; empty if there are none yet.
fn values_of<'v>(columns: &'v mut Vec<(String, Values)>, column: &str) -> &'v mut Values {
    let at = columns.iter().position(|(name, _)| name == column);
    let at = at.unwrap_or_else(|| {
        columns.push((column.to_owned(), Values::default()));
        columns.len() - 1
    });
    &mut columns[at].1
}

/// Whether a record with a wrong value may be a comment, or whether the value has quotes that are
/// read as text.
fn is_marked(raw: &[u8], field: &[u8]) -> bool {
    let mut marks = structure::COMMENT_MARKS.iter();
    is_in_quotes(field) || marks.any(|mark| raw.starts_with(mark.as_bytes()))
}

/// Whether a field still has quotes around it, which were therefore read as text.
pub(super) fn is_in_quotes(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    let is_quoted = |quote: u8| field.len() > 1 && field[0] == quote && field.ends_with(&[quote]);
    is_quoted(b'\'') || is_quoted(b'"')
}

fn example(source: &Source, offset: u64, line: u64, value: &[u8]) -> Example {
    let place = source.place(offset, line);
    Example {
        file: place.file.to_owned(),
        line: place.line,
        value: on_one_line(&shown(value)),
    }
}

/// A diagnosis that explains these records of a sample.
fn of_records(
    source: &Source,
    cause: String,
    explained: &[&Kept],
    sample: &Sample,
    settings: Vec<Vec<SuggestedSetting>>,
) -> Diagnosis {
    let examples = explained.iter().take(EXAMPLES);
    let examples =
        examples.map(|kept| example(source, kept.offset, kept.line, kept.raw.trim_ascii_end()));
    Diagnosis {
        column: None,
        cause,
        records: explained.len() as u64,
        examined: sample.records.len() as u64,
        rejected: sample.rejected,
        examples: examples.collect(),
        settings,
        caution: None,
    }
}
