//! Decides whether the first record of a file is a header. If its fields look like the values below
//! them, it is data; otherwise it is a header.

use crate::names::{key_word, words};
use crate::readings::{READINGS, Reading};

/// Whether a file has a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderJudgement {
    /// The first record is a header.
    Present,
    /// The first record is data.
    Absent,
}

/// The bit of e-mail and web addresses, which are not a reading.
const ADDRESS: u64 = 1 << 63;

/// The name of a column may be a value if at least one in this many of the values below it has the
/// same shape.
const SHARE_ALIKE: usize = 2;

/// Words that usually name columns and are hardly values.
const NAMES: [&str; 40] = [
    "name",
    "names",
    "title",
    "type",
    "kind",
    "date",
    "time",
    "timestamp",
    "year",
    "month",
    "day",
    "value",
    "text",
    "label",
    "description",
    "status",
    "country",
    "city",
    "state",
    "street",
    "address",
    "region",
    "email",
    "phone",
    "url",
    "link",
    "category",
    "class",
    "language",
    "gender",
    "first",
    "last",
    "price",
    "amount",
    "total",
    "count",
    "comment",
    "notes",
    "product",
    "unit",
];

/// The readings in `wanted` that fit a field, as bits. Only readings that exclude a name count,
/// such as numbers, dates, times and UUIDs.
fn readings_of(field: &str, wanted: u64) -> u64 {
    let field = field.trim();
    let readings = READINGS.iter().enumerate();
    let readings = readings.filter(|(at, _)| wanted & (1 << at) != 0);
    // a letter or `no` may be a name, not only a word for true or false
    let told = readings.filter(|(_, reading)| **reading != Reading::Truth);
    let reads = told.filter(|(_, reading)| reading.read(field).is_some());
    let mut bits = reads.fold(0, |bits, (at, _)| bits | 1u64 << at);
    if field.contains('@') || field.contains("://") {
        bits |= ADDRESS;
    }
    bits & wanted
}

/// Whether the names of a header may be values: because they can be read as values, or because they
/// look like the values below them and none is a usual name.
pub(super) fn is_doubtful(records: &[Vec<String>]) -> bool {
    let Some((names, rest)) = records.split_first() else {
        return false;
    };
    may_be_data(names) || (!rest.is_empty() && names.len() > 1 && are_like_values(names, rest))
}

fn are_like_values(names: &[String], rest: &[Vec<String>]) -> bool {
    let is_usual = |name: &String| {
        let words = words(name);
        let mut each = words.iter();
        key_word(&words).is_some() || each.any(|word| NAMES.contains(&word.as_str()))
    };
    let is_alike = |(at, name): (usize, &String)| {
        let values = rest.iter().map(|record| record[at].trim());
        let values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
        let same = values.iter().filter(|value| shape(value) == shape(name));
        same.count() * SHARE_ALIKE >= values.len()
    };
    !names.iter().any(is_usual) && names.iter().enumerate().all(is_alike)
}

/// The appearance of a text: whether it begins with a capital, and which kinds of characters it
/// has.
fn shape(text: &str) -> (bool, [bool; 4]) {
    let text = text.trim();
    let has = |test: fn(char) -> bool| text.chars().any(test);
    let begins = text.chars().next().is_some_and(char::is_uppercase);
    let kinds = [
        has(char::is_lowercase),
        has(|c| c.is_ascii_digit()),
        has(char::is_whitespace),
        has(|c| c == '_'),
    ];
    (begins, kinds)
}

/// Whether all names of a header could be values, such as numbers, dates, or words for true and
/// false.
fn may_be_data(names: &[String]) -> bool {
    let is_word = |name: &str| matches!(&name.to_lowercase()[..], "true" | "false");
    let mut names = names.iter().map(|name| name.trim());
    names.all(|name| is_word(name) || readings_of(name, u64::MAX) != 0)
}

