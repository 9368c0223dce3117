//! Whole numbers in the spellings of floating-point numbers: `60.0`, `60.`, `1.5e3`.

use super::parts;

/// A number in exponent form with at least this many digits was probably shortened by a program:
/// `%g` of C and spreadsheets drop digits after that many. People do not write such numbers.
const CUT_OFF: usize = 6;

/// More digits than any integer type has.
const TOO_MANY: i64 = 40;

/// Why a text is not a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotWhole {
    /// The text is not a number.
    NoNumber,
    /// The number has digits after the point.
    Fraction,
    /// The number has an exponent, and its last digits may have been lost: `%g` writes 123456789012
    /// as `1.23457e+11`.
    CutOff,
}

/// The sign (`true` if negative) and the digits of a whole number. For a huge number, some trailing
/// zeros are omitted, but it still has too many digits for every type.
pub(crate) fn whole(field: &[u8]) -> Result<(bool, Vec<u8>), NotWhole> {
    let parts = parts(field).map_err(|_| NotWhole::NoNumber)?;
    let mut digits = [parts.integer, parts.fraction].concat();
    let Some(last) = digits.iter().rposition(|d| *d != b'0') else {
        return Ok((parts.negative, vec![b'0']));
    };
    digits.truncate(last + 1);
    // number of digits before the point, after applying the exponent
    let point = parts.integer.len() as i64 + i64::from(parts.exponent);
    let zeros = point - digits.len() as i64;
    if zeros < 0 {
        return Err(NotWhole::Fraction);
    }
    let significant = digits.iter().skip_while(|d| **d == b'0').count();
    if parts.exponent != 0 && significant >= CUT_OFF && zeros > 0 {
        return Err(NotWhole::CutOff);
    }
    digits.extend(std::iter::repeat_n(b'0', zeros.min(TOO_MANY) as usize));
    Ok((parts.negative, digits))
}
