//! A foreign key whose parents are looked up while its rows are read.

use std::sync::Arc;

use model::batch::Batch;
use model::rejection::Rule;
use model::schema::ForeignKey;

use super::committed::CommittedKeys;
use super::error::Result;
use super::hashing::Hashing;
use super::packing::Packing;
use super::{Fault, KeyFault};

/// A value that a foreign key refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Referred {
    /// A packed integer key.
    Packed(u64),
    /// The hash of a key that is not an integer.
    Hashed(u128),
}

/// Whether the parent table contains all values that a batch refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parents {
    Found,
    /// Some values are missing, and the parent table is complete.
    Missing,
    /// A parent row is missing, but its table is still being loaded. Contains the value that refers
    /// to the missing row.
    Pending(Referred),
}

/// A parent row that is missing, but whose table is still being loaded.
#[derive(Debug)]
pub struct PendingParent {
    table: String,
    parents: Arc<CommittedKeys>,
    key: usize,
    value: Referred,
}

impl PendingParent {
    /// The parent table.
    pub fn parent(&self) -> &str {
        &self.table
    }

    /// Whether the wait is over: the parent row exists now, or its table is complete.
    pub fn is_over(&self) -> bool {
        // an error also ends the wait; the next check of the batch reports it
        let decided = self.parents.is_decided(self.key, self.value);
        decided.unwrap_or(true)
    }
}

/// How the values of a foreign key are compared with the parents' values.
#[derive(Debug)]
pub(super) enum Comparison {
    /// The values are compared as integers.
    Packed(Packing),
    /// The hashes of the values are compared. If the parents lack a hash, the row has no parent.
    Hashed(Hashing),
}

/// A foreign key that the client checks while it reads.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) comparison: Comparison,
    pub(super) parent_table: String,
    /// The message for a row without a parent.
    pub(super) message: String,
    pub(super) parents: Arc<CommittedKeys>,
    /// Position of the referenced key among the packed or the hashed keys of the parent table.
    pub(super) key: usize,
}

impl Reference {
    /// The message for a row without a parent.
    pub(super) fn message_for(key: &ForeignKey) -> String {
        format!(
            "no accepted row of {} has this {}",
            key.parent(),
            key.parent_columns.join(", ")
        )
    }

    /// The packing, if the values are integers.
    pub(super) fn packing(&self) -> Option<&Packing> {
        match &self.comparison {
            Comparison::Packed(packing) => Some(packing),
            Comparison::Hashed(_) => None,
        }
    }

    /// Whether the parents of all live rows of a batch exist.
    pub(super) fn look_up(&self, batch: &Batch) -> Result<Parents> {
        match &self.comparison {
            Comparison::Packed(packing) => {
                Ok(self.parents.look_up(self.key, || packing.keys(batch)))
            }
            Comparison::Hashed(hashing) => {
                self.parents.look_up_hashes(self.key, hashing.hashes(batch))
            }
        }
    }

    /// The missing parent for which the check of a batch has to wait.
    pub(super) fn pending(&self, value: Referred) -> PendingParent {
        PendingParent {
            table: self.parent_table.clone(),
            parents: Arc::clone(&self.parents),
            key: self.key,
            value,
        }
    }

    /// The value that a row refers to, if it is not in the parent table, which must be complete.
    /// `None` if the value contains NULL.
    pub(super) fn missing(&self, batch: &Batch, row: usize) -> Result<Option<Referred>> {
        let value = match &self.comparison {
            Comparison::Packed(packing) => packing.pack(batch, row).map(Referred::Packed),
            Comparison::Hashed(hashing) => {
                let hash = hashing.hash(batch, row, &mut Vec::new());
                hash.map(Referred::Hashed)
            }
        };
        match value {
            Some(value) if !self.parents.contains(self.key, value)? => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// The fault of a row without a parent.
    pub(super) fn fault(&self, batch: &Batch, row: usize) -> KeyFault {
        let (names, value) = match &self.comparison {
            Comparison::Packed(packing) => (&packing.names, packing.describe(batch, row)),
            Comparison::Hashed(hashing) => (&hashing.names, hashing.describe(batch, row)),
        };
        KeyFault {
            columns: names.clone(),
            value,
            fault: Fault::new(Rule::MissingParent, self.message.clone()),
        }
    }
}
