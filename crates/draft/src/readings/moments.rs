//! Interprets texts as dates and times.

use clean::{time, timestamp};
use model::schema::DateStyle;

use super::{DAY, Seen};

/// A bit of [`Seen::flags`] of dates and times: a date without a time.
pub(crate) const NO_TIME: u8 = 1;
/// A bit of [`Seen::flags`] of dates and times: a time without a zone.
pub(crate) const NO_ZONE: u8 = 2;
/// A bit of [`Seen::flags`] of dates and times: a time marked as UTC.
pub(crate) const UTC: u8 = 4;
/// A bit of [`Seen::flags`] of dates and times: a time with an offset from UTC.
pub(crate) const OFFSET: u8 = 8;

/// A bit of [`Seen::flags`] of times: a time of day with one colon, such as `3:45`.
pub(crate) const TWO_PARTS: u8 = 1;
/// A bit of [`Seen::flags`] of times: a time of day with two colons.
pub(crate) const THREE_PARTS: u8 = 2;

/// Reads a date without a time. Year, month and day with points but without leading zeros, such as
/// `2023.1.2`, may be a version (`is_code`).
pub(super) fn day(style: &DateStyle, field: &str) -> Option<Seen> {
    let bytes = field.as_bytes();
    let micros = moment(style, bytes)?;
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let is_day = micros % DAY == 0 && digits <= 8 && !bytes.contains(&b':');
    let parts: Vec<&str> = field.split('.').collect();
    let are_numbers = parts.iter().all(|part| part.parse::<u16>().is_ok());
    is_day.then(|| Seen {
        is_code: parts.len() == 3 && are_numbers && parts[0].len() == 4 && digits < 8,
        ..Seen::of_moment(micros)
    })
}

/// Reads a date and time, and notes whether the field names a zone.
pub(super) fn date_time(style: &DateStyle, field: &str) -> Option<Seen> {
    let flags = match style.formats.is_empty() {
        true => parts_of(field),
        // in a user's format, a time may have no colons, so a text without colons may have a time
        false => parts_of(field) & !NO_TIME,
    };
    Some(Seen {
        fraction: fraction_of_second(field),
        flags,
        ..Seen::of_moment(moment(style, field.as_bytes())?)
    })
}

/// Reads a time of day or a duration.
pub(super) fn time_of_day(field: &str) -> Option<Seen> {
    let bytes = field.as_bytes();
    let is_digits = bytes.iter().all(u8::is_ascii_digit);
    let time = time::time(bytes, 6).ok().filter(|_| !is_digits)?;
    let has_half = bytes.last().is_some_and(u8::is_ascii_alphabetic);
    let flags = match field.matches(':').count() {
        _ if has_half => 0,
        1 => TWO_PARTS,
        _ => THREE_PARTS,
    };
    Some(Seen {
        flags,
        fraction: fraction_of_second(field),
        ..Seen::of_moment(time)
    })
}

/// Whether a date has a time, and which zone the time names, as bits of [`Seen::flags`].
fn parts_of(field: &str) -> u8 {
    let Some((_, rest)) = field.split_once(':') else {
        return NO_TIME;
    };
    if let Some((_, offset)) = rest.split_once(['+', '-']) {
        let mut digits = offset
            .bytes()
            .take_while(|b| b.is_ascii_digit() || *b == b':');
        return match digits.all(|b| matches!(b, b'0' | b':')) {
            true => UTC,
            false => OFFSET,
        };
    }
    let upper = rest.to_ascii_uppercase();
    match upper.ends_with('Z') || upper.contains("UTC") || upper.contains("GMT") {
        true => UTC,
        false => NO_ZONE,
    }
}

/// Number of digits of the fraction of the second, without zeros at the end. If the field has
/// points but no fraction, the result is some number below 7, which causes no warning.
fn fraction_of_second(field: &str) -> u16 {
    let (_, rest) = field.rsplit_once('.').unwrap_or_default();
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..count].trim_end_matches('0').len() as u16
}

/// Reads the field as microseconds since the epoch; `None` if the field is no date. Digits alone
/// are read as a number, not as a date.
fn moment(style: &DateStyle, field: &[u8]) -> Option<i64> {
    if field.len() < 6 || field.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let found = match *style == DateStyle::default() {
        true => timestamp::datetime(field, 6),
        false => timestamp::datetime_in(style, field, 6),
    };
    found.ok()
}