/// Decides from the first records of a file whether the very first one is a header.
pub(crate) fn judge(records: &[Vec<String>]) -> HeaderJudgement {
    let Some((first, rest)) = records.split_first() else {
        return HeaderJudgement::Present;
    };
    let is_repeated = first
        .iter()
        .enumerate()
        .any(|(at, field)| !field.trim().is_empty() && first[..at].contains(field));
    let (mut alike, mut unlike) = (0, 0);
    for (at, name) in first.iter().enumerate() {
        let values = || rest.iter().map(|record| record[at].as_str());
        let mut values = values().filter(|value| !value.trim().is_empty());
        let common = values.try_fold((u64::MAX, false), |(bits, _), value| {
            let bits = readings_of(value, bits);
            (bits != 0).then_some((bits, true))
        });
        let Some((common, true)) = common else {
            // a name hardly occurs among the values below it, except in a repeated header; a text
            // that does is probably a value
            let mut others = rest.iter().filter(|record| *record != first);
            let is_value = !name.trim().is_empty() && others.any(|record| record[at] == *name);
            alike += usize::from(is_value);
            continue;
        };
        match readings_of(name, common) != 0 {
            true => alike += 1,
            false if name.trim().is_empty() => {}
            false => unlike += 1,
        }
    }
    let is_data = alike > 0 && unlike == 0 && !are_years(first, rest);
    match is_data || (rest.is_empty() && is_repeated) {
        true => HeaderJudgement::Absent,
        false => HeaderJudgement::Present,
    }
}

/// Whether the numbers among the names are years, as in a table with one column for each year. This
/// holds for consecutive years, and for years in order above values that are mostly not years.
fn are_years(names: &[String], rest: &[Vec<String>]) -> bool {
    let year = |text: &str| {
        let year: Option<u32> = text.trim().parse().ok();
        year.filter(|year| (1800..2200).contains(year))
    };
    let is_number = |name: &String| name.trim().parse::<f64>().is_ok();
    let at: Vec<usize> = (0..names.len())
        .filter(|at| is_number(&names[*at]))
        .collect();
    let years: Vec<u32> = at.iter().filter_map(|at| year(&names[*at])).collect();
    let pairs = || years.windows(2);
    let follow = || pairs().all(|pair| pair[0].abs_diff(pair[1]) == 1);
    let are_ordered = || pairs().all(|p| p[0] < p[1]) || pairs().all(|p| p[0] > p[1]);
    let is_year_below = |record: &Vec<String>| at.iter().any(|at| year(&record[*at]).is_some());
    let are_above_others = || {
        let below = rest.iter().filter(|record| is_year_below(record)).count();
        below * 2 < rest.len()
    };
    years.len() > 1
        && years.len() == at.len()
        && (follow() || (are_ordered() && are_above_others()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> HeaderJudgement {
        let records = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        judge(&records.collect::<Vec<_>>())
    }

    #[test]
    fn a_first_record_like_the_others_is_data() {
        assert_eq!(judged("1,a\n2,b"), HeaderJudgement::Absent);
        assert_eq!(
            judged("x,2024-01-01\ny,2024-01-02"),
            HeaderJudgement::Absent
        );
        assert_eq!(judged("id,n\n1,a"), HeaderJudgement::Present);
        assert_eq!(judged("a,red\nb,red"), HeaderJudgement::Absent);
        assert_eq!(judged("a,red\nb,x\na,red"), HeaderJudgement::Present);
        assert_eq!(judged("name,2020,2021\nx,1.5,2"), HeaderJudgement::Present);
        assert_eq!(
            judged("name,1960,2022\nx,15000,2"),
            HeaderJudgement::Present
        );
        assert_eq!(judged("x,1960,2022\ny,1961,2023"), HeaderJudgement::Absent);
        assert_eq!(judged("name,city\nx,y"), HeaderJudgement::Present);
        assert_eq!(judged("id,n"), HeaderJudgement::Present);
        assert_eq!(judged(",a\n1,b\n2,c"), HeaderJudgement::Present);
    }

    #[test]
    fn names_that_look_like_the_values_below_them_are_doubtful() {
        let is_doubtful = |text: &str| {
            let records = text
                .lines()
                .map(|line| line.split(',').map(str::to_owned).collect());
            is_doubtful(&records.collect::<Vec<_>>())
        };
        assert!(is_doubtful("Ann,Berlin\nBob,Paris\nCy,Rome"));
        assert!(is_doubtful("a1b2c3,x y z\nd4e5f6,hello world"));
        assert!(is_doubtful("2019,2020\n2021,2022"));
        assert!(!is_doubtful("name,city\nann,rome"));
        assert!(!is_doubtful("species,island\nAdelie,Dream"));
        assert!(!is_doubtful("Ann,Berlin\n1,Paris") && !is_doubtful("Ann\nBob"));
    }

    #[test]
    fn names_that_could_be_values_are_known() {
        let is_data = |line: &str| {
            let names: Vec<String> = line.split(',').map(str::to_owned).collect();
            may_be_data(&names)
        };
        assert!(is_data("2019,2020") && is_data("true,False"));
        assert!(!is_data("name,2020") && !is_data("id,n") && !is_data("1,"));
    }
}
