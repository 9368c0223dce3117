//! Writes the values of a column as JSON.
//!
//! | logical type (physical type) | JSON |
//! |---|---|
//! | BOOLEAN | `true`, `false` |
//! | integers, signed and unsigned | the digits |
//! | DECIMAL | the digits, with a point |
//! | FLOAT, DOUBLE, FLOAT16 | the shortest number that is the same; `"NaN"`, `"inf"` |
//! | STRING, ENUM | a text |
//! | JSON | the document as it is |
//! | DATE | `"2024-02-29"` |
//! | TIME | `"12:30:00.250000"` |
//! | TIMESTAMP, INT96 | `"2024-02-29 12:30:00.250000"`, in UTC if the type says so |
//! | UUID | `"6ccd780c-baba-1026-9564-5b8c656024db"` |
//! | other bytes, also BSON, GEOMETRY and INTERVAL | `"0x…"` |
//!
//! Fractions of a second have as many digits as they need, at most 9. A date or time outside the
//! years 0 to 9999 is written as a number with its unit. No column accepts such a text, so the
//! record is rejected.
//!
//! Types: <https://parquet.apache.org/docs/file-format/types/logicaltypes/>.

use std::io::Write;

use crate::json::is_document;
use model::sqltext::{LONGEST_DATETIME, write_datetime};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as PhysicalType};
use parquet::data_type::Int96;
use parquet::schema::types::ColumnDescriptor;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As its physical type: a boolean, a signed integer, a floating-point number.
    Plain,
    /// An unsigned integer of this many bits.
    Unsigned { bits: u32 },
    /// Days since 1970.
    Date,
    /// Time since midnight, in units of `1 / per_second` seconds.
    Time { per_second: i64 },
    /// Time since 1970, in units of `1 / per_second` seconds.
    Timestamp { per_second: i64 },
    /// An integer with this many digits after the point.
    Decimal { scale: usize },
    /// Text.
    Text,
    /// A JSON document.
    Json,
    /// A UUID.
    Uuid,
    /// A floating-point number of 16 bits.
    Float16,
    /// Bytes, in hexadecimal.
    Hex,
}

const SECONDS_A_DAY: i64 = 86_400;
/// 0000-01-01 and 10000-01-01, in seconds since 1970.
const FIRST_SECOND: i64 = -62_167_219_200;
const AFTER_LAST_SECOND: i64 = 253_402_300_800;

impl Form {
    /// How the values of a column are written.
    pub(super) fn of(column: &ColumnDescriptor) -> Form {
        let scale = usize::try_from(column.type_scale()).unwrap_or(0);
        if let Some(logical) = column.logical_type_ref() {
            return Form::of_logical(logical, column.physical_type());
        }
        match column.converted_type() {
            ConvertedType::UTF8 | ConvertedType::ENUM => Form::Text,
            ConvertedType::JSON => Form::Json,
            ConvertedType::DECIMAL => Form::Decimal { scale },
            ConvertedType::DATE => Form::Date,
            ConvertedType::TIME_MILLIS => Form::Time { per_second: 1000 },
            ConvertedType::TIME_MICROS => Form::Time {
                per_second: 1_000_000,
            },
            ConvertedType::TIMESTAMP_MILLIS => Form::Timestamp { per_second: 1000 },
            ConvertedType::TIMESTAMP_MICROS => Form::Timestamp {
                per_second: 1_000_000,
            },
            ConvertedType::UINT_8 => Form::Unsigned { bits: 8 },
            ConvertedType::UINT_16 => Form::Unsigned { bits: 16 },
            ConvertedType::UINT_32 => Form::Unsigned { bits: 32 },
            ConvertedType::UINT_64 => Form::Unsigned { bits: 64 },
            _ => Form::of_physical(column.physical_type()),
        }
    }

