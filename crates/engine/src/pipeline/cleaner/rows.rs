//! Turns the values of one record into a row, or rejects the record.

use super::plain::{Fields, MOST_NUMBERS, Shortcut};
use super::{Cleaned, Cleaner, Rejected};
use clean::checksum::RowHasher;
use clean::{Fault, clean_value};
use input::chunks::Chunk;
use input::header::ColumnSource;
use input::records::{PlainNumber, Records, Span};
use model::batch::{Batch, Value};
use model::rejection::{ElementOf, Rejection, Rule, shown};
use mysql_schema::predicate::Predicate;

impl Cleaner {
    /// Discards the pending row and rejects its record.
    #[cold]
    pub(super) fn reject(
        &self,
        chunk: &Chunk,
        fields: Fields<'_>,
        span: Span,
        (column, field, fault): Rejected,
        cleaned: &mut Cleaned,
    ) {
        cleaned.batch.abandon_row();
        let field = field.map(|field| fields.get(field));
        let mut rejected = rejection(chunk, fields.bytes, span, (column, field), fault);
        if let Some(of) = fields.records.of_record() {
            let record = &fields.bytes[of.record.start..of.record.start + of.record.length];
            rejected.raw = record.to_vec();
            rejected.element = Some(ElementOf {
                record: chunk.offset + of.record.start as u64,
                number: of.element,
            });
            rejected.message = self.of_element(&rejected.message, of.element);
        }
        cleaned.rejections.push(rejected);
    }

    /// A message about a row that is an element of a record.
    pub fn of_element(&self, message: &str, element: u32) -> String {
        let each = self.extract.as_ref().and_then(|extract| extract.each());
        let each = each.map_or(String::new(), |path| format!(" of {path}"));
        format!("{message} (element {element}{each})")
    }

    /// Appends the values of the parser's current record to the batch's pending row. Returns the
    /// hash of the row.
    pub(super) fn row(
        &self,
        fields: Fields<'_>,
        hasher: &mut RowHasher,
        batch: &mut Batch,
    ) -> Result<u32, Rejected> {
        let mut row = hasher.begin(self.shortcuts.len());
        let mut is_checked = self.checked_by_shortcuts;
        for (place, (field, shortcut)) in self.shortcuts.iter().enumerate() {
            if shortcut.take(fields, *field, batch, &mut row) {
                continue;
            }
            self.value(place, fields, batch)?;
            row.push(batch.pending_value(place), self.layout.precision(place));
            is_checked &= !matches!(shortcut, Shortcut::Integer { .. });
        }
        if is_checked {
            return Ok(row.hash());
        }
        let Some((expression, predicate)) = self.violated(batch) else {
            return Ok(row.hash());
        };
        // only a CHECK on a single column shows which column is wrong
        let alone = match predicate.columns() {
            [one] => self.position[*one].map(|p| &self.columns[p]),
            _ => None,
        };
        let (column, field) = match alone {
            Some((column, ColumnSource::Field(field))) => (Some(column.name.clone()), Some(*field)),
            Some((column, ColumnSource::Constant(_))) => (Some(column.name.clone()), None),
            None => (None, None),
        };
        let fault = Fault::new(
            Rule::CheckFailed,
            format!("the row violates CHECK ({expression})"),
        );
        Err((column, field, fault))
    }

    /// Appends a value without a shortcut.
    fn value(&self, place: usize, fields: Fields<'_>, batch: &mut Batch) -> Result<(), Rejected> {
        let (column, source) = &self.columns[place];
        let (field, cleaned) = match source {
            ColumnSource::Constant(value) => (None, clean_value(column, value.as_bytes(), batch)),
            ColumnSource::Field(field) => {
                let (kind, value) = (fields.records.kind(*field), fields.get(*field));
                let cleaned = self.kinds.clean((place, column), kind, value, batch);
                (Some(*field), cleaned)
            }
        };
        cleaned.map_err(|fault| (Some(column.name.clone()), field, fault))
    }

    /// Appends the parser's current record if it is certainly a valid row of plain numbers.
    /// [`Cleaner::row`] handles every other record.
    #[inline]
    pub(super) fn numbers(
        &self,
        ranges: &[(u64, u64)],
        records: &Records,
        bytes: &[u8],
        hasher: &mut RowHasher,
        batch: &mut Batch,
    ) -> Option<Span> {
        let found = &mut [PlainNumber::default(); MOST_NUMBERS][..ranges.len()];
        let span = records.numbers(bytes, found)?;
        let mut bounded = found.iter().zip(ranges);
        if bounded.any(|(found, (least, greatest))| found.value < *least || found.value > *greatest)
        {
            return None;
        }
        let hash_of_text = match self.has_commas {
            true => {
                let (last, others) = found.split_last()?;
                let commas = others.iter().map(|number| number.end - span.start);
                hasher.hash_of_numbers(&bytes[span.start..last.end], commas)?
            }
            false => 0,
        };
        batch.push_integers(found.iter().map(|number| number.value));
        if !self.checked_by_shortcuts && self.violated(batch).is_some() {
            batch.abandon_row();
            return None;
        }
        let hash = match self.has_commas {
            true => hash_of_text,
            false => hasher.hash(&self.layout, |column| batch.pending_value(column)),
        };
        finish(batch, span, hash);
        Some(span)
    }

    /// The first CHECK that the pending row violates.
    #[inline]
    fn violated(&self, batch: &Batch) -> Option<&(String, Predicate)> {
        let value = |column: usize| match self.position[column] {
            Some(position) => batch.pending_value(position),
            None => Value::Null,
        };
        let mut checks = self.checks.iter();
        checks.find(|(_, predicate)| predicate.evaluate(&value) == Some(false))
    }
}

/// Completes the pending row, whose record is at this place in the chunk.
#[inline(always)]
pub(super) fn finish(batch: &mut Batch, span: Span, hash: u32) {
    batch.finish_row(
        span.start as u32,
        span.length as u32,
        span.line as u32,
        hash,
    );
}

fn rejection(
    chunk: &Chunk,
    bytes: &[u8],
    span: Span,
    (column, field): (Option<String>, Option<&[u8]>),
    fault: Fault,
) -> Rejection {
    Rejection {
        line: chunk.line + span.line,
        offset: chunk.offset + span.start as u64,
        bytes: span.length as u64,
        element: None,
        raw: bytes[span.start..span.start + span.length].to_vec(),
        column,
        rule: fault.rule,
        field: field.map(<[u8]>::to_vec),
        value: field.map_or(String::new(), shown),
        message: fault.message,
    }
}
