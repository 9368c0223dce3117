//! A foreign key by text, or by other values that are hashed, for which the hashes alone do not
//! tell whether a parent is missing while the rows are read: a collation may call other bytes
//! equal, the parent may come later in the same cycle of tables, or the database may have it
//! already.
//!
//! The hashes without a parent are collected. If at the end of all files each of them has one, the
//! foreign key holds. Otherwise the server looks for the parents after the load.

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
    /// What is left to the server if parents are missing at the end.
    pub(super) left: ServerCheck,
    hashing: Hashing,
    parents: Arc<CommittedKeys>,
    /// Number of the parent's key that is referred to, among the hashed ones.
    key: usize,
    /// The hashes that had no parent when they were read.
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

    /// Collects the accepted rows of a batch.
    pub(super) fn collect(&mut self, batch: &Batch) -> Result<()> {
        let mut hashes = self.hashing.hashes(batch);
        hashes.sort_unstable();
        hashes.dedup();
        for hash in self.parents.lacking(self.key, hashes)? {
            self.without_parent.add(hash);
        }
        self.without_parent.spill_if_full()
    }

    /// Whether parents are missing. Call it when all tables are complete.
    pub(super) fn lacks_parents(&self) -> Result<bool> {
        Ok(!self.parents.has_all(self.key, &self.without_parent)?)
    }
}
