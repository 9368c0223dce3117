//! The type of JSON. The JSON type of MySQL keeps the last of several values of one name, and
//! rounds long numbers: documents that have such are texts.

use model::schema::ColumnType;

use super::{Choice, Column, Found, text_of_bytes};
use crate::readings::{JSON, Seen};

/// Why documents with a name twice are texts.
const REPEATED: &str = "JSON in which an object has a name twice: the JSON type of MySQL keeps \
                        only the last";

/// Why documents with long numbers are texts.
const ROUNDED: &str = "JSON in which numbers have more digits than the JSON type of MySQL keeps";

impl Column<'_> {
    /// JSON of objects and arrays in JSON records, or the text of it.
    pub(super) fn nested(&self) -> Found {
        // other values may be texts, which this reading does not read
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

    /// JSON in texts, or a text if MySQL would not keep all of it.
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
