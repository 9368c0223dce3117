//! Duplicate keys and missing parents, found by the client in file order while it reads.
//!
//! For each unique key of integer columns, the accepted values are kept in a roaring bitmap; for
//! dense ids it needs less than a bit per row (under 1 MB for 5.8 million rows). Several columns
//! are packed into 64 bits if they fit. Other keys (text, dates, decimals, wide integers) are kept
//! as hashes of their bytes, see [`hashing`]. Equal bytes are duplicates under every collation;
//! texts that are equal only under a collation are found by the server.
//!
//! The first record in file order takes a key, on every machine and with any number of threads. A
//! record that is rejected before its keys are checked, or as a duplicate, takes none. A record
//! whose parent is missing keeps its keys: whether a parent exists is often known only when all
//! files are read, and records after it were already judged by its keys. One rule for all of them
//! makes the result independent of the types of the keys.
//!
//! A row whose parent was rejected is rejected too. Foreign keys between tables of a cycle, and
//! from a table to itself, are judged when all tables are complete ([`deferred`]). Foreign keys by
//! other values than integers are judged by hashes, where hashes decide ([`reference`]), or else as
//! far as hashes show that all parents exist ([`open_reference`]).

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
mod of_rejected;
mod open_reference;
mod packing;
mod prepare;
mod reference;
mod server_check;
mod sorted_run;

use model::batch::Batch;
use model::schema::{Column, ForeignKey, Index, IndexKey, Table};

use super::Fault;
use accepted::AcceptedKey;
pub use accepted::{AcceptedKeys, ExistingKeys};
pub use committed::CommittedKeys;
use committed::HashedColumns;
pub use deferred::MissingParents;
use deferred::{DeferredReference, KnownMissing};
pub use error::StoreError;
pub use hashed_set::{HashedSet, Lookup};
use hashing::Hashing;
use key_set::{KeySet, Run, runs};
use links::Links;
pub use links::{Linked, all_missing_parents};
use of_rejected::KeysOfRejected;
use open_reference::OpenReference;
use packing::Packing;
pub use reference::PendingParent;
use reference::Reference;
pub use server_check::ServerCheck;

/// A row that is rejected because of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRejection {
    /// Its position in the batch.
    pub row: usize,
    /// The columns of the key, separated by commas.
    pub column: Option<String>,
    /// The values of the key.
    pub value: String,
    /// The violated rule and the reason.
    pub fault: Fault,
}

/// The values of one row's keys to which other rows may refer; `None` for a key that contains a
/// NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKeys {
    /// Of the unique integer keys.
    packed: Vec<Option<u64>>,
    /// The hashes of the other referenced columns.
    hashed: Vec<Option<u128>>,
}

/// The keys of a batch's accepted rows to which other rows may refer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchKeys {
    /// Number of a unique integer key, and a run of its values.
    packed: Vec<(usize, Run)>,
    /// The hashes of the other referenced columns.
    hashed: Vec<Vec<u128>>,
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
    /// The keys of rows that the table already has, if records may have them as well.
    beside: Option<KeySet>,
}

impl UniqueKey {
    /// The key of a row, unless a row that the table already had has it.
    fn own(&self, batch: &Batch, row: usize) -> Option<u64> {
        let packed = self.packing.pack(batch, row)?;
        let is_old = self.beside.as_ref().is_some_and(|old| old.contains(packed));
        (!is_old).then_some(packed)
    }
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

/// Columns to which foreign keys refer, and which are not a unique key of integers.
#[derive(Debug)]
struct ReferencedColumns {
    columns: Vec<Column>,
    hashing: Hashing,
}

/// What happens to a row without a parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Orphans {
    /// It is rejected at once.
    Rejected,
    /// It is loaded, so that the server compares its keys with those of other rows, and removed
    /// when all rows are loaded.
    LoadedAndRemoved,
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
    /// The messages by which it is found.
    messages: [String; 2],
    names: Vec<String>,
    /// Their positions in the rows.
    positions: Vec<usize>,
}

