//! The same test against several tiers, side by side: where time and requests are lost.

mod next_step;
mod table;

use super::outcome::{Latency, Limits, Outcome};
use super::rates::{Rates, Step};
use model::wording::grouped;
use table::{Row, Table};

/// The result of one tier.
#[derive(Debug)]
pub struct Compared {
    /// The name of the tier.
    pub name: String,
    /// What its answers are.
    pub kind: TierKind,
    /// What may be wrong with its requests, found before they were sent.
    pub doubts: Vec<String>,
    /// Its test at the rate that it must hold.
    pub first: Step,
    /// Its tests at higher rates, up to the first that exceeds a limit; `None` if none were asked
    /// for.
    pub higher: Option<Vec<Step>>,
    /// Whether the user stopped the tests before the end of those of this tier.
    pub stopped: bool,
}

/// What answers the requests of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierKind {
    /// The database alone.
    Sql,
    /// A server of the service.
    Http,
}

/// All tiers, in the order in which a request passes them on its way back: the database first.
#[derive(Debug)]
pub struct Comparison {
    /// The results.
    pub tiers: Vec<Compared>,
    /// The limits of every tier.
    pub limits: Limits,
}

impl Compared {
    /// The rates that it holds.
    pub fn rates(&self, limits: &Limits) -> Rates {
        let higher = self.higher.as_deref().unwrap_or_default();
        Rates::new(&self.first, higher, limits)
    }

    /// What is probably not as the user means it, although it is no error: about its requests, and
    /// about its answers at the first rate at which there is something to say.
    pub fn warnings(&self) -> Vec<String> {
        let steps = std::iter::once(&self.first).chain(self.higher.iter().flatten());
        let of_answers = steps.filter_map(|step| step.outcome.as_ref().ok());
        let of_answers = of_answers.map(Outcome::warnings);
        let first = of_answers.into_iter().find(|found| !found.is_empty());
        let doubts = self.doubts.iter().cloned();
        doubts.chain(first.into_iter().flatten()).collect()
    }

    /// The last rate, whose test decides whether the tier gave in.
    fn last(&self) -> &Step {
        let higher = self.higher.as_deref().unwrap_or_default();
        higher.last().unwrap_or(&self.first)
    }
}

impl Comparison {
    /// The first tier that is over a limit or could not be tested. The tiers after it pass its
    /// answers on, so the cause is most probably there.
    pub fn first_fault(&self) -> Option<&Compared> {
        let mut tiers = self.tiers.iter();
        let was_begun = |step: &Step| !step.stopped || step.outcome.is_ok();
        tiers.find(|tier| was_begun(&tier.first) && !tier.first.is_held(&self.limits))
    }

    /// The names of the tiers that could not be tested.
    pub fn untested(&self) -> Vec<&str> {
        let tiers = self.tiers.iter();
        let untested = tiers.filter(|tier| tier.first.outcome.is_err());
        untested.map(|tier| &*tier.name).collect()
    }

    /// For each tier, the highest rate that it holds, and the one at which it gives in.
    pub fn rates_table(&self) -> String {
        let number = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| rate.to_string());
        let mut table = Table::new(&["held a second", "gave in at"]);
        for tier in &self.tiers {
            let rates = tier.rates(&self.limits);
            table.rows.push(Row {
                name: &tier.name,
                cells: vec![number(rates.held_rate), number(rates.gave_in_at)],
                notes: tier.last().note(&self.limits),
            });
        }
        table.render()
    }

    /// A line for each tier, and a second one with the statuses of its answers, the kinds of its
    /// requests without an answer, and the number of those that were not sent.
    pub fn table(&self) -> String {
        let mut table = Table::new(&[
            "sent",
            "answered",
            "no answer",
            "err %",
            "avg ms",
            "p50",
            "p90",
            "p99",
            "max",
        ]);
        for tier in &self.tiers {
            let (cells, notes) = match &tier.first.outcome {
                Ok(outcome) => (cells(outcome), outcome.details()),
                Err(why) => (Vec::new(), why.clone()),
            };
            table.rows.push(Row {
                name: &tier.name,
                cells,
                notes,
            });
        }
        table.render()
    }
}

