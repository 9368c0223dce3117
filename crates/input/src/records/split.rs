//! Fast path of the default dialect: splits a plain record into fields without csv-core, and
//! without copying most fields.
//!
//! A record is plain if it has the right number of fields and ends with LF or CR LF, and if each
//! field is quoted from start to end or contains no quote. Then its number of quotes is even. For
//! any other record, and if the chunk ends too early, the result is `None`, and the caller uses
//! csv-core.

use memchr::memchr2;

/// The start and end of a field's content, and the buffer that they refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The field is in the chunk.
    Chunk(usize, usize),
    /// The field is in the buffer of fields whose doubled quotes were replaced.
    Undoubled(usize, usize),
    /// The field is in the output buffer of csv-core.
    Parsed(usize, usize),
}

/// A record that was split.
pub(super) struct Split {
    /// Position after the record's line end.
    pub(super) end: usize,
    /// Number of line feeds in the record.
    pub(super) lines: u64,
}

/// Splits the record that begins at `start` into exactly as many fields as there are `places`. The
/// record must not be a blank line.
pub(super) fn split(
    bytes: &[u8],
    start: usize,
    places: &mut [Place],
    undoubled: &mut Vec<u8>,
) -> Option<Split> {
    undoubled.clear();
    let (last, others) = places.split_last_mut()?;
    let (mut at, mut lines) = (start, 1);
    for place in others {
        let end = field(bytes, at, place, undoubled, &mut lines)?;
        if bytes.get(end) != Some(&b',') {
            return None;
        }
        at = end + 1;
    }
    let end = field(bytes, at, last, undoubled, &mut lines)?;
    let end = match bytes.get(end)? {
        b'\n' => end + 1,
        b'\r' if bytes.get(end + 1) == Some(&b'\n') => end + 2,
        _ => return None,
    };
    Some(Split { end, lines })
}

/// Finds the field that begins at `at`, and returns the position after it. It writes the field's
/// place through a reference, because a returned value of this size would take longer.
#[inline(always)]
fn field(
    bytes: &[u8],
    at: usize,
    place: &mut Place,
    undoubled: &mut Vec<u8>,
    lines: &mut u64,
) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        let end = unquoted(bytes, at)?;
        *place = Place::Chunk(at, end);
        return Some(end);
    }
    let start = at + 1;
    let found = start + memchr2(b'"', b'\n', bytes.get(start..)?)?;
    if bytes[found] == b'"' && bytes.get(found + 1) != Some(&b'"') {
        *place = Place::Chunk(start, found);
        return Some(found + 1);
    }
    quoted(bytes, start, place, undoubled, lines)
}

/// Slow path of [`field`] for a quoted field with line feeds or doubled quotes. Returns the
/// position after the closing quote.
#[inline(never)]
fn quoted(
    bytes: &[u8],
    start: usize,
    place: &mut Place,
    undoubled: &mut Vec<u8>,
    lines: &mut u64,
) -> Option<usize> {
    let written = undoubled.len();
    // all bytes before this position are already in `undoubled`
    let mut copied = start;
    let mut from = start;
    loop {
        let at = from + memchr2(b'"', b'\n', bytes.get(from..)?)?;
        if bytes[at] == b'\n' {
            *lines += 1;
            from = at + 1;
        } else if bytes.get(at + 1) == Some(&b'"') {
            undoubled.extend_from_slice(&bytes[copied..=at]);
            (copied, from) = (at + 2, at + 2);
        } else {
            *place = match copied == start {
                true => Place::Chunk(start, at),
                false => {
                    undoubled.extend_from_slice(&bytes[copied..at]);
                    Place::Undoubled(written, undoubled.len())
                }
            };
            return Some(at + 1);
        }
    }
}

const EACH: u64 = u64::from_le_bytes([1; 8]);

/// The end of an unquoted field that begins at `at`. `None` if the field contains a quote, or if
/// the chunk ends first.
#[inline(always)]
fn unquoted(bytes: &[u8], at: usize) -> Option<usize> {
    // most numbers end within eight bytes
    if let Some(word) = bytes.get(at..at + 8).and_then(|word| word.try_into().ok()) {
        let word = u64::from_le_bytes(word);
        let low = low(word);
        let place = low.trailing_zeros() as usize / 8;
        if low != 0 && ends_field(word, place) {
            return Some(at + place);
        }
    }
    Some(at + long_unquoted(&bytes[at..])?)
}

/// Sets the highest bit of every byte below '-': of quotes, commas and line ends, and of few other
/// bytes. It may also mark a byte that follows a marked one.
#[inline(always)]
fn low(word: u64) -> u64 {
    const HIGH: u64 = EACH << 7;
    word.wrapping_sub(EACH * u64::from(b'-')) & !word & HIGH
}

#[inline(always)]
fn ends_field(word: u64, place: usize) -> bool {
    matches!((word >> (8 * place)) as u8, b',' | b'\n' | b'\r')
}

/// Length of an unquoted field. `None` if the field contains a quote, or if the chunk ends first.
#[inline(never)]
fn long_unquoted(rest: &[u8]) -> Option<usize> {
    let mut words = rest.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().ok()?);
        let mut low = low(word);
        while low != 0 {
            let place = low.trailing_zeros() as usize / 8;
            if ends_field(word, place) {
                return Some(at + place);
            }
            if rest[at + place] == b'"' {
                return None;
            }
            low &= low - 1;
        }
        at += 8;
    }
    let place = words
        .remainder()
        .iter()
        .position(|b| matches!(b, b',' | b'\n' | b'\r' | b'"'))?;
    (words.remainder()[place] != b'"').then_some(at + place)
}
