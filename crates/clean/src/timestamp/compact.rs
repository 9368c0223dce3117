//! Dates and times written as digits without separators, and how to distinguish them from epochs.
//!
//! Eight digits are always `YYYYMMDD`, because as an epoch they would be before April 1973.
//! Fourteen digits are always `YYYYMMDDhhmmss`: read as epoch milliseconds, they would be after the
//! year 2286. Ten and twelve digits are an epoch. But if they are also a plausible date, the value
//! is ambiguous and is rejected.

use super::{Cursor, DAY, Instant, midnight};
use crate::Fault;
use model::rejection::Rule;
use model::sqltext::civil;

/// The years for which ten or twelve digits may be a date.
const PLAUSIBLE: std::ops::Range<i64> = 1900..2100;

/// A compact form that fits the digits, and the date and time that they mean in this form.
pub(super) struct Reading {
    form: &'static str,
    seconds: i64,
}

/// `YYYYMMDD`.
pub(super) fn day(digits: &[u8]) -> Option<Instant> {
    let mut text = Cursor(digits);
    let seconds = four_digit_day(&mut text)?;
    text.0.is_empty().then_some(Instant {
        seconds,
        nanoseconds: 0,
    })
}

/// `YYYYMMDD` with a time after `T` or a blank, or `YYYYMMDDhhmmss` with a fraction or a zone.
pub(super) fn with_time(field: &[u8]) -> Option<Instant> {
    let mut text = Cursor(field);
    let midnight = four_digit_day(&mut text)?;
    let is_separated = text.one_of(b"Tt").is_some() || text.blanks();
    let has_colon = text.0.iter().take(3).any(|b| *b == b':');
    let (second, nanoseconds) = match has_colon {
        true if is_separated => text.clock()?,
        _ => {
            let of_parts = |parts: usize| text.0.get(..2 * parts).map(|time| (time, parts));
            let has_seconds = text.0.get(4).is_some_and(u8::is_ascii_digit);
            let (time, parts) = match has_seconds {
                true => of_parts(3)?,
                false if is_separated => of_parts(2)?,
                false => return None,
            };
            let second = time_of_day(&mut Cursor(time), parts)?;
            text.0 = &text.0[time.len()..];
            let has_fraction = has_seconds && text.one_of(b".,").is_some();
            let nanoseconds = match has_fraction {
                true => text.fraction()?,
                false => 0,
            };
            (second, nanoseconds)
        }
    };
    let offset = text.named_zone()?;
    text.0.is_empty().then_some(Instant {
        seconds: midnight + second - offset,
        nanoseconds,
    })
}

/// `YYYYMMDDhhmmss`.
///
/// # Errors
///
/// `not_a_timestamp` for a date or a time that does not exist.
pub(super) fn date_time(digits: &[u8]) -> Result<Instant, Fault> {
    let mut text = Cursor(digits);
    let seconds = four_digit_day(&mut text)
        .and_then(|midnight| Some(midnight + time_of_day(&mut text, 3)?))
        .ok_or_else(|| {
            Fault::new(
                Rule::NotATimestamp,
                "14 digits are read as YYYYMMDDhhmmss, but this date or time does not exist",
            )
        })?;
    Ok(Instant {
        seconds,
        nanoseconds: 0,
    })
}

/// The date and time that ten or twelve digits may mean, if they are not an epoch. The form is
/// `YYYYMMDDhh`, `YYYYMMDDhhmm` or `YYMMDDhhmmss`.
pub(super) fn other_reading(digits: &[u8]) -> Option<Reading> {
    let (form, parts) = match digits.len() {
        10 => ("YYYYMMDDhh", 1),
        _ => ("YYYYMMDDhhmm", 2),
    };
    let mut text = Cursor(digits);
    let year = Cursor(digits).number(4)?;
    let with_century = PLAUSIBLE.contains(&year).then(|| {
        let midnight = four_digit_day(&mut text)?;
        Some(midnight + time_of_day(&mut text, parts)?)
    });
    if let Some(seconds) = with_century.flatten() {
        return Some(Reading { form, seconds });
    }
    if digits.len() != 12 {
        // YYMMDDhhmm is not considered, because MySQL does not document it, and one in two hundred
        // of today's epoch seconds would match it
        return None;
    }
    let mut text = Cursor(digits);
    let year = match text.number(2)? {
        year @ 0..70 => 2000 + year,
        year => 1900 + year,
    };
    let midnight = midnight(year, text.number(2)?, text.number(2)?)?;
    let seconds = midnight + time_of_day(&mut text, 3)?;
    Some(Reading {
        form: "YYMMDDhhmmss",
        seconds,
    })
}

/// The fault of digits that may be a date as well as an epoch.
pub(super) fn two_readings(date: &Reading, epoch: Instant) -> Fault {
    let unit = match date.form {
        "YYYYMMDDhh" => "seconds",
        _ => "milliseconds",
    };
    Fault::new(
        Rule::NotATimestamp,
        format!(
            "ambiguous: {} ({}) or epoch {unit} ({}); write it as YYYY-MM-DD hh:mm:ss",
            date.form,
            written(date.seconds),
            written(epoch.seconds)
        ),
    )
}

fn four_digit_day(text: &mut Cursor<'_>) -> Option<i64> {
    midnight(text.number(4)?, text.number(2)?, text.number(2)?)
}

/// Reads the first `parts` of hour, minute and second, two digits each. Returns seconds.
fn time_of_day(text: &mut Cursor<'_>, parts: usize) -> Option<i64> {
    let mut seconds = 0;
    for (limit, unit) in [(24, 3600), (60, 60), (60, 1)].into_iter().take(parts) {
        let number = text.number(2).filter(|n| *n < limit)?;
        seconds += number * unit;
    }
    text.0.is_empty().then_some(seconds)
}

/// A date and time as a message shows it.
pub(super) fn written(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}
