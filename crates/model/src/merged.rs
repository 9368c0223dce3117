//! What a run did with the rows that were in its tables before.

use serde::Serialize;

/// What happened to the accepted records of a table that had rows before. Together with the
/// rejected records, the numbers add up to the records that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Merged {
    /// Number of records that became new rows.
    pub inserted: u64,
    /// Number of records whose row existed and was changed to their values.
    pub updated: u64,
    /// Number of records whose row existed with the same values.
    pub unchanged: u64,
    /// Number of records whose row existed and was kept, whatever its values are.
    pub ignored: u64,
    /// What happened to the rows that are not in the file. Only with `--sync`.
    #[serde(flatten)]
    pub removed: Option<Removed>,
}

/// What happened to the rows of a table that are not in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Number of rows that were deleted.
    pub deleted: u64,
    /// Number of rows that were kept: rows whose record in the file was rejected, and rows that a
    /// kept row refers to.
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

    /// Number of all accepted records.
    pub fn all(self) -> u64 {
        self.inserted + self.updated + self.unchanged + self.ignored
    }
}

/// What a batch did with the rows that were in its table before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MergedBatch {
    /// What happened to the records of the batch.
    pub counts: Merged,
    /// The change of the table's checksum, modulo 2^64.
    pub checksum: u64,
}

impl MergedBatch {
    /// Adds the numbers of another batch.
    pub fn add(&mut self, other: MergedBatch) {
        self.counts.add(other.counts);
        self.checksum = self.checksum.wrapping_add(other.checksum);
    }
}
