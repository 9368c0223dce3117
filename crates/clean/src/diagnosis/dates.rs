//! Proposals for dates and times.

use model::schema::{Column, ColumnType, DateOrder, ValueFormat};

use super::{CauseKind, Certainty, ColumnSetting, Counted, Proposal};
use crate::timestamp;

/// The pivot that is proposed. The servers also use it to guess the century.
pub(super) const PIVOT: &str = "70";

/// A date, a time or a year has at least this many digits.
const FEWEST: usize = 2;

/// Date formats that programs and people use but that need a setting. For formats that consist only
/// of digits, the number of these digits; otherwise 0.
const DATES: [(&str, usize); 19] = [
    ("%d%m%Y", 8),
    ("%m%d%Y", 8),
    ("%y%m%d", 6),
    ("%d%m%y", 6),
    ("%m%d%y", 6),
    ("%Y%m%d%H", 10),
    ("%s", 10),
    ("%Y%m%d%H%M", 12),
    ("%y%m%d%H%M%S", 12),
    ("%Q", 12),
    ("%a %b %e %H:%M:%S %Y", 0),
    ("%a %b %e %H:%M:%S %z %Y", 0),
    ("%a %b %e %H:%M:%S %Z %Y", 0),
    ("%d/%b/%Y:%H:%M:%S %z", 0),
    ("%d%b%Y:%H:%M:%S", 0),
    ("%Y:%m:%d %H:%M:%S", 0),
    ("%Y-%m-%d %H.%M.%S", 0),
    ("%Y-%m-%d-%H.%M.%S.%f", 0),
    ("%Y-%m-%d %H:%M:%S:%f", 0),
];

/// Date formats that are read without a setting. A column may have such values besides others.
pub(super) const ACCEPTED: [&str; 5] = ["%F %T", "%F", "%FT%T", "%F %T.%f", "%F %R"];

/// Time formats that need a setting, like [`DATES`].
const TIMES: [(&str, usize); 5] = [
    ("%H%M", 4),
    ("%H%M%S", 6),
    ("%H.%M", 0),
    ("%H.%M.%S", 0),
    ("%Hh%M", 0),
];

