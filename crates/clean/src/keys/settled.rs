//! The keys of a table's rows that are stored for good: what the rows of its children may refer to
//! while it is still being loaded.
//!
//! They only ever grow. So a parent that is found stays, and one that is not found is missing only
//! once the table is complete: what becomes of a row does not depend on how far its parent's table
//! was when the row was looked at.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::accepted::AcceptedKeys;
use super::{Parents, RowKeys, TakenKeys};

/// The keys of one table, shared by the thread that leads its rows through and those of its
/// children.
#[derive(Debug)]
pub struct SettledKeys(RwLock<State>);

#[derive(Debug)]
struct State {
    keys: Arc<AcceptedKeys>,
    complete: bool,
}

impl SettledKeys {
    /// Of a table that is about to be loaded.
    pub(super) fn growing(keys: AcceptedKeys) -> SettledKeys {
        SettledKeys(RwLock::new(State {
            keys: Arc::new(keys),
            complete: false,
        }))
    }

    /// Of a table that is not loaded in this run.
    pub fn complete(keys: Arc<AcceptedKeys>) -> SettledKeys {
        SettledKeys(RwLock::new(State {
            keys,
            complete: true,
        }))
    }

    /// The rows of a batch are stored, but for those that the server refused.
    pub fn add(&self, taken: TakenKeys, refused: &[RowKeys]) {
        let mut state = self.write();
        let sets = &mut Arc::make_mut(&mut state.keys).sets;
        for (key, run) in taken.0 {
            sets[key].values.insert_all(run);
        }
        for row in refused {
            for (set, key) in sets.iter_mut().zip(&row.0) {
                if let Some(key) = key {
                    set.values.remove(*key);
                }
            }
        }
    }

    /// No more rows will come.
    pub fn finish(&self) {
        self.write().complete = true;
    }

    /// Number of the key that is made of these columns, in this form.
    pub(super) fn position(&self, columns: &[String], form: &[(u8, bool)]) -> Option<usize> {
        let state = self.read();
        let mut sets = state.keys.sets.iter();
        sets.position(|key| key.columns == columns && key.form == form)
    }

    pub(super) fn contains(&self, key: usize, value: u64) -> bool {
        self.read().keys.sets[key].values.contains(value)
    }

    /// Whether it is known for good if a key has this value.
    pub(super) fn is_decided(&self, key: usize, value: u64) -> bool {
        let state = self.read();
        state.complete || state.keys.sets[key].values.contains(value)
    }

    /// Whether all these values of a key are there; otherwise, while they may still come, if
    /// possible the last that will.
    pub(super) fn look_up<I: Iterator<Item = u64>>(
        &self,
        key: usize,
        values: impl Fn() -> I,
    ) -> Parents {
        let (mut first, mut last) = (u64::MAX, 0);
        for value in values() {
            (first, last) = (first.min(value), last.max(value));
        }
        let state = self.read();
        let set = &state.keys.sets[key].values;
        // ids mostly ascend without gaps, in the table as in those that refer to it
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
            Some(value) => Parents::Awaited(value),
        }
    }

    /// A panic elsewhere leaves the keys whole.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
