//! Sorts any number of keys of fixed width. Keys are sorted in memory and written to sorted runs on
//! disk. At the end, the runs are merged.
//!
//! Keys are stored as big-endian words, so that a comparison takes few instructions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use crate::error::{Context, Result, not_storable};

use super::run::{RunReader, Runs};

/// Maximum width of a key in bytes.
pub const WIDEST: usize = 48;
/// Size of a word in bytes.
const WORD: usize = 8;

/// Accepts keys in any order and returns them sorted.
pub trait KeySorter: Send {
    /// Adds a key.
    ///
    /// # Errors
    ///
    /// When a sorted run cannot be written.
    fn push(&mut self, key: &[u8]) -> Result<()>;

    /// Passes all keys to `take`, the smallest first.
    ///
    /// # Errors
    ///
    /// When two keys are equal, a sorted run cannot be read, or `take` fails.
    fn finish(self: Box<Self>, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// A sorter for keys of `width` bytes that uses about `memory` bytes and writes sorted runs to
/// `folder`.
///
/// # Errors
///
/// When the keys are wider than [`WIDEST`].
pub fn sorter(width: usize, memory: usize, folder: &Path) -> Result<Box<dyn KeySorter>> {
    Ok(match width.div_ceil(WORD) {
        0 | 1 => Box::new(Sorter::<1>::new(width, memory, folder)),
        2 => Box::new(Sorter::<2>::new(width, memory, folder)),
        3 => Box::new(Sorter::<3>::new(width, memory, folder)),
        4 => Box::new(Sorter::<4>::new(width, memory, folder)),
        5 => Box::new(Sorter::<5>::new(width, memory, folder)),
        6 => Box::new(Sorter::<6>::new(width, memory, folder)),
        _ => not_storable!("keys of {width} bytes exceed the maximum of {WIDEST} bytes"),
    })
}

struct Sorter<const N: usize> {
    width: usize,
    capacity: usize,
    folder: std::path::PathBuf,
    keys: Vec<[u64; N]>,
    runs: Option<Runs>,
}

impl<const N: usize> Sorter<N> {
    fn new(width: usize, memory: usize, folder: &Path) -> Sorter<N> {
        Sorter {
            width,
            capacity: (memory / (N * WORD)).max(1024),
            folder: folder.to_owned(),
            keys: Vec::new(),
            runs: None,
        }
    }

    fn spill(&mut self) -> Result<()> {
        self.keys.sort_unstable();
        let runs = match &mut self.runs {
            Some(runs) => runs,
            none => none.insert(Runs::new(&self.folder)?),
        };
        runs.begin();
        let mut bytes = Vec::with_capacity(1 << 20);
        for piece in self.keys.chunks((1 << 20) / (N * WORD)) {
            bytes.clear();
            bytes.extend(piece.iter().flatten().flat_map(|word| word.to_be_bytes()));
            runs.write(&bytes)?;
        }
        self.keys.clear();
        Ok(())
    }
}

impl<const N: usize> KeySorter for Sorter<N> {
    fn push(&mut self, key: &[u8]) -> Result<()> {
        let mut words = [0u64; N];
        for (word, bytes) in words.iter_mut().zip(key.chunks(WORD)) {
            let mut whole = [0; WORD];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_be_bytes(whole);
        }
        if self.keys.len() == self.capacity {
            self.spill()?;
        }
        if self.keys.capacity() == 0 {
            // all at once, because a vector that doubles its capacity uses up to twice as much
            // memory; memory that is reserved but not used costs nothing
            self.keys.reserve_exact(self.capacity);
        }
        self.keys.push(words);
        Ok(())
    }

    fn finish(mut self: Box<Self>, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut bytes = [0u8; WIDEST];
        let width = self.width;
        let mut last = None;
        let mut give = |key: [u64; N]| {
            if last.replace(key).is_some_and(|last| last >= key) {
                not_storable!("two entries of the index have the same key");
            }
            for (bytes, word) in bytes.chunks_mut(WORD).zip(key) {
                bytes.copy_from_slice(&word.to_be_bytes());
            }
            take(&bytes[..width])
        };
        if self.runs.is_none() {
            self.keys.sort_unstable();
            return self.keys.iter().try_for_each(|key| give(*key));
        }
        if !self.keys.is_empty() {
            self.spill()?;
        }
        self.keys = Vec::new();
        let runs = self
            .runs
            .context("the sorted runs have no file; please report this")?;
        let mut runs = runs.readers();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some(key) = next(run)? {
                heads.push(Reverse((key, number)));
            }
        }
        while let Some(mut head) = heads.peek_mut() {
            let (key, number) = head.0;
            give(key)?;
            match next(&mut runs[number])? {
                Some(next) => head.0.0 = next,
                None => {
                    std::collections::binary_heap::PeekMut::pop(head);
                }
            }
        }
        Ok(())
    }
}

fn next<const N: usize>(run: &mut RunReader<'_>) -> Result<Option<[u64; N]>> {
    if run.is_at_end() {
        return Ok(None);
    }
    let mut words = [0; N];
    let key = run.take(N * WORD)?;
    for (word, bytes) in words.iter_mut().zip(key.chunks_exact(WORD)) {
        *word = u64::from_be_bytes(bytes.try_into()?);
    }
    Ok(Some(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        /// With this little memory, most keys go through runs on disk.
        #[test]
        fn keys_are_returned_sorted(width in 1usize..=WIDEST, seeds in proptest::collection::btree_set(any::<u64>(), 0..5000)) {
            let folder = tempfile::tempdir().unwrap();
            let mut keys: Vec<Vec<u8>> = seeds
                .iter()
                .map(|seed| seed.to_be_bytes().repeat(6)[..width].to_vec())
                .collect();
            keys.sort();
            keys.dedup();
            let mut sorter = sorter(width, 1, folder.path()).unwrap();
            let mut shuffled = keys.clone();
            shuffled.sort_by_key(|key| crc32fast::hash(key));
            for key in &shuffled {
                sorter.push(key).unwrap();
            }
            let mut back = Vec::new();
            sorter.finish(&mut |key| { back.push(key.to_vec()); Ok(()) }).unwrap();
            prop_assert_eq!(back, keys);
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_key_that_occurs_twice_is_an_error() {
        let mut sorter = sorter(4, 1 << 20, Path::new("/")).unwrap();
        sorter.push(b"same").unwrap();
        sorter.push(b"same").unwrap();
        assert!(sorter.finish(&mut |_| Ok(())).is_err());
    }
}
