//! The number of records of each table that were read in each time slice of the run.
//!
//! All slices have the same length. The length doubles when there are too many slices, so that
//! memory does not depend on the duration of the run.

use std::time::Duration;

/// Maximum number of slices.
const SLICES: usize = 512;
/// Initial length of a slice.
const SHORTEST: Duration = Duration::from_millis(50);

/// The number of records of each table in each slice.
#[derive(Debug, Clone)]
pub struct Timeline {
    slice: Duration,
    tables: Vec<Vec<u64>>,
}

impl Timeline {
    /// A timeline for this number of tables.
    pub fn new(tables: usize) -> Timeline {
        Timeline {
            slice: SHORTEST,
            tables: vec![Vec::new(); tables],
        }
    }

    /// Adds records of a table that were read between two times since the start. They are spread
    /// evenly over that time. Otherwise the chart would show when progress was reported, not how
    /// fast records were read.
    pub fn add(&mut self, table: usize, (from, to): (Duration, Duration), rows: u64) {
        while to.as_nanos() / self.slice.as_nanos() >= SLICES as u128 {
            self.slice *= 2;
            for slices in &mut self.tables {
                *slices = slices.chunks(2).map(|pair| pair.iter().sum()).collect();
            }
        }
        let slice = self.slice.as_nanos();
        let (first, last) = (from.min(to).as_nanos() / slice, to.as_nanos() / slice);
        let slices = &mut self.tables[table];
        if slices.len() <= last as usize {
            slices.resize(last as usize + 1, 0);
        }
        let whole = u128::from(rows);
        let length = (to.saturating_sub(from)).as_nanos().max(1);
        let mut spread = 0;
        for at in first..=last {
            // the records up to the end of this slice; the last slice gets the remainder
            let passed = ((at + 1) * slice).saturating_sub(from.as_nanos());
            let up_to = match at == last {
                true => whole,
                false => (whole * passed / length).min(whole),
            };
            slices[at as usize] += u64::try_from(up_to - spread).unwrap_or(0);
            spread = up_to;
        }
    }

    /// The data of a chart with at most `most` slices: the length of a slice in seconds, and the
    /// records per second of each table in each slice.
    pub fn rates(&self, most: usize) -> (f64, Vec<Vec<f64>>) {
        let slices = self.tables.iter().map(Vec::len).max().unwrap_or(0);
        let joined = slices.div_ceil(most).max(1);
        let seconds = self.slice.as_secs_f64() * joined as f64;
        let rates = self.tables.iter().map(|table| {
            let mut padded = table.clone();
            padded.resize(slices, 0);
            padded
                .chunks(joined)
                .map(|slices| slices.iter().sum::<u64>() as f64 / seconds)
                .collect()
        });
        (seconds, rates.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_lost_when_slices_are_joined() {
        let mut timeline = Timeline::new(2);
        for second in 0..10_000 {
            let at = Duration::from_secs(second);
            timeline.add(0, (at, at), 7);
            timeline.add(1, (at / 2, at / 2), 1);
        }
        assert!(timeline.tables.iter().all(|slices| slices.len() <= SLICES));
        let (seconds, rates) = timeline.rates(60);
        assert!(rates[0].len() <= 60);
        let rows = |table: usize| rates[table].iter().sum::<f64>() * seconds;
        assert!((rows(0) - 70_000.0).abs() < 1e-6 && (rows(1) - 10_000.0).abs() < 1e-6);
        assert!(
            (rates[0][10] - 7.0).abs() < 0.1,
            "7 rows a second: {:?}",
            rates[0]
        );
    }

    #[test]
    fn rows_of_a_commit_are_spread_over_the_time_since_the_one_before() {
        let mut timeline = Timeline::new(1);
        let second = Duration::from_secs(1);
        timeline.add(0, (Duration::ZERO, second), 1000);
        timeline.add(0, (second, 2 * second), 2001);
        let (seconds, rates) = timeline.rates(10);
        let rows: f64 = rates[0].iter().sum::<f64>() * seconds;
        assert!((rows - 3001.0).abs() < 1e-6, "no row is lost: {rates:?}");
        assert!((rates[0][1] - 1000.0).abs() < 30.0, "{rates:?}");
        assert!((rates[0][7] - 2000.0).abs() < 60.0, "{rates:?}");
    }
}
