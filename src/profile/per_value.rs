//! How many rows share a value: reviews per product, say.
//!
//! Values are too many to be counted each. A sample of them is (distinct sampling, P. B. Gibbons, 2001): a value belongs to it when
//! its hash ends in as many zero bits as the sample's level says, and the level rises, which halves the sample, whenever there
//! is no room. So a value is either counted from its first row to its last, or not at all; which ones follows from
//! the values alone, not from their order; and what is found in the sample, times 2^level, stands for all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::bars::{Bars, span};

/// Most values in the sample.
const ROOM: usize = 1 << 16;

/// Where a bar begins that does not stand for one number alone.
const EDGES: [u64; 23] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 21, 31, 51, 101, 201, 501, 1001, 10_001, 100_001,
    1_000_001, 10_000_001,
];

/// Rows of each value in a sample.
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

    /// Whether all values were counted.
    pub fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// Number of different values.
    pub fn values(&self) -> u64 {
        (self.rows.len() as u64) << self.level
    }

    /// Rows of the value in the middle, when they are ordered by their rows; and of the one with most.
    pub fn median_and_most(&self) -> Option<(u64, u64)> {
        let mut rows: Vec<u64> = self.rows.values().copied().collect();
        rows.sort_unstable();
        Some((*rows.get(rows.len().saturating_sub(1) / 2)?, *rows.last()?))
    }

    /// How many values have one row, two rows, and so on.
    pub fn bars(&self) -> Bars {
        let mut counts = [0_u64; EDGES.len()];
        let mut most = 0;
        for rows in self.rows.values() {
            counts[EDGES.partition_point(|edge| edge <= rows) - 1] += 1;
            most = most.max(*rows);
        }
        let mut bars = Bars::default();
        for (at, count) in counts.iter().enumerate() {
            if EDGES[at] > most {
                break;
            }
            let label = match EDGES.get(at + 1) {
                Some(next) => span(EDGES[at], next - 1),
                None => format!("{} or more", EDGES[at]),
            };
            bars.push(label, count << self.level);
        }
        bars
    }
}

/// Whether a value is in the sample of that level.
fn belongs(value: i128, level: u32) -> bool {
    // the finaliser of SplitMix64: every bit of the value has a say in every bit of the hash
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
        assert_eq!(bars.labels.last().map(String::as_str), Some("11–15"));
        assert_eq!(bars.counts.iter().sum::<u64>(), 3);
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
