//! The keys of records that were rejected because they have no parent. Such a record keeps its
//! keys. If a later record has one of these keys, the message of the later record says that the
//! earlier one was rejected.

use std::collections::HashSet;

/// Maximum number of keys that are kept. For the other keys, the message of a later record does not
/// say that the earlier record was rejected.
const MOST: usize = 1 << 16;

/// The list of unique keys in which a key is found by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Packed,
    Hashed,
}

/// Values of unique keys.
#[derive(Debug, Default)]
pub(super) struct KeysOfRejected(HashSet<(Kind, usize, u128)>);

impl KeysOfRejected {
    pub(super) fn note(&mut self, (kind, number): (Kind, usize), value: u128) {
        if self.0.len() < MOST {
            self.0.insert((kind, number, value));
        }
    }

    pub(super) fn has(&self, (kind, number): (Kind, usize), value: u128) -> bool {
        self.0.contains(&(kind, number, value))
    }
}
