//! `k6`: a JSON array of numbers, or of objects for pairs of ids. k6 reads it into a SharedArray,
//! so that all virtual users share one copy.

use super::json::{Element, Json};
use crate::targets::TargetKind;

pub(super) fn feed(_of: TargetKind) -> Json {
    Json::new(Element::Number)
}

/// The template of the test.
pub(super) const SCRIPT: &str = include_str!("scripts/k6.js");
