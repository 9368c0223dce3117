//! Rounding to the digits of a DECIMAL, for columns with the setting `round`.

use super::{Fault, decimal, parts};

/// Reads a DECIMAL and rounds it half away from zero, as the server does. Returns it in canonical
/// form, and whether it was changed.
///
/// # Errors
///
/// `not_a_number`, `out_of_range`.
pub(crate) fn rounded_decimal(
    field: &[u8],
    precision: u8,
    scale: u8,
    unsigned: bool,
) -> Result<(String, bool), Fault> {
    match decimal(field, precision, scale, unsigned) {
        Ok(text) => Ok((text, false)),
        Err(fault) => {
            let rounded = rounded(field, scale).ok_or_else(|| fault.clone())?;
            // if there are too many digits before the point, rounding does not help, and the first
            // fault is returned
            let text = decimal(rounded.as_bytes(), precision, scale, unsigned);
            Ok((text.map_err(|_| fault)?, true))
        }
    }
}

/// The number with `scale` digits after the point, in exponent form. `None` if the field is not a
/// number.
fn rounded(field: &[u8], scale: u8) -> Option<String> {
    let parts = parts(field).ok()?;
    let mut digits = [b"0", parts.integer, parts.fraction].concat();
    // the number is 0.d1d2d3… × 10^point
    let point = 1 + parts.integer.len() as i64 + i64::from(parts.exponent);
    let kept = point + i64::from(scale);
    let sign = if parts.negative { "-" } else { "" };
    let Ok(kept) = usize::try_from(kept) else {
        return Some("0".to_owned());
    };
    if kept >= digits.len() {
        return Some(String::from_utf8_lossy(field).into_owned());
    }
    let is_up = digits[kept] >= b'5';
    digits.truncate(kept);
    if is_up {
        carry(&mut digits);
    }
    let digits = String::from_utf8_lossy(&digits);
    Some(format!("{sign}0{digits}e-{scale}"))
}

/// Adds one to the last digit. The first digit must be 0, so that a carry has a place. Without
/// digits, the result is 1.
fn carry(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}