/// Whether a value may be a date, a time or a year.
fn may_be_dates(values: &[Counted<'_>]) -> bool {
    let digits = |value: &str| value.bytes().filter(u8::is_ascii_digit).count();
    values.iter().any(|(value, _)| digits(value) >= FEWEST)
}

fn short_years() -> Proposal {
    Proposal {
        kind: CauseKind::DateOrder,
        words: "years of two digits".to_owned(),
        question: "year of two digits".to_owned(),
        settings: vec![ColumnSetting::new("pivot", PIVOT)],
        cost: 1,
        certainty: Certainty::Likely,
    }
}

/// Proposals for the order of day, month and year, with and without years of two digits.
pub(super) fn orders(
    column: &Column,
    format: &ValueFormat,
    values: &[Counted<'_>],
) -> Vec<Proposal> {
    if !ValueFormat::uses("pivot", &column.kind) || !may_be_dates(values) {
        return Vec::new();
    }
    if !ValueFormat::uses("date_order", &column.kind) {
        return vec![short_years()];
    }
    let pivot = ColumnSetting::new("pivot", PIVOT);
    let mut proposals = vec![short_years()];
    for order in DateOrder::ALL {
        let first = match order {
            DateOrder::DayFirst => "day first",
            DateOrder::MonthFirst => "month first",
            DateOrder::YearFirst => "year first",
        };
        let proposal = Proposal {
            kind: CauseKind::DateOrder,
            words: format!("dates with the {first}"),
            question: first.to_owned(),
            settings: vec![ColumnSetting::new("date_order", order.name())],
            cost: 1,
            certainty: Certainty::Likely,
        };
        let mut with_pivot = proposal.clone();
        with_pivot.words.push_str(" and years of two digits");
        with_pivot.settings.push(pivot.clone());
        with_pivot.cost = 2;
        proposals.push(proposal);
        proposals.push(with_pivot);
    }
    if format.dates.pivot.is_some() {
        proposals.retain(|proposal| !proposal.settings.contains(&pivot));
    }
    proposals
}

/// Proposals for the format of the values.
pub(super) fn formats(
    column: &Column,
    format: &ValueFormat,
    values: &[Counted<'_>],
) -> Vec<Proposal> {
    let known: &[(&str, usize)] = match column.kind {
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. } => &DATES,
        ColumnType::Time { .. } => &TIMES,
        _ => return Vec::new(),
    };
    if !may_be_dates(values) {
        return Vec::new();
    }
    let digits = |value: &str| match value.trim().bytes().all(|b| b.is_ascii_digit()) {
        true => value.trim().len(),
        false => 0,
    };
    let has_digits = |wanted: usize| values.iter().any(|(value, _)| digits(value) == wanted);
    // an epoch can have any number of digits, so it is proposed only if nothing else fits
    let are_all = |wanted: usize| values.iter().all(|(value, _)| digits(value) == wanted);
    let fits = |text: &str, wanted: usize| match text {
        "%s" | "%Q" => are_all(wanted),
        _ => has_digits(wanted),
    };
    let has_marks = |text: &str| values.iter().any(|(value, _)| marks_fit(text, value));
    let known = known.iter().filter(|(text, wanted)| match wanted {
        0 => has_marks(text),
        _ => fits(text, *wanted),
    });
    let proposal = |(text, _): &(&'static str, usize)| {
        let formats = format.dates.formats.iter().map(ToString::to_string);
        let mut settings = vec![ColumnSetting {
            key: "date_format",
            values: formats.chain([(*text).to_owned()]).collect(),
        }];
        if text.contains("%y") && format.dates.pivot.is_none() {
            settings.push(ColumnSetting::new("pivot", PIVOT));
        }
        Proposal {
            kind: CauseKind::DateFormat,
            words: format!("values in the format {text}"),
            question: "another format".to_owned(),
            settings,
            // a setting of the order costs less, because it also reads dates in other forms
            cost: 3,
            certainty: Certainty::Likely,
        }
    };
    known.map(proposal).collect()
}

/// The positions of dates with the name of a time zone. They are rejected with every setting,
/// because several time zones have the same name.
pub(super) fn zone_names(
    column: &Column,
    values: &[Counted<'_>],
) -> Option<(CauseKind, String, Vec<usize>)> {
    if !ValueFormat::uses("date_order", &column.kind) {
        return None;
    }
    let is_named = |value: &str| {
        let Some((date, zone)) = value.trim().rsplit_once(' ') else {
            return false;
        };
        let is_name = (2..=5).contains(&zone.len()) && zone.bytes().all(|b| b.is_ascii_uppercase());
        is_name && date.contains(':') && timestamp::datetime(date.trim().as_bytes(), 6).is_ok()
    };
    let positions = values.iter().enumerate();
    let found = positions.filter(|(_, (value, _))| is_named(value));
    let found: Vec<usize> = found.map(|(at, _)| at).collect();
    let words = "names of time zones, which are ambiguous (CST may be -06:00 or +08:00); write \
                 offsets into the file, such as -07:00 in place of PDT";
    (!found.is_empty()).then(|| (CauseKind::DateFormat, words.to_owned(), found))
}

/// Whether the punctuation of a value fits a format. This is checked first, because reading each
/// value in each format would be slow in a file whose records are all rejected.
fn marks_fit(format: &str, value: &str) -> bool {
    // only the punctuation before the zone is compared, because the zone in a value may have
    // punctuation that the format does not show
    let before_zone = format.split("%z").next().unwrap_or_default();
    let is_mark = |c: &char| !c.is_alphanumeric() && !c.is_whitespace() && *c != '%';
    let mut marks = value.chars().filter(is_mark);
    let mut wanted = before_zone.chars().filter(is_mark);
    let begins = wanted.all(|mark| marks.next() == Some(mark));
    begins && (before_zone.len() < format.len() || marks.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_format_has_its_marks() {
        for (format, value) in [
            ("%a %b %e %H:%M:%S %z %Y", "Mon Apr 06 22:19:45 +00:00 2009"),
            ("%a %b %e %H:%M:%S %Z %Y", "Mon Apr 06 22:19:45 UTC 2009"),
            ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700"),
            ("%Y-%m-%d-%H.%M.%S.%f", "2024-01-02-03.04.05.678901"),
            ("%Hh%M", "23h59"),
        ] {
            assert!(marks_fit(format, value), "{format}");
        }
        assert!(!marks_fit("%Y-%m-%d %H.%M.%S", "2024-01-02 03:04:05"));
        assert!(!marks_fit("%H.%M", "12.30.10"));
        assert!(!marks_fit("%d%b%Y:%H:%M:%S", "01JAN2020"));
    }
}
