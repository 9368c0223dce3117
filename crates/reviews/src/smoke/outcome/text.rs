//! The result as text.

use super::super::histogram::histogram;
use super::super::wrapping::wrapped;
use super::{Latency, Outcome};
use model::wording::{counted, grouped};

/// Why requests are unsent.
const NO_CONNECTION: &str = "no connection was free until the test ended or was stopped; a server that can answer more \
     requests at once needs more --connections";

impl Outcome {
    /// The counts in one line.
    pub fn line(&self) -> String {
        let average = match self.latency_ms {
            Some(latency) => format!(", average {:.2} ms", latency.average),
            None => String::new(),
        };
        format!(
            "{}, {} answered, {:.2} % errors{average}",
            self.sent_and_unsent(),
            grouped(self.answered),
            self.error_percent
        )
    }

    /// How many of the requests that were due were sent.
    fn sent_and_unsent(&self) -> String {
        let sent = grouped(self.sent);
        match self.unsent {
            0 => format!("{sent} sent"),
            unsent => format!("{sent} sent, {} unsent", grouped(unsent)),
        }
    }

    /// The number of answers by status; `None` for SQL, and without an answer.
    fn by_status(&self) -> Option<String> {
        let statuses = self.statuses.iter();
        let statuses = statuses.map(|(status, count)| format!("{status}: {}", grouped(*count)));
        let statuses: Vec<String> = statuses.collect();
        (!statuses.is_empty()).then(|| statuses.join(", "))
    }

    /// The answers by status, the requests without an answer by kind, and those that were not sent;
    /// empty for SQL that was answered.
    pub fn details(&self) -> String {
        let answers = self
            .by_status()
            .map(|statuses| format!("answers {statuses}"));
        let lost = self.failures();
        let lost = lost.map(|(count, kind, _)| format!("{} {kind}", grouped(count)));
        let lost: Vec<String> = lost.collect();
        let lost = (!lost.is_empty()).then(|| format!("no answer: {}", lost.join(", ")));
        let unsent = (self.unsent > 0).then(|| format!("{} unsent", grouped(self.unsent)));
        let all: Vec<String> = answers.into_iter().chain(lost).chain(unsent).collect();
        all.join("; ")
    }

    /// The result as text.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "requests    {} at {} a second: {}, {:.2} % errors\n",
            grouped(self.requests),
            self.rate,
            self.sent_and_unsent(),
            self.error_percent
        );
        if self.unsent > 0 {
            text.push_str(&wrapped("unsent      ", NO_CONNECTION));
        }
        text.push_str(&format!(
            "sent        {} answered, {} not answered\n",
            grouped(self.answered),
            grouped(self.not_answered)
        ));
        for (count, kind, message) in self.failures() {
            let head = format!("  {:>9} ", grouped(count));
            text.push_str(&wrapped(&head, &format!("{kind}: {message}")));
        }
        if let Some(statuses) = self.by_status() {
            let bytes = counted(self.bytes, "byte", "bytes");
            text.push_str(&wrapped("answers     ", &format!("{statuses}; {bytes}")));
        }
        let connections = counted(self.connections as u64, "connection", "connections");
        text.push_str(&match self.answered {
            0 => format!("throughput  no answer, over {connections}\n"),
            _ => format!(
                "throughput  {:.1} answers a second, over {connections},\n            \
                 in {} s from the first request until the last answer\n",
                self.throughput, self.seconds
            ),
        });
        text.push_str(&self.latencies());
        text
    }

    /// The latencies of all answers and of each kind of request, and the histogram; empty without
    /// an answer.
    fn latencies(&self) -> String {
        let mut text = String::new();
        if let (Some(latency), Some(all)) = (self.latency_ms, &self.all) {
            let width = self.reads.keys().map(|name| name.chars().count()).max();
            let width = width.unwrap_or(0).clamp(14, 33);
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
                // the numbers of a name that is too long have a line of their own
                let name = match name.chars().count() > width {
                    true => {
                        text.push_str(&format!("  {name}\n"));
                        ""
                    }
                    false => name,
                };
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
