//! Dates and times in forms of people and programs other than ISO 8601: `2015/01/31`,
//! `31-Jul-2018`, `January 1, 2000 01:15 PM`. With a [`DateStyle`], also `31/12/2023` and years of
//! two digits.
//!
//! A text is read only if it is unambiguous: the year has four digits and comes first, or the month
//! has a name, or the style says which part comes first. The century of a year of two digits is
//! never guessed.

use super::{Cursor, Instant, MONTHS, WEEKDAYS, fraction_nanoseconds, midnight};
use model::schema::{DateOrder, DateStyle};

const FULL_WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const FULL_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads a date, optionally with a weekday before it, a time and a zone.
pub(super) fn read(field: &[u8], style: &DateStyle) -> Option<Instant> {
    let mut text = Cursor(field);
    let weekday = text.weekday();
    if weekday.is_some() {
        text.one_of(b".,");
        text.blanks();
    }
    let midnight = day(&mut text, style)?;
    if weekday.is_some_and(|weekday| weekday != weekday_of(midnight)) {
        return None;
    }
    if text.0.is_empty() {
        return Some(Instant {
            seconds: midnight,
            nanoseconds: 0,
        });
    }
    if text.one_of(b"Tt").is_none() {
        text.one_of(b",");
        text.blanks().then_some(())?;
    }
    let (second, nanoseconds) = text.clock()?;
    let offset = text.named_zone()?;
    text.0.is_empty().then_some(Instant {
        seconds: midnight + second - offset,
        nanoseconds,
    })
}

/// The weekday of a day, given as its midnight in seconds since 1970. 0 is Sunday.
pub(super) fn weekday_of(midnight: i64) -> usize {
    // 1970-01-01 was a Thursday
    (midnight / super::DAY + 4).rem_euclid(7) as usize
}

/// The full year for a year of two digits.
pub(crate) fn with_century(year: i64, pivot: u8) -> i64 {
    match year >= i64::from(pivot) {
        true => 1900 + year,
        false => 2000 + year,
    }
}

/// A part of a date.
#[derive(Debug, Clone, Copy)]
enum Part {
    Number { value: i64, digits: usize },
    Month(i64),
}

/// The text between two parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Mark(u8),
    /// A point or a comma, followed by blanks.
    MarkAndBlanks(u8),
    Blanks,
    Nothing,
}

/// Reads a date without a time, as seconds from the epoch to midnight.
fn day(text: &mut Cursor<'_>, style: &DateStyle) -> Option<i64> {
    let first = text.date_part()?;
    let before = text.separator();
    let second = text.date_part()?;
    let after = text.separator();
    let parts = [first, second, text.date_part()?];
    let months = parts.iter().enumerate();
    let mut months = months.filter_map(|(at, part)| match part {
        Part::Month(month) => Some((at, *month)),
        Part::Number { .. } => None,
    });
    let (year, month, day) = match (months.next(), months.next()) {
        (None, _) => {
            let is_plain = !matches!(before, Separator::Nothing | Separator::MarkAndBlanks(b','));
            (is_plain && before == after).then_some(())?;
            of_numbers(parts, style)?
        }
        (Some((at, month)), None) => {
            let (year, day) = of_other_numbers(at, parts, style)?;
            (year, month, day)
        }
        _ => return None,
    };
    midnight(year, month, day)
}

/// Year, month and day of a date whose parts are all numbers.
fn of_numbers([a, b, c]: [Part; 3], style: &DateStyle) -> Option<(i64, i64, i64)> {
    if a.full_year().is_some() {
        return Some((a.full_year()?, b.short()?, c.short()?));
    }
    Some(match style.order? {
        DateOrder::DayFirst => (c.year(style)?, b.short()?, a.short()?),
        DateOrder::MonthFirst => (c.year(style)?, a.short()?, b.short()?),
        DateOrder::YearFirst => (a.year(style)?, b.short()?, c.short()?),
    })
}

/// Year and day of a date whose month has a name. `at` is the position of that name.
fn of_other_numbers(at: usize, parts: [Part; 3], style: &DateStyle) -> Option<(i64, i64)> {
    let (x, y) = match at {
        0 => (parts[1], parts[2]),
        1 => (parts[0], parts[2]),
        _ => (parts[0], parts[1]),
    };
    match (x.full_year(), y.full_year()) {
        (Some(year), None) => return Some((year, y.short()?)),
        (None, Some(year)) => return Some((year, x.short()?)),
        (Some(_), Some(_)) => return None,
        (None, None) => {}
    }
    match (at, style.order) {
        (0, _) | (1, Some(DateOrder::DayFirst | DateOrder::MonthFirst)) => {
            Some((y.year(style)?, x.short()?))
        }
        (1, Some(DateOrder::YearFirst)) => Some((x.year(style)?, y.short()?)),
        _ => None,
    }
}

impl Part {
    /// The value, if it is a year of four digits.
    fn full_year(self) -> Option<i64> {
        match self {
            Part::Number { value, digits: 4 } => Some(value),
            _ => None,
        }
    }

