//! Packs the values of an integer key into one number, so that a set of numbers can store the keys.

use model::batch::{Batch, Value};
use model::schema::{ColumnType, Table};

/// Columns whose values are packed into one number of at most 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packing {
    /// (position in the row, bits, whether signed). The most significant column comes first.
    columns: Vec<(usize, u8, bool)>,
    pub(super) names: Vec<String>,
}

impl Packing {
    /// `None` if a column is missing from the rows or is not an integer, or if all columns together
    /// have more than 64 bits.
    pub(super) fn new(table: &Table, loaded: &[usize], names: &[String]) -> Option<Packing> {
        let mut columns = Vec::new();
        for name in names {
            let column = table.column_index(name)?;
            let position = loaded.iter().position(|&c| c == column)?;
            let (bits, signed) = integer_width(&table.columns[column].kind)?;
            columns.push((position, bits, signed));
        }
        let width: u32 = columns.iter().map(|c| u32::from(c.1)).sum();
        (width <= 64).then(|| Packing {
            columns,
            names: names.to_vec(),
        })
    }

    /// Bits and signedness of each column.
    pub(super) fn form(&self) -> Vec<(u8, bool)> {
        self.columns.iter().map(|c| (c.1, c.2)).collect()
    }

    pub(super) fn width(&self) -> u32 {
        self.columns.iter().map(|c| u32::from(c.1)).sum()
    }

    /// The packed key of a row. `None` if one of its values is NULL.
    #[inline]
    pub(super) fn pack(&self, batch: &Batch, row: usize) -> Option<u64> {
        self.pack_values(|column| batch.integer(row, column))
    }

    /// The packed keys of a batch's live rows. Rows whose key contains NULL are left out.
    #[inline]
    pub(super) fn keys<'b>(&'b self, batch: &'b Batch) -> impl Iterator<Item = u64> + 'b {
        let of_all = match self.columns[..] {
            [(column, bits, signed)] => batch.all_integers(column).map(move |values| {
                // the usual case: all values of one column, without checking each row
                values.map(move |value| normalised(value, bits, signed))
            }),
            _ => None,
        };
        match of_all {
            Some(keys) => Either::Left(keys),
            None => {
                let rows = batch.live_rows();
                Either::Right(rows.filter_map(|row| self.pack(batch, row)))
            }
        }
    }

    /// Packs values, which `value` returns by position. A signed value is given as its two's
    /// complement bits.
    #[inline]
    pub(super) fn pack_values(&self, value: impl Fn(usize) -> Option<u64>) -> Option<u64> {
        if let [(column, bits, signed)] = self.columns[..] {
            return Some(normalised(value(column)?, bits, signed));
        }
        let mut key = 0u64;
        for &(column, bits, signed) in &self.columns {
            key = shifted(key, bits) | normalised(value(column)?, bits, signed);
        }
        Some(key)
    }

    /// The value of a key that has only one column. 0 if it is negative.
    pub(super) fn unpacked(&self, packed: u64) -> u64 {
        match self.columns[..] {
            [(_, bits, true)] => packed.saturating_sub(1 << (bits - 1)),
            _ => packed,
        }
    }

    pub(super) fn describe(&self, batch: &Batch, row: usize) -> String {
        let values: Vec<_> = self
            .columns
            .iter()
            .map(|&(column, ..)| match batch.value(row, column) {
                Value::UInt(v) => v.to_string(),
                Value::Int(v) => v.to_string(),
                _ => "NULL".to_string(),
            })
            .collect();
        values.join(", ")
    }
}

/// One of two iterators.
enum Either<A, B> {
    Left(A),
    Right(B),
}

impl<A: Iterator<Item = u64>, B: Iterator<Item = u64>> Iterator for Either<A, B> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        match self {
            Either::Left(keys) => keys.next(),
            Either::Right(keys) => keys.next(),
        }
    }

    // matches on the variant once, not for each key
    #[inline]
    fn fold<T, F: FnMut(T, u64) -> T>(self, start: T, add: F) -> T {
        match self {
            Either::Left(keys) => keys.fold(start, add),
            Either::Right(keys) => keys.fold(start, add),
        }
    }
}

fn shifted(key: u64, bits: u8) -> u64 {
    if bits == 64 { 0 } else { key << bits }
}

/// Shifts signed values so that the smallest one becomes 0.
#[inline]
fn normalised(value: u64, bits: u8, signed: bool) -> u64 {
    let moved = if signed {
        value.wrapping_add(1 << (bits - 1))
    } else {
        value
    };
    moved & (u64::MAX >> (64 - bits))
}

fn integer_width(kind: &ColumnType) -> Option<(u8, bool)> {
    match kind {
        ColumnType::Integer { bits, unsigned } => Some((*bits, !unsigned)),
        ColumnType::Boolean => Some((8, true)),
        ColumnType::Bit { bits } => Some((*bits, false)),
        _ => None,
    }
}
