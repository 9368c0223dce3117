//! Latencies as a histogram in text.

use hdrhistogram::Histogram;

use model::wording::grouped;

/// Width of the longest bar: a line with ten million requests has 80 columns.
const BAR: u64 = 48;

/// The number of requests in each range of latencies: from, to (milliseconds), count. The bounds
/// go in steps of 1, 2 and 5, from the fastest to the slowest request.
pub(super) fn ranges(latencies: &Histogram<u64>) -> Vec<(f64, f64, u64)> {
    let mut bounds = vec![0_u64];
    let mut step = 100;
    while bounds.last().is_some_and(|last| *last <= latencies.max()) {
        bounds.extend([step, 2 * step, 5 * step]);
        step *= 10;
    }
    let ms = |micros: u64| micros as f64 / 1000.0;
    let all: Vec<(f64, f64, u64)> = bounds
        .windows(2)
        .map(|w| (ms(w[0]), ms(w[1]), latencies.count_between(w[0], w[1] - 1)))
        .collect();
    let first = all.iter().position(|r| r.2 > 0).unwrap_or(0);
    let last = all.iter().rposition(|r| r.2 > 0).unwrap_or(0);
    all[first..=last].to_vec()
}

/// One bar per range. A range with at least one request has at least a short bar.
pub(super) fn histogram(latencies: &Histogram<u64>) -> String {
    let ranges = ranges(latencies);
    let most = ranges.iter().map(|r| r.2).max().unwrap_or(1).max(1);
    let mut text = String::new();
    for (low, high, count) in &ranges {
        let bar = (count * BAR).div_ceil(most) as usize;
        text.push_str(&format!(
            "  {low:>6} to {high:>6} ms {:<width$} {}\n",
            "█".repeat(bar),
            grouped(*count),
            width = BAR as usize
        ));
    }
    text
}
