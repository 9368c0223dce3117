//! The checksum of a table's rows, computed alike on the client and by the server.
//!
//! A row is written as one text: the values that are not text, and the byte lengths of those that
//! are, then the texts themselves, all joined by `#`. The lengths make the text unambiguous. Its
//! hash is CRC-32 (ISO-HDLC, as in zlib and in MySQL's `CRC32`) taken twice, the second time over
//! the decimal digits of the first: CRC-32 alone is linear, so that values swapped between two rows
//! could cancel out. The checksum of a table is the sum of its rows' hashes modulo 2^64, so the
//! order of the rows does not matter and parts can be added up.

mod digits;

use digits::DigitsHash;
use model::batch::{Layout, Value};
use model::schema::Column;
use model::sqltext::{SMALL, push_double_as_json, push_int, push_plain, small_digits};

/// Stands for NULL where a value or a length would be.
const NULL: &[u8] = b"N";

/// Hashes rows one after the other, reusing its buffer.
#[derive(Debug)]
pub struct RowHasher {
    /// The row's text, and behind it what is left of longer ones: how far it goes is known to
    /// [`RowHasher::hash`] alone, for a length that is kept in memory costs more than the digits of
    /// an id.
    text: Vec<u8>,
    /// A value that is more than a small number.
    word: Vec<u8>,
    /// Cloned for each hash, for a new one asks every time what the processor can do.
    crc: crc32fast::Hasher,
    of_digits: &'static DigitsHash,
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
            text: Vec::new(),
            word: Vec::new(),
            crc: crc32fast::Hasher::new(),
            of_digits: digits::table(),
        }
    }

    /// Hash of the row whose values `value` gives by column.
    #[inline]
    pub fn hash<'a>(&mut self, layout: &Layout, value: impl Fn(usize) -> Value<'a>) -> u32 {
        let Self { text, word, .. } = self;
        let mut end = 0;
        for column in 0..layout.columns() {
            let value = value(column);
            let small = match value {
                Value::UInt(v) => u32::try_from(v).ok(),
                Value::Int(v) => u32::try_from(v).ok(),
                Value::Enum(v) => Some(v),
                Value::Text(text) => u32::try_from(text.len()).ok(),
                _ => None,
            };
            if let Some(small) = small.filter(|v| *v < SMALL) {
                let (digits, count) = small_digits(small);
                let room = end..end + digits.len();
                make_room(text, room.end);
                text[room].copy_from_slice(&digits);
                end += count;
            } else {
                word.clear();
                match value {
                    Value::Null => word.extend_from_slice(NULL),
                    Value::Text(text) => push_int(word, text.len()),
                    Value::Double(v) => push_double_as_json(word, v),
                    plain => push_plain(word, plain, layout.precision(column)),
                }
                end = put(text, end, word);
            }
            end = put(text, end, b"#");
        }
        for &column in layout.texts() {
            if let Value::Text(of) = value(column) {
                end = put(text, end, of.as_bytes());
                end = put(text, end, b"#");
            }
        }
        // the last one joins nothing
        self.hash_of_text(end.saturating_sub(1))
    }

    /// Hash of a row of integers alone, whose text is as in the file, except what is
    /// between them: the first `length` of `bytes`, which are digits and commas. They are taken by
    /// eights, so `None` where `bytes` end before the last eight do.
    #[inline]
    pub fn hash_of_numbers(&mut self, bytes: &[u8], length: usize) -> Option<u32> {
        let whole = length.next_multiple_of(8);
        let bytes = bytes.get(..whole)?;
        make_room(&mut self.text, whole);
        for (to, from) in self.text.chunks_exact_mut(8).zip(bytes.chunks_exact(8)) {
            let from = u64::from_le_bytes(from.try_into().ok()?);
            // of the two, digits alone have this bit
            let commas = !(from >> 4) & u64::from_le_bytes([1; 8]);
            let joined = from ^ (commas * u64::from(b',' ^ b'#'));
            to.copy_from_slice(&joined.to_le_bytes());
        }
        Some(self.hash_of_text(length))
    }

    #[inline]
    fn hash_of_text(&self, length: usize) -> u32 {
        let mut crc = self.crc.clone();
        crc.update(&self.text[..length]);
        self.of_digits.hash(crc.finalize())
    }
}

#[inline]
fn make_room(text: &mut Vec<u8>, end: usize) {
    if text.len() < end {
        text.resize(end.next_power_of_two().max(256), 0);
    }
}

/// Puts bytes at a place and gives the place behind them.
#[inline]
fn put(text: &mut Vec<u8>, at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    make_room(text, end);
    text[at..end].copy_from_slice(bytes);
    end
}

/// The checksum as reports print it.
pub fn to_hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// Hashes a row from the values that the server gave for the list of values of such rows.
#[derive(Debug, Default)]
pub struct WideRow {
    /// Values and lengths, then the texts: the two halves of the row's text, `#` after each part.
    values: Vec<u8>,
    texts: Vec<u8>,
}

impl WideRow {
    /// Adds the value of a column; columns come in their order.
    pub fn push(&mut self, column: &Column, value: Option<&[u8]>) {
        match value {
            None => self.values.extend_from_slice(NULL),
            Some(text) if column.kind.is_text() => {
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
        // the last one joins nothing
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
