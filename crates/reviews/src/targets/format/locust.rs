//! `locust`: a CSV file that the locustfile reads when the test starts.

use super::csv::Csv;
use crate::targets::TargetKind;

pub(super) fn feed(target: TargetKind) -> Csv {
    Csv(target)
}

/// The template of the locustfile.
pub(super) const SCRIPT: &str = include_str!("scripts/locust.py");
