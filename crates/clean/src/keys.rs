//! Duplicate keys and missing parents, found by the client in file order while it reads.
//!
//! For each unique key of integer columns, the accepted values are kept in a roaring bitmap; for
//! dense ids it needs less than a bit per row (under 1 MB for 5.8 million rows). Several columns
//! are packed into 64 bits if they fit. Other keys (text, dates, decimals, wide integers) are kept
//! as hashes of their bytes, see [`hashing`]. Equal bytes are duplicates under every collation;
//! texts that are equal only under a collation are found by the server.
//!
//! The first row in file order wins, on every machine and with any number of threads. A rejected
//! row does not occupy its key. A row whose parent was rejected is rejected too.
//!
//! Foreign keys between tables of a cycle, and from a table to itself, are judged when all tables
//! are complete ([`deferred`]). A row that is rejected then keeps its keys, because rows after it
//! were already judged by them.

mod accepted;
mod accepted_bytes;
mod check;
mod committed;
mod deferred;
mod error;
mod hashed_set;
mod hashing;
mod key_set;
mod links;
mod packing;
mod prepare;
mod server_check;
mod sorted_run;

use std::sync::Arc;

use model::batch::Batch;
use model::schema::{ForeignKey, Index, IndexKey, Table};

use super::Fault;
use accepted::AcceptedKey;
pub use accepted::{AcceptedKeys, ExistingKeys};
pub use committed::CommittedKeys;
pub use deferred::MissingParents;
use deferred::{DeferredReference, KnownMissing};
pub use error::StoreError;
use hashed_set::HashedSet;
use hashing::Hashing;
use key_set::{KeySet, Run, runs};
use links::Links;
pub use links::{Linked, all_missing_parents};
use packing::Packing;
pub use server_check::ServerCheck;

/// A row that is rejected because of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRejection {
    /// Its position in the batch.
    pub row: usize,
    /// The wrong column, if the key has only one.
    pub column: Option<String>,
    /// The values of the key.
    pub value: String,
    /// The violated rule and the reason.
    pub fault: Fault,
}

/// The values of one row's unique integer keys, packed; `None` for a key that contains a NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKeys(Vec<Option<u64>>);

/// The unique integer keys of a batch's accepted rows: number of the key and a run of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchKeys(Vec<(usize, Run)>);

/// Whether the parent table has all values that a batch refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parents {
    Found,
    /// Some are missing, and the parent table is complete.
    Missing,
    /// This value is missing, but the parent table is still being loaded.
    Pending(u64),
}

/// A parent row that is missing, but whose table is still being loaded.
#[derive(Debug)]
pub struct PendingParent {
    parents: Arc<CommittedKeys>,
    key: usize,
    value: u64,
}

impl PendingParent {
    /// Whether the parent row exists now, or its table is complete.
    pub fn is_over(&self) -> bool {
        self.parents.is_decided(self.key, self.value)
    }
}

/// Why a batch could not be checked.
#[derive(Debug)]
pub enum KeyCheckError {
    /// A parent is missing but may still be loaded. The batch is unchanged.
    PendingParent(PendingParent),
    /// Hashes could not be written to the temporary file or read from it.
    Failed(StoreError),
}

impl From<StoreError> for KeyCheckError {
    fn from(error: StoreError) -> KeyCheckError {
        KeyCheckError::Failed(error)
    }
}

/// A unique key of integers.
#[derive(Debug)]
struct UniqueKey {
    index: String,
    packing: Packing,
    accepted: KeySet,
}

/// A unique key of other columns.
#[derive(Debug)]
struct HashedKey {
    index: String,
    hashing: Hashing,
    accepted: HashedSet,
    /// Buffer for the bytes of one key.
    bytes: Vec<u8>,
}

/// A foreign key that the client checks while it reads.
#[derive(Debug)]
struct Reference {
    name: String,
    packing: Packing,
    parent_table: String,
    parent_columns: Vec<String>,
    parents: Arc<CommittedKeys>,
    /// Number of the parent's key that is referred to.
    key: usize,
}

/// What is wrong with the key of a row.
#[derive(Debug)]
struct KeyFault {
    columns: Vec<String>,
    /// The values of these columns, as messages show them.
    value: String,
    fault: Fault,
}

/// The columns of a foreign key, found by the message about a missing parent.
#[derive(Debug)]
struct ForeignKeyColumns {
    message: String,
    names: Vec<String>,
    /// Their positions in the rows.
    positions: Vec<usize>,
}

