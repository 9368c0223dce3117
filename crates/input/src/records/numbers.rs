//! Fast path for records that consist of plain numbers. It reads eight bytes at a time.
//!
//! A plain number has at most sixteen digits and no sign, leading zero or quotes. The record must
//! end with LF or CR LF. The result is the same as that of `split` and the rule for integers. For
//! any other record, or if the chunk ends too early, the result is `None`.

const EACH: u64 = u64::from_le_bytes([1; 8]);

/// A plain number in a chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlainNumber {
    /// The value.
    pub value: u64,
    /// Position in the chunk after the last digit.
    pub end: usize,
}

/// A field that is a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainField {
    /// The value.
    pub value: u64,
    /// Number of digits of the number.
    pub count: usize,
    /// The first eight digits. If the number is shorter, other bytes follow its digits.
    pub start: [u8; 8],
}

/// Reads the record that begins at `start` into `found`, which has one element per field. Returns
/// the position after the line end. The delimiter must not be a digit.
#[inline]
pub(super) fn numbers(
    bytes: &[u8],
    start: usize,
    found: &mut [PlainNumber],
    delimiter: u8,
) -> Option<usize> {
    let (last, others) = found.split_last_mut()?;
    let mut at = start;
    for number in others {
        (*number, _) = self::number(bytes, at)?;
        if bytes.get(number.end) != Some(&delimiter) {
            return None;
        }
        at = number.end + 1;
    }
    (*last, _) = number(bytes, at)?;
    match bytes.get(last.end)? {
        b'\n' => Some(last.end + 1),
        b'\r' if bytes.get(last.end + 1) == Some(&b'\n') => Some(last.end + 2),
        _ => None,
    }
}

/// The plain number from `start` to `end`. `None` if the field is not a plain number, or if fewer
/// than eight bytes of the chunk are left to read.
#[inline(always)]
pub(super) fn field(bytes: &[u8], start: usize, end: usize) -> Option<PlainField> {
    let (number, word) = number(bytes, start)?;
    (number.end == end).then_some(PlainField {
        value: number.value,
        count: end - start,
        start: word.to_le_bytes(),
    })
}

/// The number that begins at `at`, and the eight bytes from `at` on.
#[inline(always)]
fn number(bytes: &[u8], at: usize) -> Option<(PlainNumber, u64)> {
    let word = word(bytes, at)?;
    let count = digits(word);
    if count == 0 || (word as u8 == b'0' && count > 1) {
        return None;
    }
    let found = |value, count| {
        let end = at + count;
        (PlainNumber { value, end }, word)
    };
    if count < 8 {
        return Some(found(value(word, count), count));
    }
    let rest = self::word(bytes, at + 8)?;
    let more = digits(rest);
    match more {
        0 => Some(found(value(word, 8), 8)),
        1..8 => {
            let high = value(word, 8) * 10u64.pow(more as u32);
            Some(found(high + value(rest, more), 8 + more))
        }
        _ => None,
    }
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(word.try_into().ok()?))
}

/// Number of digits at the start of a word.
#[inline(always)]
fn digits(word: u64) -> usize {
    let values = word ^ (EACH * u64::from(b'0'));
    // sets the highest bit of each byte that is not a digit
    let others = (((values & (EACH * 0x7f)) + EACH * (0x7f - 9)) | values) & (EACH << 7);
    others.trailing_zeros() as usize / 8
}

/// The value of the first `count` bytes of a word, which are 1 to 8 digits. It combines pairs of
/// digits in parallel, then pairs of these results, then the two halves.
#[inline(always)]
fn value(word: u64, count: usize) -> u64 {
    const TWOS: u64 = EACH * 0x0f;
    const FOURS: u64 = 0x00ff_00ff_00ff_00ff;
    const EIGHTS: u64 = 0x0000_ffff_0000_ffff;
    // shift, so that missing digits become leading zeros
    let ones = (word << (64 - 8 * count)) & TWOS;
    // the multiplication overflows on purpose; the high part is not needed
    let twos = (ones.wrapping_mul(10 * (1 << 8) + 1) >> 8) & FOURS;
    let fours = (twos.wrapping_mul(100 * (1 << 16) + 1) >> 16) & EIGHTS;
    fours.wrapping_mul(10_000 * (1 << 32) + 1) >> 32
}
