//! Whether the first record of a file names the columns. A record whose fields are values like
//! those below them is data; one whose fields are unlike them is a header.

use crate::readings::{READINGS, Reading};

/// Whether there is a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderJudgement {
    /// The first record is a header.
    Present,
    /// The first record is data.
    Absent,
}

/// The readings that values of names do not have: numbers, dates, times, UUIDs.
fn readings_of(field: &str) -> u64 {
    let field = field.trim();
    let readings = READINGS.iter().enumerate();
    // a letter or `no` may be a name as well as a word for true or false
    let told = readings.filter(|(_, reading)| **reading != Reading::Truth);
    let reads = told.filter(|(_, reading)| reading.read(field).is_some());
    let mut bits = reads.fold(0, |bits, (at, _)| bits | 1u64 << at);
    if field.contains('@') || field.contains("://") {
        bits |= 1 << 63;
    }
    bits
}

/// Whether all names in a header could be values: numbers, dates, or words for true and false.
pub(super) fn may_be_data(names: &[String]) -> bool {
    let is_word = |name: &str| matches!(&name.to_lowercase()[..], "true" | "false");
    let mut names = names.iter().map(|name| name.trim());
    names.all(|name| is_word(name) || readings_of(name) != 0)
}

/// Judges by the first records of a file.
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
            let bits = bits & readings_of(value);
            (bits != 0).then_some((bits, true))
        });
        let Some((common, true)) = common else {
            // a name is hardly a value of its own column, unless the header is repeated
            let mut others = rest.iter().filter(|record| *record != first);
            let is_value = !name.trim().is_empty() && others.any(|record| record[at] == *name);
            alike += usize::from(is_value);
            continue;
        };
        match readings_of(name) & common != 0 {
            true => alike += 1,
            false if name.trim().is_empty() => {}
            false => unlike += 1,
        }
    }
    let is_data = alike > 0 && unlike == 0 && !are_years(first);
    match is_data || (rest.is_empty() && is_repeated) {
        true => HeaderJudgement::Absent,
        false => HeaderJudgement::Present,
    }
}

/// Whether the numbers among names are years that follow each other, as in a table with a column
/// for each year.
fn are_years(names: &[String]) -> bool {
    let numbers = names
        .iter()
        .filter_map(|name| name.trim().parse::<u32>().ok());
    let numbers: Vec<u32> = numbers.collect();
    numbers.len() > 1
        && numbers.iter().all(|year| (1800..2200).contains(year))
        && numbers
            .windows(2)
            .all(|pair| pair[0].abs_diff(pair[1]) == 1)
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
        assert_eq!(judged("name,city\nx,y"), HeaderJudgement::Present);
        assert_eq!(judged("id,n"), HeaderJudgement::Present);
        assert_eq!(judged(",a\n1,b\n2,c"), HeaderJudgement::Present);
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
