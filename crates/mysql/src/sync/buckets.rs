//! Which bucket a row belongs to. The client and the server compute it from the primary key in the
//! same way.
//!
//! A key that is one integer belongs to a range of [`WIDTH`] integers. The ranges are numbered, and
//! the numbers wrap at [`BUCKETS`]. So neighbouring rows share a bucket, and the memory has a bound
//! even if the integers are far apart. Any other key belongs to a bucket that is computed from the
//! hash of its values, because files need not be in the order of a collation.

use clean::checksum::RowHasher;
use model::batch::{Batch, Value};
use model::schema::{Column, ColumnType};

use crate::column_sql;
use crate::target::Target;
use crate::verify::in_sql::hash_of_row;
use mysql_schema::quote::quote_identifier;

/// Number of buckets: a prime number, so that keys with equal distances do not share a few buckets.
pub const BUCKETS: u32 = 1_048_573;

/// Number of integers in a range.
const WIDTH: u8 = 32;

/// The buckets of one table.
#[derive(Debug, Clone)]
pub struct KeyBuckets {
    /// The positions of the key's columns in the rows.
    positions: Vec<usize>,
    /// The key's columns.
    columns: Vec<Column>,
}

impl KeyBuckets {
    /// The buckets of a table with this primary key. `target` has the columns of the rows.
    pub fn new(target: &Target, key: &[Column]) -> KeyBuckets {
        let position = |column: &Column| {
            let mut columns = target.columns.iter();
            columns.position(|c| c.name == column.name)
        };
        KeyBuckets {
            positions: key.iter().filter_map(position).collect(),
            columns: key.to_vec(),
        }
    }

    /// The positions of the key's columns in the rows.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    fn integer(&self) -> Option<&Column> {
        match &self.columns[..] {
            [one] if matches!(one.kind, ColumnType::Integer { .. }) => Some(one),
            _ => None,
        }
    }

    /// The bucket of a row of a batch.
    pub fn of(&self, hasher: &mut RowHasher, batch: &Batch, row: usize) -> u32 {
        if let ([at], Some(_)) = (&self.positions[..], self.integer()) {
            return match batch.value(row, *at) {
                Value::Int(key) => of_signed(key),
                Value::UInt(key) => of_unsigned(key),
                _ => 0,
            };
        }
        let mut text = hasher.begin(self.positions.len());
        for at in &self.positions {
            text.push(batch.value(row, *at), batch.layout().precision(*at));
        }
        text.hash() % BUCKETS
    }

    /// The bucket as the server computes it; `prefix` names the table. It may be negative.
    pub(super) fn in_sql(&self, prefix: &str) -> String {
        let name = |column: &Column| format!("{prefix}{}", quote_identifier(&column.name));
        let bucket = match self.integer() {
            Some(column) => format!("({} DIV {WIDTH})", column_sql::plain(column, &name(column))),
            None => {
                let columns: Vec<&Column> = self.columns.iter().collect();
                hash_of_row(&columns, &name)
            }
        };
        format!("CAST(MOD({bucket},{BUCKETS}) AS SIGNED)")
    }

    /// The bucket for a number that the server has computed.
    pub(super) fn of_server(bucket: i64) -> u32 {
        bucket.rem_euclid(i64::from(BUCKETS)) as u32
    }

    /// The numbers that the server may compute for a bucket.
    pub(super) fn for_server(bucket: u32) -> [i64; 2] {
        [i64::from(bucket), i64::from(bucket) - i64::from(BUCKETS)]
    }
}

/// The bucket of an integer key. The server's DIV and MOD round towards zero, as Rust's `/` and `%`
/// do.
fn of_signed(key: i64) -> u32 {
    KeyBuckets::of_server(key / i64::from(WIDTH) % i64::from(BUCKETS))
}

/// Like [`of_signed`], for the keys of an unsigned column.
fn of_unsigned(key: u64) -> u32 {
    (key / u64::from(WIDTH) % u64::from(BUCKETS)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_integers_share_a_bucket_and_all_have_one() {
        assert_eq!(of_signed(64), of_signed(95));
        assert_ne!(of_signed(63), of_signed(64));
        assert_eq!(of_signed(-33), BUCKETS - 1);
        assert_eq!(of_signed(-31), of_signed(31), "both are divided to zero");
        for key in [0, 31, 32, 1 << 40, i64::MAX] {
            assert!(of_signed(key) < BUCKETS && of_signed(-key) < BUCKETS);
            assert_eq!(of_signed(key), of_unsigned(key as u64), "{key}");
        }
        for key in [i64::MIN as u64, u64::MAX] {
            assert!(of_unsigned(key) < BUCKETS);
        }
        for bucket in [0, 1, BUCKETS - 1] {
            for number in KeyBuckets::for_server(bucket) {
                assert_eq!(KeyBuckets::of_server(number), bucket);
            }
        }
    }
}
