//! `artillery`: a CSV payload; the test names its fields.

use super::csv::Csv;
use crate::targets::TargetKind;

pub(super) fn feed(target: TargetKind) -> Csv {
    Csv(target)
}

/// The template of the test.
pub(super) const SCRIPT: &str = include_str!("scripts/artillery.yml");
