//! Facts about a column, as a short comment.

use model::schema::ColumnType;
use model::sqltext::civil;
use model::wording::grouped;
use mysql_schema::quote::quote_identifier;

use super::one_line;
use crate::readings::{READINGS, Reading, Seen};
use crate::tables::DraftColumn;

/// Columns with more distinct values than this get no list of frequent values.
const MOST_DISTINCT: usize = 48;
/// Maximum number of frequent values that are listed.
const NAMED: usize = 3;

const DAY: i64 = 86_400_000_000;

/// The range of the values, how many are missing, how many are distinct, and the most frequent
/// texts if there are few.
pub(super) fn of(column: &DraftColumn, rows: u64) -> String {
    let profile = &column.profile;
    let mut facts = Vec::new();
    facts.extend(range(column));
    let is_fixed = matches!(column.typed.kind, ColumnType::Char { .. });
    if column.typed.kind.is_text() && !is_fixed && profile.text.most_characters > 0 {
        let longest = profile.text.most_characters;
        facts.push(format!("up to {} characters", grouped(longest as u64)));
    }
    let (distinct, is_exact) = column.distinct();
    let values = column.values();
    if values > 0 {
        facts.push(match (distinct, is_exact) {
            (all, true) if all == values => "all distinct".to_owned(),
            (some, true) => format!("{} distinct", grouped(some)),
            (some, false) => format!("about {} distinct", grouped(rounded(some.min(values)))),
        });
    }
    let missing = rows.saturating_sub(values);
    if missing > 0 && column.typed.nullable {
        facts.push(format!("{} empty", grouped(missing)));
    }
    facts.extend(most_frequent(column));
    one_line(&facts.join("; "))
}

/// A CHECK that declares a text column as JSON. `seed` then stores the text of objects and arrays.
pub(super) fn json_check(column: &DraftColumn) -> String {
    match column.profile.nested > 0 && column.typed.kind.is_text() {
        true => format!(" CHECK (json_valid({}))", quote_identifier(&column.name)),
        false => String::new(),
    }
}

/// Rounds an estimate to the digits that are significant.
fn rounded(estimate: u64) -> u64 {
    let digits = estimate.to_string().len() as u32;
    let unit = 10u64.pow(digits.saturating_sub(2));
    (estimate + unit / 2) / unit * unit
}

/// The smallest and the largest value, unless the column is a text.
fn range(column: &DraftColumn) -> Option<String> {
    let profile = &column.profile;
    let is_date = matches!(
        column.typed.kind,
        ColumnType::Date | ColumnType::DateTime { .. }
    );
    if profile.integers.count > 0 && profile.tried == 0 && !column.typed.kind.is_text() {
        let (least, greatest) = (profile.integers.least, profile.integers.greatest);
        if is_date && let (Some(from), Some(to)) = (of_number(least), of_number(greatest)) {
            let shown = |micros| moment(micros, &column.typed.kind);
            return Some(format!("{} to {}", shown(from), shown(to)));
        }
        return Some(format!("{least} to {greatest}"));
    }
    let seen = |wanted: &dyn Fn(&Reading) -> bool| -> Option<Seen> {
        let readings = READINGS.iter().enumerate();
        let mut left = readings.filter(|(at, reading)| profile.reads(*at) && wanted(reading));
        left.next().map(|(at, _)| profile.seen(at))
    };
    match column.typed.kind {
        _ if is_date => {
            let seen = seen(&|r| matches!(r, Reading::Date(_) | Reading::Moment(_)))?;
            let shown = |micros: f64| moment(micros as i64, &column.typed.kind);
            Some(format!("{} to {}", shown(seen.least), shown(seen.greatest)))
        }
        ColumnType::Decimal { .. } | ColumnType::Double { .. } | ColumnType::Integer { .. } => {
            let seen =
                seen(&|r| matches!(r, Reading::Decimal | Reading::Double | Reading::Styled(_)))?;
            let numbers = &profile.integers;
            let (mut least, mut greatest) = (seen.least, seen.greatest);
            if numbers.count > 0 {
                least = least.min(numbers.least as f64);
                greatest = greatest.max(numbers.greatest as f64);
            }
            Some(format!("{} to {}", number(least), number(greatest)))
        }
        _ => None,
    }
}

/// A number in few characters. From 2^53 on it is rounded, because a DOUBLE does not have all
/// digits.
fn number(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0 => "0".to_owned(),
        1e-7..9_007_199_254_740_992.0 => value.to_string(),
        _ => format!("about {value:.3e}"),
    }
}

/// Reads a number that is a date, as `seed` does, and returns microseconds since the epoch.
fn of_number(number: i64) -> Option<i64> {
    clean::timestamp::datetime(number.to_string().as_bytes(), 6).ok()
}

/// A date and time as SQL writes it, without a fraction.
fn moment(micros: i64, kind: &ColumnType) -> String {
    let (year, month, day) = civil(micros.div_euclid(DAY));
    let date = format!("{year:04}-{month:02}-{day:02}");
    if *kind == ColumnType::Date {
        return date;
    }
    let seconds = micros.rem_euclid(DAY) / 1_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{date} {hour:02}:{minute:02}:{second:02}")
}

/// The most frequent texts, if there are few and all are short and without `@`.
fn most_frequent(column: &DraftColumn) -> Option<String> {
    let profile = &column.profile;
    let counted = profile.frequent.as_ref()?;
    let is_text =
        column.typed.kind.is_text() || matches!(column.typed.kind, ColumnType::Enum { .. });
    if !is_text || profile.integers.count > 0 || counted.len() > MOST_DISTINCT {
        return None;
    }
    let texts = counted
        .iter()
        .map(|(text, count)| Some((std::str::from_utf8(text).ok()?, *count)));
    let mut texts: Vec<(&str, u64)> = texts.collect::<Option<_>>()?;
    if texts.is_empty() || !texts.iter().all(|(text, _)| crate::may_be_shown(text)) {
        return None;
    }
    texts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    // texts that all occur only once or twice are not worth listing
    if texts[0].1 < 3 {
        return None;
    }
    // an empty text is not visible in a list, so it is left out
    texts.retain(|(text, _)| !text.trim().is_empty());
    if texts.is_empty() {
        return None;
    }
    let named = texts.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(text, count)| format!("{text} ({})", grouped(*count)))
        .collect();
    Some(format!("most are {}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_no_digits_that_are_not_known() {
        for (value, shown) in [
            (-0.0, "0"),
            (-12.5, "-12.5"),
            (0.000_001, "0.000001"),
            (1e308, "about 1.000e308"),
            (-5e-324, "about -4.941e-324"),
            (18_446_744_073_709_551_615.0, "about 1.845e19"),
        ] {
            assert_eq!(number(value), shown);
        }
    }
}
