//! A short sequence of characters with a meaning, such as a delimiter.

use std::fmt;

/// One or several characters, at most 8 bytes long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol {
    bytes: [u8; Symbol::LONGEST],
    length: u8,
}

/// Names of characters. They are rejected as symbols, because a user who types one means the
/// character.
const NAMES: [(&str, &str); 6] = [
    ("comma", ","),
    ("semicolon", ";"),
    ("colon", ":"),
    ("pipe", "|"),
    ("space", " "),
    ("blank", " "),
];

impl Symbol {
    /// Maximum length of a symbol in bytes.
    pub const LONGEST: usize = 8;

    /// A symbol of one byte.
    pub const fn byte(byte: u8) -> Symbol {
        let mut bytes = [0; Symbol::LONGEST];
        bytes[0] = byte;
        Symbol { bytes, length: 1 }
    }

    /// Parses a symbol as users type it. `tab` and `\t` mean a tab, `\x01` the byte with that
    /// number.
    ///
    /// # Errors
    ///
    /// When the symbol is empty or too long, or contains a line end.
    pub fn parse(text: &str) -> Result<Symbol, String> {
        let meant = match text {
            "tab" => vec![b'\t'],
            text => unescaped(text),
        };
        if meant.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return Err("a line end is not possible here".to_owned());
        }
        let mut names = NAMES.iter();
        if let Some((_, symbol)) = names.find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Err(format!(
                "write the character \"{symbol}\" instead of its name \"{text}\"; in a shell, quote the character"
            ));
        }
        if meant.is_empty() || meant.len() > Symbol::LONGEST {
            return Err(format!(
                "\"{text}\" has {} bytes; 1 to {} are possible",
                meant.len(),
                Symbol::LONGEST
            ));
        }
        let mut bytes = [0; Symbol::LONGEST];
        bytes[..meant.len()].copy_from_slice(&meant);
        Ok(Symbol {
            bytes,
            length: meant.len() as u8,
        })
    }

    /// The bytes of the symbol.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The symbol as users type it in an option.
    pub fn typed(&self) -> String {
        if self.bytes() == b"\t" {
            return "tab".to_owned();
        }
        let mut typed = String::new();
        for character in String::from_utf8_lossy(self.bytes()).chars() {
            match character {
                '\t' => typed.push_str("\\t"),
                // a plain backslash could be read as the start of `\t` or `\x`
                '\\' if self.length > 1 => typed.push_str("\\x5c"),
                control if control.is_ascii_control() => {
                    typed.push_str(&format!("\\x{:02x}", u32::from(control)));
                }
                other => typed.push(other),
            }
        }
        typed
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes() {
            b"\t" => f.write_str("tab"),
            b"\"" => f.write_str("'\"'"),
            _ => write!(f, "\"{}\"", self.typed()),
        }
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Replaces `\t` and `\x01` by the control characters that they mean.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let number = rest
            .strip_prefix("\\x")
            .and_then(|digits| digits.get(..2))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(u8::is_ascii);
        let (length, meant) = match number {
            Some(byte) => (4, vec![byte]),
            None if rest.starts_with("\\t") => (2, vec![b'\t']),
            None => {
                let length = character.len_utf8();
                (length, rest.as_bytes()[..length].to_vec())
            }
        };
        bytes.extend_from_slice(&meant);
        rest = &rest[length..];
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_typed_as_text_with_tabs_and_bytes_by_name_or_number() {
        let bytes = |typed: &str| Symbol::parse(typed).map(|s| s.bytes().to_vec());
        for (typed, meant) in [
            (";", &b";"[..]),
            ("::", b"::"),
            ("tab", b"\t"),
            ("\\t", b"\t"),
            ("\t", b"\t"),
            ("\\t|", b"\t|"),
            ("\\x01", b"\x01"),
            ("\\", b"\\"),
            ("\\xzz", b"\\xzz"),
            ("¦", "¦".as_bytes()),
            ("12345678", b"12345678"),
        ] {
            let symbol = Symbol::parse(typed).unwrap();
            assert_eq!(symbol.bytes(), meant, "{typed}");
            assert_eq!(bytes(&symbol.typed()), Ok(meant.to_vec()), "{typed}");
        }
        for wrong in ["", "123456789", "a\n", "\\x0d", "€€€"] {
            assert!(bytes(wrong).is_err(), "{wrong:?}");
        }
    }
}
