//! `gatling`: a feeder file, whose header names the attributes.

use super::csv::Csv;
use crate::targets::Of;

pub(super) fn feed(of: Of) -> Csv {
    Csv(of)
}

/// The simulation.
pub(super) const SCRIPT: &str = include_str!("scripts/ReviewsSimulation.java");
