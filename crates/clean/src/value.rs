//! Converts one field to a value with the rule of its column's type.

mod formatted;

use super::number::Width;
use super::{
    Fault, address, bit, boolean, bytes, charset, enumeration, geometry, integer, json, number,
    set, text, time, timestamp, uuid, vector,
};
pub(crate) use formatted::clean_value as clean_value_in;
pub use formatted::is_rounded;
use model::batch::{Batch, Value};
use model::rejection::Rule;
use model::schema::{Column, ColumnType, Decode, Digits, ZeroDates};

/// Whether a field means NULL: it is empty, `\N` or `null`.
#[inline]
pub fn means_null(field: &[u8]) -> bool {
    field.is_empty() || field == b"\\N" || field.eq_ignore_ascii_case(b"null")
}

/// Fast path for integer columns: the field consists of digits and is within the column's range.
#[inline(always)]
pub fn plain_integer(field: &[u8], bits: u8, unsigned: bool) -> Option<Value<'static>> {
    let n = integer::plain(field)?;
    (n <= integer::greatest(bits, unsigned)).then_some(if unsigned {
        Value::UInt(n)
    } else {
        Value::Int(n as i64)
    })
}

/// Converts one field to a value of its column's type, and adds it to the batch.
///
/// # Errors
///
/// The rule that the field violates. The batch is then unchanged.
pub fn clean_value(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    if let Some(format) = &column.format {
        return formatted::clean_value(column, format, field, batch);
    }
    clean_plain(column, field, batch)
}

/// Like [`clean_value`], without the format settings of the column.
fn clean_plain(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    if let ColumnType::Integer { bits, unsigned } = column.kind
        && let Some(value) = plain_integer(field, bits, unsigned)
    {
        batch.push(value);
        return Ok(());
    }
    // a field that equals a member exactly is that member, even if it has blanks or is a word for
    // NULL
    if let ColumnType::Enum { members } = &column.kind
        && let Some(member) = enumeration::exact_member(field, members)
        && !(column.nullable && means_null(field))
    {
        batch.push(Value::Enum(member));
        return Ok(());
    }
    // text is loaded byte for byte; all other types ignore surrounding blanks
    let is_bit = matches!(column.kind, ColumnType::Bit { .. });
    let is_raw = (column.kind.is_binary() || is_bit) && column.decode == Decode::Raw;
    // a BIT column reads a single control character as the value itself, so the character is not
    // trimmed, even if it is a blank
    let is_control = is_bit && matches!(field, [byte] if byte.is_ascii_control());
    let field = if column.kind.is_text() || is_raw || is_control {
        field
    } else {
        field.trim_ascii()
    };
    let is_zero_null = column.zero_dates == ZeroDates::Null
        && is_of_dates(&column.kind)
        && timestamp::is_zero(field);
    if (means_null(field) || is_zero_null)
        && (column.nullable || column.generates_ids || is_zero_null || !is_value(column, field))
    {
        return push_null(column, batch);
    }
    push_value(column, field, batch).map_err(|fault| {
        match is_of_dates(&column.kind) && timestamp::is_zero(field) {
            true => Fault::new(fault.rule, ZERO_DATE),
            false => fault,
        }
    })
}

/// Adds NULL, if the column allows it. A missing id is generated later, in file order.
fn push_null(column: &Column, batch: &mut Batch) -> Result<(), Fault> {
    if column.nullable || column.generates_ids {
        batch.push(Value::Null);
        return Ok(());
    }
    Err(Fault::new(
        Rule::MissingValue,
        "the column is NOT NULL, but the field has no value",
    ))
}

/// The message for a rejected zero date, with the option that accepts it.
const ZERO_DATE: &str = "0000-00-00 is not a date; --zero-dates null reads it as NULL";

fn is_of_dates(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
    )
}

/// Whether a field that would be NULL in a nullable column is a value in a NOT NULL column.
fn is_value(column: &Column, field: &[u8]) -> bool {
    match &column.kind {
        ColumnType::Enum { members } => enumeration::member(field, members).is_ok(),
        ColumnType::Set { members } => set::set(field, members).is_ok(),
        // the JSON value null, which is only written in lower case
        ColumnType::Json => field == b"null",
        // an empty field would be padded with zero bytes, so it is a value only in BINARY(0)
        ColumnType::Binary { length } if field.is_empty() => *length == 0,
        kind if kind.is_binary() => field.is_empty() || column.decode == Decode::Raw,
        kind => kind.is_text(),
    }
}

