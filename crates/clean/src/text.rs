//! Text: checks that it is valid UTF-8 and not too long for the column. It is loaded byte for byte.
//! Only CHAR loses trailing blanks, as in MySQL.

use super::Fault;
use model::rejection::Rule;

/// Reads a text of at most `length` characters for VARCHAR.
///
/// # Errors
///
/// `not_utf8`, `too_long` (also if only trailing blanks exceed the length, which MySQL would cut
/// off).
#[inline]
pub fn varchar(field: &[u8], length: u32) -> Result<&str, Fault> {
    let text = utf8(field)?;
    // a character has at least one byte, so the characters of a short text need not be counted
    if text.len() > length as usize {
        let characters = text.chars().count();
        if characters > length as usize {
            return Err(Fault::new(
                Rule::TooLong,
                format!("the value has {characters} characters, the column holds {length}"),
            ));
        }
    }
    Ok(text)
}

/// Reads a text of at most `length` characters for CHAR, without trailing blanks.
///
/// # Errors
///
/// `not_utf8`, `too_long`.
pub fn char(field: &[u8], length: u32) -> Result<&str, Fault> {
    let kept = field.len() - field.iter().rev().take_while(|b| **b == b' ').count();
    varchar(&field[..kept], length)
}

/// Reads a text of at most `max_bytes` bytes for the TEXT types.
///
/// # Errors
///
/// `not_utf8`, `too_long`.
pub fn text(field: &[u8], max_bytes: u32) -> Result<&str, Fault> {
    stored(field, max_bytes, None)
}

/// Like [`text()`], for a column that may have another character set. The limit applies to the
/// bytes in that character set.
///
/// # Errors
///
/// `not_utf8`, `too_long`.
pub fn stored<'a>(
    field: &'a [u8],
    max_bytes: u32,
    charset: Option<&str>,
) -> Result<&'a str, Fault> {
    let bytes_of: fn(&str) -> usize = match charset {
        None | Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii") => str::len,
        Some("utf16" | "utf16le") => |text| 2 * text.encode_utf16().count(),
        Some("utf32") => |text| 4 * text.chars().count(),
        Some("ucs2") => |text| 2 * text.chars().count(),
        // other character sets have at least one byte per character; the server rejects a text with
        // multibyte characters that is too long
        Some(_) => |text| text.chars().count(),
    };
    let text = utf8(field)?;
    let bytes = bytes_of(text);
    if bytes > max_bytes as usize {
        return Err(Fault::new(
            Rule::TooLong,
            format!("the value has {bytes} bytes, the column holds {max_bytes}"),
        ));
    }
    Ok(text)
}

#[inline]
fn utf8(field: &[u8]) -> Result<&str, Fault> {
    simdutf8::basic::from_utf8(field).map_err(|_| {
        // a slower check, which returns the position of the first invalid byte
        let at = std::str::from_utf8(field)
            .err()
            .map_or(0, |e| e.valid_up_to());
        Fault::new(
            Rule::NotUtf8,
            format!("byte {at} of the value is not valid UTF-8"),
        )
    })
}

#[cfg(test)]
mod tests;
