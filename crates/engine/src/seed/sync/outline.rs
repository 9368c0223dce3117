//! Records where in a file the keys of each bucket are (see `mysql::sync::buckets`), so that the
//! second reading skips the records of buckets that do not differ.

use crate::pipeline::excerpt::{Excerpt, Part};
use model::batch::Batch;
use mysql::sync::digest::BucketSet;

/// Minimum number of bytes of a section, unless it is the last of its batch.
const SECTION: u32 = 1 << 13;

/// Maximum number of sequences of equal buckets that are recorded for a section. A section with
/// more sequences is always read: its keys are in no order, so neighbouring keys are in different
/// buckets.
const MOST_RUNS: usize = 32;

/// Maximum number of sequences that are recorded for a file; they take 64 MiB. Later batches are
/// read whole.
const MOST_OF_FILE: usize = 1 << 24;

/// The sections of a file, and the buckets of their keys.
#[derive(Debug, Default)]
pub(super) struct Outline {
    batches: Vec<OfBatch>,
    sections: Vec<Section>,
    buckets: Vec<u32>,
}

#[derive(Debug)]
struct OfBatch {
    start: u64,
    end: u64,
    /// Number of sections up to the last one of this batch.
    sections: usize,
}

/// Neighbouring records.
#[derive(Debug)]
struct Section {
    /// Position in the batch of the byte after these records.
    end: u32,
    rows: u32,
    /// Number of recorded buckets; `None` if there are too many.
    buckets: Option<u8>,
}

impl Outline {
    /// Adds a batch, if none of its records was rejected. `buckets` has the bucket of each row.
    pub(super) fn add(&mut self, batch: &Batch, buckets: &[u32]) {
        let rows = batch.all_rows();
        if rows.len() != buckets.len() || self.buckets.len() >= MOST_OF_FILE {
            return;
        }
        let (mut first, mut start) = (0, 0);
        for (at, row) in rows.iter().enumerate() {
            let end = row.offset + row.length;
            if end - start >= SECTION || at + 1 == rows.len() {
                let buckets = self.note(&buckets[first..=at]);
                self.sections.push(Section {
                    end,
                    rows: (at + 1 - first) as u32,
                    buckets,
                });
                (first, start) = (at + 1, end);
            }
        }
        self.batches.push(OfBatch {
            start: batch.start,
            end: batch.end,
            sections: self.sections.len(),
        });
    }

    /// Records the buckets of a section. Returns their number; `None` if there are too many.
    fn note(&mut self, buckets: &[u32]) -> Option<u8> {
        let before = self.buckets.len();
        for run in buckets.chunk_by(|a, b| a == b) {
            if self.buckets.len() - before == MOST_RUNS {
                self.buckets.truncate(before);
                return None;
            }
            self.buckets.push(run[0]);
        }
        Some((self.buckets.len() - before) as u8)
    }

    /// The records whose buckets are in the set, and some neighbouring records.
    pub(super) fn excerpt(&self, wanted: &BucketSet) -> Excerpt {
        let mut excerpt = Excerpt::default();
        let mut buckets = &self.buckets[..];
        let mut sections = self.sections.iter();
        let mut passed = 0;
        for batch in &self.batches {
            let (mut start, mut first_row) = (0, 0);
            let mut parts: Vec<Part> = Vec::new();
            for section in sections.by_ref().take(batch.sections - passed) {
                let (noted, others) = buckets.split_at(section.buckets.unwrap_or(0).into());
                buckets = others;
                if section.buckets.is_none() || noted.iter().any(|bucket| wanted.has(*bucket)) {
                    match parts.last_mut() {
                        Some(last) if last.end == start => {
                            last.end = section.end;
                            last.rows += section.rows;
                        }
                        _ => parts.push(Part {
                            start,
                            end: section.end,
                            first_row,
                            rows: section.rows,
                        }),
                    }
                }
                (start, first_row) = (section.end, first_row + section.rows);
            }
            passed = batch.sections;
            excerpt.add((batch.start, batch.end), parts);
        }
        excerpt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::batch::{BatchSize, Layout};

    /// A batch of records of 1,000 bytes.
    fn batch(start: u64, rows: u32) -> Batch {
        let none = BatchSize { rows: 0, bytes: 0 };
        let mut batch = Batch::new(Layout::new([]), start, 1, none);
        for row in 0..rows {
            batch.finish_row(row * 1000, 1000, row, 0);
        }
        batch.end = start + u64::from(rows) * 1000;
        batch
    }

    #[test]
    fn only_sections_with_a_wanted_bucket_are_read() {
        let mut outline = Outline::default();
        let buckets: Vec<u32> = (0..40).map(|row| row / 4).collect();
        outline.add(&batch(50, 20), &buckets[..20]);
        outline.add(&batch(20_050, 20), &buckets[20..]);
        let mut wanted = BucketSet::default();
        wanted.add(7);
        let excerpt = outline.excerpt(&wanted);
        assert_eq!(excerpt.parts((50, 20_050)), Some(&[][..]));
        // rows 28 to 31 of the file are in the first and in the second section of nine records
        let part = Part {
            start: 0,
            end: 18_000,
            first_row: 0,
            rows: 18,
        };
        assert_eq!(excerpt.parts((20_050, 40_050)), Some(&[part][..]));
    }

    #[test]
    fn sections_with_many_buckets_are_always_read() {
        let mut outline = Outline::default();
        let small = BatchSize { rows: 0, bytes: 0 };
        let mut batch = Batch::new(Layout::new([]), 0, 1, small);
        let buckets: Vec<u32> = (0..50).collect();
        for row in 0..50 {
            batch.finish_row(row * 10, 10, row, 0);
        }
        batch.end = 500;
        outline.add(&batch, &buckets);
        let excerpt = outline.excerpt(&BucketSet::default());
        assert_eq!(excerpt.parts((0, 500)).map(|parts| parts[0].rows), Some(50));
    }
}
