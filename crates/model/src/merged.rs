//! What a run did about the rows that its tables already held.

use serde::Serialize;

/// What happened to the accepted records of a table that held rows before. With the rejected
/// records, the numbers add up to the records read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Merged {
    /// Records that became new rows.
    pub inserted: u64,
    /// Records whose row existed and was changed.
    pub updated: u64,
    /// Records whose row existed with the same values.
    pub unchanged: u64,
    /// Records whose row existed and was kept, whatever its values.
    pub ignored: u64,
    /// What happened to the rows that the file does not have; only with `--sync`.
    #[serde(flatten)]
    pub removed: Option<Removed>,
}

/// What happened to the rows of a table that the file does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Rows deleted.
    pub deleted: u64,
    /// Rows kept, because a record with their key was rejected, or a row that is kept refers to
    /// them. The row of a rejected record counts here, too.
    pub kept: u64,
}

impl Merged {
    /// Adds the records of another batch.
    pub fn add(&mut self, other: Merged) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.ignored += other.ignored;
        if let Some(other) = other.removed {
            let removed = self.removed.get_or_insert_default();
            removed.deleted += other.deleted;
            removed.kept += other.kept;
        }
    }

    /// All accepted records.
    pub fn all(self) -> u64 {
        self.inserted + self.updated + self.unchanged + self.ignored
    }
}

/// What a batch did about the rows that its table already held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MergedBatch {
    /// What happened to its records.
    pub counts: Merged,
    /// What it adds to the checksum of the table, modulo 2^64.
    pub checksum: u64,
}

impl MergedBatch {
    /// Adds what another batch did.
    pub fn add(&mut self, other: MergedBatch) {
        self.counts.add(other.counts);
        self.checksum = self.checksum.wrapping_add(other.checksum);
    }
}
