//! Checks every column of a record separately. A load stops at the first wrong column, but a
//! diagnosis needs the other wrong columns too.

use std::sync::Arc;

use input::header::ColumnSource;
use input::records::{Following, Span, Step};
use model::batch::{Batch, BatchSize, Layout, Value};
use model::rejection::Rule;
use model::schema::Column;

use super::Cleaner;
use crate::pipeline::diagnosis::is_in_quotes;

/// A value of a record, checked by its column.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The number of the column among [`Cleaner::columns`].
    pub column: usize,
    /// The field as the file has it.
    pub field: &'a [u8],
    /// The rule that the value violates; `None` if it is accepted.
    pub rule: Option<Rule>,
}

impl Cleaner {
    /// Whether a record has a wrong structure, or a wrong value that is in quotes.
    pub(in crate::pipeline) fn is_broken(&self, record: &[u8]) -> bool {
        let (mut values, mut has_quotes) = (0, false);
        self.judge(record, |_, judged| {
            values += 1;
            has_quotes |= judged.rule.is_some() && is_in_quotes(judged.field);
        });
        values == 0 || has_quotes
    }

    /// Where a record has bytes that are not UTF-8: whether in columns of bytes, and whether in
    /// other columns. If the record is JSON, or its structure is wrong, all bytes count as in other
    /// columns.
    pub(in crate::pipeline) fn places_of_bad_bytes(&self, record: &[u8]) -> (bool, bool) {
        if self.dialect.is_json() || !self.columns().any(|column| column.kind.is_binary()) {
            return (false, true);
        }
        let (mut in_bytes, mut in_texts, mut is_whole) = (false, false, false);
        self.judge(record, |_, judged| {
            is_whole = true;
            let is_bad = std::str::from_utf8(judged.field).is_err();
            match self.columns[judged.column].0.kind.is_binary() {
                true => in_bytes |= is_bad,
                false => in_texts |= is_bad,
            }
        });
        (in_bytes, in_texts || !is_whole)
    }

    /// The field that fills this column; `None` if the structure of the record is wrong. The first
    /// field of a line is known even then.
    pub(in crate::pipeline) fn field_of(&self, record: &[u8], column: usize) -> Option<Vec<u8>> {
        let (_, ColumnSource::Field(at)) = self.columns.get(column)? else {
            return None;
        };
        let mut records = self.records();
        match records.step(record, Following::EndOfFile) {
            Step::Record(_) => Some(records.field(record, *at).to_vec()),
            _ if *at == 0 && !self.dialect.is_json() => {
                let delimiter = self.dialect.delimiter.bytes();
                let end = memchr::memmem::find(record, delimiter)?;
                Some(record[..end].to_vec())
            }
            _ => None,
        }
    }

    /// The values of these columns in a rejected record, as the only row of a batch. `None` if the
    /// structure of the record is wrong, or a value is wrong or NULL.
    pub(in crate::pipeline) fn key_of(&self, record: &[u8], columns: &[usize]) -> Option<Batch> {
        let kinds = columns
            .iter()
            .map(|at| Some(&self.columns.get(*at)?.0.kind));
        let layout = Layout::new(kinds.collect::<Option<Vec<_>>>()?);
        let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
        let mut records = self.records();
        let Step::Record(_) = records.step(record, Following::EndOfFile) else {
            return None;
        };
        for at in columns {
            let (column, source) = self.columns.get(*at)?;
            let cleaned = match source {
                ColumnSource::Constant(value) => {
                    clean::clean_value(column, value.as_bytes(), &mut batch)
                }
                ColumnSource::Field(field) => {
                    let (kind, value) = (records.kind(*field), records.field(record, *field));
                    self.kinds.clean((*at, column), kind, value, &mut batch)
                }
            };
            cleaned.ok()?;
        }
        let values = 0..columns.len();
        let is_null = |at| matches!(batch.pending_value(at), Value::Null);
        if values.clone().any(is_null) {
            return None;
        }
        batch.finish_row(0, 0, 0, 0);
        Some(batch)
    }

    /// Calls `take` with each value of all records in `bytes` that have the right number of fields,
    /// and with the place of the record.
    pub(in crate::pipeline) fn judge(&self, bytes: &[u8], mut take: impl FnMut(Span, Judged<'_>)) {
        let mut records = self.records();
        let of_one = |(column, _): &(Column, ColumnSource)| {
            let layout = Layout::new([&column.kind]);
            Batch::new(Arc::clone(&layout), 0, 1, BatchSize::default())
        };
        let mut batches: Vec<Batch> = self.columns.iter().map(of_one).collect();
        loop {
            let span = match records.step(bytes, Following::EndOfFile) {
                Step::Record(span) => span,
                Step::Fault { .. } => continue,
                Step::Incomplete(_) | Step::End => break,
            };
            for (place, (column, source)) in self.columns.iter().enumerate() {
                let ColumnSource::Field(at) = source else {
                    continue;
                };
                let (field, kind) = (records.field(bytes, *at), records.kind(*at));
                let batch = &mut batches[place];
                let cleaned = self.kinds.clean((place, column), kind, field, batch);
                batch.abandon_row();
                let rule = cleaned.err().map(|fault| fault.rule);
                let judged = Judged {
                    column: place,
                    field,
                    rule,
                };
                take(span, judged);
            }
        }
    }
}
