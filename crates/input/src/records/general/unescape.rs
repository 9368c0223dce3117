//! The meanings of escaped bytes.

use crate::dialect::{Escape, EscapeStyle};

/// Appends the meaning of an escape that precedes the bytes `rest`. Returns how many of these bytes
/// are escaped. If `rest` is empty, the escape is text.
pub(super) fn unescape(escape: Escape, quote: Option<u8>, rest: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&byte) = rest.first() else {
        out.push(escape.byte);
        return 0;
    };
    let control = match (escape.style, byte) {
        (EscapeStyle::Mysql, b'0') => Some(0),
        (EscapeStyle::Mysql, b'Z') => Some(0x1a),
        (EscapeStyle::Postgres, b'f') => Some(0x0c),
        (EscapeStyle::Postgres, b'v') => Some(0x0b),
        (EscapeStyle::Mysql | EscapeStyle::Postgres, b'b') => Some(0x08),
        (EscapeStyle::Mysql | EscapeStyle::Postgres, b'n') => Some(b'\n'),
        (EscapeStyle::Mysql | EscapeStyle::Postgres, b'r') => Some(b'\r'),
        (EscapeStyle::Mysql | EscapeStyle::Postgres, b't') => Some(b'\t'),
        _ => None,
    };
    match (escape.style, byte) {
        // with this style, only an escaped quote or escape has a meaning; all other escapes are
        // text
        (EscapeStyle::Quotes, byte) if byte != escape.byte && Some(byte) != quote => {
            out.extend_from_slice(&[escape.byte, byte]);
        }
        (EscapeStyle::Postgres, b'0'..=b'7') => return number(rest, 8, 3, out),
        (EscapeStyle::Postgres, b'x') if rest.get(1).is_some_and(u8::is_ascii_hexdigit) => {
            return 1 + number(&rest[1..], 16, 2, out);
        }
        _ => out.push(control.unwrap_or(byte)),
    }
    1
}

/// Appends the byte whose number begins `rest` and has at most `most` digits. Returns the number of
/// digits.
fn number(rest: &[u8], base: u32, most: usize, out: &mut Vec<u8>) -> usize {
    let digits = rest.iter().take(most);
    let digits = digits.map_while(|digit| char::from(*digit).to_digit(base));
    let digits: Vec<u32> = digits.collect();
    let value = digits.iter().fold(0, |value, digit| value * base + digit);
    out.push((value & 0xff) as u8);
    digits.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(style: EscapeStyle, rest: &[u8]) -> (Vec<u8>, usize) {
        let mut out = Vec::new();
        let escape = Escape { byte: b'\\', style };
        let length = unescape(escape, Some(b'"'), rest, &mut out);
        (out, length)
    }

    #[test]
    fn mysql_has_seven_control_characters_and_everything_else_is_itself() {
        for (rest, meaning) in [
            (&b"0"[..], 0u8),
            (b"b", 8),
            (b"n", 10),
            (b"r", 13),
            (b"t", 9),
            (b"Z", 26),
            (b"\\", b'\\'),
            (b"\"", b'"'),
            (b"\n", b'\n'),
            (b"N", b'N'),
            (b"f", b'f'),
            (b"x41", b'x'),
            (b",", b','),
        ] {
            assert_eq!(read(EscapeStyle::Mysql, rest), (vec![meaning], 1));
        }
        assert_eq!(read(EscapeStyle::Mysql, b""), (vec![b'\\'], 0));
    }

    #[test]
    fn postgres_has_other_ones_and_numbers_of_bytes() {
        for (rest, meaning, length) in [
            (&b"f"[..], 12u8, 1),
            (b"v", 11, 1),
            (b"Z", b'Z', 1),
            (b"1011", b'A', 3),
            (b"78", 7, 1),
            (b"x4g", 4, 2),
            (b"x411", b'A', 3),
            (b"xg", b'x', 1),
            (b"9", b'9', 1),
        ] {
            assert_eq!(read(EscapeStyle::Postgres, rest), (vec![meaning], length));
        }
    }

    #[test]
    fn spark_escapes_quotes_and_escapes_only() {
        assert_eq!(read(EscapeStyle::Quotes, b"\""), (b"\"".to_vec(), 1));
        assert_eq!(read(EscapeStyle::Quotes, b"\\"), (b"\\".to_vec(), 1));
        assert_eq!(read(EscapeStyle::Quotes, b"n"), (b"\\n".to_vec(), 1));
    }
}
