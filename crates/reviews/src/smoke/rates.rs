//! The same test at higher and higher rates, until the tier exceeds a limit.

use serde::Serialize;

use super::outcome::{Limits, Outcome};

/// The test of one tier at one rate.
#[derive(Debug)]
pub struct Step {
    /// Requests a second.
    pub rate: f64,
    /// Whether the user stopped the test before its end, or before it began. Such a test has not
    /// passed, and does not show whether the tier is within the limits at this rate.
    pub stopped: bool,
    /// The result of the test, or why the tier could not be tested.
    pub outcome: Result<Outcome, String>,
}

impl Step {
    /// The step of a tier that was not tested, because the user stopped the test of an earlier
    /// tier.
    pub fn not_begun(rate: f64) -> Step {
        Step {
            rate,
            stopped: true,
            outcome: Err("stopped before this tier was tested".to_owned()),
        }
    }

    /// What is wrong: limits that were exceeded, or why the tier could not be tested.
    pub fn faults(&self, limits: &Limits) -> Vec<String> {
        match &self.outcome {
            Ok(outcome) => outcome.exceeded_limits(limits),
            Err(why) => vec![why.clone()],
        }
    }

    /// Whether the tier was tested and is within the limits.
    pub fn is_held(&self, limits: &Limits) -> bool {
        self.faults(limits).is_empty()
    }

    /// What is wrong, in a few words; `None` if the tier is within the limits.
    pub fn verdict(&self, limits: &Limits) -> Option<&'static str> {
        match self.outcome {
            _ if self.stopped => Some("was stopped"),
            Err(_) => Some("could not be tested"),
            Ok(_) if self.is_held(limits) => None,
            Ok(_) => Some("is over a limit"),
        }
    }

    /// Whether the test was completed, and the tier is within the limits.
    pub(super) fn has_passed(&self, limits: &Limits) -> bool {
        !self.stopped && self.is_held(limits)
    }

    /// Whether the tier was tested, and exceeded a limit.
    fn gave_in(&self, limits: &Limits) -> bool {
        !self.stopped && self.outcome.is_ok() && !self.is_held(limits)
    }

    /// What is wrong, for the table of the rates; empty if the tier is within the limits.
    pub(super) fn note(&self, limits: &Limits) -> String {
        let faults = self.faults(limits).join("; ");
        match &self.outcome {
            _ if self.stopped => format!("stopped at {} a second", self.rate),
            Err(_) => format!("could not be tested at {} a second: {faults}", self.rate),
            Ok(_) => faults,
        }
    }

    /// The counts in one line.
    pub fn line(&self) -> String {
        match &self.outcome {
            Ok(outcome) => outcome.line(),
            Err(why) => why.clone(),
        }
    }
}

/// What the tests of one tier at several rates show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rates {
    /// The highest rate at which the tier was within the limits, in requests a second; `None` if it
    /// exceeded a limit at every rate.
    pub held_rate: Option<f64>,
    /// The first rate at which the tier exceeded a limit; `None` if it was within the limits at
    /// every rate, could not be tested, or was stopped.
    pub gave_in_at: Option<f64>,
}

impl Rates {
    /// The result of the tests of one tier: the first test, and those at higher rates.
    pub fn new(first: &Step, higher: &[Step], limits: &Limits) -> Rates {
        let steps = || std::iter::once(first).chain(higher);
        let held = steps().rfind(|step| step.has_passed(limits));
        let over = steps().find(|step| step.gave_in(limits));
        Rates {
            held_rate: held.map(|step| step.rate),
            gave_in_at: over.map(|step| step.rate),
        }
    }
}
