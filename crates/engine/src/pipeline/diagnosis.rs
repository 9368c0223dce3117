//! Collects rejected records while a file is read, and names probable causes at its end, with the
//! settings that read the records.
//!
//! Nothing is guessed from the look of a record: settings count only if rejected records are
//! accepted when they are cleaned again with these settings.

mod encoding;
mod structure;

use std::collections::HashMap;

use super::cleaner::Cleaner;
use super::warnings::on_one_line;
use clean::diagnose;
use input::Source;
use model::diagnosis::{Diagnosis, Example, SuggestedSetting};
use model::rejection::{Rejection, Rule, shown};
use model::schema::Column;

/// Distinct values of a column that are kept; records with other values are only counted.
const MOST_VALUES: usize = 2000;

/// The longest value that is kept, in bytes.
const LONGEST_VALUE: usize = 1024;

/// Records that are kept because of their structure, and because of their encoding.
const MOST_RECORDS: usize = 1000;

/// Bytes of these records.
const MOST_BYTES: usize = 1 << 18;

/// Examples of a diagnosis.
const EXAMPLES: usize = 3;

/// A cause that explains a smaller share of what was examined is not named: 1 of this many.
const LEAST_SHARE: u64 = 10;

/// The rejected records of a table, as far as they are needed for a diagnosis.
#[derive(Debug, Default)]
pub(super) struct Collector {
    columns: Vec<(String, Values)>,
    structure: Sample,
    encoding: Sample,
}

/// The rejected values of a column.
#[derive(Debug, Default)]
struct Values {
    seen: HashMap<Vec<u8>, Seen>,
    /// In the order of their first record.
    order: Vec<Vec<u8>>,
    /// All records that are rejected because of the column.
    rejected: u64,
}

/// The records that have a value.
#[derive(Debug, Default)]
struct Seen {
    count: u64,
    /// Offset and line of the first ones.
    first: Vec<(u64, u64)>,
}

/// Records that are kept as they are.
#[derive(Debug, Default)]
struct Sample {
    records: Vec<Kept>,
    bytes: usize,
    /// All records, kept or not.
    rejected: u64,
}

/// A rejected record.
#[derive(Debug, Clone)]
struct Kept {
    offset: u64,
    line: u64,
    raw: Vec<u8>,
}

impl Sample {
    fn add(&mut self, rejection: &Rejection) {
        self.rejected += 1;
        // of a record that is too long, not all bytes are known
        let is_whole = rejection.raw.len() as u64 == rejection.bytes;
        let has_room =
            self.records.len() < MOST_RECORDS && self.bytes + rejection.raw.len() <= MOST_BYTES;
        if is_whole && has_room {
            self.bytes += rejection.raw.len();
            self.records.push(Kept {
                offset: rejection.offset,
                line: rejection.line,
                raw: rejection.raw.clone(),
            });
        }
    }
}

impl Collector {
    /// Keeps what a diagnosis may need of a rejected record.
    pub(super) fn add(&mut self, rejection: &Rejection) {
        match rejection.rule {
            Rule::UnclosedQuote | Rule::FieldCount => self.structure.add(rejection),
            Rule::NotUtf8 => self.encoding.add(rejection),
            _ => {
                let (Some(column), Some(field)) = (&rejection.column, &rejection.field) else {
                    return;
                };
                self.values(column).add(field, rejection);
                if is_marked(&rejection.raw, field) {
                    self.structure.add(rejection);
                }
            }
        }
    }

    fn values(&mut self, column: &str) -> &mut Values {
        let at = self.columns.iter().position(|(name, _)| name == column);
        let at = at.unwrap_or_else(|| {
            self.columns.push((column.to_owned(), Values::default()));
            self.columns.len() - 1
        });
        &mut self.columns[at].1
    }

    /// The probable causes, those of whole records first.
    pub(super) fn diagnoses(&self, source: &Source, cleaner: &Cleaner) -> Vec<Diagnosis> {
        let mut diagnoses = encoding::diagnoses(&self.encoding, source, cleaner);
        if !source.dialect().is_json() {
            diagnoses.extend(structure::diagnoses(&self.structure, source, cleaner));
        }
        for column in cleaner.columns() {
            let mut columns = self.columns.iter();
            if let Some((_, values)) = columns.find(|(name, _)| *name == column.name) {
                diagnoses.extend(values.diagnoses(column, source));
            }
        }
        diagnoses
    }
}

/// Whether a record with a wrong value may be a comment, or the value may be in quotes that are
/// read as text.
fn is_marked(raw: &[u8], field: &[u8]) -> bool {
    let field = field.trim_ascii();
    let is_quoted = |quote: u8| field.len() > 1 && field[0] == quote && field.ends_with(&[quote]);
    let mut marks = structure::COMMENT_MARKS.iter();
    is_quoted(b'\'') || is_quoted(b'"') || marks.any(|mark| raw.starts_with(mark.as_bytes()))
}

impl Values {
    fn add(&mut self, field: &[u8], rejection: &Rejection) {
        self.rejected += 1;
        if field.len() > LONGEST_VALUE {
            return;
        }
        if let Some(seen) = self.seen.get_mut(field) {
            seen.add(rejection);
        } else if self.order.len() < MOST_VALUES {
            self.order.push(field.to_vec());
            self.seen.entry(field.to_vec()).or_default().add(rejection);
        }
    }

    fn diagnoses(&self, column: &Column, source: &Source) -> Vec<Diagnosis> {
        let texts = self.order.iter().filter_map(|value| {
            let text = std::str::from_utf8(value).ok()?;
            Some((text, &self.seen[value]))
        });
        let texts: Vec<(&str, &Seen)> = texts.collect();
        let counted: Vec<(&str, u64)> = texts.iter().map(|(text, s)| (*text, s.count)).collect();
        let causes = diagnose(column, &counted).into_iter();
        let named = causes.filter(|cause| cause.count * LEAST_SHARE >= cause.total);
        let of = |cause: clean::diagnosis::Cause| {
            let explained = cause.values.iter().map(|at| texts[*at]);
            let mut records: Vec<_> = explained
                .flat_map(|(text, seen)| seen.first.iter().map(move |place| (*place, text)))
                .collect();
            records.sort_unstable();
            let examples = records.iter().take(EXAMPLES);
            let examples = examples
                .map(|((offset, line), text)| example(source, *offset, *line, text.as_bytes()));
            let settings = cause.settings.iter().map(|settings| {
                let of = |setting: &clean::diagnosis::ColumnSetting| SuggestedSetting {
                    key: setting.key.to_owned(),
                    value: setting.value(),
                };
                settings.iter().map(of).collect()
            });
            Diagnosis {
                column: Some(column.name.clone()),
                cause: cause.words,
                records: cause.count,
                examined: cause.total,
                rejected: self.rejected,
                examples: examples.collect(),
                settings: settings.collect(),
            }
        };
        named.map(of).collect()
    }
}

impl Seen {
    fn add(&mut self, rejection: &Rejection) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push((rejection.offset, rejection.line));
        }
    }
}

fn example(source: &Source, offset: u64, line: u64, value: &[u8]) -> Example {
    let place = source.place(offset, line);
    Example {
        file: place.file.to_owned(),
        line: place.line,
        value: on_one_line(&shown(value)),
    }
}

/// The diagnosis of records that are kept as they are.
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
    }
}
