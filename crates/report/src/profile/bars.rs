//! The data of a bar chart: counts with labels.

/// The bars of a chart, from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bars {
    /// The label of each bar.
    pub labels: Vec<String>,
    /// The height of each bar.
    pub counts: Vec<u64>,
}

impl Bars {
    /// Adds a bar to the right.
    pub fn push(&mut self, label: impl Into<String>, count: u64) {
        self.labels.push(label.into());
        self.counts.push(count);
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }
}

/// A range as a label: `7` or `7–9`.
pub(super) fn span(from: impl ToString + PartialEq, to: impl ToString + PartialEq) -> String {
    let (from, to) = (from.to_string(), to.to_string());
    if from == to {
        from
    } else {
        format!("{from}–{to}")
    }
}

/// Bars for the counts of consecutive numbers that start at `first`. Neighbouring counts are joined
/// so that there are at most `most` bars of equal width.
pub(super) fn of_run(first: i64, counts: &[u64], most: usize) -> Bars {
    let width = counts.len().div_ceil(most).max(1);
    let mut bars = Bars::default();
    for (at, joined) in counts.chunks(width).enumerate() {
        let from = first + (at * width) as i64;
        let to = from + joined.len() as i64 - 1;
        bars.push(span(from, to), joined.iter().sum());
    }
    bars
}
