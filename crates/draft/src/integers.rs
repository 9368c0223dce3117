//! The whole numbers of a column: their count, their range, and the exact set while it is small.

use roaring::RoaringTreemap;

/// Added to each number, so that the set sorts negative numbers before the others.
const SIGN: u64 = 1 << 63;

/// Number of values that one container of a bitmap covers.
const CONTAINER: u64 = 1 << 16;

/// Limits of a set. A set with more than `MOST_CONTAINERS` containers is dropped unless each holds
/// `FEWEST_VALUES` values on average: values that are far apart take too much memory, and the time
/// to merge sets grows with the square of the number of containers.
const MOST_CONTAINERS: u64 = 2048;
const FEWEST_VALUES: u64 = 16;

/// Numbers whose range is smaller than this are collected as bits, which is faster than sorting.
const DENSE: u64 = 1 << 20;

/// The whole numbers of a column.
#[derive(Debug, Clone)]
pub(crate) struct Integers {
    /// How many numbers there are, with repetitions.
    pub(crate) count: u64,
    pub(crate) least: i64,
    pub(crate) greatest: i64,
    /// The distinct numbers; `None` if they would take too much memory.
    set: Option<RoaringTreemap>,
    /// Upper bound of the number of containers of the set.
    containers: u64,
}

impl Default for Integers {
    fn default() -> Integers {
        Integers {
            count: 0,
            least: i64::MAX,
            greatest: i64::MIN,
            set: Some(RoaringTreemap::new()),
            containers: 0,
        }
    }
}

impl Integers {
    /// The numbers of a list, in any order, without their set.
    pub(crate) fn counted(list: &[i64]) -> Integers {
        Integers {
            count: list.len() as u64,
            least: list.iter().copied().min().unwrap_or(i64::MAX),
            greatest: list.iter().copied().max().unwrap_or(i64::MIN),
            set: None,
            containers: 0,
        }
    }

    /// The numbers of a list, with their set. Sorts the list.
    pub(crate) fn of_list(list: &mut [i64]) -> Integers {
        let mut integers = Integers::counted(list);
        if list.is_empty() {
            integers.set = Some(RoaringTreemap::new());
            return integers;
        }
        let range = integers.greatest.wrapping_sub(integers.least) as u64;
        integers.set = match range < DENSE {
            true => Some(of_range(list, integers.least, range)),
            false => of_sorted(list),
        };
        integers.containers = integers.set.as_ref().map_or(0, containers);
        integers
    }

    /// The distinct numbers, if they are known.
    pub(crate) fn set(&self) -> Option<&RoaringTreemap> {
        self.set.as_ref()
    }

    /// Removes the set and returns it.
    pub(crate) fn forget_set(&mut self) -> Option<RoaringTreemap> {
        self.set.take()
    }

    /// Adds the numbers of another chunk. If the set becomes larger than `limit` bytes, or if the
    /// other chunk has none, removes the set and returns it.
    pub(crate) fn merge(&mut self, other: &Integers, limit: u64) -> Option<RoaringTreemap> {
        self.count += other.count;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        let Some(set) = &mut self.set else {
            return None;
        };
        match &other.set {
            Some(more) => *set |= more,
            None => return self.set.take(),
        }
        self.containers += other.containers;
        if self.containers > MOST_CONTAINERS {
            // count again, because containers that both sets share were added twice
            self.containers = containers(set);
        }
        let is_sparse =
            self.containers > MOST_CONTAINERS && self.containers * FEWEST_VALUES > set.len();
        let may_be_large = 2 * set.len() > limit;
        let is_large = may_be_large && set.serialized_size() as u64 > limit;
        if is_sparse || is_large {
            return self.set.take();
        }
        None
    }

    /// Whether no number occurs twice. False if the set is not known.
    pub(crate) fn are_unique(&self) -> bool {
        self.set.as_ref().is_some_and(|set| set.len() == self.count)
    }
}

/// The unsigned number by which a set stores a signed one; negative numbers come first.
pub(crate) fn key(number: i64) -> u64 {
    number as u64 ^ SIGN
}

/// The signed number for which a set stores `key`.
pub(crate) fn number(key: u64) -> i64 {
    (key ^ SIGN) as i64
}

/// Number of containers of a set.
fn containers(set: &RoaringTreemap) -> u64 {
    let bitmaps = set.bitmaps();
    bitmaps
        .map(|(_, bitmap)| u64::from(bitmap.statistics().n_containers))
        .sum()
}

fn of_range(list: &[i64], least: i64, range: u64) -> RoaringTreemap {
    let mut bits = vec![0u64; range as usize / 64 + 1];
    for number in list {
        let at = number.wrapping_sub(least) as u64;
        bits[(at / 64) as usize] |= 1 << (at % 64);
    }
    let first = key(least);
    let numbers = bits.iter().enumerate().flat_map(|(word, bits)| {
        let mut left = *bits;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Some(first + word as u64 * 64 + u64::from(bit))
        })
    });
    RoaringTreemap::from_sorted_iter(numbers).unwrap_or_default()
}

fn of_sorted(list: &mut [i64]) -> Option<RoaringTreemap> {
    if !list.is_sorted() {
        list.sort_unstable();
    }
    let mut containers = 1;
    for pair in list.windows(2) {
        containers += u64::from(key(pair[0]) / CONTAINER != key(pair[1]) / CONTAINER);
    }
    if containers > MOST_CONTAINERS && containers * FEWEST_VALUES > list.len() as u64 {
        return None;
    }
    let distinct = list.chunk_by(|a, b| a == b).map(|same| key(same[0]));
    RoaringTreemap::from_sorted_iter(distinct).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_set_is_that_of_the_numbers(
            lists in proptest::collection::vec(proptest::collection::vec(
                prop_oneof![-50..50i64, any::<i64>(), 0..3_000_000i64], 0..60), 0..5)
        ) {
            let mut all: Vec<i64> = lists.concat();
            let mut merged = Integers::default();
            for list in &lists {
                let lost = merged.merge(&Integers::of_list(&mut list.clone()), u64::MAX);
                prop_assert!(lost.is_none());
            }
            prop_assert_eq!(merged.count, all.len() as u64);
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            let set: Vec<i64> = merged.set().unwrap().iter().map(number).collect();
            prop_assert_eq!(&set, &all);
            prop_assert_eq!(merged.are_unique(), all.len() == count);
            if let (Some(first), Some(last)) = (all.first(), all.last()) {
                prop_assert_eq!((merged.least, merged.greatest), (*first, *last));
            }
        }
    }

    #[test]
    fn a_set_beyond_the_limit_is_given_up() {
        let mut integers = Integers::default();
        let mut list: Vec<i64> = (0..1000).map(|n| n * 7).collect();
        let lost = integers.merge(&Integers::of_list(&mut list), 100).unwrap();
        assert_eq!(lost.len(), 1000);
        assert!(integers.set().is_none() && !integers.are_unique());
        let mut far: Vec<i64> = (0..20_000).map(|n| n << 40).collect();
        assert!(Integers::of_list(&mut far).set().is_none());
    }
}
