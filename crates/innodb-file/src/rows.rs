//! Sorts rows by their primary key.
//!
//! Most files are in this order, or nearly. A window of a few MiB sorts rows that are only slightly
//! out of place, and the rows are written to the tree at once. If a row arrives too late for the
//! window, all later rows are written to sorted runs on disk. At the end, the runs are merged with
//! the rows that are already in the tree.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use crate::error::{Result, not_storable};

use super::record::Record;
use super::run::{RunReader, Runs};

/// Maximum width of a primary key in bytes.
pub const WIDEST_KEY: usize = 16;
/// Number of bytes before each record in a sorted run: its key and two lengths.
const HEAD: usize = WIDEST_KEY + 4;

/// A sort key of up to 16 bytes as a number with the same order.
pub fn key_to_number(key: &[u8]) -> u128 {
    let mut whole = [0; WIDEST_KEY];
    whole[..key.len()].copy_from_slice(key);
    u128::from_be_bytes(whole)
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u128,
    at: u32,
    prefix: u16,
    data: u16,
}

/// A function that receives rows in the order of the primary key.
pub type Take<'a> = &'a mut dyn FnMut(&Record) -> Result<()>;

/// Accepts rows in any order.
#[derive(Debug)]
pub struct RowSorter {
    folder: PathBuf,
    memory: usize,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    in_order: bool,
    /// Key of the last row that was passed to `take`.
    last: Option<u128>,
    runs: Option<Runs>,
    record: Record,
}

impl RowSorter {
    /// A sorter that uses about `memory` bytes and writes sorted runs to `folder`.
    pub fn new(memory: usize, folder: &Path) -> RowSorter {
        RowSorter {
            folder: folder.to_owned(),
            memory,
            entries: Vec::new(),
            bytes: Vec::new(),
            in_order: true,
            last: None,
            runs: None,
            record: Record::default(),
        }
    }

    /// Adds a row. When the window is full, the rows with the smallest keys are passed to `take`;
    /// after a row has come too late, all rows are written to sorted runs instead.
    ///
    /// # Errors
    ///
    /// When a sorted run cannot be written or `take` fails.
    pub fn push(&mut self, key: u128, record: &Record, take: Take<'_>) -> Result<()> {
        if self.runs.is_none() && self.last.is_some_and(|last| key <= last) {
            self.runs = Some(Runs::new(&self.folder)?);
        }
        let held = self.bytes.len() + self.entries.len() * size_of::<Entry>();
        if held >= self.memory {
            match self.runs {
                Some(_) => self.spill()?,
                None => self.leave(self.entries.len() / 2, take)?,
            }
            if self.runs.is_none() && self.last.is_some_and(|last| key <= last) {
                return self.push(key, record, take);
            }
        }
        self.in_order &= self.entries.last().is_none_or(|e| e.key < key);
        self.entries.push(Entry {
            key,
            at: self.bytes.len() as u32,
            prefix: record.prefix.len() as u16,
            data: record.data.len() as u16,
        });
        self.bytes.extend_from_slice(&record.prefix);
        self.bytes.extend_from_slice(&record.data);
        Ok(())
    }

    fn sort(&mut self) {
        if !self.in_order {
            self.entries.sort_unstable_by_key(|e| e.key);
        }
    }

    fn bytes_of(&self, entry: Entry) -> &[u8] {
        let at = entry.at as usize;
        &self.bytes[at..at + usize::from(entry.prefix) + usize::from(entry.data)]
    }

    /// Passes the smallest `count` rows to `take`.
    fn leave(&mut self, count: usize, take: Take<'_>) -> Result<()> {
        let lie_in_order = self.in_order;
        self.sort();
        let mut record = std::mem::take(&mut self.record);
        for entry in &self.entries[..count] {
            if self.last.is_some_and(|last| entry.key <= last) {
                not_storable!("two rows have the same primary key");
            }
            self.last = Some(entry.key);
            let (prefix, data) = self.bytes_of(*entry).split_at(usize::from(entry.prefix));
            record.clear();
            record.prefix.extend_from_slice(prefix);
            record.data.extend_from_slice(data);
            take(&record)?;
        }
        self.record = record;
        self.entries.drain(..count);
        if lie_in_order {
            let first = self.entries.first();
            let gone = first.map_or(self.bytes.len(), |entry| entry.at as usize);
            self.bytes.drain(..gone);
            for entry in &mut self.entries {
                entry.at -= gone as u32;
            }
        } else {
            self.gather();
        }
        Ok(())
    }

    /// Moves the bytes of the remaining rows into the order of their entries.
    fn gather(&mut self) {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut entries = std::mem::take(&mut self.entries);
        for entry in &mut entries {
            let of = self.bytes_of(*entry);
            entry.at = bytes.len() as u32;
            bytes.extend_from_slice(of);
        }
        self.entries = entries;
        self.bytes = bytes;
        self.in_order = true;
    }

    fn spill(&mut self) -> Result<()> {
        self.sort();
        let Some(runs) = &mut self.runs else {
            return Ok(());
        };
        runs.begin();
        let mut out = Vec::with_capacity(1 << 20);
        for entry in &self.entries {
            out.extend(entry.key.to_be_bytes());
            out.extend(entry.prefix.to_be_bytes());
            out.extend(entry.data.to_be_bytes());
            let begin = entry.at as usize;
            let length = usize::from(entry.prefix) + usize::from(entry.data);
            out.extend_from_slice(&self.bytes[begin..begin + length]);
            if out.len() > 1 << 20 {
                runs.write(&out)?;
                out.clear();
            }
        }
        runs.write(&out)?;
        self.entries.clear();
        self.bytes.clear();
        self.in_order = true;
        Ok(())
    }

