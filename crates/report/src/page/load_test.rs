//! The HTML page of a load test: a comparison of the tiers, then for each tier its kinds of
//! requests, its failed requests and its latencies.

use maud::{Markup, html};
use model::wording::{counted, grouped};

use super::{charts, document};
use crate::profile::Bars;

/// The contents of a page.
#[derive(Debug)]
pub struct LoadTestPage {
    /// The command line, without passwords.
    pub command_line: String,
    /// Time of writing, for people.
    pub written: String,
    /// The settings of the test, as names and values.
    pub settings: Vec<(&'static str, String)>,
    /// What to do about the first tier that is over a limit.
    pub next_step: Option<String>,
    /// The tiers, in the order in which they were tested.
    pub tiers: Vec<TierResult>,
}

/// The results of one tier.
#[derive(Debug)]
pub struct TierResult {
    /// The name of the tier.
    pub name: String,
    /// What is probably not as the user means it, although it is no error.
    pub warnings: Vec<String>,
    /// The test at the rate that the tier must reach.
    pub first: StepResult,
    /// The tests at higher rates, up to the first that exceeds a limit.
    pub higher: Vec<StepResult>,
    /// Whether the user stopped the tests of this tier before all of them were done.
    pub stopped: bool,
}

/// The result of one test of a tier at one rate.
#[derive(Debug, Default)]
pub struct StepResult {
    /// Requests a second.
    pub rate: f64,
    /// Whether the user stopped the test.
    pub stopped: bool,
    /// The limits that were exceeded, or the reason why the test could not run; empty if it passed.
    pub faults: Vec<String>,
    /// What was counted; `None` if the test could not run.
    pub counts: Option<TierCounts>,
}

/// What was counted in one test.
#[derive(Debug, Default)]
pub struct TierCounts {
    /// Requests that were due: sent and unsent.
    pub requests: u64,
    /// Requests that were sent: answered and not answered.
    pub sent: u64,
    /// Requests that were due and found no free connection until the end.
    pub unsent: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that were sent and not answered.
    pub not_answered: u64,
    /// Percentage of the requests that failed.
    pub error_percent: f64,
    /// Requests that were sent per second; `None` if fewer than two were sent.
    pub sent_rate: Option<f64>,
    /// Size of all answers in bytes.
    pub bytes: u64,
    /// Number of answers by HTTP status.
    pub statuses: Vec<(u16, u64)>,
    /// The requests that got no answer: their number, and the reason.
    pub failures: Vec<(u64, String)>,
    /// Latencies of all answers, then of each kind of request.
    pub latencies: Vec<Latencies>,
    /// Answers by latency.
    pub histogram: Bars,
}

/// How long the answers to one kind of request took, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latencies {
    /// The kind of request.
    pub of: String,
    /// Average, median, 90th and 99th percentile, and the slowest.
    pub ms: [f64; 5],
}

impl LoadTestPage {
    /// The page as HTML.
    pub fn render(&self) -> String {
        let (verdict, class) = self.verdict();
        let sections = html! {
            h1 { "reviewseed smoke" }
            p class=(format!("outcome {class}")) { (verdict) }
            (self.faults())
            p.meta { code { (self.command_line) } br; (self.written) }
            (self.side_by_side())
            (self.higher_rates())
            (explained())
            @for tier in &self.tiers { (tier.section()) }
            h2 #settings { "Settings" }
            table { tbody { @for (name, value) in &self.settings {
                tr { th { (name) } td.wrap { (value) } }
            } } }
        };
        document(&format!("smoke: {verdict}"), &sections, &self.written)
    }

    /// The outcome as text, and the CSS class of its colour.
    fn verdict(&self) -> (String, &'static str) {
        let over = self.tiers.iter().find(|tier| !tier.first.faults.is_empty());
        match over {
            _ if self.tiers.iter().any(|tier| tier.stopped) => ("stopped".to_owned(), "bad"),
            None => ("passed".to_owned(), "good"),
            Some(tier) if self.tiers.len() > 1 => {
                let (name, what) = (&tier.name, tier.first.verdict());
                (format!("{name} is the first tier that {what}"), "bad")
            }
            Some(tier) => (
                tier.first.verdict().trim_start_matches("is ").to_owned(),
                "bad",
            ),
        }
    }

