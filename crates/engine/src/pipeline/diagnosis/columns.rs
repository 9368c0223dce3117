//! The rejected values of columns, and the settings with which they can be read.

use std::collections::{HashMap, HashSet};

use super::{Accepted, EXAMPLES, LEAST_SHARE, Sample, example, nested};
use crate::pipeline::cleaner::{Cleaner, Judged};
use clean::diagnose;
use clean::diagnosis::{Cause, CauseKind, ColumnSetting, diagnose_raw};
use input::Source;
use model::diagnosis::{Diagnosis, SuggestedSetting};
use model::rejection::Rule;
use model::schema::{Column, ValueFormat};

/// Maximum number of distinct values of a column that are kept. Records with other values are only
/// counted.
const MOST_VALUES: usize = 2000;

/// The longest value that is kept, in bytes.
const LONGEST_VALUE: usize = 1024;

/// The rejected values of a column.
#[derive(Debug, Default, Clone)]
pub(super) struct Values {
    seen: HashMap<Vec<u8>, Seen>,
    /// The values in the order of their first record.
    order: Vec<Vec<u8>>,
    /// Number of records that are rejected because of the column.
    pub(super) rejected: u64,
}

/// The records that have a value.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    pub(super) count: u64,
    /// Offset and line of the first records with the value.
    pub(super) first: Vec<(u64, u64)>,
}

impl Values {
    /// Adds the value of a rejected record that begins at this offset and line.
    pub(super) fn add(&mut self, field: &[u8], place: (u64, u64)) {
        self.rejected += 1;
        if field.len() > LONGEST_VALUE {
            return;
        }
        if let Some(seen) = self.seen.get_mut(field) {
            seen.add(place);
        } else if self.order.len() < MOST_VALUES {
            self.order.push(field.to_vec());
            self.seen.entry(field.to_vec()).or_default().add(place);
        }
    }

    /// All values that were kept.
    fn all(&self) -> Vec<(&[u8], &Seen)> {
        let all = self.order.iter();
        all.map(|value| (value.as_slice(), &self.seen[value]))
            .collect()
    }

    /// The values that are valid UTF-8.
    pub(super) fn texts(&self) -> Vec<(&str, &Seen)> {
        let texts = self.order.iter().filter_map(|value| {
            let text = std::str::from_utf8(value).ok()?;
            Some((text, &self.seen[value]))
        });
        texts.collect()
    }
}

impl Seen {
    fn add(&mut self, place: (u64, u64)) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(place);
        }
    }
}

/// The columns of a table with their accepted and rejected values.
#[derive(Debug, Clone)]
pub(super) struct Columns<'a> {
    columns: Vec<&'a Column>,
    /// The rejected values of each column.
    rejected: Vec<Values>,
    accepted: Vec<HashSet<String>>,
    /// Objects and arrays in columns whose type cannot store them.
    nested: Vec<Values>,
}

