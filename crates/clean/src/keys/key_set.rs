//! The accepted values of one key, as a compressed bitmap. Values are added one at a time, or as
//! ranges of consecutive values, because ids mostly form such ranges.

use std::ops::RangeInclusive;

use roaring::{RoaringBitmap, RoaringTreemap};

/// A range of consecutive values of a key.
pub(super) type Run = RangeInclusive<u64>;

/// The accepted values of one key.
#[derive(Debug, Clone)]
pub(super) enum KeySet {
    /// Keys of up to 32 bits.
    Narrow(RoaringBitmap),
    /// Keys of up to 64 bits.
    Wide(RoaringTreemap),
}

impl KeySet {
    pub(super) fn new(width: u32) -> KeySet {
        if width <= 32 {
            KeySet::Narrow(RoaringBitmap::new())
        } else {
            KeySet::Wide(RoaringTreemap::new())
        }
    }

    pub(super) fn insert(&mut self, key: u64) -> bool {
        match self {
            KeySet::Narrow(set) => set.insert(key as u32),
            KeySet::Wide(set) => set.insert(key),
        }
    }

    pub(super) fn remove(&mut self, key: u64) {
        match self {
            KeySet::Narrow(set) => set.remove(key as u32),
            KeySet::Wide(set) => set.remove(key),
        };
    }

    pub(super) fn contains(&self, key: u64) -> bool {
        match self {
            KeySet::Narrow(set) => set.contains(key as u32),
            KeySet::Wide(set) => set.contains(key),
        }
    }

    /// The greatest key.
    pub(super) fn greatest(&self) -> Option<u64> {
        match self {
            KeySet::Narrow(set) => set.max().map(u64::from),
            KeySet::Wide(set) => set.max(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            KeySet::Narrow(set) => set.is_empty(),
            KeySet::Wide(set) => set.is_empty(),
        }
    }

    /// The keys of this set that are not in `other`. Both sets must have the same width.
    pub(super) fn without(&self, other: &KeySet) -> KeySet {
        match (self, other) {
            (KeySet::Narrow(a), KeySet::Narrow(b)) => KeySet::Narrow(a - b),
            (KeySet::Wide(a), KeySet::Wide(b)) => KeySet::Wide(a - b),
            (a, _) => a.clone(),
        }
    }

    /// The keys in ascending order.
    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            KeySet::Narrow(set) => Box::new(set.iter().map(u64::from)),
            KeySet::Wide(set) => Box::new(set.iter()),
        }
    }

    /// Removes all keys from the set and returns them.
    pub(super) fn take(&mut self) -> KeySet {
        let empty = match self {
            KeySet::Narrow(_) => KeySet::Narrow(RoaringBitmap::new()),
            KeySet::Wide(_) => KeySet::Wide(RoaringTreemap::new()),
        };
        std::mem::replace(self, empty)
    }

    pub(super) fn contains_all(&self, run: Run) -> bool {
        match self {
            KeySet::Narrow(set) => set.contains_range(narrow(&run)),
            KeySet::Wide(set) => set.contains_range(run),
        }
    }

    /// Inserts all keys of a range. If the set already contains one of them, inserts none and
    /// returns false.
    pub(super) fn insert_all(&mut self, run: Run) -> bool {
        match self {
            KeySet::Narrow(set) => {
                let free = set.range_cardinality(narrow(&run)) == 0;
                if free {
                    set.insert_range(narrow(&run));
                }
                free
            }
            KeySet::Wide(set) => {
                let free = set.range_cardinality(run.clone()) == 0;
                if free {
                    set.insert_range(run);
                }
                free
            }
        }
    }

    /// Inserts all keys of a range. The set may already contain some of them.
    pub(super) fn add_all(&mut self, run: Run) {
        match self {
            KeySet::Narrow(set) => set.insert_range(narrow(&run)),
            KeySet::Wide(set) => set.insert_range(run),
        };
    }

    pub(super) fn remove_all(&mut self, run: Run) {
        match self {
            KeySet::Narrow(set) => set.remove_range(narrow(&run)),
            KeySet::Wide(set) => set.remove_range(run),
        };
    }
}

fn narrow(run: &Run) -> RangeInclusive<u32> {
    *run.start() as u32..=*run.end() as u32
}

/// Groups the keys into ranges of consecutive numbers. `None` if a key occurs twice, or if there
/// would be more than `most` ranges.
pub(super) fn runs<I: Iterator<Item = u64>>(keys: impl Fn() -> I, most: usize) -> Option<Vec<Run>> {
    // ids mostly ascend, so grouping is first tried without sorting
    ascending_runs(keys(), most).or_else(|| {
        let mut sorted: Vec<u64> = keys().collect();
        sorted.sort_unstable();
        ascending_runs(sorted.into_iter(), most)
    })
}

/// Like [`runs`], for keys that ascend. Also `None` if they do not ascend.
fn ascending_runs(mut keys: impl Iterator<Item = u64>, most: usize) -> Option<Vec<Run>> {
    let Some(first) = keys.next() else {
        return Some(Vec::new());
    };
    let mut runs = Vec::new();
    let (mut start, mut end) = (first, first);
    let mut is_regular = most > 0;
    keys.for_each(|key| {
        is_regular &= key > end;
        if key.wrapping_sub(1) != end {
            is_regular &= runs.len() + 1 < most;
            if is_regular {
                runs.push(start..=end);
            }
            start = key;
        }
        end = key;
    });
    runs.push(start..=end);
    is_regular.then_some(runs)
}
