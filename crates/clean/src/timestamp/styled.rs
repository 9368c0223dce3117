//! Dates of columns with a date style that the user set: variants of [`datetime`](super::datetime)
//! and the other functions, with this style.

use super::{Instant, by_format, date_of, datetime_of, parse, timestamp_of, written};
use crate::Fault;
use model::rejection::Rule;
use model::schema::{DateFormat, DateOrder, DateStyle};

/// Microseconds since the epoch for DATETIME(`precision`).
///
/// # Errors
///
/// `not_a_timestamp`, `out_of_range`.
pub fn datetime_in(style: &DateStyle, field: &[u8], precision: u8) -> Result<i64, Fault> {
    datetime_of(read(style, field)?, precision)
}

/// Microseconds since the epoch for TIMESTAMP(`precision`).
///
/// # Errors
///
/// `not_a_timestamp`, `out_of_range`.
pub fn timestamp_in(style: &DateStyle, field: &[u8], precision: u8) -> Result<i64, Fault> {
    timestamp_of(read(style, field)?, precision)
}

/// Days since the epoch for DATE.
///
/// # Errors
///
/// `not_a_timestamp`, `out_of_range`.
pub fn date_in(style: &DateStyle, field: &[u8]) -> Result<i64, Fault> {
    date_of(read(style, field)?)
}

fn read(style: &DateStyle, field: &[u8]) -> Result<Instant, Fault> {
    if !style.formats.is_empty() {
        let read = |format: &DateFormat| by_format::instant(format, style.pivot, field);
        return only_reading(&style.formats, read)?.ok_or_else(|| no_format(&style.formats));
    }
    // digits without separators mean the same in every style
    if field.iter().all(u8::is_ascii_digit) {
        return parse(field);
    }
    parse(field)
        .ok()
        .or_else(|| written::read(field, style))
        .ok_or_else(|| expected(style))
}

/// The result of the first format that fits.
///
/// # Errors
///
/// `not_a_timestamp`, if another format fits and gives another date.
fn only_reading(
    formats: &[DateFormat],
    read: impl Fn(&DateFormat) -> Option<Instant>,
) -> Result<Option<Instant>, Fault> {
    let mut readings = formats
        .iter()
        .filter_map(|format| Some((format, read(format)?)));
    let Some((first, instant)) = readings.next() else {
        return Ok(None);
    };
    match readings.find(|(_, other)| *other != instant) {
        None => Ok(Some(instant)),
        Some((second, other)) => Err(Fault::new(
            Rule::NotATimestamp,
            format!(
                "ambiguous: {first} ({}) or {second} ({})",
                super::compact::written(instant.seconds),
                super::compact::written(other.seconds)
            ),
        )),
    }
}

fn no_format(formats: &[DateFormat]) -> Fault {
    let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
    Fault::new(
        Rule::NotATimestamp,
        format!(
            "expected a date that exists in the format {}",
            formats.join(" or ")
        ),
    )
}

fn expected(style: &DateStyle) -> Fault {
    let order = match style.order {
        Some(DateOrder::DayFirst) => "day, month and year",
        Some(DateOrder::MonthFirst) => "month, day and year",
        Some(DateOrder::YearFirst) | None => "year, month and day",
    };
    let year = match style.pivot {
        Some(_) => "two or four digits",
        None => "four digits",
    };
    Fault::new(
        Rule::NotATimestamp,
        format!("expected a date that exists: {order}, with a year of {year}"),
    )
}
