//! Latencies as a histogram in text.

use hdrhistogram::Histogram;

use model::wording::grouped;

/// Width of the longest bar.
const BAR: u64 = 50;

/// One bar per range of latencies, with bounds in steps of 1, 2 and 5. A range with at least one
/// request has at least a short bar.
pub(super) fn histogram(latencies: &Histogram<u64>) -> String {
    let mut bounds = vec![0_u64];
    let mut step = 100;
    while bounds.last().is_some_and(|last| *last <= latencies.max()) {
        bounds.extend([step, 2 * step, 5 * step]);
        step *= 10;
    }
    let ranges: Vec<(u64, u64, u64)> = bounds
        .windows(2)
        .map(|w| (w[0], w[1], latencies.count_between(w[0], w[1] - 1)))
        .collect();
    let first = ranges.iter().position(|r| r.2 > 0).unwrap_or(0);
    let last = ranges.iter().rposition(|r| r.2 > 0).unwrap_or(0);
    let most = ranges.iter().map(|r| r.2).max().unwrap_or(1).max(1);
    let mut text = String::new();
    for (low, high, count) in &ranges[first..=last] {
        let bar = (count * BAR).div_ceil(most) as usize;
        text.push_str(&format!(
            "  {:>6} to {:>6} ms {:<width$} {}\n",
            *low as f64 / 1000.0,
            *high as f64 / 1000.0,
            "█".repeat(bar),
            grouped(*count),
            width = BAR as usize
        ));
    }
    text
}
