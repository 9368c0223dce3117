//! Numbers that may be versions or codes, in which zeros at the end are significant.

use model::schema::ColumnType;
use model::wording::counted;

use super::{Choice, Column, Found};
use crate::names::words;
use crate::readings::Seen;

/// Maximum number of digits of each of the two numbers in a version.
const MOST_OF_VERSION: u16 = 3;

/// Words in the names of columns with versions and codes.
const VERSIONS: [&str; 7] = [
    "version", "ver", "release", "revision", "code", "icd", "section",
];

/// Words in the names of columns with amounts: zeros at the end of amounts are not significant.
const AMOUNTS: [&str; 40] = [
    "price",
    "amount",
    "cost",
    "total",
    "subtotal",
    "sum",
    "tax",
    "fee",
    "rate",
    "rating",
    "score",
    "weight",
    "height",
    "width",
    "length",
    "depth",
    "distance",
    "size",
    "lat",
    "latitude",
    "lon",
    "lng",
    "longitude",
    "percent",
    "percentage",
    "pct",
    "share",
    "ratio",
    "mean",
    "average",
    "avg",
    "value",
    "balance",
    "salary",
    "wage",
    "temperature",
    "temp",
    "gpa",
    "discount",
    "tip",
];

impl Column<'_> {
    /// Decides about a column in which some numbers have zeros at the end and others have fewer
    /// digits, such as `1.10` and `1.2`. Programs do not write numbers in this way, but versions
    /// look like that.
    pub(super) fn with_zeros(&self, seen: &Seen, kind: &ColumnType) -> Option<Found> {
        let is_uneven = seen.is_padded && seen.shortest < seen.fraction;
        let is_version = is_named(self.name, &VERSIONS) && seen.fraction > 0;
        if self.profile.has_points || !(is_uneven || is_version) {
            return None;
        }
        let has_negative = self.profile.integers.count > 0 && self.profile.integers.least < 0;
        let is_amount = seen.is_negative
            || has_negative
            || seen.fraction > MOST_OF_VERSION
            || seen.whole > MOST_OF_VERSION
            // `1.05` is hardly a version, but `250.00` may be a code
            || (seen.has_zero_led && seen.whole < MOST_OF_VERSION)
            || is_named(self.name, &AMOUNTS);
        let shown = kind.to_string().to_uppercase();
        Some(match is_amount && !is_version {
            true => Found::One(Choice::new(kind.clone()).noting(format!(
                "some numbers have zeros at the end, others fewer digits; {shown} stores all with \
                 {}",
                counted(seen.fraction.into(), "decimal", "decimals"),
            ))),
            false => Found::Several(format!(
                "values such as 1.10 and 1.2 may be versions or codes (a text type keeps the \
                 zeros), or numbers ({shown})"
            )),
        })
    }
}

/// Whether a column has one of these words in its name.
fn is_named(name: &str, wanted: &[&str]) -> bool {
    words(name)
        .iter()
        .any(|word| wanted.contains(&word.as_str()))
}
