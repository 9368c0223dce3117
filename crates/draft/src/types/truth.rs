//! Chooses the type of words for true and false.

use model::schema::ColumnType;

use super::{Choice, Column, Found, named};
use crate::readings::Reading;

/// Opposite words, in lower case.
const PAIRS: [(&str, &str); 5] = [
    ("true", "false"),
    ("t", "f"),
    ("yes", "no"),
    ("y", "n"),
    ("1", "0"),
];

impl Column<'_> {
    /// BOOLEAN, if each word occurs with its opposite, or if `true` or `false` occurs alone.
    pub(super) fn truth(&self) -> Found {
        let numbers = &self.profile.integers;
        let is_number = numbers.count > 0 && (numbers.least < 0 || numbers.greatest > 1);
        if self.seen(&Reading::Truth).is_none() || is_number {
            return Found::None;
        }
        let words = self.words_of_truth();
        if named::is_key(self.name) || named::is_label(self.name) {
            return self.words_in_a_name(&words);
        }
        let is_there = |word: &str| words.iter().any(|other| other == word);
        let is_alone = |(yes, no): &(&str, &str)| is_there(yes) != is_there(no);
        let is_spelled_out = matches!(&words[..], [only] if only == "true" || only == "false");
        if is_spelled_out || (!words.is_empty() && !PAIRS.iter().any(is_alone)) {
            let choice = Choice::new(ColumnType::Boolean);
            let is_usual = is_there("true") || is_there("false");
            return Found::One(match is_usual && words.len() <= 2 {
                true => choice,
                false => choice.noting(format!("{} are stored as 1 and 0", words.join(", "))),
            });
        }
        match words.len() {
            0 | 1 => Found::None,
            _ => Found::Several(format!(
                "{} may be codes, or words for true and false (BOOLEAN)",
                words.join(", ")
            )),
        }
    }

    /// The two meanings of words for true and false in a column of codes or labels, as in a lookup
    /// table.
    fn words_in_a_name(&self, words: &[String]) -> Found {
        match (words, self.profile.integers.count) {
            ([], _) | (_, 1..) => Found::None,
            (words, 0) => Found::Several(format!(
                "{} may be codes or labels, or words for true and false (BOOLEAN)",
                words.join(", ")
            )),
        }
    }

    /// The words that occur, in lower case and in the order of [`PAIRS`]; empty if they are not
    /// known.
    fn words_of_truth(&self) -> Vec<String> {
        let profile = self.profile;
        let Some(counted) = &profile.frequent else {
            return Vec::new();
        };
        let texts = counted.iter();
        let texts = texts.filter_map(|(text, _)| std::str::from_utf8(text).ok());
        let mut found: Vec<String> = texts.map(|text| text.trim().to_lowercase()).collect();
        let numbers = &profile.integers;
        if numbers.count > 0 {
            found.extend([numbers.least.to_string(), numbers.greatest.to_string()]);
        }
        for word in &mut found {
            if let Some((bit @ ("0" | "1"), _)) = word.split_once('.') {
                *word = bit.to_owned();
            }
        }
        let words = PAIRS.iter().flat_map(|(yes, no)| [*yes, *no]);
        let is_found = |word: &&str| found.iter().any(|other| other == word);
        words.filter(is_found).map(str::to_owned).collect()
    }
}
