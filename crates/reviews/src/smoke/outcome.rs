//! The result of a smoke test: counted per worker, summed, compared with the limits, and written as
//! JSON or as text with a histogram.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::Settings;
use super::histogram::histogram;
use super::mix::ReadKind;
use super::requests::Failure;
use model::wording::grouped;

/// Latencies in microseconds.
type Latencies = Histogram<u64>;

/// The counts of one worker.
#[derive(Debug, Default)]
pub struct Tally {
    of: BTreeMap<ReadKind, Latencies>,
    errors: BTreeMap<String, (u64, String)>,
    last_answer: Duration,
}

impl Tally {
    /// Counts a request that was sent. `latency` is from the time when it was due, `end` from the
    /// start of the test.
    pub fn request(
        &mut self,
        read: ReadKind,
        latency: Duration,
        end: Duration,
        answer: Result<(), Failure>,
    ) {
        match answer {
            Ok(()) => {
                self.last_answer = self.last_answer.max(end);
                let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
                self.of
                    .entry(read)
                    .or_insert_with(empty)
                    .saturating_record(micros.max(1));
            }
            Err(failure) => {
                self.errors
                    .entry(failure.kind)
                    .or_insert((0, failure.message))
                    .0 += 1
            }
        }
    }

    /// Counts requests that were due and never sent.
    pub fn unsent(&mut self, count: u64) {
        if count > 0 {
            let message = "no connection was free before the end of the test".to_owned();
            self.errors
                .entry("unsent".to_owned())
                .or_insert((0, message))
                .0 += count;
        }
    }

    /// Adds the counts of another worker.
    pub fn add(&mut self, other: Tally) {
        for (read, latencies) in other.of {
            // cannot fail, because all have the same bounds
            let _ = self.of.entry(read).or_insert_with(empty).add(latencies);
        }
        for (kind, (count, message)) in other.errors {
            self.errors.entry(kind).or_insert((0, message)).0 += count;
        }
        self.last_answer = self.last_answer.max(other.last_answer);
    }
}

/// Microseconds of two days: longer than any test.
const LONGEST: u64 = 2 * 24 * 3600 * 1_000_000;

/// An empty histogram of three digits, for values up to [`LONGEST`]: 0.2 MB. Its size is fixed,
/// because `saturating_record` does not resize a histogram.
#[expect(clippy::expect_used, reason = "the bounds are constants")]
fn empty() -> Latencies {
    Histogram::new_with_bounds(1, LONGEST, 3)
        .expect("the bounds and the number of digits are valid")
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
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Requests that were due.
    pub requests: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// The number of other requests by kind; `unsent` is for those that found no free connection.
    pub errors: BTreeMap<String, u64>,
    /// The share of the errors in percent.
    pub error_percent: f64,
    /// Requests a second that were due.
    pub rate: f64,
    /// Seconds from the start to the last answer.
    pub seconds: f64,
    /// Answers a second.
    pub throughput: f64,
    /// Connections.
    pub connections: usize,
    /// The latency of all answers; `None` when there were none.
    pub latency_ms: Option<Latency>,
    /// The answers by read.
    pub reads: BTreeMap<&'static str, ReadResult>,
    #[serde(skip)]
    messages: BTreeMap<String, String>,
    #[serde(skip)]
    all: Option<Latencies>,
}

/// The answers to one kind of read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReadResult {
    /// Requests that were answered.
    pub answered: u64,
    /// Their latency.
    pub latency_ms: Latency,
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
}

