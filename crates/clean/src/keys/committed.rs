//! The keys of a table's committed rows. With them, the rows of child tables can be checked while
//! the parent table is still being loaded.
//!
//! Keys are never removed, so a parent that was found remains valid. A missing parent is final only
//! when the parent table is complete. So the result for a row does not depend on how much of the
//! parent table was loaded when the row was checked.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::schema::Column;

use super::accepted::AcceptedKeys;
use super::error::Result;
use super::hashed_set::HashedSet;
use super::hashing::Certainty;
use super::key_set::KeySet;
use super::reference::{Parents, Referred};
use super::{BatchKeys, RowKeys};

/// The committed keys of one table. The thread that loads the table shares them with the threads of
/// its child tables.
#[derive(Debug)]
pub struct CommittedKeys(RwLock<State>);

#[derive(Debug)]
struct State {
    keys: Arc<AcceptedKeys>,
    hashed: Vec<HashedColumns>,
    complete: bool,
}

/// Columns to which foreign keys refer and which are not a unique key of integers.
#[derive(Debug)]
pub(super) struct HashedColumns {
    columns: Vec<Column>,
    /// Whether the table was empty before this run.
    is_whole: bool,
    /// The hashes of the values of committed rows.
    values: HashedSet,
}

impl HashedColumns {
    pub(super) fn new(columns: Vec<Column>, is_whole: bool) -> HashedColumns {
        HashedColumns {
            columns,
            is_whole,
            values: HashedSet::default(),
        }
    }

    /// What the hashes tell about a foreign key with these child columns. `None` if it does not
    /// refer to these columns.
    fn certainty(&self, child: &[&Column], parent: &[String]) -> Option<Certainty> {
        let is_same = self.columns.iter().map(|c| &c.name).eq(parent);
        if !is_same {
            return None;
        }
        let pairs = child.iter().zip(&self.columns);
        let certain: Option<Vec<Certainty>> = pairs.map(|(c, p)| Certainty::of(c, p)).collect();
        let least = certain?.into_iter().min()?;
        Some(match self.is_whole {
            true => least,
            false => Certainty::Found,
        })
    }
}

impl CommittedKeys {
    /// For a table that this run loads. Its keys are added batch by batch.
    pub(super) fn growing(keys: AcceptedKeys, hashed: Vec<HashedColumns>) -> CommittedKeys {
        CommittedKeys(RwLock::new(State {
            keys: Arc::new(keys),
            hashed,
            complete: false,
        }))
    }

    /// For a table that this run does not load. Its keys do not change.
    pub fn complete(keys: Arc<AcceptedKeys>) -> CommittedKeys {
        CommittedKeys(RwLock::new(State {
            keys,
            hashed: Vec::new(),
            complete: true,
        }))
    }

    /// Adds the keys of a committed batch, except those of rows that the server rejected.
    ///
    /// # Errors
    ///
    /// When hashes cannot be written to their temporary file.
    pub fn add(&self, taken: BatchKeys, rejected: &[RowKeys]) -> Result<()> {
        let mut state = self.write();
        let state = &mut *state;
        let sets = &mut Arc::make_mut(&mut state.keys).sets;
        for (key, run) in taken.packed {
            sets[key].values.add_all(run);
        }
        for row in rejected {
            for (set, key) in sets.iter_mut().zip(&row.packed) {
                if let Some(key) = key {
                    set.values.remove(*key);
                }
            }
        }
        for (key, mut hashes) in taken.hashed.into_iter().enumerate() {
            // several rows may have the same hash, because the referenced columns need not be
            // unique
            hashes.sort_unstable();
            for rejected in rejected.iter().filter_map(|row| row.hashed[key]) {
                if let Ok(at) = hashes.binary_search(&rejected) {
                    hashes.remove(at);
                }
            }
            let set = &mut state.hashed[key].values;
            hashes.into_iter().for_each(|hash| set.add(hash));
            set.spill_if_full()?;
        }
        Ok(())
    }

