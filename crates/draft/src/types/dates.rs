//! Types of dates and times.

use model::schema::{ColumnType, DateOrder, DateStyle};

use super::{Choice, Column, Found};
use crate::readings::{READINGS, Reading, Seen};

/// Digits of the fraction of a second that the server stores.
const MOST_DIGITS: u16 = 6;

impl Column<'_> {
    /// The type of dates, if all values are dates, and a note if it loses digits.
    pub(super) fn date(&self) -> Found {
        let has_more = || {
            let readings = READINGS.iter().enumerate();
            let mut moments = readings.filter(|(at, reading)| {
                matches!(reading, Reading::Moment(_)) && self.profile.reads(*at)
            });
            moments.any(|(at, _)| self.profile.seen(at).fraction > MOST_DIGITS)
        };
        match self.exact_date() {
            Found::One(choice) if has_more() => Found::One(choice.noting(
                "fractions of seconds have more than 6 digits: the server stores 6, so they are \
                 rounded",
            )),
            found => found,
        }
    }

    fn exact_date(&self) -> Found {
        let day = |order| self.seen(&Reading::Date(in_order(order)));
        let moment = |order| self.seen(&Reading::Moment(in_order(order)));
        let of_days = |_: Seen| ColumnType::Date;
        let of_moments = |seen: Seen| ColumnType::DateTime {
            precision: seen.precision,
        };
        if let Some(seen) = day(None) {
            return Found::One(Choice::new(of_days(seen)));
        }
        if let Some(seen) = moment(None) {
            return Found::One(Choice::new(of_moments(seen)));
        }
        if let Some(choice) = self.told_date() {
            return Found::One(choice);
        }
        match ordered(&day, &of_days) {
            Found::None => {}
            found => return found,
        }
        match ordered(&moment, &of_moments) {
            Found::None => {}
            found => return found,
        }
        self.in_format()
            .or_else(|| self.with_short_year())
            .unwrap_or(Found::None)
    }

    /// Dates in a format that only a setting reads.
    fn in_format(&self) -> Option<Found> {
        let mut readings = READINGS.iter();
        let found = readings.find_map(|reading| {
            let Reading::Moment(style) = reading else {
                return None;
            };
            let format = style.formats.first()?;
            Some((format.to_string(), self.seen(reading)?))
        });
        let (format, seen) = found?;
        let kind = ColumnType::DateTime {
            precision: seen.precision,
        };
        Some(Found::One(Choice::new(kind).with("date_format", &format)))
    }

    /// Dates with a year of two digits, whose century nothing decides.
    fn with_short_year(&self) -> Option<Found> {
        let mut readings = READINGS.iter();
        let is_one = readings.any(|reading| {
            matches!(reading, Reading::ShortYear(_)) && self.seen(reading).is_some()
        });
        is_one.then(|| {
            Found::Several(
                "dates with a year of two digits: 31/12/68 may be 1968 or 2068 (pivot, date_order)"
                    .to_owned(),
            )
        })
    }
}

fn in_order(order: Option<DateOrder>) -> DateStyle {
    DateStyle {
        order,
        ..DateStyle::default()
    }
}

/// Dates with the day or the month first, if the values decide which.
fn ordered(
    seen: &dyn Fn(Option<DateOrder>) -> Option<Seen>,
    kind: &dyn Fn(Seen) -> ColumnType,
) -> Found {
    let by_day = seen(Some(DateOrder::DayFirst));
    let by_month = seen(Some(DateOrder::MonthFirst));
    let of = |order: DateOrder, seen| {
        Found::One(Choice::new(kind(seen)).with("date_order", order.name()))
    };
    match (by_day, by_month) {
        (Some(_), Some(_)) => Found::Several(
            "03/04 may be 3 April (date_order = \"dmy\") or March 4 (date_order = \"mdy\")"
                .to_owned(),
        ),
        (Some(seen), None) => of(DateOrder::DayFirst, seen),
        (None, Some(seen)) => of(DateOrder::MonthFirst, seen),
        (None, None) => Found::None,
    }
}
