//! References of a table to itself by integer keys: a parent may come after its children, so they
//! are judged when the table is read.
//!
//! What rows refer to is kept beside the accepted keys. At the end every value that is no key is
//! missing. The rows that refer to it were accepted before; they are found when the files are read
//! again.

use std::collections::HashMap;

use super::packing::Packing;
use super::set::KeySet;
use super::{AtFault, Fault, RowKeys, UniqueKey, missing_parent};
use model::batch::Batch;
use model::rejection::Rule;
use model::schema::{ForeignKey, Table};

/// A reference of a table to itself.
#[derive(Debug)]
pub(super) struct OwnReference {
    name: String,
    message: String,
    packing: Packing,
    /// Which of the table's keys is referred to.
    key: usize,
    values: KeySet,
    /// Values of which an earlier reading has shown that no row has them.
    missing: KeySet,
}

/// Values that rows refer to and no row has, by the names of the foreign keys.
#[derive(Debug, Clone, Default)]
pub struct MissingValues(HashMap<String, KeySet>);

impl MissingValues {
    /// Whether every row has its parent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The foreign keys that are broken.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

impl OwnReference {
    /// `None` when it is not made of integers that are a key of the table.
    pub(super) fn new(
        table: &Table,
        loaded: &[usize],
        unique: &[UniqueKey],
        key: &ForeignKey,
    ) -> Option<OwnReference> {
        let packing = Packing::new(table, loaded, &key.columns)?;
        let same = |unique: &UniqueKey| {
            unique.packing.names == key.parent_columns && unique.packing.form() == packing.form()
        };
        Some(OwnReference {
            name: key.name.clone(),
            message: missing_parent(key),
            key: unique.iter().position(same)?,
            values: KeySet::new(packing.width()),
            missing: KeySet::new(packing.width()),
            packing,
        })
    }

    /// Begins with what an earlier reading found missing.
    pub(super) fn expect(&mut self, missing: &MissingValues) {
        if let Some(values) = missing.0.get(&self.name) {
            self.missing = values.clone();
        }
    }

    /// Whether rows have to be looked at one by one.
    pub(super) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// What is wrong with a row that refers to a missing value.
    pub(super) fn fault(&self, batch: &Batch, row: usize) -> Option<AtFault> {
        let value = self.packing.pack(batch, row)?;
        self.missing.contains(value).then(|| {
            (
                self.packing.names.clone(),
                self.packing.describe(batch, row),
                Fault::new(Rule::MissingParent, self.message.clone()),
            )
        })
    }

    /// A row was rejected for that: nobody has its key.
    pub(super) fn loses(&mut self, keys: &RowKeys) {
        if let Some(key) = keys.0[self.key] {
            self.missing.insert(key);
        }
    }

    /// Notes what the accepted rows of a batch refer to.
    pub(super) fn note(&mut self, batch: &Batch) {
        let mut last = None;
        for row in batch.live_rows() {
            let value = self.packing.pack(batch, row);
            // children of one parent mostly come together
            if value != last
                && let Some(value) = value
            {
                self.values.insert(value);
            }
            last = value;
        }
    }

    /// Adds the values that no accepted row has, to those of earlier readings; whether there are
    /// any.
    pub(super) fn add_missing(
        &self,
        unique: &[UniqueKey],
        without: &[RowKeys],
        found: &mut MissingValues,
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