fn cells(outcome: &Outcome) -> Vec<String> {
    let latency = |of: fn(&Latency) -> f64| match &outcome.latency_ms {
        Some(latency) => milliseconds(of(latency)),
        None => "-".to_owned(),
    };
    vec![
        grouped(outcome.sent),
        grouped(outcome.answered),
        grouped(outcome.not_answered),
        format!("{:.2}", outcome.error_percent),
        latency(|l| l.average),
        latency(|l| l.p50),
        latency(|l| l.p90),
        latency(|l| l.p99),
        latency(|l| l.max),
    ]
}

/// A latency in at most six characters below 100 seconds.
fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 100.0 => format!("{ms:.2}"),
        ms if ms < 1000.0 => format!("{ms:.1}"),
        ms => format!("{ms:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::wrapping::COLUMNS;
    use super::*;

    const LIMITS: Limits = Limits {
        error_percent: 0.0,
        average: Duration::from_millis(5),
    };

    pub(super) fn tier(name: &str, outcome: Result<Outcome, &str>) -> Compared {
        Compared {
            name: name.to_owned(),
            kind: TierKind::Http,
            doubts: Vec::new(),
            first: Step {
                rate: 250.0,
                stopped: false,
                outcome: outcome.map_err(str::to_owned),
            },
            higher: Some(Vec::new()),
            stopped: false,
        }
    }

    pub(super) fn outcome(count: u64) -> Outcome {
        let ms = 54_321.0;
        Outcome {
            requests: count,
            sent: count,
            not_answered: count,
            error_percent: 100.0,
            latency_ms: Some(Latency {
                average: ms,
                p50: ms,
                p90: ms,
                p99: ms,
                max: ms,
            }),
            ..Outcome::default()
        }
    }

    pub(super) fn comparison(tiers: Vec<Compared>) -> Comparison {
        Comparison {
            tiers,
            limits: LIMITS,
        }
    }

    #[test]
    fn tables_fit_into_80_columns_whatever_the_names_and_numbers_are() {
        let name = "http://reviews.example.com:8080";
        let why = "cannot open a connection to http://reviews.example.com:8080 (refused); is the \
                   server running, and are scheme, host and port of --http right?";
        let tiers = vec![
            tier("sql", Ok(outcome(999_999_999))),
            tier(name, Ok(outcome(1))),
            tier(name, Err(why)),
        ];
        let compared = comparison(tiers);
        for table in [compared.table(), compared.rates_table()] {
            let longest = table.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(COLUMNS), "{table}");
            assert!(table.contains(&format!("\n{name}")), "{table}");
            let words: Vec<&str> = table.split_whitespace().collect();
            let words = words.join(" ");
            assert!(
                words.contains("(refused); is the server running"),
                "{table}"
            );
        }
    }

    #[test]
    fn names_and_numbers_are_on_one_line_if_there_is_room() {
        let table = |count, names: [&str; 2]| {
            let tiers = names.map(|name| tier(name, Ok(outcome(count))));
            let table = comparison(tiers.into()).table();
            table.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            table(7500, ["sql", "front"]),
            [
                "tier    sent  answered  no answer   err %  avg ms    p50    p90    p99    max",
                "sql    7,500         0      7,500  100.00   54321  54321  54321  54321  54321",
                "front  7,500         0      7,500  100.00   54321  54321  54321  54321  54321",
            ]
        );
        let closer = table(30_000, ["sql", "balancer-2"]);
        assert_eq!(
            closer[2],
            "balancer-2 30,000        0    30,000 100.00  54321 54321 54321 54321 54321"
        );
    }
}