    /// Why the first tier that did not pass did not, and what to do next.
    fn faults(&self) -> Markup {
        let over = self.tiers.iter().find(|tier| !tier.first.faults.is_empty());
        html! {
            @if let Some(tier) = over { p #why { (tier.first.faults.join("; ")) } }
            @if let Some(next) = &self.next_step { p #next { b { "Next: " } (next) } }
        }
    }

    fn side_by_side(&self) -> Markup {
        html! {
            h2 #tiers { "Requests" }
            div.scroll { table {
                thead { tr { th { "tier" } (heads()) } }
                tbody { @for tier in &self.tiers { tr {
                    td { (tier.name) }
                    (tier.first.cells())
                } } }
            } }
        }
    }

    /// The tests at higher rates, tier by tier.
    fn higher_rates(&self) -> Markup {
        html! {
            @if self.tiers.iter().any(|tier| !tier.higher.is_empty()) {
                h2 #rates { "Rates" }
                div.scroll { table {
                    thead { tr {
                        th { "tier" } th.n { "a second" } th { "result" } (heads())
                    } }
                    tbody { @for tier in &self.tiers {
                        @for step in std::iter::once(&tier.first).chain(&tier.higher) { tr {
                            td { (tier.name) }
                            td.n { (step.rate) }
                            td { (step.verdict().trim_start_matches("is ")) }
                            (step.cells())
                        } }
                    } }
                } }
            }
        }
    }
}

/// What the numbers of the tables mean.
fn explained() -> Markup {
    html! {
        p.meta {
            "requests = unsent (no connection was free until the end) + sent; sent = answered + \
             not answered (timeout, reset, closed port and others). Errors, in percent of the requests: \
             unsent, not answered, and answers with a status other than 2xx and 304. Latencies \
             count from the time when a request was due."
        }
    }
}

/// The heads of [`TierCounts::cells`].
fn heads() -> Markup {
    let names = [
        "requests",
        "unsent",
        "sent",
        "answered",
        "not answered",
        "errors %",
        "avg ms",
        "p50",
        "p90",
        "p99",
        "max",
    ];
    html! { @for name in names { th.n { (name) } } }
}

impl StepResult {
    /// How the test ended, as a phrase that follows the name of the tier.
    fn verdict(&self) -> &'static str {
        match &self.counts {
            _ if self.stopped => "stopped",
            None => "could not be tested",
            Some(_) if self.faults.is_empty() => "passed",
            Some(_) => "is over a limit",
        }
    }

    fn cells(&self) -> Markup {
        html! {
            @match &self.counts {
                None => td.wrap colspan="11" { (self.faults.join("; ")) }
                Some(counts) => { (counts.cells()) }
            }
        }
    }
}

impl TierCounts {
    fn cells(&self) -> Markup {
        let latencies = self.latencies.first().map_or([f64::NAN; 5], |l| l.ms);
        let counts = [
            self.requests,
            self.unsent,
            self.sent,
            self.answered,
            self.not_answered,
        ];
        html! {
            @for count in counts { td.n { (grouped(count)) } }
            td.n { (format!("{:.2}", self.error_percent)) }
            @for ms in latencies { td.n { (milliseconds(ms)) } }
        }
    }

    fn latency_table(&self) -> Markup {
        html! {
            @if !self.latencies.is_empty() {
                div.scroll { table {
                    thead { tr {
                        th { "latency ms" } th.n { "average" } th.n { "p50" } th.n { "p90" }
                        th.n { "p99" } th.n { "max" }
                    } }
                    tbody { @for kind in &self.latencies { tr {
                        td.wrap { (kind.of) }
                        @for ms in kind.ms { td.n { (milliseconds(ms)) } }
                    } } }
                } }
            }
        }
    }
}

impl TierResult {
    fn section(&self) -> Markup {
        html! {
            h2 { (self.name) }
            @for fault in &self.first.faults { p.outcome.bad { (fault) } }
            @for warning in &self.warnings { p.outcome.warn { "warning: " (warning) } }
            @if let Some(counts) = &self.first.counts {
                @if let Some(rate) = counts.sent_rate {
                    p { (format!("{rate:.1}")) " requests a second were sent." }
                }
                @if !counts.statuses.is_empty() {
                    p {
                        "Answers by status: "
                        @for (at, (status, count)) in counts.statuses.iter().enumerate() {
                            @if at > 0 { ", " }
                            (status) ": " (grouped(*count))
                        }
                        "; " (counted(counts.bytes, "byte", "bytes")) "."
                    }
                }
                @if !counts.failures.is_empty() {
                    ul { @for (count, why) in &counts.failures {
                        li { (grouped(*count)) " " (why) }
                    } }
                }
                (counts.latency_table())
                @if !counts.histogram.is_empty() {
                    div.cards { figure {
                        figcaption { b { "Answers by latency" } span { "milliseconds, upper bound" } }
                        (charts::bars("answers by latency", &counts.histogram))
                    } }
                }
            }
        }
    }
}

/// A latency in milliseconds; `-` if there was no answer.
fn milliseconds(ms: f64) -> String {
    match ms.is_nan() {
        true => "-".to_owned(),
        false => format!("{ms:.2}"),
    }
}

#[cfg(test)]
mod tests;
