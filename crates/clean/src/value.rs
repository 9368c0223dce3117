//! Converts one field to a value, by the rule of its column's type.

use super::{Fault, boolean, enumeration, integer, number, text, time, timestamp};
use model::batch::{Batch, Value};
use model::rejection::Rule;
use model::schema::{Column, ColumnType};

/// Whether a field means NULL: it is empty, `\N` or `null`.
#[inline]
pub fn means_null(field: &[u8]) -> bool {
    field.is_empty() || field == b"\\N" || field.eq_ignore_ascii_case(b"null")
}

/// Fast path for an integer column: a field of digits alone, within the column's range.
#[inline(always)]
pub fn plain_integer(field: &[u8], bits: u8, unsigned: bool) -> Option<Value<'static>> {
    let n = integer::plain(field)?;
    (n <= integer::greatest(bits, unsigned)).then_some(if unsigned {
        Value::UInt(n)
    } else {
        Value::Int(n as i64)
    })
}

/// Converts one field to a value of its column's type and adds it to the batch.
///
/// # Errors
///
/// The rule that the field violates. The batch is then unchanged.
pub fn clean_value(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    if let ColumnType::Integer { bits, unsigned } = column.kind
        && let Some(value) = plain_integer(field, bits, unsigned)
    {
        batch.push(value);
        return Ok(());
    }
    // an exact member wins before blanks are trimmed and before the field is compared with NULL
    if let ColumnType::Enum { members } = &column.kind
        && let Some(member) = enumeration::exact_member(field, members)
        && !(column.nullable && means_null(field))
    {
        batch.push(Value::Enum(member));
        return Ok(());
    }
    // text is loaded byte for byte; all other types ignore surrounding blanks
    let field = if column.kind.is_text() {
        field
    } else {
        field.trim_ascii()
    };
    if means_null(field) {
        if column.nullable {
            batch.push(Value::Null);
            return Ok(());
        }
        let is_member = matches!(&column.kind, ColumnType::Enum { members } if enumeration::member(field, members).is_ok());
        if !column.kind.is_text() && !is_member {
            return Err(Fault::new(
                Rule::MissingValue,
                "the column is NOT NULL, but the field has no value",
            ));
        }
    }
    push_value(column, field, batch)
}

/// Adds a field that is not NULL, by the rule of its column's type.
fn push_value(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    let value = match &column.kind {
        ColumnType::Integer {
            bits,
            unsigned: true,
        } => Value::UInt(integer::unsigned(field, *bits)?),
        ColumnType::Integer {
            bits,
            unsigned: false,
        } => Value::Int(integer::signed(field, *bits)?),
        ColumnType::Boolean => Value::Int(i64::from(boolean::boolean(field)?)),
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
        } => {
            let text = number::decimal(field, *precision, *scale, *unsigned)?;
            batch.push(Value::Decimal(&text));
            return Ok(());
        }
        ColumnType::Float { unsigned } => Value::Double(number::float(field, *unsigned)?),
        ColumnType::Double { unsigned } => Value::Double(number::double(field, *unsigned)?),
        ColumnType::DateTime { precision } => {
            Value::DateTime(timestamp::datetime(field, *precision)?)
        }
        ColumnType::Timestamp { precision } => {
            Value::DateTime(timestamp::timestamp(field, *precision)?)
        }
        ColumnType::Date => Value::Date(timestamp::date(field)?),
        ColumnType::Time { precision } => Value::Time(time::time(field, *precision)?),
        ColumnType::Year => Value::Year(time::year(field)?),
        ColumnType::Char { length } => Value::Text(text::char(field, *length)?),
        ColumnType::VarChar { length } => Value::Text(text::varchar(field, *length)?),
        ColumnType::Text { max_bytes } => {
            Value::Text(text::stored(field, *max_bytes, column.charset.as_deref())?)
        }
        ColumnType::Enum { members } => Value::Enum(enumeration::member(field, members)?),
        // unreachable for a file whose header was matched: an unsupported column is an error before
        // that
        ColumnType::Unsupported { written } => {
            return Err(Fault::new(
                Rule::OutOfRange,
                format!("columns of type {written} cannot be loaded"),
            ));
        }
    };
    batch.push(value);
    Ok(())
}
