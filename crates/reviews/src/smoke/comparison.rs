//! The same test against several tiers, side by side: where time and requests are lost.

use serde::Serialize;

use model::wording::grouped;

use super::outcome::{Limits, Outcome};
use super::rates::{Rates, Step};

/// The result of one tier.
#[derive(Debug)]
pub struct Compared {
    /// The name of the tier.
    pub name: String,
    /// Its test at the rate that it must hold.
    pub first: Step,
    /// Its tests at higher rates, up to the first that exceeds a limit; `None` if none were asked
    /// for.
    pub higher: Option<Vec<Step>>,
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
    #[serde(flatten)]
    rates: Option<Rates<'a>>,
}

impl Compared {
    /// The rates that it holds; `None` if no higher ones were asked for.
    pub fn rates(&self, limits: &Limits) -> Option<Rates<'_>> {
        let higher = self.higher.as_deref()?;
        Some(Rates::new(&self.first, higher, limits))
    }

    /// The last rate, whose test decides whether the tier gave in.
    fn last(&self) -> &Step {
        let higher = self.higher.as_deref().unwrap_or_default();
        higher.last().unwrap_or(&self.first)
    }
}

impl Comparison {
    /// The first tier that is over a limit or could not be tested, with the reasons. The tiers
    /// after it pass its answers on, so the cause is most probably there.
    pub fn first_fault(&self) -> Option<(&str, Vec<String>)> {
        self.tiers.iter().find_map(|tier| {
            let faults = tier.first.faults(&self.limits);
            (!faults.is_empty()).then_some((&*tier.name, faults))
        })
    }

    /// The width of the column of names.
    fn width(&self) -> usize {
        let width = self.tiers.iter().map(|t| t.name.chars().count()).max();
        width.unwrap_or(0).max(4)
    }

    /// For each tier, the highest rate that it holds, and the one at which it gives in.
    pub fn rates_table(&self) -> String {
        let width = self.width();
        let mut text = format!(
            "{:<width$} {:>13} {:>10}\n",
            "tier", "held a second", "gave in at"
        );
        for tier in &self.tiers {
            let Some(rates) = tier.rates(&self.limits) else {
                continue;
            };
            let number = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| rate.to_string());
            text.push_str(&format!(
                "{:<width$} {:>13} {:>10}  {}\n",
                tier.name,
                number(rates.held_rate),
                number(rates.gave_in_at),
                tier.last().faults(&self.limits).join("; ")
            ));
        }
        text
    }

    /// One line for each tier.
    pub fn table(&self) -> String {
        let width = self.width();
        let mut text = format!(
            "{:<width$} {:>9} {:>9} {:>12} {:>8} {:>9} {:>9} {:>9} {:>9}\n",
            "tier", "sent", "answered", "not answered", "errors %", "avg ms", "p50", "p99", "max"
        );
        for tier in &self.tiers {
            let outcome = match &tier.first.outcome {
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
            passed: tier.first.has_passed(&self.limits),
            outcome: tier.first.outcome.as_ref().ok(),
            error: tier.first.outcome.as_ref().err().map(String::as_str),
            rates: tier.rates(&self.limits),
        });
        let tiers: Vec<AsJson<'_>> = tiers.collect();
        Ok(format!("{}\n", serde_json::to_string_pretty(&tiers)?))
    }
}
