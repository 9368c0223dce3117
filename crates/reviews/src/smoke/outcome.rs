//! The result of a smoke test: counted per worker, summed and compared with the limits.
//!
//! Every request that was due is sent or unsent, and every sent one is answered or not answered. A
//! request is sent as soon as a connection takes it, also if the connection must be opened again
//! and the server does not accept it: a server that does not answer must not look like a lower
//! load. A request is unsent if no connection was free until the end.
//!
//! An answer of HTTP is good if its status is 2xx, or 304 (the client's copy is still valid).
//! Every other status is answered and counts as an error: a redirect, or a switch to another
//! protocol, is not what was asked for.

mod tally;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::Settings;
use super::histogram::ranges;
use model::wording::counted;
use tally::empty;
pub use tally::{Request, Tally};

/// Latencies in microseconds.
type Latencies = Histogram<u64>;

/// The kind of errors of requests that found no free connection.
const UNSENT: &str = "unsent";

/// Whether an answer of HTTP with this status is what a client asked for.
fn is_good(status: u16) -> bool {
    (200..300).contains(&status) || status == 304
}

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
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// Requests that were due: those that were sent, and those that were not.
    pub requests: u64,
    /// Requests that were sent, also those for which no connection could be opened again: those
    /// that were answered, and those that were not.
    pub sent: u64,
    /// Requests that were due and found no free connection until the end.
    pub unsent: u64,
    /// Requests that were answered, with whatever status.
    pub answered: u64,
    /// Requests that were sent and not answered: timeout, closed port, reset and others.
    pub not_answered: u64,
    /// The number of errors by kind: what happened to each request that was not answered (`unsent`
    /// is for those that found no free connection), and the status of each bad answer, such as
    /// `status 404`.
    pub errors: BTreeMap<String, u64>,
    /// The number of answers by status; empty for SQL.
    pub statuses: BTreeMap<u16, u64>,
    /// The errors in percent of the requests.
    pub error_percent: f64,
    /// Requests a second that were due.
    #[serde(skip)]
    pub rate: f64,
    /// Requests a second that were sent, from the first to the last; `None` for fewer than two.
    pub sent_rate: Option<f64>,
    /// Seconds from the first request that was sent to the last answer; 0 without an answer.
    pub seconds: f64,
    /// Answers a second in these seconds.
    pub throughput: f64,
    /// Bytes of the bodies of all answers; 0 for SQL.
    pub bytes: u64,
    /// Answers that lead to another address, which are not followed.
    pub redirects: u64,
    /// Connections.
    pub connections: usize,
    /// The latency of all answers; `None` when there were none.
    pub latency_ms: Option<Latency>,
    /// The answers by kind of request.
    pub reads: BTreeMap<String, ReadResult>,
    /// The most probable cause of a test in which nothing was understood.
    #[serde(skip)]
    pub diagnosis: Option<String>,
    #[serde(skip)]
    pub(super) first_redirect: Option<String>,
    /// By kind of failure, the number of requests without an answer, and the first message.
    #[serde(skip)]
    pub(super) lost: BTreeMap<String, (u64, String)>,
    #[serde(skip)]
    pub(super) all: Option<Latencies>,
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
        let sent = requests - tally.unsent.min(requests);
        let not_answered = sent - answered.min(sent);
        let bad = tally
            .statuses
            .iter()
            .filter(|(status, _)| !is_good(**status));
        let bad: BTreeMap<String, u64> = bad.map(|(s, n)| (format!("status {s}"), *n)).collect();
        let errors = tally.unsent + not_answered + bad.values().sum::<u64>();
        let first_sent = tally.first_sent.unwrap_or_default();
        let since_first = |time: Duration| time.saturating_sub(first_sent).as_secs_f64();
        let seconds = since_first(tally.last_answer);
        // n requests are n - 1 intervals
        let intervals = sent.saturating_sub(1) as f64;
        let lost = tally.failures.iter();
        let lost = lost.map(|(kind, (count, _))| (kind.clone(), *count));
        let unsent = (tally.unsent > 0).then(|| (UNSENT.to_owned(), tally.unsent));
        Outcome {
            requests,
            sent,
            unsent: tally.unsent,
            answered,
            not_answered,
            errors: bad.into_iter().chain(lost).chain(unsent).collect(),
            error_percent: 100.0 * errors as f64 / requests.max(1) as f64,
            rate: settings.rate,
            sent_rate: (sent > 1).then(|| a_second(intervals, since_first(tally.last_sent))),
            seconds: rounded(seconds),
            throughput: a_second(answered as f64, seconds),
            bytes: tally.bytes,
            redirects: tally.redirects,
            diagnosis: None,
            first_redirect: tally.first_redirect,
            connections: settings.connections,
            latency_ms: (answered > 0).then(|| latency(&all)),
            reads: reads
                .iter()
                .map(|(name, latencies)| (name.clone(), ReadResult::of(latencies)))
                .collect(),
            lost: tally.failures,
            statuses: tally.statuses,
            all: (answered > 0).then_some(all),
        }
    }

    /// For each kind of failure: the number of requests that were sent and not answered, the kind,
    /// and the first message.
    pub fn failures(&self) -> impl Iterator<Item = (u64, &str, &str)> {
        let lost = self.lost.iter();
        lost.map(|(kind, (count, message))| (*count, kind.as_str(), message.as_str()))
    }

    /// Whether requests were sent, and the server may speak another protocol: it answered none of
    /// them, or all with 400.
    pub fn may_be_misunderstood(&self) -> bool {
        self.sent > 0
            && self.statuses.keys().all(|status| *status == 400)
            && self.answered == self.statuses.values().sum::<u64>()
    }

    /// What is probably not as the user means it: redirects, another protocol.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = [self.redirected(), self.diagnosis.clone()];
        warnings.into_iter().flatten().collect()
    }

    /// Whether all errors are answers that blame the request (4xx), and not the load (408, 429).
    pub(super) fn has_only_rejections(&self) -> bool {
        let mut bad = self.statuses.keys().filter(|status| !is_good(**status));
        let is_rejection = |status: &u16| matches!(status, 400..=407 | 409..=428 | 430..=499);
        let has_bad = self.statuses.keys().any(|status| !is_good(*status));
        self.unsent == 0 && self.not_answered == 0 && has_bad && bad.all(is_rejection)
    }

    /// A note on answers that are redirects.
    fn redirected(&self) -> Option<String> {
        let first = self.first_redirect.as_ref()?;
        let leads = match self.redirects {
            1 => "leads",
            _ => "lead",
        };
        Some(format!(
            "{} {leads} to another address, which is not followed; the first to {first}: test the \
             address that answers itself",
            counted(self.redirects, "answer", "answers")
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
