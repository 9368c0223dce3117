//! A set of 128-bit hashes that moves hashes to disk when there are too many.
//!
//! The newest hashes are in memory. When there are too many of them, they are sorted and moved to a
//! temporary file, see [`super::sorted_run`].

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use super::error::Result;
use super::sorted_run::{Page, SortedRun};

/// Maximum number of hashes of one key in memory: about 70 MB.
const MOST_IN_MEMORY: usize = 3_500_000;

/// A set of 128-bit hashes. Only the newest are in memory.
#[derive(Debug)]
pub struct HashedSet {
    recent: HashSet<u128, BuildHasherDefault<AsIs>>,
    runs: Vec<SortedRun>,
    most: usize,
}

impl Default for HashedSet {
    fn default() -> HashedSet {
        HashedSet::with_limit(MOST_IN_MEMORY)
    }
}

impl HashedSet {
    /// Makes a set that keeps at most `most` hashes in memory.
    pub fn with_limit(most: usize) -> HashedSet {
        HashedSet {
            recent: HashSet::default(),
            runs: Vec::new(),
            most,
        }
    }

    /// Adds a hash. Returns false if the set already contains it.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be read.
    pub fn insert(&mut self, hash: u128) -> Result<bool> {
        if self.recent.contains(&hash) {
            return Ok(false);
        }
        for run in &self.runs {
            if run.contains(hash, &mut Page::default())? {
                return Ok(false);
            }
        }
        Ok(self.recent.insert(hash))
    }

    /// Adds all hashes. If one is already in the set or occurs twice, adds none and returns false.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be read.
    pub fn insert_all(&mut self, hashes: &mut [u128]) -> Result<bool> {
        let repeated = hashes
            .iter()
            .position(|hash| !self.recent.insert(*hash))
            .unwrap_or(hashes.len());
        let mut are_new = repeated == hashes.len();
        if are_new && !self.runs.is_empty() {
            // sorted, so that each page is read at most once
            hashes.sort_unstable();
            are_new = !self.any_in_runs(hashes)?;
        }
        if !are_new {
            for hash in &hashes[..repeated] {
                self.recent.remove(hash);
            }
        }
        Ok(are_new)
    }

    /// Adds a hash, even if the set may already contain it.
    pub(super) fn add(&mut self, hash: u128) {
        self.recent.insert(hash);
    }

    /// Looks up hashes. They should come in ascending order, so that each page is read at most
    /// once.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup {
            set: self,
            pages: self.runs.iter().map(|_| Page::default()).collect(),
        }
    }

    /// Whether `test` holds for all hashes. The hashes in memory come first, then those of each
    /// sorted run on disk. The hashes of each of these groups ascend. A hash may come twice.
    pub(super) fn all(&self, mut test: impl FnMut(u128) -> Result<bool>) -> Result<bool> {
        let mut recent: Vec<u128> = self.recent.iter().copied().collect();
        recent.sort_unstable();
        for hash in recent {
            if !test(hash)? {
                return Ok(false);
            }
        }
        for run in &self.runs {
            if !run.all(&mut test)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any_in_runs(&self, hashes: &[u128]) -> Result<bool> {
        for run in &self.runs {
            let mut page = Page::default();
            for hash in hashes {
                if run.contains(*hash, &mut page)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Removes a hash that was added after the last [`HashedSet::spill_if_full`].
    pub(super) fn remove(&mut self, hash: u128) {
        self.recent.remove(&hash);
    }

    /// Moves the hashes to disk if there are too many in memory.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be written.
    pub fn spill_if_full(&mut self) -> Result<()> {
        if self.recent.len() < self.most {
            return Ok(());
        }
        let mut hashes: Vec<u128> = self.recent.drain().collect();
        hashes.sort_unstable();
        SortedRun::add_to(&mut self.runs, &hashes)
    }
}

/// Looks up hashes. For each sorted run on disk, it keeps the page that was read last.
#[derive(Debug)]
pub struct Lookup<'s> {
    set: &'s HashedSet,
    pages: Vec<Page>,
}

impl Lookup<'_> {
    /// Whether the set contains a hash.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be read.
    pub fn contains(&mut self, hash: u128) -> Result<bool> {
        if self.set.recent.contains(&hash) {
            return Ok(true);
        }
        for (run, page) in self.set.runs.iter().zip(&mut self.pages) {
            if run.contains(hash, page)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Hasher for the set in memory. The values are hashes already, so it uses their low 64 bits.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_that_spills_to_disk_equals_a_set_in_memory(
            batches in proptest::collection::vec(proptest::collection::vec(0..600u128, 0..40), 0..60),
            limit in 1..50usize,
        ) {
            // spread the numbers over all pages of the files
            let hash = |number: u128| number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let mut set = HashedSet::with_limit(limit);
            let mut model = HashSet::new();
            for (at, batch) in batches.iter().enumerate() {
                if at % 2 == 0 {
                    let mut hashes: Vec<u128> = batch.iter().map(|number| hash(*number)).collect();
                    let distinct: HashSet<u128> = hashes.iter().copied().collect();
                    let are_new = distinct.len() == hashes.len() && distinct.is_disjoint(&model);
                    prop_assert_eq!(set.insert_all(&mut hashes).unwrap(), are_new);
                    if are_new {
                        model.extend(distinct);
                    }
                } else {
                    for number in batch {
                        let is_new = set.insert(hash(*number)).unwrap();
                        prop_assert_eq!(is_new, model.insert(hash(*number)));
                        // as for a row that is rejected for another reason
                        if is_new && number % 3 == 0 {
                            set.remove(hash(*number));
                            model.remove(&hash(*number));
                        }
                    }
                }
                set.spill_if_full().unwrap();
                prop_assert!(set.recent.len() < limit);
            }
        }
    }

    #[test]
    fn all_hashes_of_a_set_are_visited_and_found_wherever_they_are() {
        let mut set = HashedSet::with_limit(100);
        for number in 0..1050u128 {
            set.add(number << 90);
            set.spill_if_full().unwrap();
        }
        assert!(!set.recent.is_empty() && !set.runs.is_empty());
        let mut seen = HashSet::new();
        let mut lookup = set.lookup();
        let all = set.all(|hash| {
            seen.insert(hash);
            lookup.contains(hash)
        });
        assert!(all.unwrap());
        assert_eq!(seen.len(), 1050);
        assert!(!set.lookup().contains(1).unwrap());
        assert!(!set.all(|hash| Ok(hash != 7 << 90)).unwrap());
    }

    #[test]
    fn runs_on_disk_are_few_and_longer_than_a_page() {
        let mut set = HashedSet::with_limit(100);
        for number in 0..20_000u128 {
            assert!(set.insert(number << 90).unwrap());
            set.spill_if_full().unwrap();
        }
        assert!(set.runs.len() < 10, "{}", set.runs.len());
        assert!(set.runs[0].pages() > 10);
        for number in (0..20_000u128).step_by(7) {
            assert!(!set.insert(number << 90).unwrap());
            assert!(set.insert((number << 90) + 1).unwrap());
        }
    }
}