    fn of_logical(logical: &LogicalType, physical: PhysicalType) -> Form {
        let per_second = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        };
        match logical {
            LogicalType::String | LogicalType::Enum => Form::Text,
            LogicalType::Json => Form::Json,
            LogicalType::Uuid => Form::Uuid,
            LogicalType::Float16 => Form::Float16,
            LogicalType::Date => Form::Date,
            LogicalType::Time(time) => Form::Time {
                per_second: per_second(&time.unit),
            },
            LogicalType::Timestamp(time) => Form::Timestamp {
                per_second: per_second(&time.unit),
            },
            LogicalType::Decimal(decimal) => Form::Decimal {
                scale: usize::try_from(decimal.scale).unwrap_or(0),
            },
            LogicalType::Integer(integer) if !integer.is_signed => Form::Unsigned {
                bits: u32::from(integer.bit_width.unsigned_abs()),
            },
            _ => Form::of_physical(physical),
        }
    }

    fn of_physical(physical: PhysicalType) -> Form {
        match physical {
            PhysicalType::BYTE_ARRAY | PhysicalType::FIXED_LEN_BYTE_ARRAY => Form::Hex,
            _ => Form::Plain,
        }
    }

    pub(super) fn write_bool(self, value: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub(super) fn write_integer(self, value: i64, out: &mut Vec<u8>) {
        match self {
            Form::Unsigned { bits } if bits < 64 => {
                let kept = value as u64 & ((1 << bits) - 1);
                digits(kept, out);
            }
            Form::Unsigned { .. } => digits(value as u64, out),
            Form::Date => write_seconds(value.checked_mul(SECONDS_A_DAY), Clock::Date, out, || {
                format!("{value} days since 1970")
            }),
            Form::Time { per_second } => write_time(value, per_second, out),
            Form::Timestamp { per_second } => write_timestamp(value, per_second, out),
            Form::Decimal { scale } => write_decimal(&value.to_string(), scale, out),
            _ => digits(value, out),
        }
    }

    pub(super) fn write_int96(self, value: &Int96, out: &mut Vec<u8>) {
        let [low, high, day] = [0, 1, 2].map(|at| value.data()[at]);
        let nanoseconds = i64::from(low) | i64::from(high) << 32;
        let days = i64::from(day) - JULIAN_DAY_OF_1970;
        let seconds = days * SECONDS_A_DAY + nanoseconds.div_euclid(NANOS);
        let fraction = nanoseconds.rem_euclid(NANOS);
        write_seconds(Some(seconds), Clock::Fraction(fraction), out, || {
            format!("day {day} of the Julian calendar")
        });
    }

    pub(super) fn write_float(self, value: f32, out: &mut Vec<u8>) {
        match value.is_finite() {
            true => debug(value, out),
            false => quoted(&value.to_string(), out),
        }
    }

    pub(super) fn write_double(self, value: f64, out: &mut Vec<u8>) {
        match value.is_finite() {
            true => debug(value, out),
            false => quoted(&value.to_string(), out),
        }
    }

    pub(super) fn write_bytes(self, value: &[u8], out: &mut Vec<u8>) {
        match self {
            Form::Text => write_text(value, out),
            Form::Json => write_document(value, out),
            Form::Decimal { scale } => match integer(value) {
                Some(digits) => write_decimal(&digits, scale, out),
                None => hex(value, out),
            },
            Form::Uuid if value.len() == 16 => {
                out.push(b'"');
                for (at, byte) in value.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        out.push(b'-');
                    }
                    display(format_args!("{byte:02x}"), out);
                }
                out.push(b'"');
            }
            Form::Float16 if value.len() == 2 => {
                self.write_float(half([value[0], value[1]]), out);
            }
            _ => hex(value, out),
        }
    }
}

/// Writes a JSON document on one line, because a line end would end the record. Text that is not
/// JSON is written so that the record becomes invalid, because unchanged it could add members to
/// the record.
fn write_document(value: &[u8], out: &mut Vec<u8>) {
    if !is_document(value) {
        out.push(b'?');
        return write_text(value, out);
    }
    // the line ends of a valid document are never within a string
    out.extend(value.iter().map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        byte => *byte,
    }));
}

const JULIAN_DAY_OF_1970: i64 = 2_440_588;
const NANOS: i64 = 1_000_000_000;

fn digits(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    // writing to memory does not fail
    let _ = write!(out, "{value}");
}

/// Writes the shortest digits that mean the same number, with an exponent instead of many zeros.
fn debug(value: impl std::fmt::Debug, out: &mut Vec<u8>) {
    let _ = write!(out, "{value:?}");
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    write_text(text.as_bytes(), out);
}

