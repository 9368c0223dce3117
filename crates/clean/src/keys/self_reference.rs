//! Foreign keys from a table to itself, by integer keys. A parent may come after its children, so
//! they are checked at the end of the table.
//!
//! The values that rows refer to are collected. At the end, each value that is not a key is
//! missing. The rows that refer to it were already accepted, so the files are read again, and this
//! time these rows are rejected.

use std::collections::HashMap;

use super::key_set::KeySet;
use super::packing::Packing;
use super::{Fault, KeyFault, RowKeys, UniqueKey, missing_parent_message};
use model::batch::Batch;
use model::rejection::Rule;
use model::schema::{ForeignKey, Table};

/// A foreign key from a table to itself.
#[derive(Debug)]
pub(super) struct SelfReference {
    name: String,
    message: String,
    packing: Packing,
    /// Number of the table's key that is referred to.
    key: usize,
    values: KeySet,
    /// Values that, as an earlier reading has shown, no row has.
    missing: KeySet,
}

/// Values that rows refer to but no row has, by the name of the foreign key.
#[derive(Debug, Clone, Default)]
pub struct MissingParents(HashMap<String, KeySet>);

impl MissingParents {
    /// Whether every row has its parent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names of the foreign keys with missing parents.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

impl SelfReference {
    /// `None` if the columns are not integers, or the referenced columns are not a key of the
    /// table.
    pub(super) fn new(
        table: &Table,
        loaded: &[usize],
        unique: &[UniqueKey],
        key: &ForeignKey,
    ) -> Option<SelfReference> {
        let packing = Packing::new(table, loaded, &key.columns)?;
        let same = |unique: &UniqueKey| {
            unique.packing.names == key.parent_columns && unique.packing.form() == packing.form()
        };
        Some(SelfReference {
            name: key.name.clone(),
            message: missing_parent_message(key),
            key: unique.iter().position(same)?,
            values: KeySet::new(packing.width()),
            missing: KeySet::new(packing.width()),
            packing,
        })
    }

    /// Starts with the values that an earlier reading found missing.
    pub(super) fn start_with(&mut self, missing: &MissingParents) {
        if let Some(values) = missing.0.get(&self.name) {
            self.missing = values.clone();
        }
    }

    /// Whether values are missing, so that each row must be checked alone.
    pub(super) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// The fault of a row that refers to a missing value.
    pub(super) fn fault(&self, batch: &Batch, row: usize) -> Option<KeyFault> {
        let value = self.packing.pack(batch, row)?;
        self.missing.contains(value).then(|| KeyFault {
            columns: self.packing.names.clone(),
            value: self.packing.describe(batch, row),
            fault: Fault::new(Rule::MissingParent, self.message.clone()),
        })
    }

    /// Records that a row was rejected for a missing parent, so that no row has its key.
    pub(super) fn remove_key(&mut self, keys: &RowKeys) {
        if let Some(key) = keys.0[self.key] {
            self.missing.insert(key);
        }
    }

    /// Collects the values that the accepted rows of a batch refer to.
    pub(super) fn collect(&mut self, batch: &Batch) {
        let mut last = None;
        for row in batch.live_rows() {
            let value = self.packing.pack(batch, row);
            // children of the same parent are mostly consecutive
            if value != last
                && let Some(value) = value
            {
                self.values.insert(value);
            }
            last = value;
        }
    }

    /// Adds the values that no accepted row has to `found`, with those of earlier readings. Returns
    /// whether there are new ones.
    pub(super) fn add_missing(
        &self,
        unique: &[UniqueKey],
        without: &[RowKeys],
        found: &mut MissingParents,
    ) -> bool {
        let mut keys = unique[self.key].accepted.without(&self.missing);
        for row in without {
            if let Some(key) = row.0[self.key] {
                keys.remove(key);
            }
        }
        let new = self.values.without(&keys);
        if new.is_empty() {
            return false;
        }
        let all = self.missing.with(&new);
        found.0.insert(self.name.clone(), all);
        true
    }
}
