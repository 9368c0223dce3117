//! BIT(n): an unsigned number of n bits, in the forms in which files and dumps write it.

use model::rejection::Rule;

use super::{Fault, boolean, bytes};

/// Reads digits (a decimal number), `b'0101'`, `0b0101`, `0x1f` and `X'1f'`; for BIT(1) also the
/// ten spellings of a boolean. If n is at most 5, also reads the byte itself, as `SELECT … INTO
/// OUTFILE` writes it. This byte is a control character, so it cannot be confused with the other
/// forms.
///
/// # Errors
///
/// `not_an_integer` (`not_a_boolean` for BIT(1)), `out_of_range`.
pub fn bit(field: &[u8], bits: u8) -> Result<u64, Fault> {
    if bits <= BITS_OF_CONTROL
        && let [byte] = field
        && u32::from(*byte) < 1 << bits
    {
        return Ok((*byte).into());
    }
    if bits == 1
        && let Ok(truth) = boolean::boolean(field)
    {
        return Ok(truth.into());
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
            "expected an integer in digits, or bits such as b'0101'; decode = \"raw\" reads bytes",
        )),
    }
}

/// Maximum number of bits whose value is always a control character.
const BITS_OF_CONTROL: u8 = 5;

/// Reads the bytes of the value, most significant byte first.
///
/// # Errors
///
/// `out_of_range`.
pub fn raw(field: &[u8], bits: u8) -> Result<u64, Fault> {
    let greatest = u64::MAX >> (64 - bits);
    let value = field.iter().try_fold(0u64, |value, byte| {
        let is_full = value > u64::MAX >> 8;
        (!is_full).then_some(value << 8 | u64::from(*byte))
    });
    value.filter(|value| *value <= greatest).ok_or_else(|| {
        let bytes = bits.div_ceil(8);
        Fault::new(
            Rule::OutOfRange,
            format!("expected at most {bytes} bytes with {bits} bits"),
        )
    })
}

/// A number in this base. If it is too large, the greatest possible number. `None` for other texts.
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
    fn the_bytes_of_bits_are_read_where_they_can_be_nothing_else() {
        for byte in 0..32 {
            assert_eq!(bit(&[byte], 5).ok(), Some(byte.into()));
        }
        assert_eq!(bit(b"5", 5).ok(), Some(5), "a digit");
        assert!(
            bit(&[5], 6).is_err(),
            "5 and \"5\" are both bytes of six bits"
        );
        assert_eq!(raw(b"5", 6).ok(), Some(53));
        assert_eq!(raw(&[0xff; 8], 64).ok(), Some(u64::MAX));
        assert_eq!(raw(&[1, 0], 9).ok(), Some(256));
        for (field, bits) in [(&[2, 0][..], 9), (&[64], 6), (&[1; 9], 64)] {
            assert!(raw(field, bits).is_err(), "{field:?}");
        }
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
