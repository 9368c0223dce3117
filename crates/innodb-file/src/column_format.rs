//! Column values as InnoDB stores them in a record.
//!
//! Texts, VARBINARY and BLOB have a variable width, all other types a fixed one. All fixed-width
//! types except FLOAT and DOUBLE sort as their bytes do: they are big-endian, and the sign bit of
//! signed numbers is inverted. The formats were confirmed on MySQL 9.7.4 and MariaDB 10.11.18.

use crate::error::{Result, not_storable};

use model::batch::Value;
use model::schema::ColumnType;
use model::sqltext::civil;

/// Maximum bytes of a character in utf8mb4, the only character set that is written.
const BYTES_PER_CHARACTER: u32 = 4;
const DAY: i64 = 86_400 * 1_000_000;

/// The storage format of a column's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnFormat {
    /// Big-endian; a signed number has its sign bit inverted.
    Integer {
        /// Number of bytes: 1, 2, 3, 4 or 8.
        bytes: usize,
        /// Whether the type is signed.
        signed: bool,
    },
    /// IEEE 754, 32 bits, little-endian.
    Float,
    /// IEEE 754, 64 bits, little-endian.
    Double,
    /// Groups of nine digits, each in four bytes.
    Decimal {
        /// Total number of digits.
        precision: usize,
        /// Number of digits after the decimal point.
        scale: usize,
    },
    /// Date and time, packed into five bytes, then the fractional second.
    DateTime {
        /// Number of bytes of the fractional second.
        fraction: usize,
    },
    /// Seconds since 1970 in four bytes, then the fractional second.
    Timestamp {
        /// Number of bytes of the fractional second.
        fraction: usize,
    },
    /// Year, month and day, packed into three bytes.
    Date,
    /// Hours, minutes and seconds, packed into three bytes, then the fractional second.
    Time {
        /// Number of bytes of the fractional second.
        fraction: usize,
    },
    /// One byte, years since 1900.
    Year,
    /// Position of the member in the list of the type.
    Enum {
        /// Number of bytes: 1 for up to 255 members, otherwise 2.
        bytes: usize,
    },
    /// One bit for each member of the type.
    Set {
        /// Number of bytes: 1, 2, 3, 4 or 8.
        bytes: usize,
    },
    /// BINARY and BIT: every value has the same number of bytes.
    Bytes {
        /// Number of bytes.
        width: usize,
    },
    /// VARBINARY and BLOB.
    VaryingBytes {
        /// Maximum number of bytes.
        max_bytes: u32,
        /// Whether lengths of 128 and more are stored in two bytes.
        long: bool,
    },
    /// Text in UTF-8.
    Text {
        /// Maximum number of bytes.
        max_bytes: u32,
        /// Maximum number of characters.
        max_characters: u32,
        /// CHAR: padded with blanks to this many bytes; 0 for other types.
        fill: usize,
        /// Whether lengths of 128 and more are stored in two bytes.
        long: bool,
    },
}

