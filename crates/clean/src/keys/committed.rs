//! The keys of a table's committed rows: the rows of child tables may refer to them while the
//! parent table is still being loaded.
//!
//! Keys are never removed. So once a parent is found, it stays; and a missing parent is final only
//! when the parent table is complete. The result for a row therefore does not depend on how far the
//! parent table was loaded when the row was checked.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::accepted::AcceptedKeys;
use super::key_set::KeySet;
use super::{BatchKeys, Parents, RowKeys};

/// The committed keys of one table, shared by the thread that loads it and those of its child
/// tables.
#[derive(Debug)]
pub struct CommittedKeys(RwLock<State>);

#[derive(Debug)]
struct State {
    keys: Arc<AcceptedKeys>,
    complete: bool,
}

impl CommittedKeys {
    /// For a table that this run loads.
    pub(super) fn growing(keys: AcceptedKeys) -> CommittedKeys {
        CommittedKeys(RwLock::new(State {
            keys: Arc::new(keys),
            complete: false,
        }))
    }

    /// For a table that this run does not load.
    pub fn complete(keys: Arc<AcceptedKeys>) -> CommittedKeys {
        CommittedKeys(RwLock::new(State {
            keys,
            complete: true,
        }))
    }

    /// Records that the rows of a batch are committed, except the rows that the server rejected.
    pub fn add(&self, taken: BatchKeys, rejected: &[RowKeys]) {
        let mut state = self.write();
        let sets = &mut Arc::make_mut(&mut state.keys).sets;
        for (key, run) in taken.0 {
            sets[key].values.insert_all(run);
        }
        for row in rejected {
            for (set, key) in sets.iter_mut().zip(&row.0) {
                if let Some(key) = key {
                    set.values.remove(*key);
                }
            }
        }
    }

    /// Records that the table is complete.
    pub fn finish(&self) {
        self.write().complete = true;
    }

    /// Number of the key with these columns and this form (bits and signedness).
    pub(super) fn position(&self, columns: &[String], form: &[(u8, bool)]) -> Option<usize> {
        let state = self.read();
        let mut sets = state.keys.sets.iter();
        sets.position(|key| key.columns == columns && key.form == form)
    }

    pub(super) fn contains(&self, key: usize, value: u64) -> bool {
        self.read().keys.sets[key].values.contains(value)
    }

    /// Those of the values that the key does not have. Call it when the table is complete.
    pub(super) fn lacks(&self, key: usize, values: &KeySet) -> KeySet {
        values.without(&self.read().keys.sets[key].values)
    }

    /// Whether it is decided if the key has this value: it has the value, or no more values will be
    /// added.
    pub(super) fn is_decided(&self, key: usize, value: u64) -> bool {
        let state = self.read();
        state.complete || state.keys.sets[key].values.contains(value)
    }

    /// Whether a key has all these values. If some may still be added, returns the one that is
    /// probably added last.
    pub(super) fn look_up<I: Iterator<Item = u64>>(
        &self,
        key: usize,
        values: impl Fn() -> I,
    ) -> Parents {
        let none = (u64::MAX, 0);
        let (first, last) = values().fold(none, |(first, last), value| {
            (value.min(first), value.max(last))
        });
        let state = self.read();
        let set = &state.keys.sets[key].values;
        // ids mostly ascend without gaps, in the parent table and in its children
        if first > last || set.contains_all(first..=last) {
            return Parents::Found;
        }
        let missing = match set.contains(last) {
            true => values().find(|value| !set.contains(*value)),
            false => Some(last),
        };
        match missing {
            None => Parents::Found,
            Some(_) if state.complete => Parents::Missing,
            Some(value) => Parents::Pending(value),
        }
    }

    /// Ignores poisoning: a panic in another thread cannot leave the keys half changed.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
