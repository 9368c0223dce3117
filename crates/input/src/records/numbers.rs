//! Reads a record of nothing but plain numbers, eight bytes at a time.
//!
//! Plain is a number of at most sixteen digits that is written as it would be printed: no sign, no
//! leading zero, no quotes. A record of such numbers that ends with a line feed (a carriage return
//! may stand before it) holds what `split` and the rule for integers would find in it. Everything
//! else, the end of a chunk too, gives `None`.

const EACH: u64 = u64::from_le_bytes([1; 8]);

/// Reads the record that begins at `start` into `values`, one for each of its fields; gives the
/// position after its line end.
#[inline]
pub(super) fn numbers(bytes: &[u8], start: usize, values: &mut [u64]) -> Option<usize> {
    let (last, others) = values.split_last_mut()?;
    let mut at = start;
    for value in others {
        (*value, at) = number(bytes, at)?;
        if bytes.get(at) != Some(&b',') {
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

/// How many of a word's bytes, from the first one on, are digits.
#[inline(always)]
fn digits(word: u64) -> usize {
    let values = word ^ (EACH * u64::from(b'0'));
    // the highest bit of each byte that is above 9
    let others = (((values & (EACH * 0x7f)) + EACH * (0x7f - 9)) | values) & (EACH << 7);
    others.trailing_zeros() as usize / 8
}

/// The number that the first `count` bytes of a word are the digits of, 1 to 8; they are put
/// together by twos, fours and eights.
#[inline(always)]
fn value(word: u64, count: usize) -> u64 {
    const TWOS: u64 = EACH * 0x0f;
    const FOURS: u64 = 0x00ff_00ff_00ff_00ff;
    const EIGHTS: u64 = 0x0000_ffff_0000_ffff;
    // zeros come before the digits
    let ones = (word << (64 - 8 * count)) & TWOS;
    // what runs over at the top is of no use
    let twos = (ones.wrapping_mul(10 * (1 << 8) + 1) >> 8) & FOURS;
    let fours = (twos.wrapping_mul(100 * (1 << 16) + 1) >> 16) & EIGHTS;
    fours.wrapping_mul(10_000 * (1 << 32) + 1) >> 32
}
