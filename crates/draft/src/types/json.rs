//! Chooses types for JSON. MySQL's JSON type keeps only the last of several members with one name,
//! and rounds long numbers. Documents with either become texts.

use model::schema::ColumnType;

use super::{Choice, Column, Found, text_of_bytes};
use crate::readings::{JSON, Seen};

/// Why documents with repeated names become texts.
const REPEATED: &str = "JSON in which an object has a name twice: the JSON type of MySQL keeps \
                        only the last";

/// Why documents with long numbers become texts.
const ROUNDED: &str = "JSON in which numbers have more digits than the JSON type of MySQL keeps";

impl Column<'_> {
    /// The type of objects and arrays in JSON records: JSON, or a text.
    pub(super) fn nested(&self) -> Found {
        // the reading as JSON does not see values that are texts
        let seen = self.profile.seen(JSON);
        let within = &self.profile.within;
        match (
            seen.flags != 0 || within.repeats,
            seen.is_lossy || within.is_rounded,
        ) {
            (true, _) => Found::Text(REPEATED.to_owned()),
            (false, true) => Found::Text(ROUNDED.to_owned()),
            (false, false) => Found::One(Choice::new(ColumnType::Json)),
        }
    }

    /// The type of JSON within texts: JSON, or a text if MySQL would not keep all of it.
    pub(super) fn json(&self, seen: Seen) -> Choice {
        let bytes = self.profile.text.most_bytes as u64;
        let text = Choice::new(text_of_bytes(bytes));
        match (seen.flags, seen.is_lossy) {
            _ if self.profile.is_of_json_records => text.noting(
                "JSON documents within strings of the records: a JSON column would store strings",
            ),
            (0, false) => Choice::new(ColumnType::Json),
            (0, true) => text.noting(ROUNDED),
            _ => text.noting(REPEATED),
        }
    }
}
