//! Finds where JSON values end (RFC 8259), without building them.
//!
//! This module accepts exactly the JSON that serde_json accepts, up to [`DEEPEST`] levels; a
//! property test checks that. Its errors carry no message. For the few broken records, serde_json
//! makes the message.

use memchr::memchr2;

/// Maximum number of nested arrays and objects in a record. MySQL accepts 100, MariaDB 31.
pub(super) const DEEPEST: usize = 127;

/// The bytes are not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoJson;

/// Position of a string: of its first byte after the quote, and of the closing quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) has_escapes: bool,
}

/// Position of the first byte at or after `at` that is not a blank.
#[inline]
pub(super) fn blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// Skips this punctuation byte and the blanks before and after it. Returns the position after them.
#[inline]
pub(super) fn sign(text: &[u8], at: usize, sign: u8) -> Result<usize, NoJson> {
    let at = blanks(text, at);
    match text.get(at) {
        Some(byte) if *byte == sign => Ok(blanks(text, at + 1)),
        _ => Err(NoJson),
    }
}

/// Skips the object or array that begins at `at` and ends with the byte `close`. For each member or
/// element, calls `item` with its position; `item` returns the position after it.
#[inline]
pub(super) fn items<E: From<NoJson>>(
    text: &[u8],
    at: usize,
    close: u8,
    mut item: impl FnMut(usize) -> Result<usize, E>,
) -> Result<usize, E> {
    let mut at = blanks(text, at + 1);
    if text.get(at) == Some(&close) {
        return Ok(at + 1);
    }
    loop {
        at = blanks(text, item(at)?);
        match text.get(at) {
            Some(b',') => at = blanks(text, at + 1),
            Some(byte) if *byte == close => return Ok(at + 1),
            _ => return Err(NoJson.into()),
        }
    }
}

/// Parses the string that begins at `at`.
#[inline]
pub(super) fn string(text: &[u8], at: usize) -> Result<Quoted, NoJson> {
    if text.get(at) != Some(&b'"') {
        return Err(NoJson);
    }
    let (start, mut at) = (at + 1, at + 1);
    let mut has_escapes = false;
    loop {
        let found = at + memchr2(b'"', b'\\', text.get(at..).ok_or(NoJson)?).ok_or(NoJson)?;
        // `fold` visits all bytes, so the compiler can compare several bytes at once
        let controls = text[at..found].iter();
        if controls.fold(false, |has, byte| has | (*byte < 0x20)) {
            return Err(NoJson);
        }
        at = found;
        match text.get(at) {
            Some(b'"') => {
                return Ok(Quoted {
                    start,
                    end: at,
                    has_escapes,
                });
            }
            Some(b'\\') => {
                has_escapes = true;
                at += match text.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                    Some(b'u') if is_hexadecimal(text.get(at + 2..at + 6)) => 6,
                    _ => return Err(NoJson),
                };
            }
            _ => return Err(NoJson),
        }
    }
}

fn is_hexadecimal(digits: Option<&[u8]>) -> bool {
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// Returns the position after the value that begins at `at`. `depth` is the number of arrays and
/// objects around it.
pub(super) fn value(text: &[u8], at: usize, depth: usize) -> Result<usize, NoJson> {
    match text.get(at) {
        Some(b'"') => string(text, at).map(|string| string.end + 1),
        Some(b'{') => object(text, at, depth),
        Some(b'[') => array(text, at, depth),
        Some(b'-' | b'0'..=b'9') => number(text, at),
        Some(b't') => word(text, at, b"true"),
        Some(b'f') => word(text, at, b"false"),
        Some(b'n') => word(text, at, b"null"),
        _ => Err(NoJson),
    }
}

/// Whether a text is exactly one JSON value, with blanks around it.
#[cfg(any(test, feature = "parquet"))]
pub(crate) fn is_document(text: &[u8]) -> bool {
    let end = value(text, blanks(text, 0), 0);
    end.is_ok_and(|end| blanks(text, end) == text.len())
}

/// The depth one level deeper. An error if that is too deep.
pub(super) fn deeper(depth: usize) -> Result<usize, NoJson> {
    match depth < DEEPEST {
        true => Ok(depth + 1),
        false => Err(NoJson),
    }
}

fn object(text: &[u8], at: usize, depth: usize) -> Result<usize, NoJson> {
    let depth = deeper(depth)?;
    items(text, at, b'}', |at| {
        let name = string(text, at)?;
        let at = sign(text, name.end + 1, b':')?;
        value(text, at, depth)
    })
}

fn array(text: &[u8], at: usize, depth: usize) -> Result<usize, NoJson> {
    let depth = deeper(depth)?;
    items(text, at, b']', |at| value(text, at, depth))
}

fn word(text: &[u8], at: usize, word: &[u8]) -> Result<usize, NoJson> {
    match text[at..].starts_with(word) {
        true => Ok(at + word.len()),
        false => Err(NoJson),
    }
}

fn number(text: &[u8], at: usize) -> Result<usize, NoJson> {
    let digits = |at: usize| {
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.count()
    };
    let mut at = at + usize::from(text[at] == b'-');
    at += match (text.get(at), digits(at)) {
        (_, 0) => return Err(NoJson),
        (Some(b'0'), 1) => 1,
        (Some(b'0'), _) => return Err(NoJson),
        (_, count) => count,
    };
    if text.get(at) == Some(&b'.') {
        match digits(at + 1) {
            0 => return Err(NoJson),
            count => at += 1 + count,
        }
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        match text.get(at).map_or(0, |_| digits(at)) {
            0 => return Err(NoJson),
            count => at += count,
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    fn is_json(text: &str) -> bool {
        is_document(text.as_bytes())
    }

    #[test]
    fn what_is_json_is_what_serde_json_reads() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for text in [
            "{}",
            "[ ]",
            "{\"a\":1,}",
            "[1,]",
            "01",
            "-0",
            "-",
            "1.",
            "1.5e+3",
            "1e",
            "1E-2",
            "\"\\u00e9\"",
            "\"\\u00e\"",
            "\"\\x\"",
            "\"a\nb\"",
            "\"\\ud800\"",
            "tru",
            "true",
            "nul",
            "{\"a\" : [ 1 , {\"b\":null} ] } ",
            "{a:1}",
            "",
            " ",
            "1 2",
            "-01",
            "+1",
            "\u{feff}1",
            ".5",
            "1e5e",
            "[1}",
            "{\"a\":1]",
            "\"\u{7f}\"",
            &deep(DEEPEST),
        ] {
            let by_serde = serde_json::from_str::<IgnoredAny>(text).is_ok();
            assert_eq!(is_json(text), by_serde, "{text}");
        }
        assert!(!is_json(&deep(DEEPEST + 1)));
    }

    proptest! {
        #[test]
        fn any_text_is_json_exactly_if_serde_json_reads_it(
            text in r#"([\[\]{},:" \n]|"a"|"\\n"|"\\|1|-|0|\.|e|true|null|é){0,12}"#
        ) {
            let by_serde = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            prop_assert_eq!(is_json(&text), by_serde);
        }
    }
}
