//! The text of SHOW CREATE TABLE.

use std::fmt::Write;

/// Converts the result of SHOW CREATE TABLE to a text. MariaDB writes the default of a VARBINARY
/// column as a string with its raw bytes; a string that is not UTF-8 is replaced by its bytes as
/// `X'…'`.
pub(super) fn with_bytes_as_digits(shown: Vec<u8>) -> String {
    let shown = match String::from_utf8(shown) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    let (mut text, mut rest) = (Vec::with_capacity(shown.len()), &shown[..]);
    while let [first, after @ ..] = rest {
        let length = match first {
            b'\'' | b'`' => quoted(*first, after),
            _ => 0,
        };
        let (this, next) = rest.split_at(1 + length);
        match std::str::from_utf8(this) {
            Err(_) if *first == b'\'' => text.extend(digits(&this[1..length]).into_bytes()),
            _ => text.extend(this),
        }
        rest = next;
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The length of a quoted text, without its opening quote and with its closing quote. `after`
/// begins after the opening quote.
fn quoted(quote: u8, after: &[u8]) -> usize {
    let mut at = 0;
    while at < after.len() {
        let next = after.get(at + 1);
        at += match after[at] {
            b'\\' if quote == b'\'' => 2,
            own if own == quote && next == Some(&quote) => 2,
            own if own == quote => return at + 1,
            _ => 1,
        };
    }
    after.len()
}

/// `X'…'` with the bytes of a string.
fn digits(string: &[u8]) -> String {
    let mut digits = "X'".to_owned();
    let mut bytes = string.iter();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'\'' => *bytes.next().unwrap_or(byte),
            b'\\' => match bytes.next() {
                Some(b'0') => 0,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'Z') => 0x1a,
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        };
        let _ = write!(digits, "{byte:02X}");
    }
    digits + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_default_that_is_no_text_is_written_in_digits() {
        let shown = b"`a'b` varchar(9) DEFAULT 'it''s \xc3\xbc',\n  `c` varbinary(9) DEFAULT '\\0\xff''\\\\\\n',\n  `d` binary(1) DEFAULT 'x' COMMENT '`'";
        let text = "`a'b` varchar(9) DEFAULT 'it''s \u{fc}',\n  `c` varbinary(9) DEFAULT X'00FF275C0A',\n  `d` binary(1) DEFAULT 'x' COMMENT '`'";
        assert_eq!(with_bytes_as_digits(shown.to_vec()), text);
        let plain = text.as_bytes().to_vec();
        assert_eq!(with_bytes_as_digits(plain), text);
    }
}
