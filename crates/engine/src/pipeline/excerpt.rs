//! Selects some records of a text. When the text is read again with an excerpt, the other records
//! are skipped.
//!
//! An earlier reading has found where the batches and records begin. If a chunk is exactly one of
//! these batches, only its wanted records are read. Any other chunk is read whole.

use std::collections::HashMap;

/// Neighbouring records of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Position of their first byte in the batch.
    pub start: u32,
    /// Position of the byte after them.
    pub end: u32,
    /// Position of the first of them among the rows of the whole batch.
    pub first_row: u32,
    /// Number of these records.
    pub rows: u32,
}

/// The parts of one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BatchParts {
    /// Offset of the byte after the batch.
    end: u64,
    parts: Vec<Part>,
}

/// The records of a text that are wanted.
#[derive(Debug, Clone, Default)]
pub struct Excerpt {
    /// The batches, by the offset of their first byte.
    batches: HashMap<u64, BatchParts>,
}

impl Excerpt {
    /// Adds the wanted parts, in their order, of the batch between these offsets. Each row of the
    /// batch must be a record of its own, and none may have been rejected.
    pub fn add(&mut self, (start, end): (u64, u64), parts: Vec<Part>) {
        self.batches.insert(start, BatchParts { end, parts });
    }

    /// Number of bytes of the wanted records, and of the batches that contain them.
    pub fn bytes(&self) -> (u64, u64) {
        let (mut wanted, mut all) = (0, 0);
        for (start, batch) in &self.batches {
            let parts = batch.parts.iter();
            wanted += parts
                .map(|part| u64::from(part.end - part.start))
                .sum::<u64>();
            all += batch.end - start;
        }
        (wanted, all)
    }

    /// The parts to read of the chunk between these offsets; `None` if the chunk must be read
    /// whole.
    pub fn parts(&self, (start, end): (u64, u64)) -> Option<&[Part]> {
        let batch = self.batches.get(&start)?;
        (batch.end == end).then_some(&batch.parts[..])
    }

    /// The position of row `row` of a batch if the batch were read whole. The batch begins at
    /// `start`. It was read with this excerpt, and gave `rows` rows.
    pub fn position(&self, start: u64, rows: usize, row: usize) -> usize {
        let parts = match self.batches.get(&start) {
            Some(batch) => &batch.parts[..],
            None => return row,
        };
        let all: usize = parts.iter().map(|part| part.rows as usize).sum();
        if all != rows {
            // the batch was read whole
            return row;
        }
        let mut left = row;
        for part in parts {
            if left < part.rows as usize {
                return part.first_row as usize + left;
            }
            left -= part.rows as usize;
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_the_positions_that_they_have_in_the_whole_batch() {
        let mut excerpt = Excerpt::default();
        let part = |first_row: u32, rows: u32| Part {
            start: first_row * 10,
            end: (first_row + rows) * 10,
            first_row,
            rows,
        };
        excerpt.add((100, 200), vec![part(2, 2), part(7, 1)]);
        let of = |rows, row| excerpt.position(100, rows, row);
        assert_eq!([of(3, 0), of(3, 1), of(3, 2)], [2, 3, 7]);
        assert_eq!(of(10, 5), 5, "the whole batch was read");
        assert_eq!(excerpt.position(300, 3, 1), 1, "of another batch");
        assert_eq!(excerpt.parts((100, 200)).map(<[Part]>::len), Some(2));
        assert_eq!(excerpt.parts((100, 199)), None);
        assert_eq!(excerpt.parts((99, 200)), None);
        assert_eq!(excerpt.bytes(), (30, 100));
    }
}
