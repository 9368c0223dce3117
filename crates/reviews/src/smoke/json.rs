//! Results as JSON. Every result has the same keys, whatever was tested and however the test ended.
//! A missing value is 0, `null`, or an empty object or array.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparison::{Compared, Comparison};
use super::outcome::{Limits, Outcome};
use super::rates::{Rates, Step};

/// A tier with its limits and rates.
#[derive(Serialize)]
struct TierAsJson<'a> {
    tier: &'a str,
    #[serde(flatten)]
    first: StepAsJson<'a>,
    max_error_percent: f64,
    max_average_ms: f64,
    warnings: Vec<String>,
    #[serde(flatten)]
    rates: Rates,
    higher_rates: Vec<StepAsJson<'a>>,
}

/// The test of a tier at one rate.
#[derive(Serialize)]
struct StepAsJson<'a> {
    passed: bool,
    stopped: bool,
    error: Option<&'a str>,
    rate: f64,
    #[serde(flatten)]
    counts: Counts<'a>,
}

/// The counts of a test. If the tier could not be tested, every value is `null`.
#[derive(Serialize)]
#[serde(untagged)]
enum Counts<'a> {
    Tested(&'a Outcome),
    Untested(BTreeMap<String, Option<u64>>),
}

impl Comparison {
    /// The tiers as a JSON array, with a line end.
    ///
    /// # Errors
    ///
    /// When a number cannot be written as JSON, which no test gives.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let tiers = self.tiers.iter().map(|tier| of(tier, &self.limits));
        let tiers = tiers.collect::<serde_json::Result<Vec<_>>>()?;
        Ok(format!("{}\n", serde_json::to_string_pretty(&tiers)?))
    }
}

impl Compared {
    /// The tier as a JSON object, with a line end.
    ///
    /// # Errors
    ///
    /// When a number cannot be written as JSON, which no test gives.
    pub fn to_json(&self, limits: &Limits) -> serde_json::Result<String> {
        let tier = of(self, limits)?;
        Ok(format!("{}\n", serde_json::to_string_pretty(&tier)?))
    }
}

fn of<'a>(tier: &'a Compared, limits: &Limits) -> serde_json::Result<TierAsJson<'a>> {
    let higher = tier.higher.iter().flatten();
    let higher = higher.map(|higher| step(higher, limits));
    let mut first = step(&tier.first, limits)?;
    first.stopped |= tier.stopped;
    first.passed &= !tier.stopped;
    Ok(TierAsJson {
        tier: &tier.name,
        first,
        max_error_percent: limits.error_percent,
        max_average_ms: limits.average.as_secs_f64() * 1000.0,
        warnings: tier.warnings(),
        rates: tier.rates(limits),
        higher_rates: higher.collect::<serde_json::Result<Vec<_>>>()?,
    })
}

fn step<'a>(step: &'a Step, limits: &Limits) -> serde_json::Result<StepAsJson<'a>> {
    Ok(StepAsJson {
        passed: step.has_passed(limits),
        stopped: step.stopped,
        error: step.outcome.as_ref().err().map(String::as_str),
        rate: step.rate,
        counts: match &step.outcome {
            Ok(outcome) => Counts::Tested(outcome),
            Err(_) => Counts::Untested(keys()?),
        },
    })
}

/// The keys of an outcome.
fn keys() -> serde_json::Result<BTreeMap<String, Option<u64>>> {
    let empty = serde_json::to_value(Outcome::default())?;
    let keys = empty.as_object().into_iter().flatten();
    Ok(keys.map(|(key, _)| (key.clone(), None)).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::super::comparison::TierKind;
    use super::*;

    const LIMITS: Limits = Limits {
        error_percent: 0.0,
        average: Duration::from_millis(5),
    };

    fn at(rate: f64, outcome: Result<Outcome, String>) -> Step {
        Step {
            rate,
            stopped: false,
            outcome,
        }
    }

    fn tier(outcome: Result<Outcome, String>, higher: Option<Vec<Step>>) -> Value {
        let tier = Compared {
            name: "api".to_owned(),
            kind: TierKind::Http,
            doubts: vec!["all requests are the same".to_owned()],
            stopped: higher.iter().flatten().any(|step| step.stopped),
            first: at(20.0, outcome),
            higher,
        };
        serde_json::from_str(&tier.to_json(&LIMITS).unwrap()).unwrap()
    }

    fn keys_of(value: &Value) -> Vec<&String> {
        value.as_object().unwrap().keys().collect()
    }

    #[test]
    fn a_result_has_the_same_keys_whatever_was_tested() {
        let tested = tier(Ok(Outcome::default()), None);
        let refused = || Err("refused".to_owned());
        let untested = tier(refused(), Some(vec![at(40.0, refused())]));
        assert_eq!(keys_of(&tested), keys_of(&untested));
        assert_eq!(
            (&tested["error"], &untested["error"]),
            (&Value::Null, &"refused".into())
        );
        assert_eq!(
            (&untested["sent"], &untested["rate"]),
            (&Value::Null, &rate_of(20.0))
        );
        for (key, empty) in [
            ("statuses", "{}"),
            ("errors", "{}"),
            ("bytes", "0"),
            ("redirects", "0"),
            ("not_answered", "0"),
            ("unsent", "0"),
            ("warnings", "[\"all requests are the same\"]"),
            ("stopped", "false"),
            ("higher_rates", "[]"),
        ] {
            assert_eq!(tested[key].to_string(), empty, "{key}");
        }
        assert_eq!(untested["higher_rates"][0]["error"], "refused");
        assert_eq!(
            untested["gave_in_at"],
            Value::Null,
            "it was tested at no rate"
        );
    }

    #[test]
    fn a_test_that_was_stopped_at_a_higher_rate_has_not_passed_and_keeps_its_results() {
        let tested = || Outcome {
            answered: 7,
            ..Outcome::default()
        };
        let mut over = at(80.0, Ok(tested()));
        over.stopped = true;
        let higher = vec![at(40.0, Ok(tested())), over];
        let stopped = tier(Ok(tested()), Some(higher));
        let marks = |of: &Value| ["passed", "stopped"].map(|key| of[key].as_bool());
        assert_eq!(marks(&stopped), [Some(false), Some(true)]);
        let [held, last] = [&stopped["higher_rates"][0], &stopped["higher_rates"][1]];
        assert_eq!(marks(held), [Some(true), Some(false)]);
        assert_eq!(marks(last), [Some(false), Some(true)]);
        assert_eq!(
            (&last["answered"], &last["rate"]),
            (&7.into(), &rate_of(80.0))
        );
        assert_eq!(
            (&stopped["held_rate"], &stopped["gave_in_at"]),
            (&rate_of(40.0), &Value::Null)
        );
    }

    fn rate_of(rate: f64) -> Value {
        rate.into()
    }
}