    /// If all rows came in time, passes the remaining rows to `take`. Otherwise returns the rows
    /// that must be merged with those already passed.
    ///
    /// # Errors
    ///
    /// When a sorted run cannot be written or `take` fails.
    pub fn finish(mut self, take: Take<'_>) -> Result<Option<LateRows>> {
        if self.runs.is_none() {
            self.leave(self.entries.len(), take)?;
            return Ok(None);
        }
        self.spill()?;
        Ok(self.runs.map(LateRows))
    }
}

/// Rows in sorted runs, which came too late for the window.
#[derive(Debug)]
pub struct LateRows(Runs);

impl LateRows {
    /// Merges the sorted runs with rows that are already sorted; `others` returns these rows one by
    /// one.
    ///
    /// # Errors
    ///
    /// When a key occurs twice, a sorted run cannot be read, or `take` fails.
    pub fn merge(
        &self,
        others: &mut dyn FnMut(&mut Record) -> Result<Option<u128>>,
        take: Take<'_>,
    ) -> Result<()> {
        let readers = self.0.readers().into_iter();
        let mut readers: Vec<RowReader<'_>> = readers
            .map(|run| RowReader {
                run,
                record: Record::default(),
            })
            .collect();
        let rest = readers.len();
        let mut other = Record::default();
        let mut heads = BinaryHeap::new();
        for (number, reader) in readers.iter_mut().enumerate() {
            heads.extend(reader.advance()?.map(|key| Reverse((key, number))));
        }
        heads.extend(others(&mut other)?.map(|key| Reverse((key, rest))));
        let mut last = None;
        while let Some(Reverse((key, number))) = heads.pop() {
            if last.replace(key).is_some_and(|last| last >= key) {
                not_storable!("two rows have the same primary key");
            }
            let next = match readers.get_mut(number) {
                Some(reader) => {
                    take(&reader.record)?;
                    reader.advance()?
                }
                None => {
                    take(&other)?;
                    others(&mut other)?
                }
            };
            heads.extend(next.map(|key| Reverse((key, number))));
        }
        Ok(())
    }
}

/// A sorted run that is being read, and its current row.
struct RowReader<'a> {
    run: RunReader<'a>,
    record: Record,
}

impl RowReader<'_> {
    fn advance(&mut self) -> Result<Option<u128>> {
        let RowReader { run, record } = self;
        if run.is_at_end() {
            return Ok(None);
        }
        let (key, lengths) = run.take(HEAD)?.split_at(WIDEST_KEY);
        let key = u128::from_be_bytes(key.try_into()?);
        let (prefix, data) = lengths.split_at(2);
        let prefix = u16::from_be_bytes(prefix.try_into()?);
        let data = u16::from_be_bytes(data.try_into()?);
        record.clear();
        record.prefix.extend_from_slice(run.take(prefix.into())?);
        record.data.extend_from_slice(run.take(data.into())?);
        Ok(Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        /// `disorder` 0: sorted; small: nearly sorted; large: any order. The window has room for
        /// some dozens of rows.
        #[test]
        fn rows_are_returned_in_key_order(keys in proptest::collection::btree_set(any::<u32>(), 0..3000), disorder in prop_oneof![Just(0u32), Just(10), Just(100_000)]) {
            let folder = tempfile::tempdir().unwrap();
            let mut keys: Vec<u32> = keys.into_iter().collect();
            let expected = keys.clone();
            let mut place: Vec<(u32, u32)> = keys.iter().zip(0u32..)
                .map(|(key, at)| (at + if disorder == 0 { 0 } else { crc32fast::hash(&key.to_le_bytes()) % disorder }, *key))
                .collect();
            place.sort_unstable();
            keys = place.into_iter().map(|(_, key)| key).collect();
            let mut left = Vec::new();
            let mut sorter = RowSorter::new(4000, folder.path());
            let mut record = Record::default();
            for key in &keys {
                record.clear();
                record.prefix.extend(std::iter::repeat_n(7, (*key % 3) as usize));
                record.data.extend(key.to_be_bytes().repeat(1 + (*key % 5) as usize));
                sorter.push(key_to_number(&key.to_be_bytes()), &record, &mut |r| { left.push(r.clone()); Ok(()) }).unwrap();
            }
            let late = sorter.finish(&mut |r| { left.push(r.clone()); Ok(()) }).unwrap();
            if disorder < 100 {
                prop_assert!(late.is_none());
            }
            let mut all = Vec::new();
            match late {
                None => all = left,
                Some(late) => {
                    let mut others = left.into_iter();
                    late.merge(
                        &mut |record| Ok(others.next().map(|next| { *record = next; key_to_number(&record.data[..4]) })),
                        &mut |r| { all.push(r.clone()); Ok(()) },
                    ).unwrap();
                }
            }
            let back: Vec<u32> = all.iter().map(|r| u32::from_be_bytes(r.data[..4].try_into().unwrap())).collect();
            prop_assert!(all.iter().zip(&expected).all(|(r, key)| r.prefix.len() == (*key % 3) as usize && r.data == key.to_be_bytes().repeat(1 + (*key % 5) as usize)));
            prop_assert_eq!(back, expected);
        }
    }
}
