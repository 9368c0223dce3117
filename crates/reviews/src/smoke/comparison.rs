//! The same test against several tiers, side by side: where time and requests are lost.

use super::outcome::{Latency, Limits, Outcome};
use super::rates::{Rates, Step};
use model::wording::grouped;

/// The columns of a terminal that the tables need at most.
const COLUMNS: usize = 80;

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
    /// Whether the user stopped the tests before the end of those of this tier.
    pub stopped: bool,
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

    /// A line for each tier, and a second one with the statuses of its answers and the kinds of its
    /// lost requests.
    pub fn table(&self) -> String {
        let mut table = Table::new(&[
            "sent", "answered", "lost", "errors %", "avg ms", "p50", "p99", "max",
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

/// A table with a row for each tier.
struct Table<'a> {
    head: Vec<String>,
    rows: Vec<Row<'a>>,
}

/// A row: the tier, its numbers (none if there are none), and what follows on lines of its own.
struct Row<'a> {
    name: &'a str,
    cells: Vec<String>,
    notes: String,
}

impl<'a> Table<'a> {
    fn new(head: &[&str]) -> Table<'a> {
        Table {
            head: head.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// The table as text. Names that leave no room for the numbers have a line of their own.
    fn render(&self) -> String {
        let width = |text: &str| text.chars().count();
        let all = || std::iter::once(&self.head).chain(self.rows.iter().map(|row| &row.cells));
        let widths = (0..self.head.len()).map(|column| {
            let cells = all().filter_map(|cells| cells.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        });
        let widths: Vec<usize> = widths.collect();
        let numbers: usize = widths.iter().map(|width| width + 2).sum();
        let longest = self.rows.iter().map(|row| width(row.name)).max();
        let longest = longest.unwrap_or(0).max(4);
        let room = match longest + numbers <= COLUMNS {
            true => longest,
            false => 4,
        };
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().zip(&widths);
            let cells = cells.map(|(cell, width)| format!("  {cell:>width$}"));
            let line = format!("{name:<room$}{}", cells.collect::<String>());
            format!("{}\n", line.trim_end())
        };
        let mut text = line("tier", &self.head);
        for row in &self.rows {
            if width(row.name) > room && !row.cells.is_empty() {
                text.push_str(&format!("{}\n", row.name));
                text.push_str(&line("", &row.cells));
            } else {
                text.push_str(&line(row.name, &row.cells));
            }
            text.push_str(&indented(&row.notes));
        }
        text
    }
}

/// A text on lines that are indented by four columns and, if its words allow it, not longer than
/// the table may be.
fn indented(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("    {word}")),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        error_percent: 0.0,
        average: Duration::from_millis(5),
    };

    fn tier(name: &str, outcome: Result<Outcome, &str>) -> Compared {
        Compared {
            name: name.to_owned(),
            first: Step {
                rate: 250.0,
                stopped: false,
                outcome: outcome.map_err(str::to_owned),
            },
            higher: Some(Vec::new()),
            stopped: false,
        }
    }

    fn outcome(count: u64) -> Outcome {
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

    fn comparison(tiers: Vec<Compared>) -> Comparison {
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
            tier("sql", Ok(outcome(9_999_999))),
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
        let tiers = vec![
            tier("sql", Ok(outcome(7500))),
            tier("front", Ok(outcome(1))),
        ];
        let table = comparison(tiers).table();
        let lines: Vec<&str> = table.lines().collect();
        assert!(
            lines[1].starts_with("sql    7,500         0  7,500    100.00   54321"),
            "{table}"
        );
        assert_eq!(
            lines[2],
            "front      1         0      1    100.00   54321  54321  54321  54321"
        );
    }
}
