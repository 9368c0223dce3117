//! Dates and date-times, in all accepted spellings: epoch milliseconds (11 to 13 digits), epoch
//! seconds (9 or 10 digits), ISO 8601 with or without time and zone, the SQL form with a blank, and
//! JavaScript's `Date` string. `compact` reads forms without separators (`20131104123015`),
//! `written` other separators and names of months, and `by_format` the formats that the user set.
//!
//! A value without a zone is in UTC. Values are stored in UTC, rounded half up to the precision of
//! the column. jiff checks that dates exist.

pub(crate) mod by_format;
mod compact;
mod styled;
mod written;

use jiff::civil::Date;

use super::Fault;
use model::rejection::Rule;
use model::schema::DateStyle;
pub use styled::{date_in, datetime_in, timestamp_in};
pub(crate) use written::{Half, with_century};

use model::sqltext::days_of_civil;

const MICROSECONDS: i64 = 1_000_000;
const DAY: i64 = 86_400;
/// The range of DATE and DATETIME in days since 1970-01-01: 1000-01-01 to 9999-12-31.
const DAYS: std::ops::Range<i64> = -354_285..2_932_897;

/// A point in time: whole seconds since 1970-01-01 00:00:00 UTC, and additional nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Instant {
    seconds: i64,
    nanoseconds: i64,
}

/// Reads a DATETIME(`precision`), as microseconds since the epoch.
///
/// # Errors
///
/// `not_a_timestamp`, `out_of_range` (before the year 1000 or after 9999).
pub fn datetime(field: &[u8], precision: u8) -> Result<i64, Fault> {
    datetime_of(parse(field)?, precision)
}

fn datetime_of(instant: Instant, precision: u8) -> Result<i64, Fault> {
    let rounded = round_to(precision, instant.seconds, instant.nanoseconds);
    if DAYS.contains(&rounded.div_euclid(DAY * MICROSECONDS)) {
        Ok(rounded)
    } else {
        Err(Fault::new(
            Rule::OutOfRange,
            "expected a date from 1000-01-01 to 9999-12-31",
        ))
    }
}

/// Reads a TIMESTAMP(`precision`), as microseconds since the epoch.
///
/// # Errors
///
/// `not_a_timestamp`, `out_of_range` (before 1970-01-01 00:00:01 or after 2038-01-19 03:14:07).
pub fn timestamp(field: &[u8], precision: u8) -> Result<i64, Fault> {
    timestamp_of(parse(field)?, precision)
}

fn timestamp_of(instant: Instant, precision: u8) -> Result<i64, Fault> {
    let rounded = round_to(precision, instant.seconds, instant.nanoseconds);
    if (MICROSECONDS..(1 << 31) * MICROSECONDS).contains(&rounded) {
        Ok(rounded)
    } else {
        Err(Fault::new(
            Rule::OutOfRange,
            "expected a time from 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC",
        ))
    }
}

/// Reads a DATE, as days since the epoch. A time of day is dropped.
///
/// # Errors
///
/// `not_a_timestamp`, `out_of_range`.
pub fn date(field: &[u8]) -> Result<i64, Fault> {
    date_of(parse(field)?)
}

fn date_of(instant: Instant) -> Result<i64, Fault> {
    let day = instant.seconds.div_euclid(DAY);
    if DAYS.contains(&day) {
        Ok(day)
    } else {
        Err(Fault::new(
            Rule::OutOfRange,
            "expected a date from 1000-01-01 to 9999-12-31",
        ))
    }
}

/// Whether a field is MySQL's zero date: `0000-00-00`, alone or with a time of zeros.
pub fn is_zero(field: &[u8]) -> bool {
    let Some(time) = field.strip_prefix(b"0000-00-00") else {
        return false;
    };
    let Some(time) = time.strip_prefix(b" ").or_else(|| time.strip_prefix(b"T")) else {
        return time.is_empty();
    };
    let fraction = time.strip_prefix(b"00:00:00");
    let fraction = fraction.map(|rest| rest.strip_prefix(b".").unwrap_or(rest));
    fraction.is_some_and(|digits| digits.iter().all(|digit| *digit == b'0'))
}

/// Converts `seconds` and `nanoseconds` to microseconds, rounded half up to `precision` digits of
/// the fractional second.
pub fn round_to(precision: u8, seconds: i64, nanoseconds: i64) -> i64 {
    let unit = 10i64.pow(9 - u32::from(precision.min(6)));
    let rounded = (nanoseconds + unit / 2) / unit * unit;
    seconds * MICROSECONDS + rounded / 1000
}

/// Converts the digits of a fractional second to nanoseconds. Digits after the ninth are ignored.
/// `None` if there are other characters.
pub fn fraction_nanoseconds(digits: &[u8]) -> Option<i64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits
        .iter()
        .take(9)
        .fold(0, |n, d| n * 10 + i64::from(d - b'0'));
    Some(value * 10i64.pow(9 - digits.len().min(9) as u32))
}

fn wrong() -> Fault {
    Fault::new(
        Rule::NotATimestamp,
        "expected a date that exists, with the year first or with the month's name, or an epoch in seconds or milliseconds",
    )
}

fn parse(field: &[u8]) -> Result<Instant, Fault> {
    if field.iter().all(u8::is_ascii_digit) {
        return digits_alone(field);
    }
    let found = match field.first() {
        Some(first) if first.is_ascii_alphabetic() => javascript(field),
        _ => iso(field),
    };
    found.or_else(|| other_forms(field)).ok_or_else(wrong)
}

