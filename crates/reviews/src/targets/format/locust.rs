//! `locust`: CSV, which the locustfile reads at its start.

use super::csv::Csv;
use crate::targets::Of;

pub(super) fn feed(of: Of) -> Csv {
    Csv(of)
}

/// The locustfile.
pub(super) const SCRIPT: &str = include_str!("scripts/locust.py");
