//! The checksum of a table's rows. The client and the server compute the same number.
//!
//! Each row is written as one text. It has first, for each column, the value; for a text or binary
//! column, the length in bytes instead. Then follow the texts and bytes themselves. All of these
//! are joined by `#`. The lengths make the text unambiguous.
//!
//! The hash of a row is its CRC-32 (ISO-HDLC, as in zlib and in MySQL's `CRC32`), applied twice.
//! The second time, it is computed from the decimal digits of the first result. This is necessary
//! because CRC-32 alone is linear: if two rows exchanged values, the changes could cancel out.
//!
//! The checksum of a table is the sum of its row hashes modulo 2^64. So the order of the rows does
//! not matter, and the checksums of batches can be added.

mod digits;
mod row_text;

use digits::{CommaEffect, DigitsHash};
use model::batch::{Layout, Value};
use model::schema::Column;
use model::sqltext::push_int;
use row_text::Buffers;
pub use row_text::RowText;

/// Written for a value or length that is NULL.
const NULL: u8 = b'N';

/// Hashes rows. It reuses its buffers for all of them.
#[derive(Debug)]
pub struct RowHasher {
    buffers: Buffers,
    crc: RowCrc,
}

/// Computes the hash of a row's text.
#[derive(Debug)]
struct RowCrc {
    /// An empty hasher. It is cloned for each hash, because a new hasher would detect the
    /// processor's features every time.
    crc: crc32fast::Hasher,
    of_digits: &'static DigitsHash,
    of_commas: &'static CommaEffect,
}

impl RowCrc {
    #[inline]
    fn of(&self, text: &[u8]) -> u32 {
        let mut crc = self.crc.clone();
        crc.update(text);
        crc.finalize()
    }
}

impl Default for RowHasher {
    fn default() -> RowHasher {
        RowHasher::new()
    }
}

impl RowHasher {
    /// A hasher with empty buffers.
    pub fn new() -> RowHasher {
        RowHasher {
            buffers: Buffers::default(),
            crc: RowCrc {
                crc: crc32fast::Hasher::new(),
                of_digits: digits::table(),
                of_commas: digits::comma_effect(),
            },
        }
    }

    /// Begins the text of a row of this many columns.
    #[inline(always)]
    pub fn begin(&mut self, columns: usize) -> RowText<'_> {
        RowText::begin(&mut self.buffers, &self.crc, columns)
    }

    /// The hash of a row. `value` returns the value of a column.
    #[inline]
    pub fn hash<'a>(&mut self, layout: &Layout, value: impl Fn(usize) -> Value<'a>) -> u32 {
        let mut text = self.begin(layout.columns());
        for column in 0..layout.columns() {
            text.push(value(column), layout.precision(column));
        }
        text.hash()
    }

    /// The hash of a row of integers, computed from its text in the file, which consists of digits
    /// and commas. `commas` are the positions of the commas. `None` if the row is too long.
    #[inline(always)]
    pub fn hash_of_numbers(
        &self,
        row: &[u8],
        mut commas: impl Iterator<Item = usize>,
    ) -> Option<u32> {
        let with_commas = self.crc.of(row);
        let with_signs = commas.try_fold(with_commas, |crc, comma| {
            Some(crc ^ self.crc.of_commas.before(row.len() - comma - 1)?)
        });
        Some(self.crc.of_digits.hash(with_signs?))
    }
}

/// The checksum as 16 hexadecimal digits, as reports print it.
pub fn to_hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// Hashes a row whose hash the server cannot compute, from the values that the server sent.
#[derive(Debug, Default)]
pub struct ServerRowHasher {
    /// The values and lengths, each followed by `#`.
    values: Vec<u8>,
    /// The texts, each followed by `#`.
    texts: Vec<u8>,
}

impl ServerRowHasher {
    /// Adds the value of the next column.
    pub fn push(&mut self, column: &Column, value: Option<&[u8]>) {
        match value {
            None => self.values.push(NULL),
            Some(text) if column.kind.is_of_bytes() => {
                push_int(&mut self.values, text.len());
                self.texts.extend_from_slice(text);
                self.texts.push(b'#');
            }
            Some(value) => self.values.extend_from_slice(value),
        }
        self.values.push(b'#');
    }

    /// The hash of the row.
    pub fn hash(mut self) -> u32 {
        // the last `#` is not part of the text
        match self.texts.is_empty() {
            true => self.values.pop(),
            false => self.texts.pop(),
        };
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.values);
        crc.update(&self.texts);
        crc32fast::hash(crc.finalize().to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests;
