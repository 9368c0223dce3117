//! Statistics of columns with few possible values: the number of rows for each value.

use super::bars::{Bars, of_run};
use model::batch::Value;

/// Maximum number of bars in a chart.
const BARS: usize = 20;
/// Maximum number of members of an ENUM that get a bar each.
const MEMBERS: usize = 9;
/// Position of the value 0 in the counts of small integers, which range from -128 to 255.
const ZERO: i64 = 128;
/// The year before the first year that a YEAR column can store. YEAR can also store 0.
const BEFORE_YEARS: i64 = 1900;

/// The number of rows for each value.
#[derive(Debug, Clone)]
pub struct Values {
    counts: Vec<u64>,
    named: Named,
}

#[derive(Debug, Clone)]
enum Named {
    /// The values have these names, in the order of the counts.
    Names(Vec<String>),
    /// The values are consecutive numbers that start at this one.
    From(i64),
}

impl Values {
    pub(super) fn of_booleans() -> Values {
        Values {
            counts: vec![0; 2],
            named: Named::Names(vec!["false".to_string(), "true".to_string()]),
        }
    }

    pub(super) fn of_members(members: &[String]) -> Values {
        Values {
            counts: vec![0; members.len()],
            named: Named::Names(members.to_vec()),
        }
    }

    pub(super) fn of_small_integers() -> Values {
        Values {
            counts: vec![0; 128 + 256],
            named: Named::From(-ZERO),
        }
    }

    pub(super) fn of_years() -> Values {
        Values {
            counts: vec![0; 256],
            named: Named::From(BEFORE_YEARS),
        }
    }

    pub(super) fn add(&mut self, value: Value<'_>) {
        let at = match (value, &self.named) {
            (Value::Int(v), Named::Names(_)) => v,
            (Value::UInt(v), Named::Names(_)) => v as i64,
            (Value::Int(v), Named::From(first)) => v - first,
            (Value::UInt(v), Named::From(first)) => v as i64 - first,
            (Value::Enum(position), _) => i64::from(position) - 1,
            // the year 0 is counted in the place of 1900, which a YEAR column cannot store
            (Value::Year(v), _) => (i64::from(v) - BEFORE_YEARS).max(0),
            _ => return,
        };
        if let Some(count) = usize::try_from(at)
            .ok()
            .and_then(|at| self.counts.get_mut(at))
        {
            *count += 1;
        }
    }

    /// The number of rows for each value, or for several values together if there are many.
    pub fn bars(&self) -> Bars {
        match &self.named {
            Named::Names(names) => self.named_bars(names),
            Named::From(first) => {
                let (Some(least), Some(most)) = (
                    self.counts.iter().position(|n| *n > 0),
                    self.counts.iter().rposition(|n| *n > 0),
                ) else {
                    return Bars::default();
                };
                of_run(first + least as i64, &self.counts[least..=most], BARS)
            }
        }
    }

    fn named_bars(&self, names: &[String]) -> Bars {
        let mut order: Vec<usize> = (0..names.len()).collect();
        if names.len() > MEMBERS + 1 {
            order.sort_by_key(|at| (std::cmp::Reverse(self.counts[*at]), *at));
        }
        let own = if names.len() > MEMBERS + 1 {
            MEMBERS
        } else {
            names.len()
        };
        let mut bars = Bars::default();
        for at in &order[..own] {
            bars.push(names[*at].clone(), self.counts[*at]);
        }
        if own < names.len() {
            let others = order[own..].iter().map(|at| self.counts[*at]).sum();
            bars.push(format!("{} others", names.len() - own), others);
        }
        bars
    }

    /// The mean, if the values are numbers and there are any.
    pub fn mean(&self) -> Option<f64> {
        let Named::From(first) = self.named else {
            return None;
        };
        let rows: u64 = self.counts.iter().sum();
        let sum: f64 = self
            .counts
            .iter()
            .enumerate()
            .map(|(at, n)| (first + at as i64) as f64 * *n as f64)
            .sum();
        (rows > 0).then(|| sum / rows as f64)
    }
}
