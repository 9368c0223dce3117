//! Writes the results of `smoke` to files: as a page, or as JSON.

use anyhow::{Context, Result};

use crate::cli::SmokeArgs;
use crate::command_line::command_line;
use crate::report_files::{is_page, now, write_text};
use model::wording::grouped;
use report::page::load_test::{Latencies, LoadTestPage, StepResult, TierCounts, TierResult};
use report::profile::Bars;
use reviews::smoke::comparison::{Compared, Comparison};
use reviews::smoke::outcome::{Latency, Limits, Outcome};
use reviews::smoke::rates::Step;

/// The result of a tier for the page: its name, and the counts and exceeded limits at each rate.
fn tier(tier: &Compared, limits: &Limits) -> TierResult {
    let result = |step: &Step| StepResult {
        faults: step.faults(limits),
        counts: step.outcome.as_ref().ok().map(counts),
        rate: step.rate,
        stopped: step.stopped,
    };
    TierResult {
        name: tier.name.clone(),
        warnings: tier.warnings(),
        first: result(&tier.first),
        higher: tier.higher.iter().flatten().map(result).collect(),
        stopped: tier.stopped,
    }
}

/// Writes the files of `--report`. `json` is the result as JSON.
pub(crate) fn write(
    args: &SmokeArgs,
    targets: usize,
    comparison: &Comparison,
    json: &str,
) -> Result<()> {
    let page = LoadTestPage {
        command_line: command_line(),
        written: now(),
        settings: settings(args, targets),
        next_step: comparison.next_step(),
        tiers: comparison
            .tiers
            .iter()
            .map(|one| tier(one, &comparison.limits))
            .collect(),
    };
    for file in &args.report {
        let text = match is_page(file) {
            true => &page.render(),
            false => json,
        };
        write_text(text, file).context("the test has ended, but its result was not written")?;
    }
    Ok(())
}

fn settings(args: &SmokeArgs, targets: usize) -> Vec<(&'static str, String)> {
    let (settings, limits) = (args.settings(args.rate), args.limits());
    vec![
        ("requests a second", settings.rate.to_string()),
        ("duration", format!("{:?}", settings.duration)),
        ("targets", grouped(targets as u64)),
        ("connections", settings.connections.to_string()),
        (
            "longest wait for an answer",
            format!("{:?}", settings.timeout),
        ),
        (
            "largest share of errors",
            format!("{} %", limits.error_percent),
        ),
        ("longest average latency", format!("{:?}", limits.average)),
    ]
}

fn counts(outcome: &Outcome) -> TierCounts {
    let mut histogram = Bars::default();
    for (_, to, count) in outcome.histogram() {
        histogram.push(to.to_string(), count);
    }
    let row = |of: &str, l: &Latency| Latencies {
        of: of.to_owned(),
        ms: [l.average, l.p50, l.p90, l.p99, l.max],
    };
    let all = outcome.latency_ms.iter().map(|latency| row("all", latency));
    let reads = outcome.reads.iter();
    let reads = reads.map(|(name, read)| row(name, &read.latency_ms));
    let failures = outcome.failures();
    TierCounts {
        requests: outcome.requests,
        sent: outcome.sent,
        unsent: outcome.unsent,
        answered: outcome.answered,
        not_answered: outcome.not_answered,
        error_percent: outcome.error_percent,
        sent_rate: outcome.sent_rate,
        bytes: outcome.bytes,
        statuses: outcome.statuses.iter().map(|(s, n)| (*s, *n)).collect(),
        failures: failures
            .map(|(count, kind, message)| (count, format!("{kind}: {message}")))
            .collect(),
        latencies: all.chain(reads).collect(),
        histogram,
    }
}
