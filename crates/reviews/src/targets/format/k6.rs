//! `k6`: a JSON array for a SharedArray, which keeps one copy for all virtual users: numbers, or
//! objects for pairs.

use super::json::{Element, Json};
use crate::targets::Of;

pub(super) fn feed(_of: Of) -> Json {
    Json::new(Element::Number)
}

/// The test.
pub(super) const SCRIPT: &str = include_str!("scripts/k6.js");
