//! Integers within the range of their type. They are written as digits with an optional sign, or as
//! a floating-point number without a fraction. Values are never rounded or truncated.

use std::borrow::Cow;

use super::Fault;
use super::number::{NotWhole, whole};
use model::rejection::Rule;

/// Fast path: a number of at most 18 digits without a sign, which always fits into 64 bits. `None`
/// for all other fields, which [`unsigned`] and [`signed`] read.
#[inline]
pub fn plain(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 18 {
        return None;
    }
    field.iter().try_fold(0, |n, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then_some(n * 10 + u64::from(digit))
    })
}

/// The greatest integer of a type with `bits` bits.
#[inline(always)]
pub fn greatest(bits: u8, unsigned: bool) -> u64 {
    u64::MAX >> (64 - bits + u8::from(!unsigned))
}

/// Reads an UNSIGNED integer of `bits` bits.
///
/// # Errors
///
/// `not_an_integer`, `out_of_range`.
pub fn unsigned(field: &[u8], bits: u8) -> Result<u64, Fault> {
    let max = greatest(bits, true);
    match split(field)? {
        (false, digits) => match magnitude(&digits) {
            Some(n) if n <= max => Ok(n),
            _ => Err(out_of_range(0, max)),
        },
        (true, digits) if magnitude(&digits) == Some(0) => Ok(0),
        (true, _) => Err(out_of_range(0, max)),
    }
}

/// Reads a signed integer of `bits` bits.
///
/// # Errors
///
/// `not_an_integer`, `out_of_range`.
pub fn signed(field: &[u8], bits: u8) -> Result<i64, Fault> {
    let max = greatest(bits, false) as i64;
    let min = -max - 1;
    let (negative, digits) = split(field)?;
    let value = magnitude(&digits).and_then(|n| {
        if negative {
            0i64.checked_sub_unsigned(n)
        } else {
            i64::try_from(n).ok()
        }
    });
    value
        .filter(|v| (min..=max).contains(v))
        .ok_or_else(|| out_of_range(min, max.unsigned_abs()))
}

fn out_of_range(min: i64, max: u64) -> Fault {
    Fault::new(
        Rule::OutOfRange,
        format!("expected an integer from {min} to {max}"),
    )
}

/// Splits a field into its sign (`true` if negative) and its digits.
fn split(field: &[u8]) -> Result<(bool, Cow<'_, [u8]>), Fault> {
    let (negative, digits) = match field {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, field),
    };
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        return Ok((negative, Cow::Borrowed(digits)));
    }
    match whole(field) {
        Ok((negative, digits)) => Ok((negative, Cow::Owned(digits))),
        Err(why) => Err(Fault::new(
            Rule::NotAnInteger,
            match why {
                NotWhole::NoNumber => "expected an integer: digits with an optional sign",
                NotWhole::Fraction => "expected an integer, but the number has a fraction",
                NotWhole::CutOff => {
                    "the number has an exponent, and the program that wrote it may have cut off its last digits"
                }
            },
        )),
    }
}

/// The value of the digits. `None` if it does not fit into 64 bits.
fn magnitude(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |n, d| {
        n.checked_mul(10)?.checked_add(u64::from(d - b'0'))
    })
}

#[cfg(test)]
mod tests;
