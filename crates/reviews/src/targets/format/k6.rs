//! `k6`: a JSON array for a SharedArray, of which all virtual users share one copy: numbers, or
//! objects for pairs.

use super::json::{Element, Json};
use crate::targets::TargetKind;

pub(super) fn feed(_of: TargetKind) -> Json {
    Json::new(Element::Number)
}

/// The test.
pub(super) const SCRIPT: &str = include_str!("scripts/k6.js");
