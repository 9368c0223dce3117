//! Rows over time: how many of each table were read in each slice of the run.
//!
//! All slices have the same length. It doubles when there are too many slices, so that the memory
//! does not depend on how long the run takes.

use std::time::Duration;

/// The largest number of slices.
const SLICES: usize = 512;
/// Length of a slice at first.
const SHORTEST: Duration = Duration::from_millis(50);

/// Rows of each table in each slice.
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

    /// Adds rows of a table that were read, at a time since the start.
    pub fn add(&mut self, table: usize, at: Duration, rows: u64) {
        let slice = loop {
            let slice = (at.as_nanos() / self.slice.as_nanos()) as usize;
            if slice < SLICES {
                break slice;
            }
            self.slice *= 2;
            for slices in &mut self.tables {
                *slices = slices.chunks(2).map(|pair| pair.iter().sum()).collect();
            }
        };
        let slices = &mut self.tables[table];
        if slices.len() <= slice {
            slices.resize(slice + 1, 0);
        }
        slices[slice] += rows;
    }

    /// The data for a picture of at most `most` slices: the length of a slice in seconds, and the
    /// rows per second of each table in each slice.
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
            timeline.add(0, Duration::from_secs(second), 7);
            timeline.add(1, Duration::from_secs(second / 2), 1);
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
}
