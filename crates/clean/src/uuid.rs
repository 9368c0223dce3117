//! UUIDs: for MariaDB's type UUID, and as 16 bytes for other columns.

use model::rejection::Rule;

use super::{Fault, bytes};

/// The 16 bytes of a UUID. It is written as 32 hexadecimal digits: without hyphens, or in groups of
/// 8-4-4-4-12, or in such groups within braces.
///
/// # Errors
///
/// `not_a_uuid`.
pub fn bytes(field: &[u8]) -> Result<[u8; 16], Fault> {
    let inner = match field {
        [b'{', inner @ .., b'}'] if inner.len() == 36 => inner,
        _ => field,
    };
    let digits: Option<Vec<u8>> = match inner.len() {
        32 => Some(inner.to_vec()),
        36 => {
            let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
            let mut places = inner.iter().enumerate();
            let fits = places.all(|(at, byte)| (*byte == b'-') == is_dash(at));
            fits.then(|| inner.iter().copied().filter(|byte| *byte != b'-').collect())
        }
        _ => None,
    };
    let bytes = digits.and_then(|digits| bytes::hex(&digits)?.try_into().ok());
    bytes.ok_or_else(|| {
        Fault::new(
            Rule::NotAUuid,
            "expected a UUID such as 6ccd780c-baba-1026-9564-5b8c656024db",
        )
    })
}

/// Reorders the bytes as MySQL's `UUID_TO_BIN(…, 1)` does: high, middle, then low part of the time.
pub fn swapped(uuid: [u8; 16]) -> [u8; 16] {
    let mut swapped = uuid;
    swapped[..2].copy_from_slice(&uuid[6..8]);
    swapped[2..4].copy_from_slice(&uuid[4..6]);
    swapped[4..8].copy_from_slice(&uuid[..4]);
    swapped
}

/// Reads a value of MariaDB's type UUID, and returns the text that the server shows.
///
/// # Errors
///
/// `not_a_uuid`. Also for UUIDs that the server rejects, which have a version above 7 and a variant
/// below 8.
pub fn value(field: &[u8]) -> Result<String, Fault> {
    let uuid = bytes(field)?;
    if uuid[6] >= 0x80 && uuid[8] < 0x80 {
        return Err(Fault::new(
            Rule::NotAUuid,
            "the server accepts no UUID of this version and variant",
        ));
    }
    Ok(text(uuid))
}

/// The text that MariaDB shows: lower-case digits in groups of 8-4-4-4-12.
fn text(uuid: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_shown_as_the_server_shows_it() {
        let shown = "6ccd780c-baba-1026-9564-5b8c656024db";
        for field in [
            shown.to_owned(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            format!("{{{shown}}}"),
        ] {
            assert_eq!(value(field.as_bytes()).as_deref(), Ok(shown));
        }
        let unknown = b"6ccd780c-baba-8026-7564-5b8c656024db";
        assert_eq!(value(unknown).unwrap_err().rule, Rule::NotAUuid);
        assert!(bytes(unknown).is_ok());
        for field in [
            "",
            "{}",
            "6ccd780c",
            "6ccd780cbaba-1026-9564-5b8c656024db1",
            "6ccd780c-baba-1026-9564-5b8c656024dg",
        ] {
            assert_eq!(bytes(field.as_bytes()).unwrap_err().rule, Rule::NotAUuid);
        }
    }
}
