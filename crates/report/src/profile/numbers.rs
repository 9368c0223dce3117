//! Statistics of numbers by magnitude, and of texts by length.

use super::bars::{Bars, of_run, span};
use model::batch::Value;

/// Texts of up to this many characters are counted by length. Longer texts are counted together.
const LONGEST: usize = 4096;
/// Maximum number of bars in a chart of lengths.
const BARS: usize = 20;

/// Statistics of integers by magnitude.
#[derive(Debug, Clone)]
pub struct Integers {
    least: i128,
    most: i128,
    sum: i128,
    rows: u64,
    negative: u64,
    /// Number of values that are 0, 1, 2 to 3, 4 to 7 and so on.
    magnitudes: [u64; 65],
}

impl Default for Integers {
    fn default() -> Integers {
        Integers {
            least: i128::MAX,
            most: i128::MIN,
            sum: 0,
            rows: 0,
            negative: 0,
            magnitudes: [0; 65],
        }
    }
}

impl Integers {
    pub(super) fn add(&mut self, value: i128) {
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.sum += value;
        self.rows += 1;
        match u64::try_from(value) {
            Ok(value) => self.magnitudes[(64 - value.leading_zeros()) as usize] += 1,
            Err(_) => self.negative += 1,
        }
    }

    /// Smallest and largest.
    pub fn range(&self) -> Option<(i128, i128)> {
        (self.rows > 0).then_some((self.least, self.most))
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.sum as f64 / self.rows as f64)
    }

    /// Rows by magnitude. Each bar covers twice as many values as the one before it.
    pub fn bars(&self) -> Bars {
        let mut bars = Bars::default();
        if self.negative > 0 {
            bars.push("below 0", self.negative);
        }
        let Some(last) = self.magnitudes.iter().rposition(|n| *n > 0) else {
            return bars;
        };
        for (at, count) in self.magnitudes[..=last].iter().enumerate() {
            let label = match at {
                0 => "0".to_string(),
                at => {
                    let from = 1_u64 << (at - 1);
                    span(from, from - 1 + from)
                }
            };
            bars.push(label, *count);
        }
        bars
    }
}

/// Statistics of numbers that are not integers.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    range: Option<(f64, f64)>,
    sum: f64,
    rows: u64,
}

impl Numbers {
    pub(super) fn add(&mut self, value: Value<'_>) {
        let value = match value {
            Value::Double(value) => value,
            // a chart needs no more digits than a DOUBLE has
            Value::Decimal(text) => text.parse().unwrap_or(0.0),
            _ => return,
        };
        let (least, most) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), most.max(value)));
        self.sum += value;
        self.rows += 1;
    }

    /// Smallest, largest and mean.
    pub fn summary(&self) -> Option<(f64, f64, f64)> {
        let (least, most) = self.range?;
        Some((least, most, self.sum / self.rows as f64))
    }
}

/// Statistics of the lengths of texts, in characters.
#[derive(Debug, Clone, Default)]
pub struct Lengths {
    counts: Vec<u64>,
    longer: u64,
    longest: usize,
}

impl Lengths {
    pub(super) fn add(&mut self, value: Value<'_>) {
        let Value::Text(text) = value else {
            return;
        };
        let length = text.chars().count();
        self.longest = self.longest.max(length);
        if length > LONGEST {
            self.longer += 1;
            return;
        }
        if self.counts.len() <= length {
            self.counts.resize(length + 1, 0);
        }
        self.counts[length] += 1;
    }

    /// Number of empty texts.
    pub fn empty(&self) -> u64 {
        self.counts.first().copied().unwrap_or(0)
    }

    /// Length of the longest text.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The median length; `None` if there are no texts, or if the median exceeds [`LONGEST`].
    pub fn median(&self) -> Option<usize> {
        let texts: u64 = self.counts.iter().sum::<u64>() + self.longer;
        let mut seen = 0;
        self.counts.iter().position(|n| {
            seen += n;
            texts > 0 && seen * 2 >= texts
        })
    }

    /// Number of texts by length.
    pub fn bars(&self) -> Bars {
        let first = self.counts.iter().position(|n| *n > 0).unwrap_or(0);
        let mut bars = of_run(
            first as i64,
            self.counts.get(first..).unwrap_or_default(),
            BARS,
        );
        if self.longer > 0 {
            bars.push(format!("over {LONGEST}"), self.longer);
        }
        bars
    }
}
