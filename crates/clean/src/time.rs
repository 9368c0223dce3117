//! TIME and YEAR. Only unambiguous spellings are accepted. MySQL also reads `1112` as 00:11:12 and
//! `70` as 1970, but these are guesses.

use std::borrow::Cow;

use super::Fault;
use super::number::whole;
use super::timestamp::{Half, by_format, fraction_nanoseconds, round_to, with_century};
use model::rejection::Rule;
use model::schema::DateFormat;

/// 838:59:59 in microseconds.
const LARGEST: i64 = (838 * 3600 + 59 * 60 + 59) * 1_000_000;

/// Reads `[-]hh:mm[:ss[.f]]`, or `hh:mm[:ss[.f]]` from 1 to 12 with AM or PM. Returns microseconds,
/// rounded to `precision` digits.
///
/// # Errors
///
/// `not_a_time`, `out_of_range` (beyond ±838:59:59).
pub fn time(field: &[u8], precision: u8) -> Result<i64, Fault> {
    let (negative, rest) = match field {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, field),
    };
    let (rest, half) = half_of_day(rest);
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
    let hours = match half {
        Some(half) if !negative => half.hour(hours).ok_or_else(wrong)?,
        Some(_) => return Err(wrong()),
        None => hours,
    };
    let whole = hours * 3600 + minutes * 60 + seconds;
    let span = round_to(precision, whole, nanoseconds);
    // servers check the range before they round the value, so a fraction above the largest time is
    // rejected even if rounding removes it
    let is_beyond = span == LARGEST && whole * 1_000_000 == LARGEST && nanoseconds > 0;
    if span > LARGEST || is_beyond {
        return Err(Fault::new(
            Rule::OutOfRange,
            "expected a time from -838:59:59 to 838:59:59",
        ));
    }
    Ok(if negative { -span } else { span })
}

fn wrong() -> Fault {
    Fault::new(
        Rule::NotATime,
        "expected hh:mm:ss with an optional sign and fraction",
    )
}

/// Splits off AM or PM at the end of a time.
fn half_of_day(field: &[u8]) -> (&[u8], Option<Half>) {
    let Some((time, half)) = field.split_last_chunk::<2>() else {
        return (field, None);
    };
    let half = match half {
        [b'A' | b'a', b'M' | b'm'] => Half::Morning,
        [b'P' | b'p', b'M' | b'm'] => Half::Afternoon,
        _ => return (field, None),
    };
    (time.trim_ascii_end(), Some(half))
}

/// Reads a time of day in the first format that fits. Returns microseconds, rounded to `precision`
/// digits.
///
/// # Errors
///
/// `not_a_time`. Also if another format fits and gives another time.
pub fn time_in(formats: &[DateFormat], field: &[u8], precision: u8) -> Result<i64, Fault> {
    let mut readings = formats
        .iter()
        .filter_map(|format| Some((format, by_format::time_of_day(format, field)?)));
    let formats = || {
        let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
        formats.join(" or ")
    };
    let wrong = |words| Fault::new(Rule::NotATime, words);
    let Some((first, reading)) = readings.next() else {
        return Err(wrong(format!(
            "expected a time in the format {}",
            formats()
        )));
    };
    if let Some((second, _)) = readings.find(|(_, other)| *other != reading) {
        return Err(wrong(format!(
            "ambiguous: the formats {first} and {second} give different times"
        )));
    }
    Ok(round_to(precision, reading.0, reading.1))
}

fn digits(piece: &[u8], longest: usize) -> Option<i64> {
    if piece.is_empty() || piece.len() > longest || !piece.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(piece.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// Reads a year of four digits: 1901 to 2155, or 0000. With a pivot, also reads two digits; numbers
/// from the pivot on are in the 1900s.
///
/// # Errors
///
/// `not_a_number`, `out_of_range`.
pub fn year(field: &[u8], pivot: Option<u8>) -> Result<u16, Fault> {
    let is_plain = !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    let digits = match is_plain {
        true => Cow::Borrowed(field),
        // programs write 2020.0 if other years of the column are missing
        false => match whole(field) {
            Ok((false, digits)) => Cow::Owned(digits),
            _ => {
                let why = "expected a year of four digits";
                return Err(Fault::new(Rule::NotANumber, why));
            }
        },
    };
    let year = super::integer::plain(&digits);
    match (year, digits.len(), pivot) {
        (Some(0 | 1901..=2155), 4, _) => Ok(year.unwrap_or_default() as u16),
        (Some(short), 2, Some(pivot)) => Ok(with_century(short as i64, pivot) as u16),
        _ => Err(Fault::new(
            Rule::OutOfRange,
            "expected a year from 1901 to 2155, or 0000",
        )),
    }
}

#[cfg(test)]
mod tests;