/// A unique key, found by its name in the server's message about a duplicate.
#[derive(Debug)]
struct NamedKey {
    name: String,
    /// The columns, and the texts of expressions.
    columns: Vec<String>,
    /// The positions in the rows of the columns that the file has.
    positions: Vec<usize>,
}

/// Checks the keys of one table's rows.
#[derive(Debug)]
pub struct Keys {
    table: String,
    named: Vec<NamedKey>,
    unique: Vec<UniqueKey>,
    hashed: Vec<HashedKey>,
    referenced: Vec<ReferencedColumns>,
    /// Whether the table has rows from before this run.
    has_existing: bool,
    references: Vec<Reference>,
    deferred: Vec<DeferredReference>,
    open: Vec<OpenReference>,
    orphans: Orphans,
    of_rejected: KeysOfRejected,
    /// Foreign keys of rows that were kept although they have no parent.
    of_kept_orphans: Vec<String>,
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

/// The message for a record whose parent no file has, where the tables are made equal to the files:
/// the parent may be a row that would be deleted without this record.
pub fn missing_record_message(key: &ForeignKey) -> String {
    format!(
        "no accepted record of {} has this {} (foreign key {}); a row of the database does not \
         count, because --sync deletes or changes rows that the files do not have",
        key.parent_table,
        key.parent_columns.join(", "),
        key.name
    )
}

/// What a message about a missing parent says before the values that only the database has.
const IN_TABLE: &str = "; the value in the table is ";

/// The message of [`missing_parent_message`] or [`missing_record_message`] with the values of a
/// foreign key that the file does not have.
pub fn with_value_in_table(message: &str, value: &str) -> String {
    format!("{message}{IN_TABLE}{value}")
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
    /// Starts with the keys of the rows that the table already has: a record with one of them is a
    /// duplicate.
    pub fn with_existing(mut self, existing: &AcceptedKeys) -> Keys {
        self.has_existing = true;
        for key in &mut self.unique {
            if let Some(existing) = existing.values_of(&key.packing) {
                key.accepted = existing.clone();
            }
        }
        self
    }

    /// Starts beside the rows that the table already has: records may have their keys, because the
    /// sink decides what happens to the rows. Only the keys of earlier records are duplicates.
    pub fn with_merged(mut self, existing: &AcceptedKeys) -> Keys {
        self.has_existing = true;
        for key in &mut self.unique {
            key.beside = existing.values_of(&key.packing).cloned();
        }
        self
    }

    /// The greatest value of a column that is a unique key by itself, among the rows that the table
    /// already has; 0 if there is none above 0.
    pub fn greatest(&self, column: &str) -> u64 {
        let mut keys = self.unique.iter();
        let key = keys.find(|key| key.packing.names == [column]);
        key.and_then(|key| {
            let beside = key.beside.as_ref().and_then(KeySet::greatest);
            let packed = key.accepted.greatest().max(beside)?;
            Some(key.packing.unpacked(packed))
        })
        .unwrap_or(0)
    }

    /// For a row whose parent is missing: the columns of the foreign key, and their values. The
    /// foreign key is found by the message.
    pub fn of_missing_parent(
        &self,
        batch: &Batch,
        row: usize,
        message: &str,
    ) -> Option<(String, String)> {
        let mut keys = self.foreign_keys.iter();
        let (key, rest) = keys.find_map(|key| {
            let mut messages = key.messages.iter();
            Some((key, messages.find_map(|of| message.strip_prefix(of))?))
        })?;
        let value = match rest.strip_prefix(IN_TABLE) {
            Some(value) => value.to_owned(),
            None => hashing::describe_columns(batch, row, &key.positions),
        };
        Some((key.names.join(", "), value))
    }

    /// For a row that the server rejected as a duplicate: the columns of the key, and their values.
    /// The key is found by its name in the server's message.
    pub fn of_duplicate(
        &self,
        batch: &Batch,
        row: usize,
        message: &str,
    ) -> Option<(String, String)> {
        let named = message.rsplit_once(" for key '")?.1.rsplit_once('\'')?.0;
        // MySQL writes the name of the table before that of the key
        let of_table = named.strip_prefix(&self.table);
        let of_table = of_table.and_then(|rest| rest.strip_prefix('.'));
        let is_named = |key: &&NamedKey| {
            let mut names = [Some(named), of_table].into_iter().flatten();
            names.any(|name| key.name.eq_ignore_ascii_case(name))
        };
        let key = self.named.iter().find(is_named)?;
        let value = match key.positions.len() == key.columns.len() {
            true => hashing::describe_columns(batch, row, &key.positions),
            // as the server shows it
            false => message
                .split_once("Duplicate entry '")
                .and_then(|(_, rest)| rest.rsplit_once("' for key '"))
                .map_or(String::new(), |(value, _)| value.to_owned()),
        };
        Some((key.columns.join(", "), value))
    }

    /// Names of the foreign keys that the client cannot check (of columns that the file lacks, or
    /// to parents outside this run). They are checked after the load.
    pub fn unchecked_foreign_keys(&self) -> &[String] {
        &self.unchecked_foreign_keys
    }

    /// The keys that the server checks, completely or for values that are equal only under a
    /// collation.
    pub fn left_to_server(&self) -> &[ServerCheck] {
        &self.server_checks
    }

    /// The foreign keys that hold only if the server finds parents that the client has not found,
    /// with what is left to the server. Call it when all tables are complete.
    ///
    /// # Errors
    ///
    /// When hashes cannot be read from their temporary files.
    pub fn foreign_keys_left_open(&self) -> Result<Vec<(String, ServerCheck)>, StoreError> {
        let mut left = Vec::new();
        for reference in &self.open {
            if reference.lacks_parents()? {
                left.push((reference.name.clone(), reference.left.clone()));
            }
        }
        Ok(left)
    }

    /// The foreign keys of rows that are loaded although they have no parent. The server finds
    /// these rows.
    pub fn foreign_keys_of_kept_orphans(&self) -> &[String] {
        &self.of_kept_orphans
    }

    /// The committed keys of this table, for the tables that refer to it: at first only the keys of
    /// the rows that the table already has.
    pub fn committed_keys(&self) -> CommittedKeys {
        let sets = self.unique.iter().map(|key| AcceptedKey {
            form: key.packing.form(),
            columns: key.packing.names.clone(),
            values: key.beside.as_ref().unwrap_or(&key.accepted).clone(),
        });
        let keys = AcceptedKeys {
            sets: sets.collect(),
        };
        let hashed = self.referenced.iter();
        let hashed = hashed.map(|key| HashedColumns::new(key.columns.clone(), !self.has_existing));
        CommittedKeys::growing(keys, hashed.collect())
    }

    /// The keys of the accepted rows of a checked batch.
    pub fn batch_keys(&self, batch: &Batch) -> BatchKeys {
        let keys = self.unique.iter().enumerate();
        let runs = keys.flat_map(|(index, key)| {
            let of_key = runs(|| key.packing.keys(batch), usize::MAX);
            of_key.into_iter().flatten().map(move |run| (index, run))
        });
        let hashed = self.referenced.iter();
        BatchKeys {
            packed: runs.collect(),
            hashed: hashed.map(|key| key.hashing.hashes(batch)).collect(),
        }
    }

    /// The keys of one row, except those of rows that the table already had.
    pub fn row_keys(&self, batch: &Batch, row: usize) -> RowKeys {
        let (unique, referenced) = (self.unique.iter(), self.referenced.iter());
        let hash = |key: &ReferencedColumns| key.hashing.hash(batch, row, &mut Vec::new());
        RowKeys {
            packed: unique.map(|key| key.own(batch, row)).collect(),
            hashed: referenced.map(hash).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
