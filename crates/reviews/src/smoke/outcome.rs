//! The result of a smoke test: counted per worker, summed, compared with the limits, and written as
//! JSON or as text with a histogram.
//!
//! Every request that was due is either answered, or not sent, or sent and not answered. An answer
//! of HTTP with a status of 400 or more is answered and counts as an error.

mod tally;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::Settings;
use super::histogram::{histogram, ranges};
use super::rates::Rates;
use model::wording::grouped;
use tally::empty;
pub use tally::{Request, Tally};

/// Latencies in microseconds.
type Latencies = Histogram<u64>;

/// The kind of requests that found no free connection.
const UNSENT: &str = "unsent";

/// The first status of HTTP that counts as an error.
const FIRST_ERROR: u16 = 400;

/// Latencies in milliseconds, from the time when a request was due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Average.
    pub average: f64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

/// The result of a test.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Whether the test was stopped before its end; then it has not passed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// Requests that were due.
    pub requests: u64,
    /// Requests that were sent.
    pub sent: u64,
    /// Requests that were answered, with whatever status.
    pub answered: u64,
    /// The number of all other requests by kind; `unsent` is for those that found no free
    /// connection.
    pub errors: BTreeMap<String, u64>,
    /// The number of answers by status; empty for SQL.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<u16, u64>,
    /// The share of the errors in percent: requests without an answer, and answers with a status of
    /// 400 or more.
    pub error_percent: f64,
    /// Requests a second that were due.
    pub rate: f64,
    /// Requests a second that were sent.
    pub sent_rate: f64,
    /// Seconds from the start to the last answer.
    pub seconds: f64,
    /// Answers a second.
    pub throughput: f64,
    /// Bytes of the bodies of all answers; 0 for SQL.
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes: u64,
    /// Answers that lead to another address, which are not followed.
    #[serde(skip_serializing_if = "is_zero")]
    pub redirects: u64,
    /// Connections.
    pub connections: usize,
    /// The latency of all answers; `None` when there were none.
    pub latency_ms: Option<Latency>,
    /// The answers by kind of request.
    pub reads: BTreeMap<String, ReadResult>,
    #[serde(skip)]
    first_redirect: Option<String>,
    #[serde(skip)]
    messages: BTreeMap<String, String>,
    #[serde(skip)]
    all: Option<Latencies>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The answers to one kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReadResult {
    /// Requests that were answered.
    pub answered: u64,
    /// Their latency.
    pub latency_ms: Latency,
}

impl ReadResult {
    fn of(latencies: &Latencies) -> ReadResult {
        ReadResult {
            answered: latencies.len(),
            latency_ms: latency(latencies),
        }
    }
}

/// The limits for the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The largest share of errors, in percent.
    pub error_percent: f64,
    /// The largest average latency.
    pub average: Duration,
}

/// The result with the limits, as JSON.
#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    max_error_percent: f64,
    max_average_ms: f64,
    passed: bool,
    #[serde(flatten)]
    rates: Option<Rates<'a>>,
}

impl Outcome {
    /// The result of the summed counts. `labels` are the names of the kinds of requests.
    pub fn new(settings: &Settings, requests: u64, labels: &[String], tally: Tally) -> Outcome {
        let mut all = empty();
        let mut reads: BTreeMap<String, Latencies> = BTreeMap::new();
        for (which, latencies) in &tally.of {
            // cannot fail, because all have the same bounds
            let _ = all.add(latencies);
            let name = labels.get(*which).cloned().unwrap_or_default();
            let _ = reads.entry(name).or_insert_with(empty).add(latencies);
        }
        let answered = all.len();
        let unsent = tally.failures.get(UNSENT).map_or(0, |(count, _)| *count);
        let bad: u64 = tally.statuses.range(FIRST_ERROR..).map(|(_, n)| n).sum();
        let errors = requests - answered.min(requests) + bad;
        let seconds = tally.last_answer.as_secs_f64();
        let sent = requests - unsent.min(requests);
        // the first request is sent at the start: n requests are n - 1 intervals
        let intervals = sent.saturating_sub(1) as f64;
        Outcome {
            stopped: false,
            requests,
            sent,
            answered,
            error_percent: 100.0 * errors as f64 / requests.max(1) as f64,
            rate: settings.rate,
            sent_rate: a_second(intervals, tally.last_sent.as_secs_f64()),
            seconds: rounded(seconds),
            throughput: a_second(answered as f64, seconds),
            bytes: tally.bytes,
            redirects: tally.redirects,
            first_redirect: tally.first_redirect,
            connections: settings.connections,
            latency_ms: (answered > 0).then(|| latency(&all)),
            reads: reads
                .iter()
                .map(|(name, latencies)| (name.clone(), ReadResult::of(latencies)))
                .collect(),
            errors: tally
                .failures
                .iter()
                .map(|(kind, (count, _))| (kind.clone(), *count))
                .collect(),
            messages: tally
                .failures
                .into_iter()
                .map(|(kind, (_, message))| (kind, message))
                .collect(),
            statuses: tally.statuses,
            all: (answered > 0).then_some(all),
        }
    }

