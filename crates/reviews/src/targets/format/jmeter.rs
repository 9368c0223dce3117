//! `jmeter`: a CSV Data Set; its header names the variables.

use super::csv::Csv;
use crate::targets::TargetKind;

pub(super) fn feed(target: TargetKind) -> Csv {
    Csv(target)
}

/// The template of the test plan.
pub(super) const SCRIPT: &str = include_str!("scripts/jmeter.jmx");
