//! What a worker counts.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::Latencies;
use crate::smoke::requests::{Answer, Failure};

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Its kind, by number.
    pub which: usize,
    /// When it was due, from the start of the test.
    pub due: Duration,
    /// When it was sent, from the start of the test.
    pub sent: Duration,
}

/// The counts of one worker.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) of: BTreeMap<usize, Latencies>,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) bytes: u64,
    pub(super) redirects: u64,
    pub(super) first_redirect: Option<String>,
    pub(super) failures: BTreeMap<String, (u64, String)>,
    pub(super) unsent: u64,
    /// When the first request was sent; `None` if none was.
    pub(super) first_sent: Option<Duration>,
    pub(super) last_sent: Duration,
    pub(super) last_answer: Duration,
}

impl Tally {
    /// Counts a request that was sent, and whose answer or failure came at `end`, from the start of
    /// the test. Its latency counts from the time when it was due.
    pub fn request(&mut self, request: Request, end: Duration, answer: Result<Answer, Failure>) {
        self.note_first(request.sent);
        self.last_sent = self.last_sent.max(request.sent);
        match answer {
            Ok(answer) => {
                self.last_answer = self.last_answer.max(end);
                self.bytes += answer.bytes;
                self.redirects += u64::from(answer.redirect.is_some());
                self.first_redirect = self.first_redirect.take().or(answer.redirect);
                if let Some(status) = answer.status {
                    *self.statuses.entry(status).or_insert(0) += 1;
                }
                let latency = end.saturating_sub(request.due);
                let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
                self.of
                    .entry(request.which)
                    .or_insert_with(empty)
                    .saturating_record(micros.max(1));
            }
            Err(failure) => {
                self.failures
                    .entry(failure.kind)
                    .or_insert((0, failure.message))
                    .0 += 1
            }
        }
    }

    fn note_first(&mut self, sent: Duration) {
        self.first_sent = Some(self.first_sent.map_or(sent, |first| first.min(sent)));
    }

    /// Counts requests that were due and never sent.
    pub fn unsent(&mut self, count: u64) {
        self.unsent += count;
    }

    /// Adds the counts of another worker.
    pub fn add(&mut self, other: Tally) {
        for (read, latencies) in other.of {
            // cannot fail, because all have the same bounds
            let _ = self.of.entry(read).or_insert_with(empty).add(latencies);
        }
        for (kind, (count, message)) in other.failures {
            self.failures.entry(kind).or_insert((0, message)).0 += count;
        }
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_insert(0) += count;
        }
        self.unsent += other.unsent;
        self.bytes += other.bytes;
        self.redirects += other.redirects;
        self.first_redirect = self.first_redirect.take().or(other.first_redirect);
        if let Some(first) = other.first_sent {
            self.note_first(first);
        }
        self.last_sent = self.last_sent.max(other.last_sent);
        self.last_answer = self.last_answer.max(other.last_answer);
    }
}

/// Microseconds of two days: longer than any test.
const LONGEST: u64 = 2 * 24 * 3600 * 1_000_000;

/// An empty histogram of three digits, for values up to [`LONGEST`]: 0.2 MB. Its size is fixed,
/// because `saturating_record` does not resize a histogram.
#[expect(clippy::expect_used, reason = "the bounds are constants")]
pub(super) fn empty() -> Latencies {
    Histogram::new_with_bounds(1, LONGEST, 3)
        .expect("the bounds and the number of digits are valid")
}