impl ColumnFormat {
    /// The storage format of a column type.
    pub fn of(kind: &ColumnType) -> ColumnFormat {
        let fraction = |precision: &u8| usize::from(precision.div_ceil(2));
        let text = |max_bytes: u32, max_characters: u32, fill: u32| ColumnFormat::Text {
            max_bytes,
            max_characters,
            fill: fill as usize,
            long: max_bytes > 255,
        };
        match kind {
            ColumnType::Integer { bits, unsigned } => ColumnFormat::Integer {
                bytes: usize::from(bits / 8),
                signed: !unsigned,
            },
            ColumnType::Boolean => ColumnFormat::Integer {
                bytes: 1,
                signed: true,
            },
            ColumnType::Float { .. } => ColumnFormat::Float,
            ColumnType::Double { .. } => ColumnFormat::Double,
            ColumnType::Decimal {
                precision, scale, ..
            } => ColumnFormat::Decimal {
                precision: usize::from(*precision),
                scale: usize::from(*scale),
            },
            ColumnType::DateTime { precision } => ColumnFormat::DateTime {
                fraction: fraction(precision),
            },
            ColumnType::Timestamp { precision } => ColumnFormat::Timestamp {
                fraction: fraction(precision),
            },
            ColumnType::Date => ColumnFormat::Date,
            ColumnType::Time { precision } => ColumnFormat::Time {
                fraction: fraction(precision),
            },
            ColumnType::Year => ColumnFormat::Year,
            ColumnType::Enum { members } => ColumnFormat::Enum {
                bytes: if members.len() < 256 { 1 } else { 2 },
            },
            ColumnType::Char { length } => text(length * BYTES_PER_CHARACTER, *length, *length),
            ColumnType::VarChar { length } => text(length * BYTES_PER_CHARACTER, *length, 0),
            ColumnType::Set { members } => ColumnFormat::Set {
                bytes: match members.len().div_ceil(8) {
                    bytes @ 0..=4 => bytes.max(1),
                    _ => 8,
                },
            },
            ColumnType::Bit { bits } => ColumnFormat::Bytes {
                width: usize::from(bits.div_ceil(8)),
            },
            ColumnType::Binary { length } => ColumnFormat::Bytes {
                width: *length as usize,
            },
            ColumnType::VarBinary { length } => ColumnFormat::VaryingBytes {
                max_bytes: *length,
                long: *length > 255,
            },
            ColumnType::Blob { max_bytes } => ColumnFormat::VaryingBytes {
                max_bytes: *max_bytes,
                long: true,
            },
            // unused, because a table with such a column is not eligible for physical import
            ColumnType::Json
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. }
            | ColumnType::Inet4
            | ColumnType::Inet6
            | ColumnType::Uuid
            | ColumnType::Unsupported { .. } => ColumnFormat::VaryingBytes {
                max_bytes: u32::MAX,
                long: true,
            },
            // all TEXT types, even TINYTEXT, store lengths of 128 and more in two bytes
            ColumnType::Text { max_bytes } => ColumnFormat::Text {
                max_bytes: *max_bytes,
                max_characters: *max_bytes,
                fill: 0,
                long: true,
            },
        }
    }

    /// Whether a table with columns of this type can be written.
    pub fn is_written(kind: &ColumnType) -> bool {
        match kind {
            ColumnType::Json
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. }
            | ColumnType::Inet4
            | ColumnType::Inet6
            | ColumnType::Uuid
            | ColumnType::Unsupported { .. } => false,
            // BINARY(0) is not written, because a field of zero bytes that is not NULL was not
            // tested
            ColumnType::Binary { length } => *length > 0,
            _ => true,
        }
    }

    /// Size of every value in bytes; `None` if each record stores the length of its value.
    pub fn width(&self) -> Option<usize> {
        Some(match self {
            ColumnFormat::Integer { bytes, .. } | ColumnFormat::Enum { bytes } => *bytes,
            ColumnFormat::Float => 4,
            ColumnFormat::Double => 8,
            ColumnFormat::Decimal { precision, scale } => {
                digits_width(precision - scale) + digits_width(*scale)
            }
            ColumnFormat::DateTime { fraction } => 5 + fraction,
            ColumnFormat::Timestamp { fraction } => 4 + fraction,
            ColumnFormat::Date => 3,
            ColumnFormat::Time { fraction } => 3 + fraction,
            ColumnFormat::Year => 1,
            ColumnFormat::Set { bytes } => *bytes,
            ColumnFormat::Bytes { width } => *width,
            ColumnFormat::VaryingBytes { .. } | ColumnFormat::Text { .. } => return None,
        })
    }

    /// Whether the server compares values as their bytes compare.
    pub fn sorts_as_bytes(&self) -> bool {
        !matches!(
            self,
            ColumnFormat::Float
                | ColumnFormat::Double
                | ColumnFormat::VaryingBytes { .. }
                | ColumnFormat::Text { .. }
        )
    }

    /// Appends a value that is not NULL.
    ///
    /// # Errors
    ///
    /// When the value does not match the type, or is longer than the maximum.
    pub fn put(&self, value: Value<'_>, out: &mut Vec<u8>) -> Result<()> {
        match (self, value) {
            (ColumnFormat::Integer { bytes, signed }, Value::Int(_) | Value::UInt(_)) => {
                let bits = match value {
                    Value::Int(v) => v as u64,
                    Value::UInt(v) => v,
                    _ => 0,
                };
                let turned = if *signed { 1 << (bytes * 8 - 1) } else { 0 };
                put_low(out, bits ^ turned, *bytes);
            }
            (ColumnFormat::Float, Value::Double(v)) => out.extend((v as f32).to_le_bytes()),
            (ColumnFormat::Double, Value::Double(v)) => out.extend(v.to_le_bytes()),
            (ColumnFormat::Decimal { precision, scale }, Value::Decimal(text)) => {
                put_decimal(out, text, precision - scale, *scale)?;
            }
            (ColumnFormat::DateTime { fraction }, Value::DateTime(v)) => {
                put_datetime(out, v, *fraction);
            }
            (ColumnFormat::Timestamp { fraction }, Value::DateTime(v)) => {
                let seconds = v.div_euclid(1_000_000);
                if !(1..=i64::from(u32::MAX)).contains(&seconds) {
                    not_storable!("a TIMESTAMP of {seconds} s since 1970 cannot be stored");
                }
                put_low(out, seconds as u64, 4);
                put_fraction(out, v.rem_euclid(1_000_000) as u64, *fraction);
            }
            (ColumnFormat::Date, Value::Date(days)) => {
                let (year, month, day) = civil(days);
                put_low(out, u64::from(year << 9 | month << 5 | day) ^ (1 << 23), 3);
            }
            (ColumnFormat::Time { fraction }, Value::Time(v)) => put_time(out, v, *fraction),
            (ColumnFormat::Year, Value::Year(year)) => out.push(year.saturating_sub(1900) as u8),
            (ColumnFormat::Enum { bytes }, Value::Enum(position)) => {
                put_low(out, u64::from(position), *bytes);
            }
            (ColumnFormat::Set { bytes }, Value::Set(bits)) => put_low(out, bits, *bytes),
            (ColumnFormat::Bytes { width }, Value::UInt(bits)) => put_low(out, bits, *width),
            (ColumnFormat::Bytes { width }, Value::Bytes(bytes)) if bytes.len() == *width => {
                out.extend_from_slice(bytes);
            }
            (ColumnFormat::VaryingBytes { max_bytes, .. }, Value::Bytes(bytes))
                if bytes.len() <= *max_bytes as usize =>
            {
                out.extend_from_slice(bytes);
            }
            (
                ColumnFormat::Text {
                    max_bytes, fill, ..
                },
                Value::Text(text),
            ) => {
                let text = if *fill > 0 {
                    text.trim_end_matches(' ')
                } else {
                    text
                };
                if text.len() > *max_bytes as usize {
                    not_storable!(
                        "a text of {} bytes exceeds the maximum of {max_bytes}",
                        text.len()
                    );
                }
                out.extend_from_slice(text.as_bytes());
                out.extend(std::iter::repeat_n(b' ', fill.saturating_sub(text.len())));
            }
            (format, value) => {
                not_storable!("{value:?} does not match the column format {format:?}")
            }
        }
        Ok(())
    }
}