/// Adds a field that is not NULL, with the rule of its column's type.
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
        ColumnType::Float { unsigned, digits } => {
            Value::Double(real(field, Width::Single, *digits, *unsigned)?)
        }
        ColumnType::Double { unsigned, digits } => {
            Value::Double(real(field, Width::Double, *digits, *unsigned)?)
        }
        ColumnType::DateTime { precision } => {
            Value::DateTime(timestamp::datetime(field, *precision)?)
        }
        ColumnType::Timestamp { precision } => {
            Value::DateTime(timestamp::timestamp(field, *precision)?)
        }
        ColumnType::Date => Value::Date(timestamp::date(field)?),
        ColumnType::Time { precision } => Value::Time(time::time(field, *precision)?),
        ColumnType::Year => Value::Year(time::year(field, None)?),
        kind if kind.is_text() => Value::Text(text_value(column, field)?),
        ColumnType::Enum { members } => Value::Enum(enumeration::member(field, members)?),
        ColumnType::Set { members } => Value::Set(set::set(field, members)?),
        ColumnType::Bit { bits } if column.decode == Decode::Raw => {
            Value::UInt(bit::raw(field, *bits)?)
        }
        ColumnType::Bit { bits } => Value::UInt(bit::bit(field, *bits)?),
        kind if kind.is_of_bytes() => return push_bytes(column, field, batch),
        // not reached after a header was matched, because columns of unsupported types are an error
        // there
        kind => return Err(not_loaded(kind)),
    };
    batch.push(value);
    Ok(())
}

/// Checks that a text fits the length and character set of its column, and is JSON if the column
/// requires it.
fn text_value<'a>(column: &Column, field: &'a [u8]) -> Result<&'a str, Fault> {
    let text = match &column.kind {
        ColumnType::Char { length } => text::char(field, *length)?,
        ColumnType::VarChar { length } => text::varchar(field, *length)?,
        ColumnType::Text { max_bytes } => {
            text::stored(field, *max_bytes, column.charset.as_deref())?
        }
        kind => return Err(not_loaded(kind)),
    };
    match column.charset.as_deref() {
        None | Some("utf8mb4") => {}
        Some(charset) => charset::check(text, charset)?,
    }
    if let Some(servers) = column.json {
        json::check(text, servers)?;
    }
    Ok(text)
}

/// Reads a FLOAT or DOUBLE, with or without (M,D).
fn real(field: &[u8], width: Width, digits: Option<Digits>, unsigned: bool) -> Result<f64, Fault> {
    match (digits, width) {
        (Some(digits), width) => number::with_digits(field, width, digits, unsigned),
        (None, Width::Single) => number::float(field, unsigned),
        (None, Width::Double) => number::double(field, unsigned),
    }
}

/// Adds a value whose stored bytes or text differ from the field.
fn push_bytes(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    match &column.kind {
        kind if kind.is_binary() => {
            batch.push(Value::Bytes(&bytes::bytes(field, kind, column.decode)?));
        }
        ColumnType::Json => batch.push(Value::Text(&json::canonical(field)?)),
        ColumnType::Geometry { shape, srid } => {
            batch.push(Value::Bytes(&geometry::geometry(field, *shape, *srid)?));
        }
        ColumnType::Vector { dimensions } => {
            batch.push(Value::Bytes(&vector::vector(field, *dimensions)?));
        }
        ColumnType::Inet4 => batch.push(Value::Text(&address::v4(field)?)),
        ColumnType::Inet6 => batch.push(Value::Text(&address::v6(field)?)),
        ColumnType::Uuid => batch.push(Value::Text(&uuid::value(field)?)),
        kind => return Err(not_loaded(kind)),
    }
    Ok(())
}

fn not_loaded(kind: &ColumnType) -> Fault {
    Fault::new(
        Rule::OutOfRange,
        format!("columns of type {kind} cannot be loaded"),
    )
}
