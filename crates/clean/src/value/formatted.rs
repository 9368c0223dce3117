//! Converts fields of columns that have a format of their own: the field is rewritten to what the
//! rule of the column's type reads.

use super::{clean_plain, push_null};
use crate::Fault;
use model::batch::Batch;
use model::schema::{Column, ValueFormat};

/// Converts one field to a value of its column's type and adds it to the batch.
pub(super) fn clean_value(
    column: &Column,
    format: &ValueFormat,
    field: &[u8],
    batch: &mut Batch,
) -> Result<(), Fault> {
    if format.nulls.iter().any(|word| word.as_bytes() == field) {
        return push_null(column, batch);
    }
    clean_plain(column, field, batch)
}
