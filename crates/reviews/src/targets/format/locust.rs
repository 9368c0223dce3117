//! `locust`: a CSV file; the locustfile reads it at its start.

use super::csv::Csv;
use crate::targets::TargetKind;

pub(super) fn feed(target: TargetKind) -> Csv {
    Csv(target)
}

/// The template of the locustfile.
pub(super) const SCRIPT: &str = include_str!("scripts/locust.py");
