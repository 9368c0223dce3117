//! The text of one row, from which its hash is computed. It is written value by value.

use model::batch::Value;
use model::sqltext::{
    LONGEST_DATETIME, SMALL, push_double_as_json, push_int, push_plain, small_digits,
    write_datetime,
};

use super::{NULL, RowCrc};

/// Memory for one value or length and the `#` after it. The longest values are decimals of 65
/// digits with sign and point. Short values are written as eight bytes at once, which may exceed
/// their length.
const VALUE_ROOM: usize = 80;

/// Memory for the text of a row. It is reused for all rows.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// The values and lengths of the row. Bytes of earlier rows may follow them.
    values: Vec<u8>,
    /// Free memory for the values, then the texts and bytes of the row. Bytes of earlier rows may
    /// follow them.
    joined: Vec<u8>,
    /// The text of one value that is not a small number.
    word: Vec<u8>,
}

/// The text of a row while it is written. The caller adds the values in the order of the columns.
#[derive(Debug)]
pub struct RowText<'h> {
    values: &'h mut [u8],
    /// Length of the values. It is a field here, not in the buffers, so that it can stay in a
    /// register: updating it in memory would cost more than writing the digits of an id.
    end: usize,
    joined: &'h mut Vec<u8>,
    /// End of the texts in `joined`.
    joined_end: usize,
    word: &'h mut Vec<u8>,
    crc: &'h RowCrc,
}

impl<'h> RowText<'h> {
    #[inline(always)]
    pub(super) fn begin(buffers: &'h mut Buffers, crc: &'h RowCrc, columns: usize) -> RowText<'h> {
        let Buffers {
            values,
            joined,
            word,
        } = buffers;
        let room = columns * VALUE_ROOM;
        for buffer in [&mut *values, &mut *joined] {
            if buffer.len() < room {
                buffer.resize(room, 0);
            }
        }
        RowText {
            values: &mut values[..room],
            end: 0,
            joined,
            joined_end: room,
            word,
            crc,
        }
    }

    /// Adds a number, given as digits: the first `count` bytes of `digits`.
    #[inline(always)]
    pub fn push_digits(&mut self, digits: [u8; 8], count: usize) {
        let room = &mut self.values[self.end..self.end + 9];
        room[..8].copy_from_slice(&digits);
        room[count] = b'#';
        self.end += count + 1;
    }

    /// Adds NULL.
    #[inline(always)]
    pub fn push_null(&mut self) {
        self.push_digits([NULL, 0, 0, 0, 0, 0, 0, 0], 1);
    }

    /// Adds a value. `precision` is the number of digits of a fractional second.
    #[inline(always)]
    pub fn push(&mut self, value: Value<'_>, precision: u8) {
        let small = match value {
            Value::UInt(v) => u32::try_from(v).ok(),
            Value::Int(v) => u32::try_from(v).ok(),
            Value::Enum(v) => Some(v),
            Value::Null => return self.push_null(),
            Value::Text(text) => return self.push_bytes(text.as_bytes()),
            Value::Bytes(bytes) => return self.push_bytes(bytes),
            Value::DateTime(at) => {
                let room = &mut self.values[self.end..self.end + LONGEST_DATETIME + 1];
                if let Some(text) = room.first_chunk_mut() {
                    let length = write_datetime(text, at, precision);
                    room[length] = b'#';
                    self.end += length + 1;
                }
                return;
            }
            _ => None,
        };
        match small {
            Some(small) if small < SMALL => {
                let (digits, count) = small_digits(small);
                self.push_digits(digits, count);
            }
            _ => self.end = push_word(self.values, self.end, self.word, value, precision),
        }
    }

    /// Adds a text or bytes to the texts of the row, and the length in bytes to the values.
    #[inline(always)]
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        match u32::try_from(bytes.len()) {
            Ok(length) if length < SMALL => {
                let (digits, count) = small_digits(length);
                self.push_digits(digits, count);
            }
            _ => {
                let length = Value::UInt(bytes.len() as u64);
                self.end = push_word(self.values, self.end, self.word, length, 0);
            }
        }
        let end = self.joined_end + bytes.len();
        if self.joined.len() <= end {
            self.joined.resize((end + 1).next_power_of_two(), 0);
        }
        self.joined[self.joined_end..end].copy_from_slice(bytes);
        self.joined[end] = b'#';
        self.joined_end = end + 1;
    }

    /// The hash of the row.
    #[inline(always)]
    pub fn hash(self) -> u32 {
        let room = self.values.len();
        let start = room - self.end;
        self.joined[start..room].copy_from_slice(&self.values[..self.end]);
        // the last `#` is not part of the text
        let end = self.joined_end.saturating_sub(1).max(start);
        let crc = self.crc.of(&self.joined[start..end]);
        self.crc.of_digits.hash(crc)
    }
}

/// Writes a value that is not a small number at `end`, and returns the position after it.
fn push_word(
    values: &mut [u8],
    at: usize,
    word: &mut Vec<u8>,
    value: Value<'_>,
    precision: u8,
) -> usize {
    word.clear();
    match value {
        Value::UInt(v) => push_int(word, v),
        Value::Double(v) => push_double_as_json(word, v),
        plain => push_plain(word, plain, precision),
    }
    word.push(b'#');
    let end = at + word.len();
    values[at..end].copy_from_slice(word);
    end
}