    /// Marks the table as complete.
    pub fn finish(&self) {
        self.write().complete = true;
    }

    /// The position of the key with these columns and this form (bits and signedness).
    pub(super) fn position(&self, columns: &[String], form: &[(u8, bool)]) -> Option<usize> {
        let state = self.read();
        let mut sets = state.keys.sets.iter();
        sets.position(|key| key.columns == columns && key.form == form)
    }

    /// The position of the hashed columns to which these child columns refer, and what the hashes
    /// tell.
    pub(super) fn hashed_position(
        &self,
        child: &[&Column],
        parent: &[String],
    ) -> Option<(usize, Certainty)> {
        let state = self.read();
        let mut hashed = state.hashed.iter().enumerate();
        hashed.find_map(|(number, columns)| Some((number, columns.certainty(child, parent)?)))
    }

    pub(super) fn contains(&self, key: usize, value: Referred) -> Result<bool> {
        self.read().contains(key, value)
    }

    /// The values that are not in the key. The table must be complete.
    pub(super) fn lacks(&self, key: usize, values: &KeySet) -> KeySet {
        values.without(&self.read().keys.sets[key].values)
    }

    /// The hashes that are not in the hashed columns. `hashes` must be sorted.
    pub(super) fn lacking(&self, key: usize, hashes: Vec<u128>) -> Result<Vec<u128>> {
        let state = self.read();
        let mut lookup = state.hashed[key].values.lookup();
        let mut lacking = Vec::new();
        for hash in hashes {
            if !lookup.contains(hash)? {
                lacking.push(hash);
            }
        }
        Ok(lacking)
    }

    /// Whether the hashed columns contain all these hashes. The table must be complete.
    pub(super) fn has_all(&self, key: usize, hashes: &HashedSet) -> Result<bool> {
        let state = self.read();
        let mut lookup = state.hashed[key].values.lookup();
        hashes.all(|hash| lookup.contains(hash))
    }

    /// Whether the answer to "does the key contain this value?" is final: the value was found, or
    /// the table is complete.
    pub(super) fn is_decided(&self, key: usize, value: Referred) -> Result<bool> {
        let state = self.read();
        Ok(state.complete || state.contains(key, value)?)
    }

    /// Whether the key contains all these values. If the table is not complete, returns a missing
    /// value, if possible the one that will probably be added last.
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
        // in parent and child tables, ids mostly ascend without gaps, so the whole range is looked
        // up first
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
            Some(value) => Parents::Pending(Referred::Packed(value)),
        }
    }

    /// Like [`CommittedKeys::look_up`], for hashed columns. `hashes` are in the order of the rows.
    pub(super) fn look_up_hashes(&self, key: usize, hashes: Vec<u128>) -> Result<Parents> {
        let mut numbered: Vec<(u128, usize)> = hashes.into_iter().zip(0..).collect();
        numbered.sort_unstable();
        numbered.dedup_by_key(|(hash, _)| *hash);
        let state = self.read();
        let mut lookup = state.hashed[key].values.lookup();
        let mut missing: Option<(usize, u128)> = None;
        for (hash, row) in numbered {
            if !lookup.contains(hash)? {
                // parents mostly have the same order as their children, so the last row's parent
                // comes last
                missing = missing.max(Some((row, hash)));
            }
        }
        Ok(match missing {
            None => Parents::Found,
            Some(_) if state.complete => Parents::Missing,
            Some((_, hash)) => Parents::Pending(Referred::Hashed(hash)),
        })
    }

    /// Ignores poisoning, because a panic of another thread cannot leave the keys half changed.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn contains(&self, key: usize, value: Referred) -> Result<bool> {
        match value {
            Referred::Packed(value) => Ok(self.keys.sets[key].values.contains(value)),
            Referred::Hashed(hash) => self.hashed[key].values.lookup().contains(hash),
        }
    }
}
