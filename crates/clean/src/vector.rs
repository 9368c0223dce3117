//! VECTOR of MySQL 9: numbers in brackets, stored as 32-bit floating-point numbers.

use model::rejection::Rule;

use super::{Fault, number};

/// The bytes of a vector such as `[1, -0.5, 2e3]`: four bytes per number, little-endian. Numbers
/// that are too large or too small for the type are rejected, as by the server.
///
/// # Errors
///
/// `not_a_vector`, `out_of_range`, `too_long`.
pub fn vector(field: &[u8], dimensions: u32) -> Result<Vec<u8>, Fault> {
    let wrong = || {
        Fault::new(
            Rule::NotAVector,
            "expected numbers in brackets such as [1, -0.5, 2e3]",
        )
    };
    let inner = field
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]"));
    let inner = inner.ok_or_else(wrong)?;
    let mut bytes = Vec::with_capacity(4 * dimensions.min(4096) as usize);
    for entry in inner.split(|byte| *byte == b',') {
        let entry = entry.trim_ascii();
        number::double(entry, false).map_err(|fault| match fault.rule {
            Rule::NotANumber => wrong(),
            _ => fault,
        })?;
        let text = std::str::from_utf8(entry).map_err(|_| wrong())?;
        let value: f32 = text.parse().map_err(|_| wrong())?;
        let is_zero = entry
            .iter()
            .take_while(|b| !matches!(b, b'e' | b'E'))
            .all(|b| !matches!(b, b'1'..=b'9'));
        if !value.is_finite() || (value.abs() < f32::MIN_POSITIVE && !is_zero) {
            return Err(Fault::new(
                Rule::OutOfRange,
                format!("{text} is not within the range of a 32-bit number"),
            ));
        }
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    let entries = bytes.len() / 4;
    if entries > dimensions as usize {
        return Err(Fault::new(
            Rule::TooLong,
            format!("the value has {entries} numbers, the column holds {dimensions}"),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_become_four_bytes_each() {
        let read = |field: &str| vector(field.as_bytes(), 3).map_err(|fault| fault.rule);
        assert_eq!(
            read("[1,2]"),
            Ok([1f32.to_le_bytes(), 2f32.to_le_bytes()].concat())
        );
        assert_eq!(read("[ 1e-3 , -0,+.5 ]").map(|bytes| bytes.len()), Ok(12));
        for field in [
            "", "[]", "[1,]", "1,2", "[1 2]", "[a]", "[nan]", "[1,2", "[[1]]",
        ] {
            assert_eq!(read(field), Err(Rule::NotAVector), "{field}");
        }
        for field in ["[3.5e38]", "[1e-50]", "[1e400]", "[1e-40]"] {
            assert_eq!(read(field), Err(Rule::OutOfRange), "{field}");
        }
        assert_eq!(read("[1,2,3,4]"), Err(Rule::TooLong));
    }

    proptest! {
        #[test]
        fn every_normal_number_is_kept(values in proptest::collection::vec(proptest::num::f32::NORMAL, 1..20)) {
            let text = format!("{values:?}");
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            prop_assert_eq!(vector(text.as_bytes(), 20), Ok(bytes));
        }
    }
}
