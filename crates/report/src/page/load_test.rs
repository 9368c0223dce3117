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
    /// The tiers, in the order in which they were tested.
    pub tiers: Vec<TierResult>,
}

/// The results of one tier.
#[derive(Debug)]
pub struct TierResult {
    /// The name of the tier.
    pub name: String,
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
    /// Requests that were sent.
    pub sent: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that were due and got no answer.
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
            p.meta { code { (self.command_line) } br; (self.written) }
            (self.side_by_side())
            (self.higher_rates())
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

    fn side_by_side(&self) -> Markup {
        html! {
            h2 #tiers { "Requests" }
            div.scroll { table {
                thead { tr {
                    th { "tier" } th.n { "sent" } th.n { "answered" } th.n { "not answered" }
                    th.n { "errors %" } th.n { "avg ms" } th.n { "p50" } th.n { "p99" } th.n { "max" }
                } }
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
                        th { "tier" } th.n { "a second" } th { "result" } th.n { "sent" }
                        th.n { "answered" } th.n { "not answered" } th.n { "errors %" }
                        th.n { "avg ms" } th.n { "p50" } th.n { "p99" } th.n { "max" }
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
                None => td.wrap colspan="8" { (self.faults.join("; ")) }
                Some(counts) => { (counts.cells()) }
            }
        }
    }
}

impl TierCounts {
    fn cells(&self) -> Markup {
        let [average, p50, _, p99, max] = self.latencies.first().map_or([f64::NAN; 5], |l| l.ms);
        html! {
            td.n { (grouped(self.sent)) }
            td.n { (grouped(self.answered)) }
            td.n { (grouped(self.not_answered)) }
            td.n { (format!("{:.2}", self.error_percent)) }
            @for ms in [average, p50, p99, max] { td.n { (milliseconds(ms)) } }
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
mod tests {
    use scraper::{Html, Selector};

    use super::*;

    fn tier(name: &str, faults: &[&str], answered: Option<u64>) -> TierResult {
        let counts = answered.map(|answered| {
            let mut histogram = Bars::default();
            histogram.push("1", answered);
            TierCounts {
                sent: 1500,
                answered,
                not_answered: 1500 - answered,
                failures: vec![(1500 - answered, "timeout: <no answer>".to_owned())],
                latencies: vec![Latencies {
                    of: "all".to_owned(),
                    ms: [1.25, 1.0, 2.0, 3.0, 4.5],
                }],
                histogram,
                ..TierCounts::default()
            }
        });
        TierResult {
            name: name.to_owned(),
            first: StepResult {
                rate: 250.0,
                faults: faults.iter().map(|&fault| fault.to_owned()).collect(),
                counts,
                ..StepResult::default()
            },
            higher: Vec::new(),
            stopped: false,
        }
    }

    fn texts(page: &LoadTestPage, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&page.render());
        let selector = Selector::parse(selector).unwrap();
        html.select(&selector).map(|e| e.text().collect()).collect()
    }

    fn page(tiers: Vec<TierResult>) -> LoadTestPage {
        LoadTestPage {
            command_line: String::new(),
            written: String::new(),
            settings: Vec::new(),
            tiers,
        }
    }

    #[test]
    fn the_first_tier_over_a_limit_is_in_the_title_and_each_tier_has_a_row() {
        let page = LoadTestPage {
            command_line: "reviewseed smoke --compare".to_owned(),
            written: "today".to_owned(),
            settings: vec![("rate", "250 a second".to_owned())],
            tiers: vec![
                tier("api", &[], Some(1500)),
                tier("front", &["errors 20 %"], Some(1200)),
                tier("edge", &["connection refused"], None),
            ],
        };
        assert_eq!(
            texts(&page, "title"),
            ["reviewseed smoke: front is the first tier that is over a limit"]
        );
        let rows = texts(&page, "#tiers + .scroll tbody tr");
        assert_eq!(rows[0], "api1,5001,50000.001.251.003.004.50");
        assert_eq!(rows[2], "edgeconnection refused");
        assert!(texts(&page, "li").contains(&"300 timeout: <no answer>".to_owned()));
        assert_eq!(texts(&page, "svg").len(), 2);
        let untested = self::page(vec![
            tier("api", &["refused"], None),
            tier("edge", &[], None),
        ]);
        let verdict = &texts(&untested, "p.outcome")[0];
        assert_eq!(verdict, "api is the first tier that could not be tested");
    }

    #[test]
    fn each_tier_has_a_row_for_each_rate() {
        let mut front = tier("front", &[], Some(1500));
        let mut api = tier("api", &[], Some(1500));
        assert_eq!(
            texts(&page(vec![tier("api", &[], None)]), "#rates"),
            [""; 0]
        );
        api.higher = vec![tier("", &["errors 20 %"], Some(1200)).first];
        api.higher[0].rate = 500.0;
        front.higher = vec![tier("", &["refused"], None).first];
        let rows = texts(&page(vec![api, front]), "#rates + .scroll tbody tr");
        assert_eq!(rows.len(), 4);
        assert_eq!(
            rows[1],
            "api500over a limit1,5001,2003000.001.251.003.004.50"
        );
        assert_eq!(rows[3], "front250could not be testedrefused");
    }

    #[test]
    fn a_test_that_was_stopped_says_so_in_the_title() {
        let mut sql = tier("sql", &[], Some(1500));
        sql.stopped = true;
        sql.higher = vec![StepResult {
            stopped: true,
            ..tier("", &[], Some(7)).first
        }];
        let page = page(vec![sql]);
        assert_eq!(texts(&page, "title"), ["reviewseed smoke: stopped"]);
        let rows = texts(&page, "#rates + .scroll tbody tr");
        assert!(rows[1].starts_with("sql250stopped1,500"), "{rows:?}");
    }

    #[test]
    fn a_test_of_one_tier_has_passed_or_is_over_a_limit() {
        for (faults, verdict) in [(&[][..], "passed"), (&["slow"][..], "over a limit")] {
            let page = page(vec![tier("sql", faults, Some(1))]);
            assert_eq!(texts(&page, "p.outcome")[0], verdict);
        }
    }
}