impl Outcome {
    /// The result of the summed counts.
    pub fn new(settings: &Settings, requests: u64, tally: Tally) -> Outcome {
        let mut all = empty();
        let mut reads = BTreeMap::new();
        for (read, latencies) in &tally.of {
            let _ = all.add(latencies);
            let result = ReadResult {
                answered: latencies.len(),
                latency_ms: latency(latencies),
            };
            reads.insert(read.name(), result);
        }
        let answered = all.len();
        let seconds = tally.last_answer.as_secs_f64();
        Outcome {
            requests,
            answered,
            errors: tally
                .errors
                .iter()
                .map(|(kind, (count, _))| (kind.clone(), *count))
                .collect(),
            error_percent: 100.0 * (requests - answered.min(requests)) as f64
                / requests.max(1) as f64,
            rate: settings.rate,
            seconds: rounded(seconds),
            throughput: if seconds > 0.0 {
                rounded(answered as f64 / seconds)
            } else {
                0.0
            },
            connections: settings.connections,
            latency_ms: (answered > 0).then(|| latency(&all)),
            reads,
            messages: tally
                .errors
                .into_iter()
                .map(|(kind, (_, message))| (kind, message))
                .collect(),
            all: (answered > 0).then_some(all),
        }
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

    /// The result with the limits as JSON, with a line end.
    ///
    /// # Errors
    ///
    /// Never for numbers that can be written as JSON.
    pub fn to_json(&self, limits: &Limits) -> serde_json::Result<String> {
        let judged = Judged {
            outcome: self,
            max_error_percent: limits.error_percent,
            max_average_ms: limits.average.as_secs_f64() * 1000.0,
            passed: self.exceeded_limits(limits).is_empty(),
        };
        Ok(format!("{}\n", serde_json::to_string_pretty(&judged)?))
    }

    /// The result as text.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "requests    {} at {} a second, {} answered, {:.2} % errors\n",
            grouped(self.requests),
            self.rate,
            grouped(self.answered),
            self.error_percent
        );
        for (kind, count) in &self.errors {
            let message = self
                .messages
                .get(kind)
                .map(String::as_str)
                .unwrap_or_default();
            text.push_str(&format!("  {:>9} {kind}: {message}\n", grouped(*count)));
        }
        text.push_str(&format!(
            "throughput  {:.1} answers a second, over {} connections\n",
            self.throughput, self.connections
        ));
        if let (Some(latency), Some(all)) = (self.latency_ms, &self.all) {
            text.push_str(&format!(
                "latency ms  {:>12}\n",
                "average      p50      p90      p99      max"
            ));
            let mut row = |name: &str, l: &Latency| {
                text.push_str(&format!(
                    "  {name:<14} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}\n",
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

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tallied(latencies: &[u64]) -> Tally {
        let mut tally = Tally::default();
        for ms in latencies {
            tally.request(
                ReadKind::Meta,
                Duration::from_millis(*ms),
                Duration::from_secs(2),
                Ok(()),
            );
        }
        tally
    }

    fn settings() -> Settings {
        Settings {
            rate: 5.0,
            duration: Duration::from_secs(2),
            connections: 3,
            timeout: Duration::from_secs(1),
            mix: "meta=1".parse().unwrap(),
            seed: 1,
        }
    }

    const LIMITS: Limits = Limits {
        error_percent: 0.0,
        average: Duration::from_millis(5),
    };

    #[test]
    fn unsent_requests_are_errors_and_fail_the_test() {
        let mut tally = tallied(&[1; 8]);
        tally.add(tallied(&[1]));
        tally.unsent(1);
        let outcome = Outcome::new(&settings(), 10, tally);
        assert_eq!(
            (
                outcome.answered,
                outcome.errors["unsent"],
                outcome.error_percent
            ),
            (9, 1, 10.0)
        );
        assert_eq!(outcome.throughput, 4.5);
        let exceeded = outcome.exceeded_limits(&LIMITS);
        assert!(
            exceeded.len() == 1 && exceeded[0].contains("10.000 %"),
            "{exceeded:?}"
        );
    }

    #[test]
    fn a_slow_average_passes_the_limit_and_the_picture_shows_every_range() {
        let outcome = Outcome::new(&settings(), 10, tallied(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 400]));
        assert_eq!(outcome.exceeded_limits(&LIMITS).len(), 1);
        let text = outcome.summary();
        assert!(text.contains("     1 to      2 ms █████"), "{text}");
        assert!(text.contains("   200 to    500 ms ██"), "{text}");
        assert_eq!(
            text.lines().filter(|l| l.contains(" to ")).count(),
            8,
            "{text}"
        );
    }

    #[test]
    fn a_test_without_an_answer_has_no_latency_but_all_errors() {
        let mut tally = Tally::default();
        tally.unsent(10);
        let outcome = Outcome::new(&settings(), 10, tally);
        assert_eq!((outcome.latency_ms, outcome.error_percent), (None, 100.0));
        assert!(outcome.summary().contains("unsent"));
        assert_eq!(outcome.exceeded_limits(&LIMITS).len(), 1);
    }
}
