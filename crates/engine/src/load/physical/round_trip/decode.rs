//! Reads the records of a tree, independently of the code that writes them.

use super::{Cell, Parts};
use innodb_file::page::{INFIMUM, NONE, PAGE, SUPREMUM, at, following, u16_at, u32_at};
use model::schema::{Column, ColumnType, Table};
use model::sqltext::days_of_civil;

/// The records of the tree with this root page, from its first leaf to its last.
pub(super) fn decode(pages: &[u8], root: u32, table: &Table, parts: &Parts) -> Vec<Vec<Cell>> {
    let page = |number: u32| &pages[number as usize * PAGE..][..PAGE];
    let columns: Vec<&Column> = parts.columns().map(|c| &table.columns[c]).collect();
    let (key, rest) = columns.split_at(parts.key.len());
    let nulls = columns.iter().filter(|c| c.nullable).count().div_ceil(8);
    let mut number = root;
    while u16_at(page(number), at::LEVEL) > 0 {
        let first = following(page(number), INFIMUM);
        let mut reader = Reader::new(page(number), first, nulls);
        for column in key {
            reader.cell(column);
        }
        number = u32_at(page(number), reader.at);
    }
    let mut records = Vec::new();
    while number != NONE {
        let page = page(number);
        let mut origin = following(page, INFIMUM);
        while origin != SUPREMUM {
            let mut reader = Reader::new(page, origin, nulls);
            let mut record: Vec<Cell> = key.iter().map(|c| reader.cell(c)).collect();
            if parts.clustered {
                // the transaction id (6 bytes) and the roll pointer (7 bytes)
                reader.at += 6 + 7;
            }
            record.extend(rest.iter().map(|c| reader.cell(c)));
            records.push(record);
            origin = following(page, origin);
        }
        number = u32_at(page, at::NEXT);
    }
    records
}

/// Reads one record, field by field. The record's header takes the 5 bytes before the record's
/// origin. The NULL bits and the lengths are before the header, from right to left.
struct Reader<'a> {
    page: &'a [u8],
    at: usize,
    /// Position after the NULL bits.
    nulls: usize,
    bit: usize,
    /// Position after the lengths that have not been read yet.
    lengths: usize,
}

impl<'a> Reader<'a> {
    fn new(page: &'a [u8], origin: usize, null_bytes: usize) -> Reader<'a> {
        let nulls = origin - 5;
        Reader {
            page,
            at: origin,
            nulls,
            bit: 0,
            lengths: nulls - null_bytes,
        }
    }

    fn cell(&mut self, column: &Column) -> Cell {
        if column.nullable {
            let bits = self.page[self.nulls - 1 - self.bit / 8];
            let null = bits & (1 << (self.bit % 8)) != 0;
            self.bit += 1;
            if null {
                return Cell::Null;
            }
        }
        let width = fixed_width(&column.kind).unwrap_or_else(|| self.length(&column.kind));
        self.at += width;
        value(&column.kind, &self.page[self.at - width..self.at])
    }

    /// Reads the length of a field. It takes one byte if the column cannot store more than 255
    /// bytes. Otherwise a second byte follows if the high bit of the first is set.
    fn length(&mut self, kind: &ColumnType) -> usize {
        let two = match kind {
            ColumnType::Char { length } | ColumnType::VarChar { length } => *length > 63,
            ColumnType::VarBinary { length } => *length > 255,
            _ => true,
        };
        let mut byte = || {
            self.lengths -= 1;
            usize::from(self.page[self.lengths])
        };
        match byte() {
            first if two && first >= 0x80 => (first - 0x80) << 8 | byte(),
            first => first,
        }
    }
}

/// Number of bytes for the digits on one side of the decimal point.
fn digit_bytes(digits: u8) -> usize {
    let odd = match digits % 9 {
        0 => 0,
        1 | 2 => 1,
        3 | 4 => 2,
        5 | 6 => 3,
        _ => 4,
    };
    usize::from(digits / 9) * 4 + odd
}

fn fixed_width(kind: &ColumnType) -> Option<usize> {
    let fraction = |precision: &u8| usize::from(*precision).div_ceil(2);
    Some(match kind {
        ColumnType::Integer { bits, .. } => usize::from(*bits) / 8,
        ColumnType::Boolean | ColumnType::Year => 1,
        ColumnType::Decimal {
            precision, scale, ..
        } => digit_bytes(precision - scale) + digit_bytes(*scale),
        ColumnType::Float { .. } => 4,
        ColumnType::Double { .. } => 8,
        ColumnType::DateTime { precision } => 5 + fraction(precision),
        ColumnType::Timestamp { precision } => 4 + fraction(precision),
        ColumnType::Date => 3,
        ColumnType::Time { precision } => 3 + fraction(precision),
        ColumnType::Enum { members } => 1 + usize::from(members.len() > 255),
        ColumnType::Set { members } => match members.len() {
            ..=8 => 1,
            9..=16 => 2,
            17..=24 => 3,
            25..=32 => 4,
            _ => 8,
        },
        ColumnType::Bit { bits } => usize::from(*bits).div_ceil(8),
        ColumnType::Binary { length } => *length as usize,
        _ => return None,
    })
}

/// Reads an unsigned big-endian number.
fn number(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |n, byte| n << 8 | i64::from(*byte))
}