impl<'a> Columns<'a> {
    /// The columns with the values that were found while the file was read.
    pub(super) fn new(
        found: &[(String, Values)],
        accepted: &Accepted,
        cleaner: &'a Cleaner,
    ) -> Columns<'a> {
        let columns: Vec<&Column> = cleaner.columns().collect();
        let of = |column: &&Column| {
            let mut found = found.iter();
            let values = found.find(|(name, _)| *name == column.name);
            values.map_or_else(Values::default, |(_, values)| values.clone())
        };
        let mut of_accepted = vec![HashSet::new(); columns.len()];
        cleaner.judge(&accepted.bytes, |_, judged| {
            let values: &mut HashSet<String> = &mut of_accepted[judged.column];
            let is_kept = judged.rule.is_none()
                && judged.field.len() <= LONGEST_VALUE
                && values.len() < MOST_VALUES;
            if is_kept && let Ok(text) = std::str::from_utf8(judged.field) {
                values.insert(text.to_owned());
            }
        });
        Columns {
            rejected: columns.iter().map(of).collect(),
            accepted: of_accepted,
            nested: vec![Values::default(); columns.len()],
            columns,
        }
    }

    /// Adds the objects and arrays that were found while the file was read.
    pub(super) fn and_nested(mut self, found: &[(String, Values)]) -> Columns<'a> {
        for (column, nested) in self.columns.iter().zip(&mut self.nested) {
            if let Some((_, values)) = found.iter().find(|(name, _)| *name == column.name) {
                nested.clone_from(values);
            }
        }
        self
    }

    /// A copy of these columns without their rejected values.
    pub(super) fn without_rejected(&self) -> Columns<'a> {
        Columns {
            rejected: vec![Values::default(); self.columns.len()],
            ..self.clone()
        }
    }

    /// Adds the rejected values that follow the first wrong value of each record. The first one was
    /// added when the record was rejected.
    pub(super) fn add_hidden(&mut self, cleaner: &Cleaner, sample: &Sample) {
        let before = self.counts();
        for record in &sample.records {
            let mut is_first = true;
            cleaner.judge(&record.raw, |_, judged| {
                if judged.rule.is_some() && !std::mem::take(&mut is_first) {
                    self.add(judged, (record.offset, record.line));
                }
            });
        }
        self.count_others(sample, &before);
    }

    /// The number of rejected records of each column.
    pub(super) fn counts(&self) -> Vec<u64> {
        self.rejected.iter().map(|values| values.rejected).collect()
    }

    /// The records of the sample that were not kept may have the same faults as the kept ones. Adds
    /// their number to each column whose count has grown since `before`.
    pub(super) fn count_others(&mut self, sample: &Sample, before: &[u64]) {
        let others = sample.others();
        for (values, before) in self.rejected.iter_mut().zip(before) {
            if values.rejected > *before {
                values.rejected += others;
            }
        }
    }

    /// Adds all rejected values of a text that begins at this offset and line.
    pub(super) fn add_all(&mut self, cleaner: &Cleaner, bytes: &[u8], (offset, line): (u64, u64)) {
        cleaner.judge(bytes, |span, judged| {
            let place = (offset + span.start as u64, line + span.line);
            self.add(judged, place);
        });
    }

    fn add(&mut self, judged: Judged<'_>, place: (u64, u64)) {
        match judged.rule {
            None | Some(Rule::NotUtf8) => {}
            Some(Rule::NestedValue) => self.nested[judged.column].add(judged.field, place),
            Some(_) => self.rejected[judged.column].add(judged.field, place),
        }
    }

    /// The cause of values that are bytes instead of text.
    fn raw_cause(&self, at: usize) -> Option<Cause> {
        let all = self.rejected[at].all();
        let counted: Vec<(&[u8], u64)> = all.iter().map(|(bytes, s)| (*bytes, s.count)).collect();
        let accepted: Vec<&str> = self.accepted[at].iter().map(String::as_str).collect();
        diagnose_raw(self.columns[at], &counted, &accepted)
    }

    fn causes(&self, at: usize) -> Vec<Cause> {
        let texts = self.rejected[at].texts();
        let counted: Vec<(&str, u64)> = texts.iter().map(|(text, s)| (*text, s.count)).collect();
        let accepted: Vec<&str> = self.accepted[at].iter().map(String::as_str).collect();
        let causes = diagnose(self.columns[at], &counted, &accepted).into_iter();
        causes
            .filter(|cause| cause.count * LEAST_SHARE >= cause.total)
            .collect()
    }

    /// The formats of the columns with the suggested settings. If there are alternatives, the first
    /// one is used.
    pub(super) fn formats(&self) -> Vec<(usize, ValueFormat)> {
        let mut formats = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let causes = self.causes(at);
            let causes = causes
                .iter()
                .filter(|cause| cause.kind != CauseKind::Digits);
            let settings: Vec<&ColumnSetting> = causes
                .filter_map(|cause| cause.settings.first())
                .flatten()
                .collect();
            if settings.is_empty() {
                continue;
            }
            let mut format = column.format.as_deref().cloned().unwrap_or_default();
            let set = |setting: &&ColumnSetting| format.set(setting.key, &setting.values).is_ok();
            if settings.iter().all(set) && format.check(&column.kind).is_ok() {
                formats.push((at, format));
            }
        }
        formats
    }

    /// The probable causes, in the order of the columns.
    pub(super) fn diagnoses(&self, source: &Source) -> Vec<Diagnosis> {
        let columns = 0..self.columns.len();
        columns
            .flat_map(|at| self.diagnoses_of(at, source))
            .collect()
    }

    fn diagnoses_of(&self, at: usize, source: &Source) -> Vec<Diagnosis> {
        let raw = self.raw_cause(at);
        let values: Vec<(&[u8], &Seen)> = match raw {
            Some(_) => self.rejected[at].all(),
            None => {
                let texts = self.rejected[at].texts().into_iter();
                texts.map(|(text, seen)| (text.as_bytes(), seen)).collect()
            }
        };
        let of = |cause: Cause| {
            let explained = cause.values.iter().map(|at| values[*at]);
            let mut records: Vec<_> = explained
                .flat_map(|(value, seen)| seen.first.iter().map(move |place| (*place, value)))
                .collect();
            records.sort_unstable();
            let examples = records.iter().take(EXAMPLES);
            let examples =
                examples.map(|((offset, line), value)| example(source, *offset, *line, value));
            let settings = cause.settings.iter().map(|settings| {
                let of = |setting: &ColumnSetting| SuggestedSetting {
                    key: setting.key.to_owned(),
                    value: setting.value(),
                };
                settings.iter().map(of).collect()
            });
            Diagnosis {
                column: Some(self.columns[at].name.clone()),
                cause: cause.words,
                records: cause.count,
                examined: cause.total,
                rejected: self.rejected[at].rejected,
                examples: examples.collect(),
                settings: settings.collect(),
                caution: caution(cause.kind).map(str::to_owned),
            }
        };
        let nested = nested::diagnosis(self.columns[at], &self.nested[at], source);
        let causes = raw.map_or_else(|| self.causes(at), |raw| vec![raw]);
        nested
            .into_iter()
            .chain(causes.into_iter().map(of))
            .collect()
    }
}

/// Why the settings for a cause may be wrong although the values can be read with them.
fn caution(kind: CauseKind) -> Option<&'static str> {
    match kind {
        CauseKind::Digits => Some("rounding changes the values"),
        CauseKind::FrequentWord => Some("the word may be a value, and NULL would replace it"),
        CauseKind::Bytes => Some("decode = \"raw\" stores the characters as they are"),
        _ => None,
    }
}
