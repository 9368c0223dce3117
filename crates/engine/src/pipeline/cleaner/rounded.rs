//! Counts values that were rounded.

use super::plain::Fields;
use super::{Cleaner, Occurrences, Sign, Signs};
use clean::value::is_rounded;
use input::chunks::Chunk;
use input::header::ColumnSource;
use input::records::Span;
use model::rejection::shown;
use model::schema::Column;

/// The positions of the columns whose values are rounded.
pub(super) fn columns(columns: &[(Column, ColumnSource)]) -> Vec<usize> {
    let rounds = |column: &Column| {
        let format = column.format.as_ref();
        format.is_some_and(|format| format.numbers.round)
    };
    let positions = 0..columns.len();
    positions.filter(|at| rounds(&columns[*at].0)).collect()
}

impl Cleaner {
    /// Counts the values of an accepted record that were rounded.
    #[inline]
    pub(super) fn note_rounded(
        &self,
        chunk: &Chunk,
        fields: Fields<'_>,
        span: Span,
        signs: &mut Signs,
    ) {
        for (column, source) in self.rounded.iter().map(|at| &self.columns[*at]) {
            let value = match source {
                ColumnSource::Field(field) => fields.get(*field),
                ColumnSource::Constant(value) => value.as_bytes(),
            };
            if is_rounded(column, value) {
                signs.note(Sign::Rounded, 1, || Occurrences {
                    count: 1,
                    offset: chunk.offset + span.start as u64,
                    line: chunk.line + span.line,
                    example: format!("{} = {}", column.name, shown(value)),
                });
            }
        }
    }
}
