//! A foreign key with hashed values (text and other types that are not integers) whose hashes
//! cannot show that a parent is missing. A collation may regard different bytes as equal, the
//! parent may come later in a cycle of tables, or the database may already have the parent.
//!
//! The hashes without a parent are collected. If each of them has a parent when all files are read,
//! the foreign key holds. Otherwise the server looks up the parents after the load.

use std::sync::Arc;

use model::batch::Batch;

use super::committed::CommittedKeys;
use super::error::Result;
use super::hashed_set::HashedSet;
use super::hashing::Hashing;
use super::server_check::ServerCheck;

/// A foreign key that the server may have to check.
#[derive(Debug)]
pub(super) struct OpenReference {
    pub(super) name: String,
    /// The check that the server does if parents are missing at the end.
    pub(super) left: ServerCheck,
    hashing: Hashing,
    parents: Arc<CommittedKeys>,
    /// Position of the referenced columns among the hashed columns of the parent table.
    key: usize,
    /// The hashes whose parent was missing when their rows were read.
    without_parent: HashedSet,
}

impl OpenReference {
    pub(super) fn new(
        (name, left): (String, ServerCheck),
        hashing: Hashing,
        (parents, key): (Arc<CommittedKeys>, usize),
    ) -> OpenReference {
        OpenReference {
            name,
            left,
            hashing,
            parents,
            key,
            without_parent: HashedSet::default(),
        }
    }

    /// Collects the hashes of the accepted rows of a batch, if their parent is missing.
    pub(super) fn collect(&mut self, batch: &Batch) -> Result<()> {
        let mut hashes = self.hashing.hashes(batch);
        hashes.sort_unstable();
        hashes.dedup();
        for hash in self.parents.lacking(self.key, hashes)? {
            self.without_parent.add(hash);
        }
        self.without_parent.spill_if_full()
    }

    /// Whether parents are missing. All tables must be complete.
    pub(super) fn lacks_parents(&self) -> Result<bool> {
        Ok(!self.parents.has_all(self.key, &self.without_parent)?)
    }
}
