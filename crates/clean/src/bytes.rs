//! BINARY, VARBINARY and BLOB: converts a field to bytes.
//!
//! Files write bytes in different ways. Without a setting, only unambiguous forms are read. These
//! are `0x…`, `X'…'` and `\x…`, because dumps write bytes like that and little else looks the same.
//! In BINARY(n), exactly 2n hexadecimal digits are read too, because as text or as base64 they
//! would be too long. All other forms need the setting [`Decode`] of the column: `cafe` may be two
//! bytes or four.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use model::rejection::Rule;
use model::schema::{ColumnType, Decode};

use super::{Fault, uuid};

/// The bytes that the server stores for a field. In BINARY, they are padded with zero bytes.
///
/// # Errors
///
/// `not_bytes`, `not_a_uuid`, `too_long`.
pub fn bytes(field: &[u8], kind: &ColumnType, decode: Decode) -> Result<Vec<u8>, Fault> {
    let mut bytes = decoded(field, kind, decode)?;
    let most = match kind {
        ColumnType::Binary { length } | ColumnType::VarBinary { length } => *length,
        ColumnType::Blob { max_bytes } => *max_bytes,
        _ => u32::MAX,
    } as usize;
    if bytes.len() > most {
        return Err(Fault::new(
            Rule::TooLong,
            format!(
                "the value has {} bytes, the column holds {most}",
                bytes.len()
            ),
        ));
    }
    if let ColumnType::Binary { .. } = kind {
        bytes.resize(most, 0);
    }
    Ok(bytes)
}

/// The bytes of a field whose column has no setting `decode`.
fn literal(field: &[u8], kind: &ColumnType) -> Result<Vec<u8>, Fault> {
    let digits = match field {
        [] => return Ok(Vec::new()),
        [b'\\', b'x', digits @ ..] => Some(digits),
        digits if fills_in_pairs(digits, kind) => Some(digits),
        _ => literal_digits(field),
    };
    let bytes = digits.and_then(hex);
    bytes.ok_or_else(|| Fault::new(Rule::NotBytes, not_a_literal(field)))
}

/// Whether these digits, two for each byte, fill a BINARY column exactly. If so, they are read as
/// hexadecimal digits, because as plain bytes or as base64 they would be too long. False for
/// BINARY(1), where two digits may also be base64.
fn fills_in_pairs(digits: &[u8], kind: &ColumnType) -> bool {
    let &ColumnType::Binary { length } = kind else {
        return false;
    };
    length > 1 && digits.len() == 2 * length as usize && digits.iter().all(u8::is_ascii_hexdigit)
}

/// The bytes of a field, decoded by the setting of its column.
fn decoded(field: &[u8], kind: &ColumnType, decode: Decode) -> Result<Vec<u8>, Fault> {
    let fault = |words: &str| Fault::new(Rule::NotBytes, words);
    match decode {
        Decode::Literal => literal(field, kind),
        Decode::Hex => hex(hex_digits(field)).ok_or_else(|| {
            fault("expected an even number of hexadecimal digits, because of decode = \"hex\"")
        }),
        Decode::Base64 => {
            base64(field).ok_or_else(|| fault("expected base64, because of decode = \"base64\""))
        }
        Decode::Raw => Ok(field.to_vec()),
        Decode::Uuid => uuid::bytes(field).map(|uuid| uuid.to_vec()),
        Decode::UuidSwap => uuid::bytes(field).map(|uuid| uuid::swapped(uuid).to_vec()),
    }
}

/// The message for a field in a form that is not read without a setting. It names the setting with
/// which the field is accepted.
fn not_a_literal(field: &[u8]) -> String {
    let setting = if uuid::bytes(field).is_ok() && field.contains(&b'-') {
        "decode = \"uuid\" or \"uuid-swap\""
    } else if hex(hex_digits(field)).is_some() {
        "decode = \"hex\""
    } else {
        "decode = \"hex\", \"base64\", \"raw\" or \"uuid\""
    };
    format!(
        "expected 0x…, \\x… or X'…'; {setting} for the column in reviewseed.toml reads other forms"
    )
}

/// The digits within the SQL literals `0x…` and `X'…'`.
pub(super) fn literal_digits(field: &[u8]) -> Option<&[u8]> {
    match field {
        // `0X…` is not valid SQL, but nothing else can be meant
        [b'0', b'x' | b'X', digits @ ..] => Some(digits),
        [b'x' | b'X', b'\'', digits @ .., b'\''] => Some(digits),
        _ => None,
    }
}

/// The digits without the prefix of an SQL literal or of PostgreSQL (`\x…`).
fn hex_digits(field: &[u8]) -> &[u8] {
    let without = field.strip_prefix(b"\\x");
    without.or_else(|| literal_digits(field)).unwrap_or(field)
}

/// Converts pairs of hexadecimal digits to bytes.
pub(super) fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let pair = |[high, low]: &[u8; 2]| Some((value(*high)? << 4 | value(*low)?) as u8);
    pairs.iter().map(pair).collect()
}

/// Decodes base64 in the standard or the URL alphabet, with or without padding. Line ends and
/// blanks are skipped. `None` if bits are left over, because no encoder writes such a text.
fn base64(field: &[u8]) -> Option<Vec<u8>> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let text: Vec<u8> = field.iter().copied().filter(|b| !is_blank(b)).collect();
    let padding = text.iter().rev().take_while(|b| **b == b'=').count();
    let digits = &text[..text.len() - padding];
    if padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    let is_url = digits.iter().any(|b| matches!(b, b'-' | b'_'));
    let engine = match is_url {
        true => BASE64_URL_SAFE_NO_PAD,
        false => BASE64_STANDARD_NO_PAD,
    };
    engine.decode(digits).ok()
}

#[cfg(test)]
mod tests;
