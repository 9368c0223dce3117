//! Booleans: the ten accepted spellings, in upper or lower case. 1 and 0 may also be written as
//! floating-point numbers.

use super::Fault;
use model::rejection::Rule;

/// Fast path for the two most common spellings. `None` for all others.
#[inline]
pub fn plain(field: &[u8]) -> Option<bool> {
    match field {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// Reads any of the ten spellings, and also `1.0` and `0.0`. Programs write these if other values
/// of the column are missing.
///
/// # Errors
///
/// `not_a_boolean`.
pub fn boolean(field: &[u8]) -> Result<bool, Fault> {
    let is_one_of = |words: &[&[u8]]| words.iter().any(|w| field.eq_ignore_ascii_case(w));
    if let [bit @ (b'0' | b'1'), b'.', zeros @ ..] = field
        && zeros.iter().all(|zero| *zero == b'0')
    {
        return Ok(*bit == b'1');
    }
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