/// Writes a JSON string. Bytes that are not UTF-8 are kept, so that the record is rejected instead
/// of changed.
pub(super) fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = special(rest) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => display(format_args!("\\u{control:04x}"), out),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The position of the first byte that a JSON string cannot contain without an escape.
fn special(bytes: &[u8]) -> Option<usize> {
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    // `fold` visits all bytes of a piece, so the compiler can compare them at once
    let has_special = |piece: &[u8]| piece.iter().fold(false, |has, b| has | is_special(b));
    let plain = bytes
        .chunks_exact(32)
        .take_while(|piece| !has_special(piece));
    let start = 32 * plain.count();
    let at = bytes[start..].iter().position(is_special)?;
    Some(start + at)
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\"0x");
    for byte in bytes {
        out.extend([
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ]);
    }
    out.push(b'"');
}

/// Whether a point in time is written as a date or with its time.
#[derive(Clone, Copy)]
enum Clock {
    Date,
    /// Date and time, with these nanoseconds.
    Fraction(i64),
}

fn write_timestamp(value: i64, per_second: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let nanoseconds = fraction * (NANOS / per_second);
    write_seconds(Some(seconds), Clock::Fraction(nanoseconds), out, || {
        format!("{value} / {per_second} seconds since 1970")
    });
}

/// Writes the point in time that is this many seconds after 1970. Writes the text `other` if the
/// point is outside the years 0 to 9999.
fn write_seconds(
    seconds: Option<i64>,
    clock: Clock,
    out: &mut Vec<u8>,
    other: impl Fn() -> String,
) {
    let range = FIRST_SECOND..AFTER_LAST_SECOND;
    let Some(seconds) = seconds.filter(|seconds| range.contains(seconds)) else {
        return quoted(&other(), out);
    };
    let mut text = [0; LONGEST_DATETIME];
    write_datetime(&mut text, seconds * 1_000_000, 0);
    out.push(b'"');
    match clock {
        Clock::Date => out.extend_from_slice(&text[..10]),
        Clock::Fraction(nanoseconds) => {
            out.extend_from_slice(&text[..19]);
            write_fraction(nanoseconds, out);
        }
    }
    out.push(b'"');
}

fn write_fraction(nanoseconds: i64, out: &mut Vec<u8>) {
    if nanoseconds > 0 {
        display(format_args!(".{nanoseconds:09}"), out);
        while out.ends_with(b"0") {
            out.pop();
        }
    }
}

fn write_time(value: i64, per_second: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    if !(0..=SECONDS_A_DAY).contains(&seconds) {
        return quoted(
            &format!("{value} / {per_second} seconds since midnight"),
            out,
        );
    }
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    display(format_args!("\"{hour:02}:{minute:02}:{second:02}"), out);
    write_fraction(fraction * (NANOS / per_second), out);
    out.push(b'"');
}

/// Writes an integer in decimal digits with a point before the last `scale` digits.
fn write_decimal(digits: &str, scale: usize, out: &mut Vec<u8>) {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    if scale == 0 {
        return display(format_args!("{sign}{digits}"), out);
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    display(format_args!("{sign}{whole}.{fraction}"), out);
}

/// The decimal digits of an integer in two's complement, most significant byte first.
pub(super) fn integer(bytes: &[u8]) -> Option<String> {
    let (first, _) = bytes.split_first()?;
    if bytes.len() <= 16 {
        let mut wide = [if first & 0x80 > 0 { 0xff } else { 0 }; 16];
        wide[16 - bytes.len()..].copy_from_slice(bytes);
        return Some(i128::from_be_bytes(wide).to_string());
    }
    let is_negative = first & 0x80 > 0;
    let mut magnitude: Vec<u8> = bytes.to_vec();
    if is_negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, overflow);
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte > 0) {
        let mut rest = 0u32;
        for byte in &mut magnitude {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 10) as u8;
            rest = value % 10;
        }
        digits.push(char::from(b'0' + rest as u8));
    }
    if digits.is_empty() {
        digits.push('0');
    }
    if is_negative {
        digits.push('-');
    }
    Some(digits.into_iter().rev().collect())
}

/// Converts a 16-bit floating-point number (IEEE 754), least significant byte first.
pub(super) fn half(bytes: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(bytes);
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}
