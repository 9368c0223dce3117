//! Proposals for words: words that mean no value, words for true and false, and blanks around
//! texts.

use model::schema::{Column, ColumnType, ValueFormat};

use super::{CauseKind, Certainty, ColumnSetting, Counted, Proposal};

/// Words that mean no value, in lower case.
const NO_VALUE: [&str; 26] = [
    "-",
    "--",
    "---",
    "?",
    ".",
    "#n/a",
    "#null!",
    "(blank)",
    "(null)",
    "<na>",
    "missing",
    "n.a.",
    "n/a",
    "na",
    "nan",
    "nat",
    "nil",
    "none",
    "undefined",
    "unknown",
    "\u{2013}",
    "\u{2014}",
    "not available",
    // MySQL's zero dates
    "0000-00-00",
    "0000-00-00 00:00:00",
    "00/00/0000",
];

/// Words for true, each with its opposite, in lower case.
const TRUTH: [(&str, &str); 19] = [
    ("on", "off"),
    ("ja", "nein"),
    ("j", "n"),
    ("ja", "nej"),
    ("ja", "nee"),
    ("oui", "non"),
    ("o", "n"),
    ("s\u{ed}", "no"),
    ("si", "no"),
    ("sim", "n\u{e3}o"),
    ("tak", "nie"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("verdadero", "falso"),
    ("vero", "falso"),
    ("enabled", "disabled"),
    ("active", "inactive"),
    ("-1", "0"),
    ("x", ""),
];

/// Maximum length in bytes of a word that may mean no value.
const LONGEST: usize = 20;

pub(super) fn proposals(
    column: &Column,
    format: &ValueFormat,
    values: &[Counted<'_>],
) -> Vec<Proposal> {
    if column.kind.is_text() {
        return vec![Proposal {
            kind: CauseKind::Blanks,
            words: "texts with blanks around them".to_owned(),
            question: "blanks around the text".to_owned(),
            settings: vec![ColumnSetting::new("trim", "true")],
            cost: 1,
            certainty: Certainty::Likely,
        }];
    }
    let mut proposals = Vec::new();
    let is_boolean = ValueFormat::uses("true_values", &column.kind);
    proposals.extend(is_boolean.then(|| truth(format, values)).flatten());
    proposals.extend(small_integers(column, values));
    if (column.nullable || column.generates_ids) && !is_of_bytes(&column.kind) {
        proposals.extend(nulls(format, values, is_no_value, Certainty::Likely));
        // in an ENUM, an unknown word is a value that the schema lacks, so it does not mean NULL
        let has_words = matches!(
            column.kind,
            ColumnType::Enum { .. } | ColumnType::Set { .. }
        );
        proposals.extend(frequent_word(format, values).filter(|_| !has_words));
    }
    proposals
}

/// Whether values of a type are bytes or are written like bytes. Any word may be such a value.
fn is_of_bytes(kind: &ColumnType) -> bool {
    kind.is_binary() || matches!(kind, ColumnType::Bit { .. } | ColumnType::Geometry { .. })
}

/// Whether a word usually means that there is no value: `NA`, `-`, `none` and the like.
pub fn is_no_value(value: &str) -> bool {
    NO_VALUE.contains(&value.trim().to_lowercase().as_str())
}

/// Proposes words for NULL: those that are set already, and the values that may mean no value.
fn nulls(
    format: &ValueFormat,
    values: &[Counted<'_>],
    is_word: impl Fn(&str) -> bool,
    certainty: Certainty,
) -> Option<Proposal> {
    let values = values.iter().map(|(value, _)| value.trim());
    let mut words: Vec<&str> = values.filter(|value| is_word(value)).collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        return None;
    }
    let known = format.nulls.iter().map(String::as_str);
    let setting = ColumnSetting {
        key: "null",
        values: known
            .chain(words.iter().copied())
            .map(str::to_owned)
            .collect(),
    };
    Some(Proposal {
        kind: CauseKind::NullWords,
        words: "words that mean no value".to_owned(),
        question: "no value".to_owned(),
        settings: vec![setting],
        cost: 1,
        certainty,
    })
}

/// If half of the records have the same word, the word may mean no value, whatever it is.
fn frequent_word(format: &ValueFormat, values: &[Counted<'_>]) -> Option<Proposal> {
    let total: u64 = values.iter().map(|value| value.1).sum();
    let (word, count) = values.iter().max_by_key(|value| value.1)?;
    let is_word = word.trim().len() <= LONGEST && !word.bytes().any(|b| b.is_ascii_digit());
    let is_word = is_word && word.trim().chars().all(is_printable);
    let is_frequent = *count >= 2 && count * 2 >= total;
    let is_it = |value: &str| value == word.trim();
    let proposal = nulls(format, values, is_it, Certainty::Possible);
    proposal
        .filter(|_| is_word && is_frequent)
        .map(|proposal| Proposal {
            kind: CauseKind::FrequentWord,
            words: "a word that many records have".to_owned(),
            ..proposal
        })
}

/// Whether a character is visible, so that it may be a part of a word.
fn is_printable(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}'
    );
    !c.is_control() && !is_invisible
}

fn truth(format: &ValueFormat, values: &[Counted<'_>]) -> Option<Proposal> {
    let of = |pick: fn(&(&'static str, &'static str)) -> &'static str, known: &[String]| {
        let mut words: Vec<String> = known.to_vec();
        for (value, _) in values {
            let value = value.trim();
            let lower = value.to_lowercase();
            let is_known = words.iter().any(|word| word.to_lowercase() == lower);
            if !is_known && !lower.is_empty() && TRUTH.iter().any(|pair| pick(pair) == lower) {
                words.push(value.to_owned());
            }
        }
        words
    };
    let (yes, no) = (
        of(|pair| pair.0, &format.truth.yes),
        of(|pair| pair.1, &format.truth.no),
    );
    let mut settings = Vec::new();
    for (key, words, known) in [
        ("true_values", yes, &format.truth.yes),
        ("false_values", no, &format.truth.no),
    ] {
        if words.len() > known.len() {
            settings.push(ColumnSetting { key, values: words });
        }
    }
    (!settings.is_empty()).then(|| Proposal {
        kind: CauseKind::TruthWords,
        words: "words for true and false that need a setting".to_owned(),
        question: "true or false".to_owned(),
        cost: settings.len(),
        settings,
        certainty: Certainty::Likely,
    })
}

/// Small numbers in TINYINT(1). Such a column is often meant for numbers, not for true and false.
/// -1 alone is not taken for a number, because programs also write it for true.
fn small_integers(column: &Column, values: &[Counted<'_>]) -> Option<Proposal> {
    let may_be_one = ValueFormat::uses("small_integers", &column.kind);
    let is_number = |value: &str| value.trim().parse().is_ok_and(|number: i8| number != -1);
    let has_numbers = values.iter().any(|(value, _)| is_number(value));
    (may_be_one && has_numbers).then(|| Proposal {
        kind: CauseKind::TruthWords,
        words: "whole numbers other than 0 and 1 in TINYINT(1)".to_owned(),
        question: "a small number".to_owned(),
        settings: vec![ColumnSetting::new("small_integers", "true")],
        cost: 1,
        certainty: Certainty::Likely,
    })
}

/// The positions of words that mean no value, in a column that must have a value.
pub(super) fn unreadable(
    column: &Column,
    values: &[Counted<'_>],
) -> Option<(CauseKind, String, Vec<usize>)> {
    let needs_none = column.nullable || column.generates_ids || column.kind.is_text();
    if needs_none || matches!(column.kind, ColumnType::Unsupported { .. }) {
        return None;
    }
    let words = values.iter().enumerate();
    let words = words.filter(|(_, (value, _))| is_no_value(value));
    let found: Vec<usize> = words.map(|(at, _)| at).collect();
    let why = "words that mean no value, but the column is NOT NULL";
    (!found.is_empty()).then(|| (CauseKind::NullWords, why.to_owned(), found))
}