    /// What was not answered: the number of requests, their kind, and the message of the first.
    pub fn failures(&self) -> impl Iterator<Item = (u64, &str, &str)> {
        self.errors.iter().map(|(kind, count)| {
            let message = self.messages.get(kind).map(String::as_str);
            (*count, kind.as_str(), message.unwrap_or_default())
        })
    }

    /// A note on answers that are redirects.
    pub fn redirected(&self) -> Option<String> {
        let first = self.first_redirect.as_ref()?;
        Some(format!(
            "{} answers lead to another address, which is not followed; the first to {first}: \
             test the address that answers itself",
            grouped(self.redirects)
        ))
    }

    /// Answers by latency: from, to (milliseconds), count.
    pub fn histogram(&self) -> Vec<(f64, f64, u64)> {
        self.all.as_ref().map(ranges).unwrap_or_default()
    }

    /// One message for each limit that was exceeded.
    pub fn exceeded_limits(&self, limits: &Limits) -> Vec<String> {
        let mut exceeded = Vec::new();
        if self.error_percent > limits.error_percent {
            exceeded.push(format!(
                "errors {:.3} %, more than --max-error-rate {}%",
                self.error_percent, limits.error_percent
            ));
        }
        if self.answered == 0 && self.requests > 0 && exceeded.is_empty() {
            exceeded.push("no request was answered".to_owned());
        }
        let allowed = limits.average.as_secs_f64() * 1000.0;
        if let Some(latency) = self.latency_ms
            && latency.average > allowed
        {
            exceeded.push(format!(
                "average {:.3} ms, more than --max-avg {allowed} ms",
                latency.average
            ));
        }
        exceeded
    }

    /// The result with its limits, for a test that is within them.
    pub fn passed(&self, limits: &Limits) -> String {
        let average = self.latency_ms.map_or(0.0, |latency| latency.average);
        format!(
            "passed: errors {:.3} % (limit {} %), average {average:.3} ms (limit {} ms)",
            self.error_percent,
            limits.error_percent,
            limits.average.as_secs_f64() * 1000.0
        )
    }

    /// The counts in one line.
    pub fn line(&self) -> String {
        let average = match self.latency_ms {
            Some(latency) => format!(", average {:.2} ms", latency.average),
            None => String::new(),
        };
        format!(
            "{} sent, {} answered, {:.2} % errors{average}",
            grouped(self.sent),
            grouped(self.answered),
            self.error_percent
        )
    }

    /// The result with the limits, and with the tests at higher rates, as JSON, with a line end.
    ///
    /// # Errors
    ///
    /// Never for numbers that can be written as JSON.
    pub fn to_json(&self, limits: &Limits, rates: Option<Rates<'_>>) -> serde_json::Result<String> {
        let judged = Judged {
            outcome: self,
            max_error_percent: limits.error_percent,
            max_average_ms: limits.average.as_secs_f64() * 1000.0,
            passed: !self.stopped && self.exceeded_limits(limits).is_empty(),
            rates,
        };
        Ok(format!("{}\n", serde_json::to_string_pretty(&judged)?))
    }

    /// The result as text.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "requests    {} at {} a second, {} sent, {} answered, {:.2} % errors\n",
            grouped(self.requests),
            self.rate,
            grouped(self.sent),
            grouped(self.answered),
            self.error_percent
        );
        if !self.statuses.is_empty() {
            let statuses = self.statuses.iter();
            let statuses = statuses.map(|(status, count)| format!("{status}: {}", grouped(*count)));
            let statuses: Vec<String> = statuses.collect();
            text.push_str(&format!(
                "answers     {}; {} bytes\n",
                statuses.join(", "),
                grouped(self.bytes)
            ));
        }
        for (count, kind, message) in self.failures() {
            text.push_str(&format!("  {:>9} {kind}: {message}\n", grouped(count)));
        }
        text.push_str(&format!(
            "throughput  {:.1} answers a second, over {} connections\n",
            self.throughput, self.connections
        ));
        if let (Some(latency), Some(all)) = (self.latency_ms, &self.all) {
            let width = self.reads.keys().map(|name| name.chars().count()).max();
            let width = width.unwrap_or(0).clamp(14, 50);
            text.push_str(&format!(
                "{:<width$} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
                "latency ms",
                "average",
                "p50",
                "p90",
                "p99",
                "max",
                width = width + 2
            ));
            let mut row = |name: &str, l: &Latency| {
                text.push_str(&format!(
                    "  {name:<width$} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}\n",
                    l.average, l.p50, l.p90, l.p99, l.max
                ));
            };
            row("all", &latency);
            for (name, read) in &self.reads {
                row(name, &read.latency_ms);
            }
            text.push_str(&histogram(all));
        }
        text
    }
}

fn latency(latencies: &Latencies) -> Latency {
    let ms = |micros: u64| micros as f64 / 1000.0;
    Latency {
        average: rounded(latencies.mean() / 1000.0),
        p50: ms(latencies.value_at_quantile(0.5)),
        p90: ms(latencies.value_at_quantile(0.9)),
        p99: ms(latencies.value_at_quantile(0.99)),
        max: ms(latencies.max()),
    }
}

fn a_second(count: f64, seconds: f64) -> f64 {
    match seconds > 0.0 {
        true => rounded(count / seconds),
        false => 0.0,
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
