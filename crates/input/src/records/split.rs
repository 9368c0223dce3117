//! Fast path: splits a plain record into its fields, without csv-core and without copying.
//!
//! A record is plain if each field is either quoted from start to end or contains no quote, if it
//! has the right number of fields, and if it ends with LF or CR LF. The number of quotes in such a
//! record is even. For anything else, including the end of the chunk, the result is `None`, and the
//! caller uses csv-core.

use memchr::memchr2;

/// Where the content of a field is: start and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the chunk.
    Chunk(usize, usize),
    /// In the buffer of unescaped fields.
    Undoubled(usize, usize),
    /// In csv-core's output.
    Parsed(usize, usize),
}

/// A record that was split.
pub(super) struct Split {
    /// Position after its line end.
    pub(super) end: usize,
    /// Number of line feeds in it.
    pub(super) lines: u64,
}

/// Splits the record that begins at `start`, which must not be a blank line, into exactly `fields`.
pub(super) fn split(
    bytes: &[u8],
    start: usize,
    fields: usize,
    places: &mut Vec<Place>,
    undoubled: &mut Vec<u8>,
) -> Option<Split> {
    places.clear();
    undoubled.clear();
    let (mut at, mut lines) = (start, 1);
    loop {
        let end = if bytes.get(at) == Some(&b'"') {
            let (end, place) = quoted(bytes, at + 1, undoubled, &mut lines)?;
            places.push(place);
            end
        } else {
            let end = at + unquoted(&bytes[at..])?;
            places.push(Place::Chunk(at, end));
            end
        };
        let next = match bytes.get(end)? {
            b',' if places.len() < fields => {
                at = end + 1;
                continue;
            }
            b'\n' => end + 1,
            b'\r' if bytes.get(end + 1) == Some(&b'\n') => end + 2,
            _ => return None,
        };
        return (places.len() == fields).then_some(Split { end: next, lines });
    }
}

/// The content of a quoted field that begins at `start`, and the position after its closing quote.
fn quoted(
    bytes: &[u8],
    start: usize,
    undoubled: &mut Vec<u8>,
    lines: &mut u64,
) -> Option<(usize, Place)> {
    let written = undoubled.len();
    // everything before this position was copied
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
        } else if copied == start {
            return Some((at + 1, Place::Chunk(start, at)));
        } else {
            undoubled.extend_from_slice(&bytes[copied..at]);
            return Some((at + 1, Place::Undoubled(written, undoubled.len())));
        }
    }
}

/// Length of an unquoted field; `None` if it contains a quote or has no end.
fn unquoted(rest: &[u8]) -> Option<usize> {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = EACH << 7;
    let mut words = rest.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().ok()?);
        // marks every byte below '-', which includes quote, comma and line ends but few other
        // characters; it may also mark a byte that follows a marked one
        let mut low = word.wrapping_sub(EACH * u64::from(b'-')) & !word & HIGH;
        while low != 0 {
            let place = at + low.trailing_zeros() as usize / 8;
            match rest[place] {
                b',' | b'\n' | b'\r' => return Some(place),
                b'"' => return None,
                _ => low &= low - 1,
            }
        }
        at += 8;
    }
    let place = words
        .remainder()
        .iter()
        .position(|b| matches!(b, b',' | b'\n' | b'\r' | b'"'))?;
    (words.remainder()[place] != b'"').then_some(at + place)
}
