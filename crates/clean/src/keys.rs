//! The client's search for duplicate keys and missing parents, in file order, while it reads.
//!
//! For each unique key of integer columns, the accepted values are kept in a roaring bitmap. For
//! dense ids it needs less than a bit per row (under 1 MB for 5.8 million rows). Several columns
//! are packed into 64 bits, if they fit. For all other keys (text, dates, decimals, wide integers),
//! hashes of their bytes are kept, see [`hashing`]. Equal bytes are duplicates under every
//! collation. Texts that are equal only under a collation are found by the server.
//!
//! If several records have the same key, the first one in file order gets it, on every machine and
//! with any number of threads. A record gets no keys if it is rejected before its keys are checked,
//! or if it is a duplicate. A record whose parent is missing keeps its keys. The reason is that
//! often only the end of all files shows whether a parent exists, and by then later records were
//! already judged. With one rule for all cases, the result does not depend on the types of the
//! keys.
//!
//! A row whose parent was rejected is rejected too. Foreign keys between tables of a cycle, and
//! from a table to itself, are judged when all tables are complete ([`deferred`]). Foreign keys
//! with other values than integers are judged by hashes, if a missing hash means that the parent
//! is missing ([`reference`]). In the other cases, for example if a collation makes different bytes
//! equal, hashes can only show that all parents exist. If they do not show this, the server decides
//! ([`open_reference`]).

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
    /// The row's position in the batch.
    pub row: usize,
    /// The columns of the key, separated by commas.
    pub column: Option<String>,
    /// The values of the key.
    pub value: String,
    /// The violated rule and the reason.
    pub fault: Fault,
}

/// The values of one row's keys to which other rows may refer. A key that contains NULL is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKeys {
    /// The values of the unique integer keys.
    packed: Vec<Option<u64>>,
    /// The hashes of the other referenced columns.
    hashed: Vec<Option<u128>>,
}

/// The keys of a batch's accepted rows, as far as other rows may refer to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchKeys {
    /// Pairs of the position of a unique integer key and a range of its values.
    packed: Vec<(usize, Run)>,
    /// For each set of other referenced columns, the hashes of their values.
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
    /// The keys of rows that were in the table before, if records are allowed to have the same
    /// keys.
    beside: Option<KeySet>,
}

impl UniqueKey {
    /// The key of a row. `None` if a row that was in the table before has the same key.
    fn own(&self, batch: &Batch, row: usize) -> Option<u64> {
        let packed = self.packing.pack(batch, row)?;
        let is_old = self.beside.as_ref().is_some_and(|old| old.contains(packed));
        (!is_old).then_some(packed)
    }
}

/// A unique key of other columns than integers.
#[derive(Debug)]
struct HashedKey {
    index: String,
    hashing: Hashing,
    accepted: HashedSet,
    /// Buffer for the bytes of one key.
    bytes: Vec<u8>,
}

/// Columns to which foreign keys refer and which are not a unique key of integers.
#[derive(Debug)]
struct ReferencedColumns {
    columns: Vec<Column>,
    hashing: Hashing,
}

/// What happens to a row without a parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Orphans {
    /// The row is rejected at once.
    Rejected,
    /// The row is loaded, so that the server can compare its keys with those of other rows. The run
    /// removes the row when all rows are loaded.
    LoadedAndRemoved,
}

/// What is wrong with the key of a row.
#[derive(Debug)]
struct KeyFault {
    columns: Vec<String>,
    /// The values of these columns, as a message shows them.
    value: String,
    fault: Fault,
}

/// The columns of a foreign key, which are looked up by the message about a missing parent.
#[derive(Debug)]
struct ForeignKeyColumns {
    /// The messages that belong to the foreign key.
    messages: [String; 2],
    names: Vec<String>,
    /// Positions of the columns in the rows.
    positions: Vec<usize>,
}

