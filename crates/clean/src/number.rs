//! DECIMAL, FLOAT and DOUBLE. Accepts the spellings of MySQL's strict mode, without loss of digits.
//!
//! A DECIMAL remains text in canonical form and is never converted to a binary number. MySQL rounds
//! digits that a DECIMAL column cannot store. Here such values are rejected, because loading must
//! not change a value, unless the setting `round` allows it (`rounding`).

mod rounding;
mod whole;

use super::Fault;
use model::rejection::Rule;
use model::schema::Digits;
pub(crate) use rounding::rounded_decimal;
pub(crate) use whole::{NotWhole, whole};

/// The parts of a number: sign, digits before and after the point, exponent.
struct Parts<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    exponent: i32,
}

fn parts(field: &[u8]) -> Result<Parts<'_>, Fault> {
    let wrong = || {
        Fault::new(
            Rule::NotANumber,
            "expected a number such as 12, -0.5 or 1e3",
        )
    };
    let (negative, rest) = match field {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, field),
    };
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (integer, rest) = rest.split_at(digits(rest));
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => rest.split_at(digits(rest)),
        _ => (&rest[..0], rest),
    };
    if integer.is_empty() && fraction.is_empty() {
        return Err(wrong());
    }
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', exponent @ ..] => {
            let bare = exponent
                .strip_prefix(b"-")
                .or(exponent.strip_prefix(b"+"))
                .unwrap_or(exponent);
            if bare.is_empty() || digits(bare) != bare.len() {
                return Err(wrong());
            }
            // an exponent that does not fit into i32 has the same effect as one of ±100,000
            let limit = if exponent.starts_with(b"-") {
                -100_000
            } else {
                100_000
            };
            std::str::from_utf8(exponent)
                .ok()
                .and_then(|e| e.parse().ok())
                .unwrap_or(limit)
        }
        _ => return Err(wrong()),
    };
    Ok(Parts {
        negative,
        integer,
        fraction,
        exponent,
    })
}

/// Converts a field to a DECIMAL in canonical form: exactly `scale` digits after the point, no
/// leading zeros, no negative zero.
///
/// # Errors
///
/// `not_a_number`, `out_of_range` (too many digits before or after the point, or a negative number
/// in an UNSIGNED column).
pub fn decimal(field: &[u8], precision: u8, scale: u8, unsigned: bool) -> Result<String, Fault> {
    let digits = Digits { precision, scale };
    canonical(field, "DECIMAL", digits, unsigned)
}

/// Converts a field to the canonical form of DECIMAL. `name` is the name of the type in messages.
fn canonical(field: &[u8], name: &str, of: Digits, unsigned: bool) -> Result<String, Fault> {
    let parts = parts(field)?;
    let Digits { precision, scale } = of;
    let sign = if unsigned { " UNSIGNED" } else { "" };
    let too_many = || {
        Fault::new(
            Rule::OutOfRange,
            format!("the value does not fit {name}({precision},{scale}){sign} without loss"),
        )
    };
    let digits: Vec<u8> = parts
        .integer
        .iter()
        .chain(parts.fraction)
        .copied()
        .collect();
    let significant = digits.iter().skip_while(|d| **d == b'0').count();
    let first = digits.len() - significant;
    let last = digits
        .iter()
        .rposition(|d| *d != b'0')
        .map_or(first, |at| at + 1);
    // value = 0.d1d2d3… × 10^point with the digits between first and last
    let point = i64::from(parts.exponent.clamp(-100_000, 100_000)) + parts.integer.len() as i64
        - first as i64;
    let kept = &digits[first.min(last)..last];
    if kept.is_empty() {
        let zeros = "0".repeat(scale.into());
        return Ok(if scale == 0 {
            "0".into()
        } else {
            format!("0.{zeros}")
        });
    }
    let whole_digits = i64::from(precision - scale);
    if point > whole_digits
        || kept.len() as i64 - point > i64::from(scale)
        || (unsigned && parts.negative)
    {
        return Err(too_many());
    }
    let digit_at = |i: i64| {
        usize::try_from(i)
            .ok()
            .and_then(|i| kept.get(i))
            .map_or('0', |d| char::from(*d))
    };
    let mut text = String::new();
    if parts.negative {
        text.push('-');
    }
    if point <= 0 {
        text.push('0');
    }
    text.extend((0..point).map(digit_at));
    if scale > 0 {
        text.push('.');
        text.extend((point..point + i64::from(scale)).map(digit_at));
    }
    Ok(text)
}