/// Checks the keys of one table's rows.
#[derive(Debug)]
pub struct Keys {
    table: String,
    unique: Vec<UniqueKey>,
    hashed: Vec<HashedKey>,
    references: Vec<Reference>,
    deferred: Vec<DeferredReference>,
    /// What an earlier reading of the files has shown, in the order of the foreign keys.
    known_missing: Vec<KnownMissing>,
    links: Vec<Links>,
    unchecked_foreign_keys: Vec<String>,
    server_checks: Vec<ServerCheck>,
    foreign_keys: Vec<ForeignKeyColumns>,
}

/// The message for a row whose parent is missing in a completely loaded table.
pub fn missing_parent_message(key: &ForeignKey) -> String {
    format!(
        "no row of {} has this {} (foreign key {})",
        key.parent_table,
        key.parent_columns.join(", "),
        key.name
    )
}

/// The name of the column, if there is only one.
fn only_column(names: &[String]) -> Option<String> {
    match names {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// Names of an index's columns; `None` if it has a prefix or an expression.
fn plain_columns(index: &Index) -> Option<Vec<String>> {
    index
        .parts
        .iter()
        .map(|part| match (&part.key, part.prefix) {
            (IndexKey::Column(name), None) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// Whether the client finds all duplicates of this unique index, if the file has the columns
/// `loaded` of the table. That is so for integer keys. For other keys, the server finds the values
/// that are equal only under a collation.
pub fn finds_all_duplicates(table: &Table, loaded: &[usize], index: &Index) -> bool {
    plain_columns(index).is_some_and(|names| Packing::new(table, loaded, &names).is_some())
}

impl Keys {
    /// Starts with the keys of the rows that the table already has.
    pub fn with_existing(mut self, existing: &AcceptedKeys) -> Keys {
        for key in &mut self.unique {
            let same =
                |e: &&AcceptedKey| e.columns == key.packing.names && e.form == key.packing.form();
            if let Some(existing) = existing.sets.iter().find(same) {
                key.accepted = existing.values.clone();
            }
        }
        self
    }

    /// The greatest value of a column that is a unique key by itself, among the rows that the table
    /// already has; 0 if there is none above 0.
    pub fn greatest(&self, column: &str) -> u64 {
        let mut keys = self.unique.iter();
        let key = keys.find(|key| key.packing.names == [column]);
        key.and_then(|key| {
            let packed = key.accepted.greatest()?;
            Some(key.packing.unpacked(packed))
        })
        .unwrap_or(0)
    }

    /// For a row whose parent is missing: the column, if the foreign key has only one, and the
    /// values. The foreign key is found by the message.
    pub fn column_and_value(
        &self,
        batch: &Batch,
        row: usize,
        message: &str,
    ) -> Option<(Option<String>, String)> {
        let mut keys = self.foreign_keys.iter();
        let key = keys.find(|key| key.message == message)?;
        let column = only_column(&key.names);
        Some((
            column,
            hashing::describe_columns(batch, row, &key.positions),
        ))
    }

    /// Names of the foreign keys that the client cannot check (text keys, parents outside this
    /// run). They are checked after the load.
    pub fn unchecked_foreign_keys(&self) -> &[String] {
        &self.unchecked_foreign_keys
    }

    /// The keys that the server checks, completely or for values that are equal only under a
    /// collation.
    pub fn left_to_server(&self) -> &[ServerCheck] {
        &self.server_checks
    }

    /// The committed keys of this table, for the tables that refer to it: at first only the keys of
    /// the rows that the table already has.
    pub fn committed_keys(&self) -> CommittedKeys {
        let sets = self.unique.iter().map(|key| AcceptedKey {
            form: key.packing.form(),
            columns: key.packing.names.clone(),
            values: key.accepted.clone(),
        });
        CommittedKeys::growing(AcceptedKeys {
            sets: sets.collect(),
        })
    }

    /// The keys of the accepted rows of a checked batch.
    pub fn batch_keys(&self, batch: &Batch) -> BatchKeys {
        let keys = self.unique.iter().enumerate();
        let runs = keys.flat_map(|(index, key)| {
            let of_key = runs(|| key.packing.keys(batch), usize::MAX);
            of_key.into_iter().flatten().map(move |run| (index, run))
        });
        BatchKeys(runs.collect())
    }

    /// The keys of one row.
    pub fn row_keys(&self, batch: &Batch, row: usize) -> RowKeys {
        RowKeys(
            self.unique
                .iter()
                .map(|key| key.packing.pack(batch, row))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests;
