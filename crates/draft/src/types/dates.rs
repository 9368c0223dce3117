//! Chooses types for dates and times.

use model::schema::{ColumnType, DateOrder, DateStyle};

use super::numbers::EPOCH_MILLISECONDS;
use super::{Choice, Column, Found};
use crate::readings::moments::{NO_TIME, NO_ZONE, OFFSET, THREE_PARTS, TWO_PARTS, UTC};
use crate::readings::{READINGS, Reading, Seen};

/// Microseconds in a day.
const DAY_OF_TIME: f64 = 86_400_000_000.0;

/// Maximum number of digits of the fraction of a second that the server stores.
const MOST_DIGITS: u16 = 6;

const ROUNDED: &str = "fractions of seconds have more than 6 digits: the server stores 6, so they \
                       are rounded; as a VARCHAR, the column keeps them";

impl Column<'_> {
    /// The type of the column if all values are dates, with notes about what the type does not
    /// keep.
    pub(super) fn date(&self) -> Found {
        let (choice, seen) = match (self.exact_date(), self.moments()) {
            (Found::One(choice), Some(seen)) => (choice, seen),
            (Found::One(choice), None) if self.are_versions() => return versions(&choice),
            (found, _) => return found,
        };
        if choice.kind == ColumnType::Date {
            return match self.are_versions() {
                true => versions(&choice),
                false => Found::One(choice),
            };
        }
        let has = |part: u8| seen.flags & part != 0;
        if has(OFFSET) && has(NO_ZONE) {
            return Found::Several(
                "some times have an offset from UTC and others have none: a time without an offset \
                 may be UTC (DATETIME) or local time"
                    .to_owned(),
            );
        }
        let warnings = [
            (seen.fraction > MOST_DIGITS).then_some(ROUNDED),
            has(OFFSET).then_some(
                "times have offsets from UTC; the server stores them in UTC, without the offsets",
            ),
        ];
        let notes = [
            (has(UTC) && has(NO_ZONE))
                .then_some("times without a zone are taken as UTC, like those marked as UTC"),
            (has(NO_TIME) && seen.flags != NO_TIME)
                .then_some("dates without a time are stored with 00:00:00"),
        ];
        let choice = warnings.into_iter().flatten().fold(choice, Choice::warning);
        Found::One(notes.into_iter().flatten().fold(choice, Choice::noting))
    }

    /// The type of a column in which some values are dates and the others are epoch milliseconds.
    pub(super) fn dates_and_epochs(&self) -> Option<Choice> {
        let seen = self.seen(&Reading::Moment(DateStyle::default()))?;
        let numbers = &self.profile.integers;
        let is_epoch = |number: i64| EPOCH_MILLISECONDS.contains(&number);
        let are_epochs = is_epoch(numbers.least) && is_epoch(numbers.greatest);
        let is_certain = are_epochs && seen.flags & OFFSET == 0 && seen.fraction <= MOST_DIGITS;
        is_certain.then(|| {
            let precision = seen.precision.max(3);
            Choice::new(ColumnType::DateTime { precision })
                .noting("some values are epoch milliseconds, in UTC")
        })
    }

    /// The properties of the values as dates with a time, in the first reading that fits all
    /// values.
    fn moments(&self) -> Option<Seen> {
        let readings = READINGS.iter().enumerate();
        let mut moments = readings.filter(|(at, reading)| {
            matches!(reading, Reading::Moment(_)) && self.profile.reads(*at)
        });
        moments.next().map(|(at, _)| self.profile.seen(at))
    }

    /// Whether dates with the year first may be versions, such as `2023.1.2`.
    fn are_versions(&self) -> bool {
        self.seen(&Reading::Date(DateStyle::default()))
            .is_some_and(|seen| seen.is_code)
    }

    /// The type of times of day. A time such as `3:45` is ambiguous: hours and minutes, or minutes
    /// and seconds.
    pub(super) fn time(&self) -> Found {
        let Some(seen) = self.seen(&Reading::Time) else {
            return Found::None;
        };
        let has_two_parts = seen.flags & TWO_PARTS != 0;
        let is_mixed = seen.flags & THREE_PARTS != 0;
        let is_of_day = seen.least >= 0.0 && seen.greatest < DAY_OF_TIME;
        if has_two_parts && (is_mixed || !is_of_day || is_named_like_duration(self.name)) {
            return Found::Several(
                "a value such as 3:45 may be 3 hours and 45 minutes (TIME), or 3 minutes and 45 \
                 seconds"
                    .to_owned(),
            );
        }
        let precision = seen.precision;
        let mut choice = Choice::new(ColumnType::Time { precision });
        if has_two_parts {
            choice = choice.noting("times with one colon are read as hours and minutes");
        }
        if seen.fraction > MOST_DIGITS {
            choice = choice.warning(ROUNDED);
        }
        Found::One(choice)
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

    /// The type of dates in a format that needs a setting.
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

    /// The two meanings of dates with a two-digit year: nothing shows the century.
    fn with_short_year(&self) -> Option<Found> {
        let mut readings = READINGS.iter();
        let is_one = readings.any(|reading| {
            matches!(reading, Reading::ShortYear(_)) && self.seen(reading).is_some()
        });
        is_one.then(|| {
            Found::Several(
                "years have two digits, so a date such as 31/12/68 may be in 1968 or in 2068; set \
                 pivot and date_order"
                    .to_owned(),
            )
        })
    }
}

/// The two meanings of values such as `2023.1.2`.
fn versions(date: &Choice) -> Found {
    Found::Several(format!(
        "a value such as 2023.1.2 may be a date ({}) or a version",
        date.kind.to_string().to_uppercase()
    ))
}

/// Whether the name of a column says that its values are durations.
fn is_named_like_duration(name: &str) -> bool {
    const WORDS: [&str; 14] = [
        "duration", "dur", "length", "runtime", "elapsed", "pace", "lap", "laps", "split", "gap",
        "play", "track", "song", "minutes",
    ];
    let words = crate::names::words(name);
    words.iter().any(|word| WORDS.contains(&word.as_str()))
}

fn in_order(order: Option<DateOrder>) -> DateStyle {
    DateStyle {
        order,
        ..DateStyle::default()
    }
}

/// The type of dates with the day or the month first, if the values show which.
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
            "dates such as 03/04 may be 3 April (date_order = \"dmy\") or March 4 (date_order = \
             \"mdy\")"
                .to_owned(),
        ),
        (Some(seen), None) => of(DateOrder::DayFirst, seen),
        (None, Some(seen)) => of(DateOrder::MonthFirst, seen),
        (None, None) => Found::None,
    }
}
