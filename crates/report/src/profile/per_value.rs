//! How many rows have the same value, for example the number of reviews per product.
//!
//! There are too many values to count each, so only a sample of them is counted (distinct sampling,
//! P. B. Gibbons, 2001). A value belongs to the sample if the number of zero bits at the end of its
//! hash is at least the level of the sample. When the sample is full, its level rises by one, which
//! removes about half of the values. A value in the sample therefore has all its rows counted.
//! Membership depends on the values, not on their order. The counts of the sample, times 2^level,
//! estimate the counts of all values.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::bars::{Bars, span};

/// Maximum number of values in the sample.
const ROOM: usize = 1 << 16;

/// Maximum number of bars in a chart, except for the last bar, which covers all larger counts.
const BARS: u64 = 20;

/// The number of rows for each value in a sample.
#[derive(Debug, Clone, Default)]
pub struct PerValue {
    rows: HashMap<i128, u64>,
    level: u32,
}

impl PerValue {
    pub(super) fn add(&mut self, value: i128) {
        if !belongs(value, self.level) {
            return;
        }
        match self.rows.entry(value) {
            Entry::Occupied(mut rows) => *rows.get_mut() += 1,
            Entry::Vacant(rows) => {
                rows.insert(1);
            }
        }
        while self.rows.len() > ROOM {
            self.level += 1;
            let level = self.level;
            self.rows.retain(|value, _| belongs(*value, level));
        }
    }

    /// Whether the sample contains all values, so that no count is an estimate.
    pub fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// The number of distinct values; an estimate unless the sample has all values.
    pub fn values(&self) -> u64 {
        (self.rows.len() as u64) << self.level
    }

    /// The median and the maximum of the rows per value.
    pub fn median_and_most(&self) -> Option<(u64, u64)> {
        let mut rows: Vec<u64> = self.rows.values().copied().collect();
        rows.sort_unstable();
        Some((*rows.get(rows.len().saturating_sub(1) / 2)?, *rows.last()?))
    }

    /// How many values have one row, two rows, and so on. All bars have the same width, except that
    /// the last covers all larger counts: otherwise a few values with many rows would determine the
    /// width.
    pub fn bars(&self) -> Bars {
        let mut rows: Vec<u64> = self.rows.values().copied().collect();
        rows.sort_unstable();
        let Some(most) = rows.last().copied() else {
            return Bars::default();
        };
        // 99 % of the values have at most this many rows
        let usual = rows[(rows.len() - 1) * 99 / 100];
        let shown = if most <= BARS { most } else { usual };
        let width = shown.div_ceil(BARS).max(1);
        let edge = shown.div_ceil(width) * width;
        let mut counts = vec![0; (edge / width) as usize];
        for rows in rows.iter().take_while(|rows| **rows <= edge) {
            counts[((rows - 1) / width) as usize] += 1_u64 << self.level;
        }
        let mut bars = Bars::default();
        for (at, count) in counts.iter().enumerate() {
            let from = at as u64 * width + 1;
            bars.push(span(from, from + width - 1), *count);
        }
        let beyond = rows.iter().filter(|rows| **rows > edge).count() as u64;
        if beyond > 0 {
            bars.push(format!("over {edge}"), beyond << self.level);
        }
        bars
    }
}

/// Whether a value is in a sample of this level.
fn belongs(value: i128, level: u32) -> bool {
    // the finaliser of SplitMix64: every bit of the value affects every bit of the hash
    let mut hash = (value as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    hash.trailing_zeros() >= level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_all_counted() {
        let mut per_value = PerValue::default();
        for (value, rows) in [(7, 1), (-3, 1), (900, 12)] {
            for _ in 0..rows {
                per_value.add(value);
            }
        }
        assert!(per_value.is_exact());
        assert_eq!(
            (per_value.values(), per_value.median_and_most()),
            (3, Some((1, 12)))
        );
        let bars = per_value.bars();
        assert_eq!((bars.labels[0].as_str(), bars.counts[0]), ("1", 2));
        assert_eq!(bars.labels.last().map(String::as_str), Some("12"));
        assert_eq!(bars.counts.iter().sum::<u64>(), 3);
    }

    #[test]
    fn a_few_values_with_very_many_rows_do_not_take_all_the_room() {
        let mut per_value = PerValue::default();
        for value in 0..400 {
            for _ in 0..value % 30 + 1 {
                per_value.add(value);
            }
        }
        (0..5000).for_each(|_| per_value.add(1000));
        let bars = per_value.bars();
        assert_eq!(bars.labels[0], "1–2");
        assert_eq!(bars.labels.last().map(String::as_str), Some("over 30"));
        assert_eq!(bars.counts.last(), Some(&1));
        assert_eq!(bars.counts.iter().sum::<u64>(), 401);
    }

    #[test]
    fn many_values_take_no_more_room_and_are_estimated_well() {
        let values = 1_000_000_i128;
        let mut forwards = PerValue::default();
        let mut backwards = PerValue::default();
        for at in 0..values {
            for (sample, value) in [(&mut forwards, at), (&mut backwards, values - 1 - at)] {
                // every tenth value has three rows
                for _ in 0..if value % 10 == 0 { 3 } else { 1 } {
                    sample.add(value);
                }
            }
        }
        assert!(forwards.rows.len() <= ROOM && !forwards.is_exact());
        assert_eq!(forwards.rows, backwards.rows, "whatever the order");
        let near = |found: u64, wanted: f64| (found as f64 / wanted - 1.0).abs() < 0.05;
        assert!(near(forwards.values(), 1e6), "{}", forwards.values());
        let bars = forwards.bars();
        assert!(
            near(bars.counts[0], 9e5) && near(bars.counts[2], 1e5),
            "{bars:?}"
        );
        assert_eq!(bars.counts[1], 0, "no value is counted in part");
    }
}
