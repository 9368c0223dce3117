//! Chooses types for JSON. MySQL's JSON type keeps only the last of several members with one name,
//! and rounds long numbers. Documents with repeated names or long numbers become texts.

use model::schema::ColumnType;

use super::{Choice, Column, Found, text_of_bytes};
use crate::readings::{JSON, Seen};

/// Why documents with repeated names become texts.
const REPEATED: &str = "a text, because an object has a name twice, and MySQL's JSON type keeps \
                        only the last of these members";

/// Why documents with long numbers become texts.
const ROUNDED: &str = "a text, because numbers have more digits than MySQL's JSON type keeps";

impl Column<'_> {
    /// The type of objects and arrays in JSON records: JSON, or a text.
    pub(super) fn nested(&self) -> Found {
        // the reading as JSON skips values that are texts, so `within` is needed too
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
                "a text, because the JSON documents are strings of the records, and a JSON column \
                 would store them as JSON strings",
            ),
            (0, false) => Choice::new(ColumnType::Json),
            (0, true) => text.noting(ROUNDED),
            _ => text.noting(REPEATED),
        }
    }
}
