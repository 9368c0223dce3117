//! Dates and times in a format that the user set.

use super::written::{Half, weekday_of, with_century};
use super::{Cursor, DAY, Instant, midnight};
use model::schema::{DateFormat, Field, Item, Width};

/// The parts of a date and time that were read.
#[derive(Debug, Default)]
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    weekday: Option<usize>,
    hour: i64,
    half: Option<Half>,
    minute: i64,
    second: i64,
    nanoseconds: i64,
    offset: i64,
    epoch: Option<Instant>,
}

/// Reads a date, with or without a time. `None` if the text does not have this format, or if the
/// date does not exist.
pub(super) fn instant(format: &DateFormat, pivot: Option<u8>, field: &[u8]) -> Option<Instant> {
    let parts = Parts::read(format, pivot, field)?;
    if parts.epoch.is_some() {
        return parts.epoch;
    }
    let (second, nanoseconds) = parts.time_of_day()?;
    let midnight = match parts.day_of_year {
        None => midnight(parts.year, parts.month, parts.day)?,
        Some(day) => {
            let first = midnight(parts.year, 1, 1)?;
            let end = midnight(parts.year + 1, 1, 1)?;
            let midnight = first + (day - 1) * DAY;
            (first..end).contains(&midnight).then_some(midnight)?
        }
    };
    let is_wrong = |weekday| weekday != weekday_of(midnight);
    (!parts.weekday.is_some_and(is_wrong)).then_some(Instant {
        seconds: midnight + second - parts.offset,
        nanoseconds,
    })
}

/// Reads a time of day as seconds and nanoseconds.
pub(crate) fn time_of_day(format: &DateFormat, field: &[u8]) -> Option<(i64, i64)> {
    Parts::read(format, None, field)?.time_of_day()
}

impl Parts {
    fn read(format: &DateFormat, pivot: Option<u8>, field: &[u8]) -> Option<Parts> {
        let mut parts = Parts::default();
        let mut text = Cursor(field);
        for item in format.items() {
            match item {
                Item::Literal(wanted) => {
                    let mut bytes = [0; 4];
                    let wanted = wanted.encode_utf8(&mut bytes).as_bytes();
                    text.0 = text.0.strip_prefix(wanted)?;
                }
                Item::Blanks => text.blanks().then_some(())?,
                Item::Field(field, width) => parts.take(*field, *width, pivot, &mut text)?,
            }
        }
        text.0.is_empty().then_some(parts)
    }

    fn take(
        &mut self,
        field: Field,
        width: Width,
        pivot: Option<u8>,
        text: &mut Cursor<'_>,
    ) -> Option<()> {
        let mut number = |digits: usize| match width {
            Width::Full => text.number(digits),
            Width::UpTo => text.leading(digits),
        };
        match field {
            Field::Year => self.year = text.number(4)?,
            Field::ShortYear => self.year = with_century(text.number(2)?, pivot?),
            Field::Month => self.month = number(2)?,
            Field::MonthName => self.month = text.month()?,
            Field::Day => self.day = number(2)?,
            Field::DayOfYear => self.day_of_year = Some(number(3)?),
            Field::Weekday => self.weekday = Some(text.weekday()?),
            Field::Hour | Field::HalfHour => self.hour = number(2)?,
            Field::Half => self.half = Some(text.half_of_day()?),
            Field::Minute => self.minute = number(2)?,
            Field::Second => self.second = number(2)?,
            Field::Fraction => self.nanoseconds = text.fraction()?,
            // the directive requires a zone, so an empty one is not accepted
            Field::Offset if text.0.is_empty() => return None,
            Field::Offset => self.offset = text.zone()?,
            Field::Zone => {
                text.word(&["UTC", "GMT", "Z"])?;
            }
            Field::EpochSeconds => self.epoch = Some(text.epoch(1)?),
            Field::EpochMilliseconds => self.epoch = Some(text.epoch(1000)?),
        }
        Some(())
    }

    fn time_of_day(&self) -> Option<(i64, i64)> {
        let hour = match self.half {
            Some(half) => half.hour(self.hour)?,
            None => self.hour,
        };
        let is_possible = hour < 24 && self.minute < 60 && self.second < 60;
        let seconds = hour * 3600 + self.minute * 60 + self.second;
        is_possible.then_some((seconds, self.nanoseconds))
    }
}

impl Cursor<'_> {
    /// Reads a number of at most `most` digits. More digits may follow it.
    fn leading(&mut self, most: usize) -> Option<i64> {
        let digits = self.0.iter().take(most);
        match digits.take_while(|b| b.is_ascii_digit()).count() {
            0 => None,
            count => self.number(count),
        }
    }

    /// Reads an epoch, in units of `1 / fraction` seconds, with an optional sign.
    fn epoch(&mut self, fraction: i64) -> Option<Instant> {
        let sign = match self.one_of(b"-") {
            Some(_) => -1,
            None => 1,
        };
        let (value, _) = self.digits(15)?;
        let value = sign * value;
        Some(Instant {
            seconds: value.div_euclid(fraction),
            nanoseconds: value.rem_euclid(fraction) * (1_000_000_000 / fraction),
        })
    }
}
