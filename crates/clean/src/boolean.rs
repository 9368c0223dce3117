//! Booleans: the ten accepted spellings, in upper or lower case.

use super::Fault;
use model::rejection::Rule;

/// Fast path for the two most common spellings; `None` for any other.
#[inline]
pub fn plain(field: &[u8]) -> Option<bool> {
    match field {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// Reads any of the ten spellings.
///
/// # Errors
///
/// `not_a_boolean`.
pub fn boolean(field: &[u8]) -> Result<bool, Fault> {
    let is_one_of = |words: &[&[u8]]| words.iter().any(|w| field.eq_ignore_ascii_case(w));
    if is_one_of(&[b"true", b"1", b"t", b"yes", b"y"]) {
        Ok(true)
    } else if is_one_of(&[b"false", b"0", b"f", b"no", b"n"]) {
        Ok(false)
    } else {
        Err(Fault::new(
            Rule::NotABoolean,
            "expected true, false, t, f, yes, no, y, n, 1 or 0",
        ))
    }
}

#[cfg(test)]
mod tests;
