//! How much a test tries that could go on for ever: little in each run of all tests, as much as
//! wanted when told.

use std::str::FromStr;

fn told<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many random cases: so many, times what `REVIEWSEED_TIMES` says.
pub fn cases(few: u32) -> u32 {
    few * told("REVIEWSEED_TIMES").unwrap_or(1)
}

/// How many kills of a physical import: two, or as `make torture FAULTS=physical` says.
pub fn kills() -> u32 {
    told("REVIEWSEED_KILLS").unwrap_or(2)
}

/// Products of the files whose physical import is killed. A run takes most of its time for its
/// phases and not for the rows, so few are enough for a kill in each phase.
pub fn killed_products() -> String {
    told("REVIEWSEED_TORTURE_PRODUCTS").unwrap_or_else(|| "300".to_owned())
}