/// Reads a DOUBLE.
///
/// # Errors
///
/// `not_a_number`, `out_of_range`.
pub fn double(field: &[u8], unsigned: bool) -> Result<f64, Fault> {
    parts(field)?;
    // `parts` has checked the grammar, so the text is ASCII that Rust can parse
    let value: f64 = std::str::from_utf8(field)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Fault::new(
                Rule::NotANumber,
                "expected a number such as 12, -0.5 or 1e3",
            )
        })?;
    if !value.is_finite() {
        return Err(Fault::new(
            Rule::OutOfRange,
            "the value exceeds the range of DOUBLE",
        ));
    }
    if unsigned && value < 0.0 {
        return Err(Fault::new(
            Rule::OutOfRange,
            "the value is negative, but the column is UNSIGNED",
        ));
    }
    // -0 becomes 0: the server regards them as equal but shows them differently
    Ok(value + 0.0)
}

/// Reads a FLOAT, widened to 64 bits. It is rounded from the nearest DOUBLE, as the server does.
///
/// # Errors
///
/// `not_a_number`, `out_of_range`.
pub fn float(field: &[u8], unsigned: bool) -> Result<f64, Fault> {
    let value = double(field, unsigned)?;
    if value.abs() > f64::from(f32::MAX) {
        return Err(Fault::new(
            Rule::OutOfRange,
            "the value exceeds the range of FLOAT",
        ));
    }
    // a value too small for a FLOAT becomes 0; adding 0 removes the sign of -0
    Ok(f64::from(value as f32) + 0.0)
}

/// The size of a floating-point type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// FLOAT.
    Single,
    /// DOUBLE.
    Double,
}

/// Reads a FLOAT(M,D) or DOUBLE(M,D), and returns the number that the server stores. The server
/// would round to D digits. Here a number with more digits is rejected. A number is also rejected
/// if the type cannot store all of its digits.
///
/// # Errors
///
/// `not_a_number`, `out_of_range`.
pub fn with_digits(
    field: &[u8],
    width: Width,
    digits: Digits,
    unsigned: bool,
) -> Result<f64, Fault> {
    let name = match width {
        Width::Single => "FLOAT",
        Width::Double => "DOUBLE",
    };
    let text = canonical(field, name, digits, unsigned)?;
    let stored = |value: f64| {
        let rounded = rounded(value, digits.scale);
        match width {
            Width::Single => f64::from(rounded as f32),
            Width::Double => rounded,
        }
    };
    let value = stored(double(field, unsigned)?) + 0.0;
    let scale = usize::from(digits.scale);
    // the stored number is sent, if the server does not change it when it rounds again; otherwise
    // the field is rejected
    if format!("{value:.scale$}") == text && stored(value) == value {
        return Ok(value);
    }
    let Digits { precision, scale } = digits;
    Err(Fault::new(
        Rule::OutOfRange,
        format!("the value has more digits than {name}({precision},{scale}) keeps"),
    ))
}

/// The number to which a server rounds a value (`Field_real::truncate` of MySQL and MariaDB). It is
/// not always the number nearest to the decimal digits.
fn rounded(value: f64, scale: u8) -> f64 {
    let power: f64 = format!("1e{scale}").parse().unwrap_or(1.0);
    let whole = value.floor();
    whole + ((value - whole) * power).round_ties_even() / power
}

#[cfg(test)]
mod tests;
