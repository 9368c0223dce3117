//! What the words of a column's name say about its values. Whole words are compared, so that
//! `update` and `candidate` do not count as dates.

use crate::names::{key_word, words};

/// Words for points in time, including compounds such as `updatedat`.
const TIMES: [&str; 44] = [
    "date",
    "dates",
    "time",
    "times",
    "timestamp",
    "ts",
    "at",
    "on",
    "created",
    "updated",
    "modified",
    "when",
    "datetime",
    "day",
    "since",
    "until",
    "expires",
    "born",
    "birthday",
    "dob",
    "deadline",
    "due",
    "birthdate",
    "startdate",
    "enddate",
    "orderdate",
    "shipdate",
    "duedate",
    "hiredate",
    "releasedate",
    "reviewdate",
    "createdate",
    "createddate",
    "updatedate",
    "starttime",
    "endtime",
    "createtime",
    "createdtime",
    "updatetime",
    "reviewtime",
    "unixtime",
    "eventtime",
    "createdat",
    "updatedat",
];

/// Last words that exclude a point in time, in names of amounts and persons: `update_count`,
/// `time_spent`, `created_by`.
const OTHERS: [&str; 18] = [
    "count", "counts", "total", "sum", "amount", "qty", "quantity", "spent", "size", "length",
    "duration", "zone", "timezone", "version", "price", "cost", "by", "balance",
];

/// Words for texts that name something.
const LABELS: [&str; 11] = [
    "label",
    "labels",
    "name",
    "title",
    "text",
    "caption",
    "description",
    "desc",
    "meaning",
    "word",
    "term",
];

/// First words of the names of columns that number the rows, as pandas writes them.
const ROW_NUMBERS: [&str; 5] = ["index", "idx", "row", "rownum", "unnamed"];

/// Whether the name says that the values are points in time. False for the name of a key, such as
/// `date_id`.
pub(super) fn is_time(name: &str) -> bool {
    let words = words(name);
    let is_amount = words
        .last()
        .is_some_and(|last| OTHERS.contains(&last.as_str()));
    !is_amount
        && key_word(&words).is_none()
        && words.iter().any(|word| TIMES.contains(&word.as_str()))
}

/// Whether the name says that the values identify rows: keys, codes, or the number of a row.
pub(super) fn is_key(name: &str) -> bool {
    let words = words(name);
    let first = words.first().map(String::as_str).unwrap_or_default();
    let is_numbered =
        first.len() > 1 && first.starts_with('c') && first[1..].bytes().all(|b| b.is_ascii_digit());
    key_word(&words).is_some() || is_numbered || ROW_NUMBERS.contains(&first)
}

/// Whether the name says that the values are texts that name something.
pub(super) fn is_label(name: &str) -> bool {
    let words = words(name);
    words
        .last()
        .is_some_and(|last| LABELS.contains(&last.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_of_a_name_say_that_the_values_are_points_in_time() {
        for name in [
            "created_at",
            "unixReviewTime",
            "timestamp",
            "created_utc",
            "date",
            "DATE_ADDED",
            "orderdate",
            "last-time",
            "valid.on",
            "timestamp_ms",
        ] {
            assert!(is_time(name), "{name}");
        }
        for name in [
            "update_id",
            "lastUpdateId",
            "update_count",
            "runtime",
            "candidate",
            "mandate_no",
            "date_id",
            "dateKey",
            "created_by",
            "time_spent",
            "uptime",
        ] {
            assert!(!is_time(name), "{name}");
        }
    }

    #[test]
    fn keys_and_labels_are_known_by_whole_words() {
        for name in ["gender_id", "code", "Unnamed_0", "index", "c1"] {
            assert!(is_key(name), "{name}");
        }
        for name in ["active", "covid", "android", "c", "cold"] {
            assert!(!is_key(name), "{name}");
        }
        assert!(is_label("status_label") && !is_label("named"));
    }
}
