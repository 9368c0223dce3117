//! Foreign keys with integer columns between tables of a cycle, and from a table to itself. A
//! parent may come after its children, so these foreign keys are judged when all tables are
//! complete.
//!
//! The values that rows refer to are collected. At the end, a value that is not a key of the parent
//! table is missing. The rows that refer to it were already accepted. `seed` removes them from the
//! database. `check` reads the files again and rejects them, see [`super::links`].

use std::collections::HashMap;
use std::sync::Arc;

use super::key_set::KeySet;
use super::packing::Packing;
use super::{CommittedKeys, Fault, KeyFault, missing_parent_message};
use model::batch::Batch;
use model::rejection::Rule;
use model::schema::{ForeignKey, Table};

/// A foreign key that is judged at the end.
#[derive(Debug)]
pub(super) struct DeferredReference {
    pub(super) name: String,
    pub(super) parent_table: String,
    pub(super) packing: Packing,
    parents: Arc<CommittedKeys>,
    /// Position of the parent's key that is referred to.
    pub(super) key: usize,
    /// The values that accepted rows refer to.
    values: KeySet,
}

impl DeferredReference {
    /// `None` if the columns are not integers, or if the referenced columns are not a key of the
    /// parent table.
    pub(super) fn new(
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
        key: &ForeignKey,
    ) -> Option<DeferredReference> {
        let packing = Packing::new(table, loaded, &key.columns)?;
        let parents = parents.get(&key.parent())?;
        Some(DeferredReference {
            name: key.name.clone(),
            parent_table: key.parent(),
            key: parents.position(&key.parent_columns, &packing.form())?,
            parents: Arc::clone(parents),
            values: KeySet::new(packing.width()),
            packing,
        })
    }

    /// Collects the values that the accepted rows of a batch refer to.
    pub(super) fn collect(&mut self, batch: &Batch) {
        let mut last = None;
        for row in batch.live_rows() {
            let value = self.packing.pack(batch, row);
            // rows with the same parent mostly follow each other, so a repeated value is skipped
            if value != last
                && let Some(value) = value
            {
                self.values.insert(value);
            }
            last = value;
        }
    }

    /// The collected values that no committed row of the parent table has.
    pub(super) fn missing(&self) -> KeySet {
        self.parents.lacks(self.key, &self.values)
    }
}

/// For each foreign key, by its name: the values that rows refer to but no row has.
#[derive(Debug, Clone, Default)]
pub struct MissingParents(pub(super) HashMap<String, KeySet>);

/// The values of one foreign key that no row has, found by an earlier reading of the files.
#[derive(Debug)]
pub(super) struct KnownMissing {
    foreign_key: String,
    packing: Packing,
    message: String,
    values: KeySet,
}

impl KnownMissing {
    /// `None` if every row has its parent.
    pub(super) fn new(
        table: &Table,
        loaded: &[usize],
        missing: &MissingParents,
        key: &ForeignKey,
    ) -> Option<KnownMissing> {
        Some(KnownMissing {
            foreign_key: key.name.clone(),
            values: missing.0.get(&key.name)?.clone(),
            packing: Packing::new(table, loaded, &key.columns)?,
            message: missing_parent_message(key),
        })
    }

    /// Uses this message for rows without a parent, if `key` is this foreign key.
    pub(super) fn use_message(&mut self, key: &ForeignKey, message: String) {
        if self.foreign_key == key.name {
            self.message = message;
        }
    }

    /// Whether this value of the foreign key is known to be missing.
    pub(super) fn has(&self, foreign_key: &str, value: u64) -> bool {
        self.foreign_key == foreign_key && self.values.contains(value)
    }

    /// The fault of a row that refers to a missing value. `None` if the row does not.
    pub(super) fn fault(&self, batch: &Batch, row: usize) -> Option<KeyFault> {
        let value = self.packing.pack(batch, row)?;
        self.values.contains(value).then(|| KeyFault {
            columns: self.packing.names.clone(),
            value: self.packing.describe(batch, row),
            fault: Fault::new(Rule::MissingParent, self.message.clone()),
        })
    }
}
