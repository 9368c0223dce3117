//! A fast path for the most frequent fields.

use clean::boolean;
use clean::value::{means_null, plain_integer};
use input::records::Records;
use model::batch::{Batch, Value};
use model::schema::{Column, ColumnType};

/// Appends a plain number, a short text or a plain boolean to the batch; most fields of most files
/// are of these kinds. Returns `false`, without appending, for every other field.
#[inline(always)]
pub(super) fn take_plain(
    column: &Column,
    records: &Records,
    field: usize,
    bytes: &[u8],
    text: Option<&str>,
    batch: &mut Batch,
) -> bool {
    match column.kind {
        ColumnType::Integer { bits, unsigned } => {
            plain_integer(records.field(bytes, field), bits, unsigned)
                .map(|value| batch.push(value))
                .is_some()
        }
        // a character set that lacks characters is stated, see `Cleaner::new`
        ColumnType::VarChar { length } if column.charset.is_none() && column.json.is_none() => text
            .and_then(|text| records.text(text, field))
            // a character has at least one byte, so the characters of a short text need not be
            // counted
            .filter(|value| value.len() <= length as usize)
            .filter(|value| !(column.nullable && means_null(value.as_bytes())))
            .map(|value| batch.push(Value::Text(value)))
            .is_some(),
        ColumnType::Boolean => boolean::plain(records.field(bytes, field))
            .map(|value| batch.push(Value::Int(value.into())))
            .is_some(),
        _ => false,
    }
}
