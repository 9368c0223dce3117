//! The same test against several tiers, side by side: where time and requests are lost.

use serde::Serialize;

use model::wording::grouped;

use super::outcome::{Limits, Outcome};

/// The result of one tier.
#[derive(Debug)]
pub struct Compared {
    /// The name of the tier.
    pub name: String,
    /// Its result, or why it could not be tested.
    pub outcome: Result<Outcome, String>,
}

/// All tiers, in the order in which a request passes them on its way back: the database first.
#[derive(Debug)]
pub struct Comparison {
    /// The results.
    pub tiers: Vec<Compared>,
    /// The limits of every tier.
    pub limits: Limits,
}

/// One tier as JSON.
#[derive(Serialize)]
struct AsJson<'a> {
    tier: &'a str,
    passed: bool,
    #[serde(flatten)]
    outcome: Option<&'a Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Compared {
    /// What is wrong with the tier: limits that were exceeded, or why it could not be tested.
    pub fn faults(&self, limits: &Limits) -> Vec<String> {
        match &self.outcome {
            Ok(outcome) => outcome.exceeded_limits(limits),
            Err(why) => vec![why.clone()],
        }
    }
}

impl Comparison {
    /// The first tier that is over a limit or could not be tested, with the reasons. The tiers
    /// after it pass its answers on, so the cause is most probably there.
    pub fn first_fault(&self) -> Option<(&str, Vec<String>)> {
        self.tiers.iter().find_map(|tier| {
            let faults = tier.faults(&self.limits);
            (!faults.is_empty()).then_some((&*tier.name, faults))
        })
    }

    /// One line for each tier.
    pub fn table(&self) -> String {
        let width = self.tiers.iter().map(|t| t.name.chars().count()).max();
        let width = width.unwrap_or(0).max(4);
        let mut text = format!(
            "{:<width$} {:>9} {:>9} {:>12} {:>8} {:>9} {:>9} {:>9} {:>9}\n",
            "tier", "sent", "answered", "not answered", "errors %", "avg ms", "p50", "p99", "max"
        );
        for tier in &self.tiers {
            let outcome = match &tier.outcome {
                Ok(outcome) => outcome,
                Err(why) => {
                    text.push_str(&format!("{:<width$} {why}\n", tier.name));
                    continue;
                }
            };
            let latency = |of: fn(&super::outcome::Latency) -> f64| match &outcome.latency_ms {
                Some(latency) => format!("{:.2}", of(latency)),
                None => "-".to_owned(),
            };
            text.push_str(&format!(
                "{:<width$} {:>9} {:>9} {:>12} {:>8.2} {:>9} {:>9} {:>9} {:>9}\n",
                tier.name,
                grouped(outcome.sent),
                grouped(outcome.answered),
                grouped(outcome.requests - outcome.answered.min(outcome.requests)),
                outcome.error_percent,
                latency(|l| l.average),
                latency(|l| l.p50),
                latency(|l| l.p99),
                latency(|l| l.max),
            ));
        }
        text
    }

    /// The tiers as a JSON array, with a line end.
    ///
    /// # Errors
    ///
    /// Never for numbers that can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let tiers = self.tiers.iter().map(|tier| AsJson {
            tier: &tier.name,
            passed: tier.faults(&self.limits).is_empty(),
            outcome: tier.outcome.as_ref().ok(),
            error: tier.outcome.as_ref().err().map(String::as_str),
        });
        let tiers: Vec<AsJson<'_>> = tiers.collect();
        Ok(format!("{}\n", serde_json::to_string_pretty(&tiers)?))
    }
}
