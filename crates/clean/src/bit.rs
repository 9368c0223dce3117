//! BIT(n): an unsigned number of n bits, in the forms that files and dumps have for it.

use model::rejection::Rule;

use super::{Fault, boolean, bytes};

/// Reads digits (a decimal number), `b'0101'`, `0b0101`, `0x1f`, `X'1f'`; for BIT(1) also the ten
/// spellings of a boolean, and the bytes 0 and 1, which `SELECT … INTO OUTFILE` writes.
///
/// # Errors
///
/// `not_an_integer` (`not_a_boolean` for BIT(1)), `out_of_range`.
pub fn bit(field: &[u8], bits: u8) -> Result<u64, Fault> {
    if bits == 1 {
        match field {
            [byte @ (0 | 1)] => return Ok((*byte).into()),
            _ if let Ok(truth) = boolean::boolean(field) => return Ok(truth.into()),
            _ => {}
        }
    }
    let value = match field {
        [b'b' | b'B', b'\'', digits @ .., b'\''] | [b'0', b'b', digits @ ..] => number(digits, 2),
        _ => match bytes::literal_digits(field) {
            Some(digits) => number(digits, 16),
            None => number(field, 10),
        },
    };
    let greatest = u64::MAX >> (64 - bits);
    match value {
        Some(value) if value <= u128::from(greatest) => Ok(value as u64),
        Some(_) => Err(Fault::new(
            Rule::OutOfRange,
            format!("expected a number from 0 to {greatest}, which has at most {bits} bits"),
        )),
        None if bits == 1 => Err(Fault::new(
            Rule::NotABoolean,
            "expected true, false, t, f, yes, no, y, n, 1, 0, b'1' or b'0'",
        )),
        None => Err(Fault::new(
            Rule::NotAnInteger,
            "expected an integer in digits, or bits such as b'0101'",
        )),
    }
}

/// A number of that base; a number that is too large is the greatest. `None` for other texts.
fn number(digits: &[u8], base: u32) -> Option<u128> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u128, |value, digit| {
        let digit = char::from(*digit).to_digit(base)?;
        Some(
            value
                .saturating_mul(base.into())
                .saturating_add(digit.into()),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(field: &str, bits: u8) -> Result<u64, Rule> {
        bit(field.as_bytes(), bits).map_err(|fault| fault.rule)
    }

    #[test]
    fn one_bit_is_a_boolean_in_every_spelling() {
        for field in [
            "1", "true", "T", "YES", "y", "b'1'", "0b1", "0x01", "\u{1}", "01", "x'1'",
        ] {
            assert_eq!(read(field, 1), Ok(1), "{field}");
        }
        for field in ["0", "false", "F", "no", "N", "b'0'", "b'00'", "0x00", "\0"] {
            assert_eq!(read(field, 1), Ok(0), "{field}");
        }
        assert_eq!(read("2", 1), Err(Rule::OutOfRange));
        for field in ["on", "", "b''", "0b", "b'2'", "-1", "\u{2}"] {
            assert_eq!(read(field, 1), Err(Rule::NotABoolean), "{field}");
        }
    }

    #[test]
    fn several_bits_are_a_number() {
        assert_eq!(read("101", 8), Ok(101));
        assert_eq!(read("b'101'", 8), Ok(5));
        assert_eq!(read("0xff", 8), Ok(255));
        assert_eq!(read("256", 8), Err(Rule::OutOfRange));
        assert_eq!(read("18446744073709551615", 64), Ok(u64::MAX));
        assert_eq!(read("18446744073709551616", 64), Err(Rule::OutOfRange));
        assert_eq!(read(&"9".repeat(60), 64), Err(Rule::OutOfRange));
        for field in ["true", "1.0", "1e2", "-0", "+1", "0x", "\u{1}"] {
            assert_eq!(read(field, 8), Err(Rule::NotAnInteger), "{field}");
        }
    }

    proptest! {
        #[test]
        fn each_number_is_read_from_each_form(value: u64, bits in 2u8..=64) {
            let value = value >> (64 - bits);
            for field in [format!("{value}"), format!("b'{value:b}'"), format!("0b{value:b}"), format!("0x{value:x}"), format!("X'{value:X}'")] {
                prop_assert_eq!(read(&field, bits), Ok(value));
            }
            if let Some(more) = value.checked_add(1) && bits < 64 && value == u64::MAX >> (64 - bits) {
                prop_assert_eq!(read(&more.to_string(), bits), Err(Rule::OutOfRange));
            }
        }
    }
}
