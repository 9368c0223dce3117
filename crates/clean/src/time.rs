//! TIME and YEAR. Only unambiguous spellings are accepted: MySQL also reads `1112` as 00:11:12 and
//! `70` as 1970, but these are guesses.

use super::Fault;
use super::timestamp::{fraction_nanoseconds, round_to};
use model::rejection::Rule;

/// 838:59:59 in microseconds.
const LARGEST: i64 = (838 * 3600 + 59 * 60 + 59) * 1_000_000;

/// Reads `[-]hh:mm[:ss[.f]]`. Returns microseconds, rounded to `precision` digits.
///
/// # Errors
///
/// `not_a_time`, `out_of_range` (beyond ±838:59:59).
pub fn time(field: &[u8], precision: u8) -> Result<i64, Fault> {
    let wrong = || {
        Fault::new(
            Rule::NotATime,
            "expected hh:mm:ss with an optional sign and fraction",
        )
    };
    let (negative, rest) = match field {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, field),
    };
    let mut pieces = rest.splitn(3, |b| *b == b':');
    let mut number = |longest: usize| -> Option<i64> { digits(pieces.next()?, longest) };
    let hours = number(9).ok_or_else(wrong)?;
    let minutes = number(2).ok_or_else(wrong)?;
    let (seconds, nanoseconds) = match pieces.next() {
        None => (0, 0),
        Some(piece) => {
            let (whole, fraction) = match piece.iter().position(|b| *b == b'.') {
                Some(point) => (&piece[..point], &piece[point + 1..]),
                None => (piece, &piece[..0]),
            };
            (
                digits(whole, 2).ok_or_else(wrong)?,
                fraction_nanoseconds(fraction).ok_or_else(wrong)?,
            )
        }
    };
    if minutes > 59 || seconds > 59 {
        return Err(wrong());
    }
    let whole = hours * 3600 + minutes * 60 + seconds;
    let span = round_to(precision, whole, nanoseconds);
    if span > LARGEST {
        return Err(Fault::new(
            Rule::OutOfRange,
            "expected a time from -838:59:59 to 838:59:59",
        ));
    }
    Ok(if negative { -span } else { span })
}

fn digits(piece: &[u8], longest: usize) -> Option<i64> {
    if piece.is_empty() || piece.len() > longest || !piece.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(piece.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// Four digits: 1901 to 2155, or 0000.
///
/// # Errors
///
/// `not_a_number`, `out_of_range`.
pub fn year(field: &[u8]) -> Result<u16, Fault> {
    if field.is_empty() || !field.iter().all(u8::is_ascii_digit) {
        return Err(Fault::new(
            Rule::NotANumber,
            "expected a year of four digits",
        ));
    }
    match digits(field, 4) {
        Some(year) if field.len() == 4 && (year == 0 || (1901..=2155).contains(&year)) => {
            Ok(year as u16)
        }
        _ => Err(Fault::new(
            Rule::OutOfRange,
            "expected a year from 1901 to 2155, or 0000",
        )),
    }
}

#[cfg(test)]
mod tests;
