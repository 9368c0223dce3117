//! Replaces the escapes of JSON strings by the characters that they mean.

use memchr::memchr;

/// An escape that is not a character, because it is half of a surrogate pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoCharacter;

/// Appends a string to `out`, with its escapes replaced. `text` is the content between the quotes
/// of a valid JSON string.
pub(super) fn unescape(text: &str, out: &mut String) -> Result<(), NoCharacter> {
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at..])?;
        out.push(character);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Ok(())
}

/// The character that an escape means, and the length of the escape.
fn escape(text: &str) -> Result<(char, usize), NoCharacter> {
    let simple = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return by_number(text),
        Some(byte) => char::from(*byte),
        None => return Err(NoCharacter),
    };
    Ok((simple, 2))
}

/// The character of an escape `\u0000`, or of two such escapes that are a surrogate pair.
fn by_number(text: &str) -> Result<(char, usize), NoCharacter> {
    let first = number(text).ok_or(NoCharacter)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, 6));
    }
    let second = text.get(6..).and_then(number);
    match (first, second) {
        (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            char::from_u32(code).map(|c| (c, 12)).ok_or(NoCharacter)
        }
        _ => Err(NoCharacter),
    }
}

/// The number in an escape `\u0000`.
fn number(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_mean_what_serde_json_reads(
            text in r#"(a|é|\\["\\/bfnrt]|\\u00[0-9a-f]{2}|\\u[0-9A-F]{4}|\\ud83[d-f]\\udc[0-9a-f]{2}|\\ud83d){0,6}"#
        ) {
            let expected = serde_json::from_str::<String>(&format!("\"{text}\"")).ok();
            let mut found = String::new();
            let done = unescape(&text, &mut found);
            prop_assert_eq!(done.is_ok().then_some(found), expected);
        }
    }
}
