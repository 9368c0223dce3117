//! `gatling`: a feeder file; its header names the attributes.

use super::csv::Csv;
use crate::targets::TargetKind;

pub(super) fn feed(target: TargetKind) -> Csv {
    Csv(target)
}

/// The template of the simulation.
pub(super) const SCRIPT: &str = include_str!("scripts/ReviewsSimulation.java");