/// Appends the lowest `bytes` bytes of a number, big-endian.
fn put_low(out: &mut Vec<u8>, number: u64, bytes: usize) {
    out.extend_from_slice(&number.to_be_bytes()[8 - bytes..]);
}

/// Hours, minutes and seconds of a time of day in microseconds, packed into bits.
fn clock(microseconds: u64) -> u64 {
    let seconds = microseconds / 1_000_000;
    ((seconds / 3600) << 12) | ((seconds / 60 % 60) << 6) | (seconds % 60)
}

fn put_datetime(out: &mut Vec<u8>, microseconds: i64, fraction: usize) {
    let (year, month, day) = civil(microseconds.div_euclid(DAY));
    let date = (u64::from(year) * 13 + u64::from(month)) << 5 | u64::from(day);
    let in_day = microseconds.rem_euclid(DAY) as u64;
    let packed = date << 17 | clock(in_day);
    put_low(out, packed + (1 << 39), 5);
    put_fraction(out, in_day % 1_000_000, fraction);
}

fn put_fraction(out: &mut Vec<u8>, microseconds: u64, bytes: usize) {
    put_low(out, microseconds / 100u64.pow(3 - bytes as u32), bytes);
}

/// Appends a TIME. All its fields are packed into one number, which is negated for a negative time.
/// With three bytes of fraction, this number is stored as one value. Otherwise its whole part and
/// its fraction are stored separately.
fn put_time(out: &mut Vec<u8>, microseconds: i64, fraction: usize) {
    let span = microseconds.unsigned_abs();
    let packed = ((clock(span) << 24) + span % 1_000_000) as i64;
    let packed = if microseconds < 0 { -packed } else { packed };
    if fraction == 3 {
        put_low(out, (packed + (1 << 47)) as u64, 6);
        return;
    }
    put_low(out, ((packed >> 24) + (1 << 23)) as u64, 3);
    let part = packed % (1 << 24) / 100i64.pow(3 - fraction as u32);
    put_low(out, part as u64, fraction);
}

/// Bytes that a DECIMAL needs for this many digits: four for each nine digits, and as few as
/// possible for the remaining digits.
fn digits_width(digits: usize) -> usize {
    const ODD: [usize; 9] = [0, 1, 1, 2, 2, 3, 3, 4, 4];
    digits / 9 * 4 + ODD[digits % 9]
}

/// Appends a DECIMAL. `text` is canonical: optional `-`, digits, and, if `after` > 0, a point with
/// exactly `after` digits.
fn put_decimal(out: &mut Vec<u8>, text: &str, before: usize, after: usize) -> Result<()> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |d| (true, d));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    if whole.len() > before || fraction.len() != after {
        not_storable!(
            "{text} is not a DECIMAL with {before} digits before the point and {after} after it"
        );
    }
    let begin = out.len();
    let group = |digits: &mut dyn Iterator<Item = u8>, count: usize| {
        digits
            .take(count)
            .fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'))
    };
    let padding = std::iter::repeat_n(b'0', before - whole.len());
    let mut whole = padding.chain(whole.bytes());
    put_low(out, group(&mut whole, before % 9), digits_width(before % 9));
    for _ in 0..before / 9 {
        put_low(out, group(&mut whole, 9), 4);
    }
    let mut fraction = fraction.bytes();
    for _ in 0..after / 9 {
        put_low(out, group(&mut fraction, 9), 4);
    }
    put_low(
        out,
        group(&mut fraction, after % 9),
        digits_width(after % 9),
    );
    if negative {
        out[begin..].iter_mut().for_each(|byte| *byte = !*byte);
    }
    out[begin] ^= 0x80;
    Ok(())
}

#[cfg(test)]
mod tests;