/// Microseconds of a fraction with this many bytes. Each byte has two digits.
fn fraction(bytes: &[u8]) -> i64 {
    number(bytes) * [1_000_000, 10_000, 100, 1][bytes.len()]
}

fn value(kind: &ColumnType, bytes: &[u8]) -> Cell {
    let text = || std::str::from_utf8(bytes).unwrap();
    match kind {
        ColumnType::Integer { unsigned: true, .. } => Cell::Unsigned(number(bytes) as u64),
        ColumnType::Integer { bits, .. } => {
            Cell::Number(number(bytes).wrapping_sub(1 << (bits - 1)))
        }
        ColumnType::Boolean => Cell::Number(number(bytes) - 128),
        ColumnType::Decimal {
            precision, scale, ..
        } => decimal(bytes, precision - scale, *scale),
        ColumnType::Float { .. } => {
            let single = f32::from_le_bytes(bytes.try_into().unwrap());
            Cell::Real(f64::from(single).to_bits())
        }
        ColumnType::Double { .. } => Cell::Real(u64::from_le_bytes(bytes.try_into().unwrap())),
        ColumnType::DateTime { .. } => {
            let packed = number(&bytes[..5]) - (1 << 39);
            let (date, clock) = (packed >> 17, packed & 0x1_ffff);
            let (months, day) = (date >> 5, date & 31);
            let days = days_of_civil(months / 13, months % 13, day);
            let seconds = (clock >> 12) * 3600 + (clock >> 6 & 63) * 60 + (clock & 63);
            Cell::Number((days * 86_400 + seconds) * 1_000_000 + fraction(&bytes[5..]))
        }
        ColumnType::Timestamp { .. } => {
            Cell::Number(number(&bytes[..4]) * 1_000_000 + fraction(&bytes[4..]))
        }
        ColumnType::Date => {
            let packed = number(bytes) - (1 << 23);
            Cell::Number(days_of_civil(packed >> 9, packed >> 5 & 15, packed & 31))
        }
        ColumnType::Time { .. } => time(bytes),
        ColumnType::Year if bytes[0] == 0 => Cell::Number(0),
        ColumnType::Year => Cell::Number(1900 + number(bytes)),
        ColumnType::Enum { .. } => Cell::Number(number(bytes)),
        ColumnType::Char { .. } => Cell::Text(text().trim_end_matches(' ').to_owned()),
        ColumnType::VarChar { .. } | ColumnType::Text { .. } => Cell::Text(text().to_owned()),
        ColumnType::Set { .. } | ColumnType::Bit { .. } => Cell::Unsigned(number(bytes) as u64),
        _ => Cell::Bytes(bytes.to_vec()),
    }
}

/// Reads a TIME. All bytes together are one number, offset by its sign bit: hours, minutes, seconds
/// and fraction.
fn time(bytes: &[u8]) -> Cell {
    let bits = 8 * bytes.len();
    let packed = number(bytes) - (1 << (bits - 1));
    let fraction_bits = bits - 24;
    let span = packed.abs();
    let clock = span >> fraction_bits;
    let seconds = (clock >> 12) * 3600 + (clock >> 6 & 63) * 60 + (clock & 63);
    let part = span & ((1 << fraction_bits) - 1);
    let micros = part * [1_000_000, 10_000, 100, 1][bytes.len() - 3];
    Cell::Number((seconds * 1_000_000 + micros) * packed.signum())
}

/// Reads a DECIMAL. Groups of nine digits, counted from the decimal point, take four bytes each.
/// The first bit is set for numbers that are not negative; all bits of negative numbers are
/// inverted.
fn decimal(bytes: &[u8], before: u8, after: u8) -> Cell {
    let negative = bytes[0] & 0x80 == 0;
    let mut bytes: Vec<u8> = bytes.to_vec();
    bytes[0] ^= 0x80;
    if negative {
        bytes.iter_mut().for_each(|byte| *byte = !*byte);
    }
    let mut groups = vec![before % 9];
    groups.extend(vec![9; usize::from(before / 9 + after / 9)]);
    groups.push(after % 9);
    let (mut digits, mut at) = (String::new(), 0);
    for group in groups.into_iter().filter(|digits| *digits > 0) {
        let end = at + digit_bytes(group);
        let width = usize::from(group);
        digits.push_str(&format!("{:0width$}", number(&bytes[at..end])));
        at = end;
    }
    Cell::Decimal(negative, digits)
}
