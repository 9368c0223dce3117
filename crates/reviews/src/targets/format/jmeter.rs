//! `jmeter`: a CSV Data Set, whose header names the variables.

use super::csv::Csv;
use crate::targets::Of;

pub(super) fn feed(of: Of) -> Csv {
    Csv(of)
}

/// The test plan.
pub(super) const SCRIPT: &str = include_str!("scripts/jmeter.jmx");
