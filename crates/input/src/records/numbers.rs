//! Fast path for records of plain numbers, eight bytes at a time.
//!
//! A plain number has at most sixteen digits and no sign, leading zero or quotes. The record must
//! end with LF or CR LF. For such a record, the result is what `split` and the rule for integers
//! would give. For anything else, including the end of the chunk, the result is `None`.

const EACH: u64 = u64::from_le_bytes([1; 8]);

/// Reads the record that begins at `start` into `values`, one for each field. Returns the position
/// after its line end. The delimiter must not be a digit.
#[inline]
pub(super) fn numbers(
    bytes: &[u8],
    start: usize,
    values: &mut [u64],
    delimiter: u8,
) -> Option<usize> {
    let (last, others) = values.split_last_mut()?;
    let mut at = start;
    for value in others {
        (*value, at) = number(bytes, at)?;
        if bytes.get(at) != Some(&delimiter) {
            return None;
        }
        at += 1;
    }
    (*last, at) = number(bytes, at)?;
    match bytes.get(at)? {
        b'\n' => Some(at + 1),
        b'\r' if bytes.get(at + 1) == Some(&b'\n') => Some(at + 2),
        _ => None,
    }
}

/// The number that begins at `at`, and the position after its last digit.
#[inline(always)]
fn number(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let word = word(bytes, at)?;
    let count = digits(word);
    if count == 0 || (word as u8 == b'0' && count > 1) {
        return None;
    }
    if count < 8 {
        return Some((value(word, count), at + count));
    }
    let rest = self::word(bytes, at + 8)?;
    let more = digits(rest);
    match more {
        0 => Some((value(word, 8), at + 8)),
        1..8 => {
            let high = value(word, 8) * 10u64.pow(more as u32);
            Some((high + value(rest, more), at + 8 + more))
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

/// The value of the first `count` bytes of a word, 1 to 8 digits. Pairs of digits are combined in
/// parallel, then pairs of those, then the two halves.
#[inline(always)]
fn value(word: u64, count: usize) -> u64 {
    const TWOS: u64 = EACH * 0x0f;
    const FOURS: u64 = 0x00ff_00ff_00ff_00ff;
    const EIGHTS: u64 = 0x0000_ffff_0000_ffff;
    // shift, so that missing digits become leading zeros
    let ones = (word << (64 - 8 * count)) & TWOS;
    // the overflow at the top is discarded
    let twos = (ones.wrapping_mul(10 * (1 << 8) + 1) >> 8) & FOURS;
    let fours = (twos.wrapping_mul(100 * (1 << 16) + 1) >> 16) & EIGHTS;
    fours.wrapping_mul(10_000 * (1 << 32) + 1) >> 32
}
