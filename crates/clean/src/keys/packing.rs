//! The values of a key as one number, so that a set of numbers holds all of them.

use model::batch::{Batch, Value};
use model::schema::{ColumnType, Table};

/// Columns whose values are packed into one number of at most 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packing {
    /// (position in the row, bits, whether signed), the most significant first.
    columns: Vec<(usize, u8, bool)>,
    pub(super) names: Vec<String>,
}

impl Packing {
    /// `None` when a column is missing from the rows, is no integer, or all together are wider than
    /// 64 bits.
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

    pub(super) fn form(&self) -> Vec<(u8, bool)> {
        self.columns.iter().map(|c| (c.1, c.2)).collect()
    }

    pub(super) fn width(&self) -> u32 {
        self.columns.iter().map(|c| u32::from(c.1)).sum()
    }

    /// `None` when one of the values is NULL.
    #[inline]
    pub(super) fn pack(&self, batch: &Batch, row: usize) -> Option<u64> {
        self.pack_values(|column| batch.integer(row, column))
    }

    /// The same for values that are given by their position, signed ones as their bits.
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

fn shifted(key: u64, bits: u8) -> u64 {
    if bits == 64 { 0 } else { key << bits }
}

/// Signed values are moved up so that the smallest becomes 0.
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
        _ => None,
    }
}
