//! `artillery`: a CSV payload, whose fields the test names.

use super::csv::Csv;
use crate::targets::Of;

pub(super) fn feed(of: Of) -> Csv {
    Csv(of)
}

/// The test.
pub(super) const SCRIPT: &str = include_str!("scripts/artillery.yml");