/// A unique key, which is looked up by its name in the server's message about a duplicate.
#[derive(Debug)]
struct NamedKey {
    name: String,
    /// The names of the columns, or the texts of expressions.
    columns: Vec<String>,
    /// Positions in the rows of those columns that the file has.
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
    /// Whether the table had rows before this run.
    has_existing: bool,
    references: Vec<Reference>,
    deferred: Vec<DeferredReference>,
    open: Vec<OpenReference>,
    orphans: Orphans,
    of_rejected: KeysOfRejected,
    /// Names of foreign keys with orphans that are loaded first and removed at the end.
    of_kept_orphans: Vec<String>,
    /// The missing parents that an earlier reading of the files found, in the order of the foreign
    /// keys.
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

/// The message for a record whose parent is in no file, if `--sync` makes the tables equal to the
/// files. A row of the database does not count as a parent, because the run may delete it.
pub fn missing_record_message(key: &ForeignKey) -> String {
    format!(
        "no accepted record of {} has this {} (foreign key {}); a row of the database does not \
         count, because --sync deletes or changes rows that the files do not have",
        key.parent_table,
        key.parent_columns.join(", "),
        key.name
    )
}

/// The text in a message about a missing parent that precedes values that only the database has.
const IN_TABLE: &str = "; the value in the table is ";

/// Adds the values of a foreign key to [`missing_parent_message`] or [`missing_record_message`], if
/// the file does not have them.
pub fn with_value_in_table(message: &str, value: &str) -> String {
    format!("{message}{IN_TABLE}{value}")
}

/// Names of an index's columns. `None` if the index has a prefix or an expression.
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
/// `loaded` of the table. It does so for integer keys. For other keys, the server must find values
/// that are equal only under a collation.
pub fn finds_all_duplicates(table: &Table, loaded: &[usize], index: &Index) -> bool {
    plain_columns(index).is_some_and(|names| Packing::new(table, loaded, &names).is_some())
}

impl Keys {
    /// Starts with the keys of the rows that are already in the table. A record with one of these
    /// keys is a duplicate.
    pub fn with_existing(mut self, existing: &AcceptedKeys) -> Keys {
        self.has_existing = true;
        for key in &mut self.unique {
            if let Some(existing) = existing.values_of(&key.packing) {
                key.accepted = existing.clone();
            }
        }
        self
    }

    /// Like [`Keys::with_existing`], but records may have the same keys as rows in the table,
    /// because the sink decides what happens to these rows. Only the keys of earlier records are
    /// duplicates.
    pub fn with_merged(mut self, existing: &AcceptedKeys) -> Keys {
        self.has_existing = true;
        for key in &mut self.unique {
            key.beside = existing.values_of(&key.packing).cloned();
        }
        self
    }

    /// The greatest value of a column in the rows that are already in the table. The column must be
    /// a unique key by itself. 0 if no value is greater than 0.
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
    /// message tells which foreign key it is.
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
    /// The server's message contains the name of the key.
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
            // the file lacks a column of the key, so use the values in the server's message
            false => message
                .split_once("Duplicate entry '")
                .and_then(|(_, rest)| rest.rsplit_once("' for key '"))
                .map_or(String::new(), |(value, _)| value.to_owned()),
        };
        Some((key.columns.join(", "), value))
    }

    /// Names of the foreign keys that the client cannot check, because the file lacks a column or
    /// because the parents are not in this run. They are checked after the load.
    pub fn unchecked_foreign_keys(&self) -> &[String] {
        &self.unchecked_foreign_keys
    }

    /// The keys that the server checks: completely, or only for values that are equal under a
    /// collation.
    pub fn left_to_server(&self) -> &[ServerCheck] {
        &self.server_checks
    }

    /// The foreign keys for which the client has not found all parents, with the check that the
    /// server has to do. All tables must be complete.
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

    /// The foreign keys of orphans that are loaded first and removed at the end. The server finds
    /// these rows.
    pub fn foreign_keys_of_kept_orphans(&self) -> &[String] {
        &self.of_kept_orphans
    }

    /// The committed keys of this table, for the tables that refer to it. At first, they are the
    /// keys of the rows that are already in the table.
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

    /// The keys of the accepted rows of a batch that was checked.
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

    /// The keys of one row, except keys that a row in the table already has.
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
