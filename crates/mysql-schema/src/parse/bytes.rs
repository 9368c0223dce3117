//! Literals of bytes, such as `0x41` and `b'01000001'`, and the texts that they represent in a
//! character set.

use super::cursor::Cursor;
use crate::statements::Token;

/// The characters 0x80 to 0x9F in latin1, which on the servers is Windows-1252.
const LATIN1: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// Parses a literal of bytes: `0x41`, `x'41'`, `0b1000001` or `b'1000001'`.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Vec<u8>> {
    let start = cursor.at();
    let word = cursor.peek().and_then(Token::name)?.to_owned();
    let is_quoted = cursor.is_string_ahead(1);
    cursor.next();
    let bytes = match &*word {
        "x" | "X" if is_quoted => from_hex(&cursor.string()?),
        "b" | "B" if is_quoted => from_bits(&cursor.string()?),
        _ => match word.split_at_checked(2) {
            Some(("0x", digits)) => from_hex(digits),
            Some(("0b", digits)) => from_bits(digits),
            _ => None,
        },
    };
    if bytes.is_none() {
        cursor.go_to(start);
    }
    bytes
}

fn from_bits(bits: &str) -> Option<Vec<u8>> {
    if !bits.bytes().all(|b| matches!(b, b'0' | b'1')) {
        return None;
    }
    let padded = format!("{}{bits}", "0".repeat((8 - bits.len() % 8) % 8));
    let byte = |at: usize| u8::from_str_radix(&padded[at..at + 8], 2).ok();
    (0..padded.len()).step_by(8).map(byte).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let padded = format!("{}{digits}", "0".repeat(digits.len() % 2));
    let byte = |at: usize| u8::from_str_radix(&padded[at..at + 2], 16).ok();
    (0..padded.len()).step_by(2).map(byte).collect()
}

/// The text that the bytes represent in a character set. If the character set is not supported
/// here, the bytes are read as UTF-8, which includes ASCII.
pub(super) fn decoded(bytes: &[u8], charset: Option<&str>) -> String {
    let latin1 = |byte: &u8| match byte {
        0x80..=0x9f => (LATIN1.chars().nth(usize::from(byte - 0x80))).unwrap_or_default(),
        other => char::from(*other),
    };
    let units = || {
        bytes.chunks(2).map(|pair| {
            pair.iter()
                .fold(0, |all, byte| (all << 8) | u16::from(*byte))
        })
    };
    match charset {
        Some("latin1") => bytes.iter().map(latin1).collect(),
        Some("ucs2" | "utf16") => char::decode_utf16(units())
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_their_character_set() {
        for (bytes, charset, text) in [
            (&b"A"[..], None, "A"),
            (&[0xe9], Some("latin1"), "é"),
            (&[0x80, 0x9f], Some("latin1"), "€Ÿ"),
            ("é".as_bytes(), Some("utf8mb4"), "é"),
            (&[0, 0x41, 0x20, 0xac], Some("ucs2"), "A€"),
        ] {
            assert_eq!(decoded(bytes, charset), text);
        }
        assert_eq!(LATIN1.chars().count(), 32);
    }
}
