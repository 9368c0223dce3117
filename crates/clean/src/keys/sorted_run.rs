//! Sorted 128-bit numbers on disk: hashes of keys, or pairs of a parent's key and a child's key.
//!
//! Only the first number of each page is kept in memory: 16 bytes for each 4096 bytes on disk.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;

use super::error::{Result, StoreError};

/// Number of numbers in a page.
const PAGE: usize = 256;

/// Length of a number in bytes.
const WIDTH: usize = 16;

/// Numbers in ascending order, in an unnamed temporary file.
#[derive(Debug)]
pub(super) struct SortedRun {
    file: File,
    length: usize,
    /// The first number of each page.
    first: Vec<u128>,
}

/// The page that was read last.
#[derive(Debug, Default)]
pub(super) struct Page {
    number: Option<usize>,
    bytes: Vec<u8>,
}

impl SortedRun {
    /// Writes sorted numbers to disk and adds them to `runs` as a new sorted run.
    pub(super) fn add_to(runs: &mut Vec<SortedRun>, numbers: &[u128]) -> Result<()> {
        let mut newest = SortedRun::write(numbers.iter().copied().map(Ok))?;
        // runs are merged until each sorted run is longer than the next, so that there are only few
        // of them
        while let Some(last) = runs.pop_if(|last| last.length <= newest.length) {
            newest = SortedRun::merge(last, newest)?;
        }
        runs.push(newest);
        Ok(())
    }

    /// Number of pages.
    #[cfg(test)]
    pub(super) fn pages(&self) -> usize {
        self.first.len()
    }

    fn write(numbers: impl Iterator<Item = Result<u128>>) -> Result<SortedRun> {
        let file = tempfile::tempfile().map_err(StoreError::TemporaryFile)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let (mut length, mut first) = (0, Vec::new());
        for number in numbers {
            let number = number?;
            if length % PAGE == 0 {
                first.push(number);
            }
            length += 1;
            out.write_all(&number.to_be_bytes())
                .map_err(StoreError::TemporaryFile)?;
        }
        let file = out
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .map_err(StoreError::TemporaryFile)?;
        Ok(SortedRun {
            file,
            length,
            first,
        })
    }

    fn merge(left: SortedRun, right: SortedRun) -> Result<SortedRun> {
        let (mut left, mut right) = (left.into_numbers()?, right.into_numbers()?);
        let mut next = (left.next().transpose()?, right.next().transpose()?);
        SortedRun::write(std::iter::from_fn(|| {
            let (side, taken) = match next {
                (Some(a), Some(b)) if a > b => (&mut right, &mut next.1),
                (Some(_), _) => (&mut left, &mut next.0),
                (None, _) => (&mut right, &mut next.1),
            };
            let number = (*taken)?;
            match side.next().transpose() {
                Ok(following) => *taken = following,
                Err(error) => return Some(Err(error)),
            }
            Some(Ok(number))
        }))
    }

    fn into_numbers(mut self) -> Result<impl Iterator<Item = Result<u128>>> {
        self.file.rewind().map_err(StoreError::TemporaryFile)?;
        let mut bytes = BufReader::with_capacity(1 << 20, self.file);
        Ok((0..self.length).map(move |_| {
            let mut number = [0; WIDTH];
            bytes
                .read_exact(&mut number)
                .map_err(StoreError::TemporaryFile)?;
            Ok(u128::from_be_bytes(number))
        }))
    }

    pub(super) fn contains(&self, number: u128, page: &mut Page) -> Result<bool> {
        let pages = self.first.partition_point(|first| *first <= number);
        let Some(last) = pages.checked_sub(1) else {
            return Ok(false);
        };
        self.read(last, page)?;
        let (numbers, _) = page.bytes.as_chunks::<WIDTH>();
        Ok(numbers.binary_search(&number.to_be_bytes()).is_ok())
    }

    /// Calls `each` for all numbers from `first` to `last`.
    pub(super) fn each_in(
        &self,
        (first, last): (u128, u128),
        page: &mut Page,
        mut each: impl FnMut(u128),
    ) -> Result<()> {
        let begin = self.first.partition_point(|of_page| *of_page < first);
        let end = self.first.partition_point(|of_page| *of_page <= last);
        // numbers from `first` on may begin in the previous page
        for number in begin.saturating_sub(1)..end {
            self.read(number, page)?;
            let (numbers, _) = page.bytes.as_chunks::<WIDTH>();
            let begin = numbers.partition_point(|bytes| u128::from_be_bytes(*bytes) < first);
            let rest = numbers[begin..].iter().map(|b| u128::from_be_bytes(*b));
            rest.take_while(|found| *found <= last).for_each(&mut each);
        }
        Ok(())
    }

    /// Whether `test` holds for all numbers. They come in ascending order.
    pub(super) fn all(&self, mut test: impl FnMut(u128) -> Result<bool>) -> Result<bool> {
        let mut page = Page::default();
        for number in 0..self.first.len() {
            self.read(number, &mut page)?;
            let (numbers, _) = page.bytes.as_chunks::<WIDTH>();
            for bytes in numbers {
                if !test(u128::from_be_bytes(*bytes))? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn read(&self, number: usize, page: &mut Page) -> Result<()> {
        if page.number != Some(number) {
            let length = PAGE.min(self.length - number * PAGE);
            page.bytes.resize(length * WIDTH, 0);
            self.file
                .read_exact_at(&mut page.bytes, (number * PAGE * WIDTH) as u64)
                .map_err(StoreError::TemporaryFile)?;
            page.number = Some(number);
        }
        Ok(())
    }
}
