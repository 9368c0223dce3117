//! `artillery`: a CSV payload. Artillery deals the rows out to its workers, so each is used once until all were.

use super::csv::Csv;
use crate::targets::Of;

pub(super) fn feed(of: Of) -> Csv {
    Csv(of)
}

/// The test.
pub(super) const SCRIPT: &str = include_str!("scripts/artillery.yml");