    /// The value, if it is a year of four digits, or of two digits if the style decides the
    /// century.
    fn year(self, style: &DateStyle) -> Option<i64> {
        match self {
            Part::Number { value, digits: 2 } => Some(with_century(value, style.pivot?)),
            other => other.full_year(),
        }
    }

    /// The value, if it is a day or a month of one or two digits.
    fn short(self) -> Option<i64> {
        match self {
            Part::Number {
                value,
                digits: 1 | 2,
            } => Some(value),
            _ => None,
        }
    }
}

impl Cursor<'_> {
    /// Reads a number of at most `most` digits. Returns it with the number of its digits. `None` if
    /// there are more digits.
    pub(super) fn digits(&mut self, most: usize) -> Option<(i64, usize)> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let is_short = (1..=most).contains(&count);
        is_short.then_some(())?;
        Some((self.number(count)?, count))
    }

    /// Reads blanks. Returns `false` if there are none.
    pub(super) fn blanks(&mut self) -> bool {
        let before = self.0.len();
        loop {
            self.0 = match self.0 {
                [b' ' | b'\t', rest @ ..] => rest,
                // U+00A0 and U+202F, the no-break spaces that some programs write before AM
                [0xc2, 0xa0, rest @ ..] | [0xe2, 0x80, 0xaf, rest @ ..] => rest,
                _ => return self.0.len() < before,
            }
        }
    }

    /// Reads one of the names, in full or shortened to three letters, with or without a point.
    fn name(&mut self, full: &[&str], short: &[&str]) -> Option<usize> {
        let mut rest = Cursor(self.0);
        let found = rest.word(full).or_else(|| {
            let found = rest.word(short)?;
            rest.one_of(b".");
            Some(found)
        })?;
        if rest.0.first().is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        self.0 = rest.0;
        Some(found)
    }

    /// Reads the name of a month. January is 1.
    pub(super) fn month(&mut self) -> Option<i64> {
        Some(self.name(&FULL_MONTHS, &MONTHS)? as i64 + 1)
    }

    /// Reads the name of a weekday, from 0 for Sunday.
    pub(super) fn weekday(&mut self) -> Option<usize> {
        self.name(&FULL_WEEKDAYS, &WEEKDAYS)
    }

    fn date_part(&mut self) -> Option<Part> {
        if self.0.first()?.is_ascii_alphabetic() {
            return self.month().map(Part::Month);
        }
        let (value, digits) = self.digits(4)?;
        Some(Part::Number { value, digits })
    }

    fn separator(&mut self) -> Separator {
        match self.one_of(b"/-.,") {
            Some(mark @ (b'.' | b',')) => match self.blanks() {
                true => Separator::MarkAndBlanks(mark),
                false => Separator::Mark(mark),
            },
            Some(mark) => Separator::Mark(mark),
            None => match self.blanks() {
                true => Separator::Blanks,
                false => Separator::Nothing,
            },
        }
    }

    /// Reads `h:mm[:ss[.f]]`, optionally with AM or PM. Returns seconds and nanoseconds.
    pub(super) fn clock(&mut self) -> Option<(i64, i64)> {
        let (hour, _) = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        let (mut second, mut nanoseconds) = (0, 0);
        if self.one_of(b":").is_some() {
            second = self.number(2)?;
            if self.one_of(b".,").is_some() {
                nanoseconds = self.fraction()?;
            }
        }
        let hour = match self.half_of_day() {
            Some(half) => half.hour(hour)?,
            None => hour,
        };
        let is_possible = hour < 24 && minute < 60 && second < 60;
        is_possible.then_some((hour * 3600 + minute * 60 + second, nanoseconds))
    }

    /// Reads the digits of a fractional second. Returns nanoseconds.
    pub(super) fn fraction(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        fraction_nanoseconds(digits).filter(|_| count > 0)
    }

    /// Reads AM or PM, and blanks before it.
    pub(super) fn half_of_day(&mut self) -> Option<Half> {
        let mut rest = Cursor(self.0);
        rest.blanks();
        let half = rest.word(&["AM", "PM"])?;
        self.0 = rest.0;
        Some(match half {
            0 => Half::Morning,
            _ => Half::Afternoon,
        })
    }

    /// Reads blanks and a zone: `UTC`, `GMT`, or a zone that [`Cursor::zone`] reads.
    pub(super) fn named_zone(&mut self) -> Option<i64> {
        if self.0.is_empty() {
            return Some(0);
        }
        self.blanks();
        let is_named = self.word(&["UTC", "GMT"]).is_some();
        match self.0.first() {
            None if is_named => Some(0),
            Some(b'Z' | b'z') if is_named => None,
            None => None,
            Some(_) => self.zone(),
        }
    }
}

/// AM or PM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Morning,
    Afternoon,
}

impl Half {
    /// Converts an hour from 1 to 12 in this half of the day to an hour from 0 to 23.
    pub(crate) fn hour(self, hour: i64) -> Option<i64> {
        let hour = (1..=12).contains(&hour).then_some(hour % 12)?;
        Some(match self {
            Half::Morning => hour,
            Half::Afternoon => hour + 12,
        })
    }
}
