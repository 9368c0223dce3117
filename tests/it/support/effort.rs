//! The number of cases of tests that could try any number: few by default, more with environment
//! variables.

use std::str::FromStr;

fn told<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// The number of random cases: `few`, times `REVIEWSEED_TIMES`.
pub fn cases(few: u32) -> u32 {
    few * told("REVIEWSEED_TIMES").unwrap_or(1)
}

/// The number of kills of a physical import: two, or the number that `make torture FAULTS=physical`
/// sets.
pub fn kills() -> u32 {
    told("REVIEWSEED_KILLS").unwrap_or(2)
}

/// The number of products in the files of these imports. Most of the time of a run does not depend
/// on the number of rows, so a few products are enough for a kill in each phase.
pub fn killed_products() -> String {
    told("REVIEWSEED_TORTURE_PRODUCTS").unwrap_or_else(|| "300".to_owned())
}
