//! The checksum of a table's rows. Client and server compute the same number.
//!
//! Each row is written as one text: first, for each column, the value, or for a text or binary
//! column its length in bytes; then the texts and bytes themselves. All are joined by `#`. The
//! lengths make the text unambiguous.
//!
//! The hash of a row is CRC-32 (ISO-HDLC, as in zlib and in MySQL's `CRC32`) taken twice, the
//! second time over the decimal digits of the first. CRC-32 alone is linear, so two values swapped
//! between rows could cancel out.
//!
//! The checksum of a table is the sum of its row hashes modulo 2^64. So the order of the rows does
//! not matter, and the checksums of batches can be added.

mod digits;

use digits::DigitsHash;
use model::batch::{Layout, Value};
use model::schema::Column;
use model::sqltext::{SMALL, push_double_as_json, push_int, push_plain, small_digits};

/// Written in place of a value or length that is NULL.
const NULL: &[u8] = b"N";

/// Hashes one row after another with the same buffers.
#[derive(Debug)]
pub struct RowHasher {
    /// The text of the row, followed by bytes of earlier, longer rows. Its length is a local
    /// variable of [`RowHasher::hash`], because updating a length in memory costs more than writing
    /// the digits of an id.
    text: Vec<u8>,
    /// Text of one value that is not a small number.
    word: Vec<u8>,
    /// Cloned for each hash, because a new hasher detects the processor's features every time.
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

    /// Hash of a row; `value` returns the value of a column.
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
                Value::Bytes(bytes) => u32::try_from(bytes.len()).ok(),
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
                    Value::Bytes(bytes) => push_int(word, bytes.len()),
                    Value::Double(v) => push_double_as_json(word, v),
                    plain => push_plain(word, plain, layout.precision(column)),
                }
                end = put(text, end, word);
            }
            end = put(text, end, b"#");
        }
        for &column in layout.texts() {
            let of = match value(column) {
                Value::Text(of) => of.as_bytes(),
                Value::Bytes(of) => of,
                _ => continue,
            };
            end = put(text, end, of);
            end = put(text, end, b"#");
        }
        // the last `#` is not part of the text
        self.hash_of_text(end.saturating_sub(1))
    }

    /// Hash of a row that has only integers, from its text in the file: the first `length` bytes of
    /// `bytes`, which are digits and commas. The bytes are read eight at a time, so the result is
    /// `None` if `bytes` ends before the last group of eight.
    #[inline]
    pub fn hash_of_numbers(&mut self, bytes: &[u8], length: usize) -> Option<u32> {
        let whole = length.next_multiple_of(8);
        let bytes = bytes.get(..whole)?;
        make_room(&mut self.text, whole);
        for (to, from) in self.text.chunks_exact_mut(8).zip(bytes.chunks_exact(8)) {
            let from = u64::from_le_bytes(from.try_into().ok()?);
            // of digits and commas, only digits have this bit
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

/// Writes bytes at a position and returns the position after them.
#[inline]
fn put(text: &mut Vec<u8>, at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    make_room(text, end);
    text[at..end].copy_from_slice(bytes);
    end
}

/// The checksum as 16 hexadecimal digits, as reports print it.
pub fn to_hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// Hashes a row from its values as the server sent them, for rows whose hash the server cannot
/// compute.
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
            None => self.values.extend_from_slice(NULL),
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
