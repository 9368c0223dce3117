//! The keys of records that were rejected because they have no parent. Such a record keeps its
//! keys, so a later record with the same key is rejected as a duplicate. The message about that
//! record can say that the earlier one was rejected, too.

use std::collections::HashSet;

/// Maximum number of keys that are noted. For other keys, the message about a duplicate does not
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
