//! Statistics of points in time: the number of rows for each month.

use std::collections::BTreeMap;

use super::bars::Bars;
use model::batch::Value;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;
/// Maximum number of bars in a chart.
const BARS: i64 = 60;
/// The numbers of months that a bar may cover.
const WIDTHS: [i64; 7] = [1, 3, 12, 60, 120, 1200, 12_000];

/// The number of rows for each month; months are counted from the year 0.
#[derive(Debug, Clone, Default)]
pub struct Months(BTreeMap<i64, u64>);

impl Months {
    pub(super) fn add(&mut self, value: Value<'_>) {
        let days = match value {
            Value::DateTime(micros) => micros.div_euclid(DAY),
            Value::Date(days) => days,
            _ => return,
        };
        *self.0.entry(month_of(days)).or_insert(0) += 1;
    }

    /// First and last month, as `2019-01`.
    pub fn range(&self) -> Option<(String, String)> {
        let (first, _) = self.0.first_key_value()?;
        let (last, _) = self.0.last_key_value()?;
        Some((named(*first, 1), named(*last, 1)))
    }

    /// The number of rows for each month, or for several months together if there are many. Also
    /// returns the number of months that a bar covers.
    pub fn bars(&self) -> (Bars, i64) {
        let (Some((&first, _)), Some((&last, _))) =
            (self.0.first_key_value(), self.0.last_key_value())
        else {
            return (Bars::default(), 1);
        };
        let bars_of = |width: i64| last.div_euclid(width) - first.div_euclid(width) + 1;
        let width = WIDTHS
            .into_iter()
            .find(|width| bars_of(*width) <= BARS)
            .unwrap_or(WIDTHS[WIDTHS.len() - 1]);
        let mut bars = Bars::default();
        for bar in first.div_euclid(width)..=last.div_euclid(width) {
            let months = self.0.range(bar * width..(bar + 1) * width);
            bars.push(named(bar * width, width), months.map(|(_, n)| n).sum());
        }
        (bars, width)
    }
}

/// The label of a bar: `2020-04`, or `2020` for a bar of whole years.
fn named(month: i64, width: i64) -> String {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    if width < 12 {
        format!("{year:04}-{month:02}")
    } else {
        format!("{year:04}")
    }
}

/// The month of a day that is counted from 1970-01-01, as 12 × year + month. The computation uses
/// the 400-year cycles of the calendar, and years that begin in March, so that a leap day is the
/// last day of its year.
fn month_of(days: i64) -> i64 {
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    (cycle * 400 + year) * 12 + from_march + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_into_the_months_that_the_calendar_says() {
        let first = jiff::civil::date(1, 1, 1);
        let epoch = jiff::civil::date(1970, 1, 1);
        for step in 0..9_998 * 12 {
            let year = 1 + step / 12;
            let date = jiff::civil::date(year as i16, (step % 12 + 1) as i8, 1);
            assert!(date >= first);
            let days = i64::from((date - epoch).get_days());
            assert_eq!(month_of(days), year * 12 + step % 12, "{date}");
            assert_eq!(
                month_of(days - 1),
                year * 12 + step % 12 - 1,
                "before {date}"
            );
        }
    }

    #[test]
    fn a_long_span_is_shown_in_years_and_a_short_one_in_months() {
        let mut months = Months::default();
        months.add(Value::Date(0));
        months.add(Value::Date(40));
        let (bars, width) = months.bars();
        assert_eq!(width, 1);
        assert_eq!(bars.labels, ["1970-01", "1970-02"]);
        months.add(Value::Date(40 * 365));
        let (bars, width) = months.bars();
        assert_eq!(width, 12);
        assert_eq!((bars.labels[0].as_str(), bars.counts[0]), ("1970", 2));
        assert_eq!(bars.labels.last().map(String::as_str), Some("2009"));
        assert_eq!(
            months.range(),
            Some(("1970-01".to_string(), "2009-12".to_string()))
        );
    }
}