/// Reads the forms that are rarer than ISO 8601.
#[cold]
fn other_forms(field: &[u8]) -> Option<Instant> {
    written::read(field, &DateStyle::default()).or_else(|| compact::with_time(field))
}

/// Reads digits without separators: epoch seconds, epoch milliseconds, a compact date or a compact
/// date-time, depending on the number of digits.
///
/// # Errors
///
/// `not_a_timestamp`. Also if the digits could mean two different times.
fn digits_alone(digits: &[u8]) -> Result<Instant, Fault> {
    match digits.len() {
        8 => return compact::day(digits).ok_or_else(wrong),
        14 => return compact::date_time(digits),
        10 | 12 => {
            if let Some(reading) = compact::other_reading(digits) {
                return Err(compact::two_readings(&reading, epoch(digits)));
            }
        }
        9 | 11 | 13 => {}
        _ => return Err(wrong()),
    }
    Ok(epoch(digits))
}

fn epoch(digits: &[u8]) -> Instant {
    let value = digits
        .iter()
        .fold(0i64, |n, d| n * 10 + i64::from(d - b'0'));
    if digits.len() >= 11 {
        Instant {
            seconds: value / 1000,
            nanoseconds: value % 1000 * 1_000_000,
        }
    } else {
        Instant {
            seconds: value,
            nanoseconds: 0,
        }
    }
}

/// The unread rest of a text. A method advances it only if it finds what it searches for.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    /// Reads a number of exactly `count` digits.
    fn number(&mut self, count: usize) -> Option<i64> {
        let digits = self.0.get(..count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = &self.0[count..];
        Some(digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    }

    /// Reads one byte, if it is one of the given bytes.
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !wanted.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    /// Reads one of the given words, ignoring case. Returns its position in the list.
    fn word(&mut self, words: &[&str]) -> Option<usize> {
        let found = words.iter().position(|w| {
            self.0
                .get(..w.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(w.as_bytes()))
        })?;
        self.0 = &self.0[words[found].len()..];
        Some(found)
    }

    /// Reads `hh:mm[:ss[.f]]`. Returns seconds and nanoseconds.
    fn time_of_day(&mut self) -> Option<(i64, i64)> {
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        let (mut second, mut nanoseconds) = (0, 0);
        if self.one_of(b":").is_some() {
            second = self.number(2)?;
            if self.one_of(b".,").is_some() {
                let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
                if digits == 0 {
                    return None;
                }
                nanoseconds = fraction_nanoseconds(&self.0[..digits])?;
                self.0 = &self.0[digits..];
            }
        }
        let possible = hour < 24 && minute < 60 && second < 60;
        possible.then_some((hour * 3600 + minute * 60 + second, nanoseconds))
    }

    /// Reads `Z`, `±hh`, `±hhmm`, `±hh:mm` or nothing. Returns seconds east of UTC.
    fn zone(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.one_of(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(2)?;
        let colon = self.one_of(b":").is_some();
        let minutes = match self.number(2) {
            Some(minutes) => minutes,
            None if !colon => 0,
            None => return None,
        };
        (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = Date::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    )
    .ok()?;
    Some(days_of_civil(date.year().into(), date.month().into(), date.day().into()) * DAY)
}

/// Reads `YYYY-MM-DD`, optionally with a time after `T` or a blank, and a zone.
fn iso(field: &[u8]) -> Option<Instant> {
    let mut text = Cursor(field);
    let year = text.number(4)?;
    text.one_of(b"-")?;
    let month = text.number(2)?;
    text.one_of(b"-")?;
    let midnight = midnight(year, month, text.number(2)?)?;
    if text.0.is_empty() {
        return Some(Instant {
            seconds: midnight,
            nanoseconds: 0,
        });
    }
    text.one_of(b"Tt ")?;
    let (second, nanoseconds) = text.time_of_day()?;
    let offset = text.zone()?;
    text.0.is_empty().then_some(Instant {
        seconds: midnight + second - offset,
        nanoseconds,
    })
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads the output of JavaScript's `Date.prototype.toString`: `Wed Apr 21 2021 22:39:42 GMT-0400
/// (Eastern Daylight Time)` (ECMA-262, 21.4.4.41). The zone's name in parentheses is ignored.
fn javascript(field: &[u8]) -> Option<Instant> {
    let mut text = Cursor(field);
    text.word(&WEEKDAYS)?;
    text.one_of(b" ")?;
    let month = text.word(&MONTHS)? as i64 + 1;
    text.one_of(b" ")?;
    let day = text.number(2)?;
    text.one_of(b" ")?;
    let midnight = midnight(text.number(4)?, month, day)?;
    text.one_of(b" ")?;
    let (second, nanoseconds) = text.time_of_day()?;
    text.one_of(b" ")?;
    text.word(&["GMT"])?;
    let zone_end = text
        .0
        .iter()
        .position(|b| *b == b' ')
        .unwrap_or(text.0.len());
    let offset = Cursor(&text.0[..zone_end]).zone_to_end()?;
    let comment = text.0[zone_end..].trim_ascii();
    let is_comment = comment.is_empty() || (comment.starts_with(b"(") && comment.ends_with(b")"));
    is_comment.then_some(Instant {
        seconds: midnight + second - offset,
        nanoseconds,
    })
}

impl Cursor<'_> {
    fn zone_to_end(mut self) -> Option<i64> {
        let offset = self.zone()?;
        self.0.is_empty().then_some(offset)
    }
}

#[cfg(test)]
mod tests;
