//! Rows for probes: values of all supported types, among them the largest and the smallest, and
//! NULL. The values depend only on the types.

use model::batch::{Batch, BatchSize, Layout, Value};
use model::schema::{Column, ColumnType};

const DAY: i64 = 86_400_000_000;

/// Rows with values for these columns. Integers of 32 bits and more differ from row to row.
pub(crate) fn batch(columns: &[Column], rows: u64) -> Batch {
    let layout = Layout::new(columns.iter().map(|c| &c.kind));
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    for row in 0..rows {
        for (at, column) in (0u64..).zip(columns) {
            // NULL for all values of row 2, and for every fifth value of later rows
            let is_null = row == 2 || row > 2 && (row + at).is_multiple_of(5);
            match column.nullable && is_null {
                true => batch.push(Value::Null),
                false => push(&mut batch, &column.kind, row),
            }
        }
        batch.finish_row(0, 0, 0, 0);
    }
    batch
}

/// Spreads a number over all bits; different numbers have different results.
fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Adds the value of a row. Row 0 has the largest, row 1 the smallest values.
fn push(batch: &mut Batch, kind: &ColumnType, row: u64) {
    let bits = spread(row);
    match kind {
        ColumnType::Integer { bits, unsigned } => batch.push(integer(*bits, *unsigned, row)),
        ColumnType::Boolean => batch.push(Value::Int((row % 2) as i64)),
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
        } => {
            let text = decimal((*precision).into(), (*scale).into(), row);
            let text = text
                .strip_prefix('-')
                .filter(|_| *unsigned)
                .unwrap_or(&text);
            batch.push(Value::Decimal(text));
        }
        ColumnType::Float { .. } | ColumnType::Double { .. } => {
            batch.push(Value::Double((bits % 4096) as f64 / 4.0));
        }
        ColumnType::DateTime { precision } => {
            let at = [253_402_300_799_000_000, -30_610_224_000_000_000];
            let at = at.get(row as usize).copied();
            let at = at.unwrap_or((bits % (30_000 * DAY as u64)) as i64);
            batch.push(Value::DateTime(at - at.rem_euclid(unit(*precision))));
        }
        ColumnType::Timestamp { precision } => {
            let at = 1_000_000 + (bits % (24_000 * DAY as u64)) as i64;
            batch.push(Value::DateTime(at - at % unit(*precision)));
        }
        ColumnType::Date => batch.push(Value::Date((bits % 40_000) as i64)),
        ColumnType::Time { precision } => {
            let at = (bits % (60 * DAY as u64)) as i64 - 30 * DAY;
            batch.push(Value::Time(at - at % unit(*precision)));
        }
        ColumnType::Year => batch.push(Value::Year(1901 + (bits % 255) as u16)),
        ColumnType::Enum { members } => {
            let members = members.len().max(1) as u64;
            batch.push(Value::Enum(1 + (bits % members) as u32));
        }
        ColumnType::Set { members } => {
            let all = u64::MAX >> (64 - members.len().clamp(1, 64));
            batch.push(Value::Set(bits & all));
        }
        ColumnType::Bit { bits: width } => {
            batch.push(Value::UInt(bits & (u64::MAX >> (64 - width))))
        }
        ColumnType::Binary { length } => {
            let bytes: Vec<u8> = (0..u64::from(*length))
                .map(|at| spread(row + at) as u8)
                .collect();
            batch.push(Value::Bytes(&bytes));
        }
        ColumnType::VarBinary { length: most } | ColumnType::Blob { max_bytes: most } => {
            let length = (bits % 90).min((*most).into());
            let bytes: Vec<u8> = (0..length).map(|at| spread(row + at) as u8).collect();
            batch.push(Value::Bytes(&bytes));
        }
        ColumnType::Char { length: most }
        | ColumnType::VarChar { length: most }
        | ColumnType::Text { max_bytes: most } => {
            let length = (bits % 160).min(u64::from(*most) / 4 + u64::from(*most < 4)) as usize;
            let text: String = "aé日🙂 #x"
                .chars()
                .cycle()
                .skip(row as usize % 7)
                .take(length)
                .collect();
            batch.push(Value::Text(text.trim_end()));
        }
        // no probe supports these types
        _ => batch.push(Value::Null),
    }
}

/// The value of the last fractional digit in microseconds.
fn unit(precision: u8) -> i64 {
    10i64.pow(6 - u32::from(precision.min(6)))
}

fn integer(bits: u8, unsigned: bool, row: u64) -> Value<'static> {
    let all = u64::MAX >> (64 - bits);
    // the factor is odd, so no two rows have the same value
    let spread = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) & all;
    match (unsigned, row) {
        (true, 0) => Value::UInt(all),
        (true, 1) => Value::UInt(0),
        (true, _) => Value::UInt(spread),
        (false, 0) => Value::Int((all >> 1) as i64),
        (false, 1) => Value::Int(-((all >> 1) as i64) - 1),
        // shifting right repeats the sign bit, so the number fits into its bits
        (false, _) => Value::Int(((spread << (64 - bits)) as i64) >> (64 - bits)),
    }
}

/// A number with at most `precision` digits, in canonical form.
fn decimal(precision: usize, scale: usize, row: u64) -> String {
    let digit = |at: usize| match row {
        0 | 1 => '9',
        _ => char::from(b'0' + (spread(row + at as u64) % 10) as u8),
    };
    let whole: String = (scale..precision).map(digit).collect();
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let fraction: String = (0..scale).map(digit).collect();
    let point = if scale > 0 { "." } else { "" };
    let number = format!("{whole}{point}{fraction}");
    let is_zero = number.chars().all(|c| matches!(c, '0' | '.'));
    match row % 2 == 1 && !is_zero {
        true => format!("-{number}"),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn integers_differ_and_fill_their_type() {
        for unsigned in [true, false] {
            let all: HashSet<String> = (0..900)
                .map(|row| format!("{:?}", integer(32, unsigned, row)))
                .collect();
            assert_eq!(all.len(), 900);
        }
        assert_eq!(integer(8, false, 1), Value::Int(-128));
        assert_eq!(integer(64, true, 0), Value::UInt(u64::MAX));
        for row in 0..900 {
            let Value::Int(value) = integer(24, false, row) else {
                panic!("not signed");
            };
            assert!((-(1 << 23)..1 << 23).contains(&value));
        }
    }

    #[test]
    fn decimals_are_canonical() {
        assert_eq!(decimal(5, 2, 0), "999.99");
        assert_eq!(decimal(5, 2, 1), "-999.99");
        assert_eq!(decimal(3, 3, 0), "0.999");
        for row in 0..500 {
            let text = decimal(9, 4, row);
            let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap();
            assert!(fraction.len() == 4 && whole.len() <= 5 && !whole.starts_with("00"));
        }
    }
}
