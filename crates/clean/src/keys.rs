//! Duplicate keys and missing parents, judged on the stream, in file order.
//!
//! The accepted values of every unique key made of integer columns are kept in a roaring bitmap:
//! dense ids take less than a bit each on disk-sized data (under 1 MB for 5.8 million). Several
//! columns are packed into 64 bits where they fit. Keys of text, dates, decimals and wider ones are
//! kept as hashes of their bytes ([`hashed`]): equal bytes are duplicates under every collation,
//! and texts that only a collation calls equal are left to the server. The first row in file order
//! wins, on every machine, whatever the threads; a refused row does not take its key, and a row
//! whose parent was refused is refused too.

mod accepted;
mod hashed;
mod kept;
mod left;
mod own;
mod packing;
mod set;
mod settled;

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Result;

use model::batch::Batch;
use model::rejection::Rule;
use model::schema::{ForeignKey, Index, IndexKey, IndexKind, Table};

use super::Fault;
use accepted::AcceptedKey;
pub use accepted::{AcceptedKeys, ExistingKeys};
use hashed::{HashedSet, Hashing};
pub use left::LeftToServer;
pub use own::MissingValues;
use own::OwnReference;
use packing::Packing;
use set::{KeySet, Run, runs};
pub use settled::SettledKeys;

/// A row whose key is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedKey {
    /// Its position in the batch.
    pub row: usize,
    /// The column at fault, when one alone is.
    pub column: Option<String>,
    /// The values of the key.
    pub value: String,
    /// The rule and the reason.
    pub fault: Fault,
}

/// The values of one row's unique keys, packed; `None` where one holds a NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKeys(Vec<Option<u64>>);

/// The unique keys of a batch's accepted rows, as runs: the key's number and its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenKeys(Vec<(usize, Run)>);

/// Whether the parents of a batch's rows are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parents {
    Found,
    /// Some are not, for good.
    Missing,
    /// This one is not yet.
    Awaited(u64),
}

/// A parent that is not there yet and may still come.
#[derive(Debug)]
pub struct Awaited {
    parents: Arc<SettledKeys>,
    key: usize,
    value: u64,
}

impl Awaited {
    /// Whether it has come, or never will.
    pub fn is_over(&self) -> bool {
        self.parents.is_decided(self.key, self.value)
    }
}

/// Why a batch is not judged.
#[derive(Debug)]
pub enum NotJudged {
    /// A parent is missing that may still come; the batch is as it was.
    Awaited(Awaited),
    /// Keys could not be kept on disk.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for NotJudged {
    fn from(error: anyhow::Error) -> NotJudged {
        NotJudged::Failed(error)
    }
}

/// A unique key of integers.
#[derive(Debug)]
struct UniqueKey {
    index: String,
    packing: Packing,
    accepted: KeySet,
}

/// A unique key of anything else.
#[derive(Debug)]
struct HashedKey {
    index: String,
    hashing: Hashing,
    accepted: HashedSet,
    /// Room that is used again.
    bytes: Vec<u8>,
}

/// A foreign key that is judged on the stream.
#[derive(Debug)]
struct Reference {
    packing: Packing,
    parent_table: String,
    parent_columns: Vec<String>,
    parents: Arc<SettledKeys>,
    /// Which of the parent's keys is referred to.
    key: usize,
}

/// The columns at fault, their values, and the fault.
type AtFault = (Vec<String>, String, Fault);

/// Judges the keys of one table's rows.
#[derive(Debug)]
pub struct Keys {
    unique: Vec<UniqueKey>,
    hashed: Vec<HashedKey>,
    references: Vec<Reference>,
    own: Vec<OwnReference>,
    /// Keys of rows that the server rejected, where rows of the same table may refer to them.
    given_back: Vec<RowKeys>,
    unjudged_references: Vec<String>,
    left_to_server: Vec<LeftToServer>,
    /// For each foreign key what is said when it is broken, its columns, and their positions in the
    /// rows.
    described: Vec<(String, Vec<String>, Vec<usize>)>,
}

/// What is said of a row whose parent is missing in a table that is loaded as a whole.
pub fn missing_parent(key: &ForeignKey) -> String {
    format!(
        "no row of {} has this {} (foreign key {})",
        key.parent_table,
        key.parent_columns.join(", "),
        key.name
    )
}

/// Names of a unique index's columns when all of them are whole columns.
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

/// Whether duplicates of this unique index are found on the stream and the server need not look for
/// them, when the file has the given columns of the table: those of integers. Of other keys the
/// server finds what only a collation calls equal.
pub fn is_judged_on_stream(table: &Table, loaded: &[usize], index: &Index) -> bool {
    plain_columns(index).is_some_and(|names| Packing::new(table, loaded, &names).is_some())
}

impl Keys {
    /// Prepares the keys of a table whose rows hold the columns `loaded` (positions in the table).
    /// `parents` has the keys of the tables that come before it.
    pub fn new(
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<SettledKeys>>,
    ) -> Keys {
        let mut keys = Keys {
            unique: Vec::new(),
            hashed: Vec::new(),
            references: Vec::new(),
            own: Vec::new(),
            given_back: Vec::new(),
            unjudged_references: Vec::new(),
            left_to_server: Vec::new(),
            described: Vec::new(),
        };
        for index in &table.indexes {
            if !matches!(index.kind, IndexKind::Primary | IndexKind::Unique) {
                continue;
            }
            if let Some(packing) =
                plain_columns(index).and_then(|names| Packing::new(table, loaded, &names))
            {
                keys.unique.push(UniqueKey {
                    index: index.name.clone(),
                    accepted: KeySet::new(packing.width()),
                    packing,
                });
                continue;
            }
            let hashing = Hashing::new(table, loaded, index);
            let is_decisive = hashing.as_ref().map(Hashing::is_decisive);
            keys.left_to_server.extend(LeftToServer::of_unique_key(
                table,
                loaded,
                index,
                is_decisive,
            ));
            keys.hashed.extend(hashing.map(|hashing| HashedKey {
                index: index.name.clone(),
                hashing,
                accepted: HashedSet::default(),
                bytes: Vec::new(),
            }));
        }
        for reference in &table.foreign_keys {
            let position = |name: &String| {
                let number = table.column_index(name)?;
                loaded.iter().position(|&column| column == number)
            };
            keys.described.push((
                missing_parent(reference),
                reference.columns.clone(),
                reference.columns.iter().filter_map(position).collect(),
            ));
            if reference.parent_table == table.name
                && let Some(own) = OwnReference::new(table, loaded, &keys.unique, reference)
            {
                keys.own.push(own);
                continue;
            }
            let judged = || {
                let packing = Packing::new(table, loaded, &reference.columns)?;
                let parents = parents.get(&reference.parent())?;
                let key = parents.position(&reference.parent_columns, &packing.form())?;
                Some(Reference {
                    packing,
                    parent_table: reference.parent(),
                    parent_columns: reference.parent_columns.clone(),
                    parents: Arc::clone(parents),
                    key,
                })
            };
            match judged() {
                Some(judged) => keys.references.push(judged),
                None => {
                    keys.unjudged_references.push(reference.name.clone());
                    let left = LeftToServer::of_foreign_key(table, reference);
                    keys.left_to_server.push(left);
                }
            }
        }
        keys
    }

    /// Begins with the keys of rows that the table holds already.
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

    /// Begins with the values of which an earlier reading of the file has shown that no row has
    /// them.
    pub fn with_missing(mut self, missing: Option<&MissingValues>) -> Keys {
        for own in &mut self.own {
            missing.iter().for_each(|missing| own.expect(missing));
        }
        self
    }

    /// Values that rows refer to within the table and that none of its rows has, with those of
    /// earlier readings; `None` when there are no new ones. Asked when the file is read to its end.
    pub fn missing_values(&self) -> Option<MissingValues> {
        let mut found = MissingValues::default();
        let mut is_new = false;
        for own in &self.own {
            is_new |= own.add_missing(&self.unique, &self.given_back, &mut found);
        }
        is_new.then_some(found)
    }

    /// The server rejected a row: rows of the same table do not find their parent in it.
    pub fn give_back(&mut self, row: RowKeys) {
        if !self.own.is_empty() {
            self.given_back.push(row);
        }
    }

    /// The column at fault, when it is one, and the values of a row whose parent is missing, by
    /// what was said of it.
    pub fn at_fault(
        &self,
        batch: &Batch,
        row: usize,
        said: &str,
    ) -> Option<(Option<String>, String)> {
        let (_, names, positions) = self.described.iter().find(|(words, ..)| words == said)?;
        let column = match names.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        Some((column, hashed::described(batch, row, positions)))
    }

    /// Foreign keys that the stream cannot judge (text keys, parents outside this run): to be
    /// judged after the load.
    pub fn unjudged_references(&self) -> &[String] {
        &self.unjudged_references
    }

    /// The keys that are judged by the server, all of their values or those that only a collation
    /// calls equal.
    pub fn left_to_server(&self) -> &[LeftToServer] {
        &self.left_to_server
    }

    /// None of the keys as yet but those that the table holds already, for the tables that refer to
    /// this one.
    pub fn settled(&self) -> SettledKeys {
        let sets = self.unique.iter().map(|key| AcceptedKey {
            form: key.packing.form(),
            columns: key.packing.names.clone(),
            values: key.accepted.clone(),
        });
        SettledKeys::growing(AcceptedKeys {
            sets: sets.collect(),
        })
    }

    /// Judges the rows of a batch in their order, takes the refused ones out and names them.
    ///
    /// # Errors
    ///
    /// While a parent is missing that may still come: the batch is as it was then. When hashes
    /// cannot be kept on disk.
    pub fn judge(&mut self, batch: &mut Batch) -> Result<Vec<RefusedKey>, NotJudged> {
        let are_found = self.parents_are_found(batch).map_err(NotJudged::Awaited)?;
        let are_found = are_found && !self.own.iter().any(OwnReference::has_missing);
        let refused = match are_found && self.take_all(batch)? {
            true => Vec::new(),
            false => self.judge_each(batch)?,
        };
        for own in &mut self.own {
            own.note(batch);
        }
        for key in &mut self.hashed {
            key.accepted.settle()?;
        }
        Ok(refused)
    }

    /// The keys of the rows of a batch that was judged.
    pub fn taken(&self, batch: &Batch) -> TakenKeys {
        let keys = self.unique.iter().enumerate();
        let taken = keys.flat_map(|(index, key)| {
            let runs = runs(key.packed(batch), usize::MAX);
            runs.into_iter().flatten().map(move |run| (index, run))
        });
        TakenKeys(taken.collect())
    }

    fn parents_are_found(&self, batch: &Batch) -> Result<bool, Awaited> {
        let mut are_found = true;
        for reference in &self.references {
            let (key, parents) = (reference.key, &reference.parents);
            let values = || {
                let live = batch.live_rows();
                live.filter_map(|row| reference.packing.pack(batch, row))
            };
            match parents.look_up(key, values) {
                Parents::Found => {}
                Parents::Missing => are_found = false,
                Parents::Awaited(value) => {
                    return Err(Awaited {
                        parents: Arc::clone(parents),
                        key,
                        value,
                    });
                }
            }
        }
        Ok(are_found)
    }

    fn judge_each(&mut self, batch: &mut Batch) -> Result<Vec<RefusedKey>> {
        let mut refused = Vec::new();
        for row in 0..batch.all_rows().len() {
            if !batch.all_rows()[row].alive {
                continue;
            }
            if let Some((names, value, fault)) = self.take(batch, row)? {
                let column = match names.as_slice() {
                    [one] => Some(one.clone()),
                    _ => None,
                };
                refused.push(RefusedKey {
                    row,
                    column,
                    value,
                    fault,
                });
                batch.reject(row);
            }
        }
        Ok(refused)
    }

    /// Takes the keys of all rows when it is plain that none is refused: they are new ones in a few
    /// runs. Otherwise takes none; then every row has to be looked at.
    fn take_all(&mut self, batch: &Batch) -> Result<bool> {
        let mut taken: Vec<(usize, Run)> = Vec::new();
        for index in 0..self.unique.len() {
            let keys = self.unique[index].packed(batch);
            let most = 16 + keys.len() / 8;
            let runs = runs(keys, most);
            for run in runs.iter().flatten() {
                if !self.unique[index].accepted.insert_all(run.clone()) {
                    break;
                }
                taken.push((index, run.clone()));
            }
            let of_this = taken.iter().filter(|(of, _)| *of == index).count();
            if runs.is_none_or(|runs| of_this < runs.len()) {
                for (index, run) in taken {
                    self.unique[index].accepted.remove_all(run);
                }
                return Ok(false);
            }
        }
        if self.take_all_hashed(batch)? {
            return Ok(true);
        }
        for (index, run) in taken {
            self.unique[index].accepted.remove_all(run);
        }
        Ok(false)
    }

    /// Takes the hashed keys of all rows, or none of them.
    fn take_all_hashed(&mut self, batch: &Batch) -> Result<bool> {
        let mut taken: Vec<Vec<u128>> = Vec::new();
        for key in &mut self.hashed {
            let mut hashes = key.hashes(batch);
            if !key.accepted.insert_all(&mut hashes)? {
                for (key, hashes) in self.hashed.iter_mut().zip(taken) {
                    for hash in hashes {
                        key.accepted.remove(hash);
                    }
                }
                return Ok(false);
            }
            taken.push(hashes);
        }
        Ok(true)
    }

    /// Takes the keys of a row, or none of them and says why: the columns at fault, their values
    /// and the fault.
    fn take(&mut self, batch: &Batch, row: usize) -> Result<Option<AtFault>> {
        let mut taken = 0;
        let mut fault = None;
        for key in &mut self.unique {
            if let Some(packed) = key.packing.pack(batch, row)
                && !key.accepted.insert(packed)
            {
                let message = format!("an earlier row has the same {} key", key.index);
                let values = key.packing.describe(batch, row);
                fault = Some((
                    key.packing.names.clone(),
                    values,
                    Fault::new(Rule::DuplicateKey, message),
                ));
                break;
            }
            taken += 1;
        }
        let mut hashed = Vec::new();
        if fault.is_none() {
            fault = self.take_hashed(batch, row, &mut hashed)?;
        }
        let fault = fault.or_else(|| self.missing_parent(batch, row));
        if fault.is_none()
            && let Some(fault) = self.own.iter().find_map(|own| own.fault(batch, row))
        {
            // it keeps its keys: it was accepted until the table was read to its end, and a later
            // row with its key was not
            let keys = self.of_row(batch, row);
            self.own.iter_mut().for_each(|own| own.loses(&keys));
            return Ok(Some(fault));
        }
        if fault.is_some() {
            // a refused row does not keep its keys
            for key in &mut self.unique[..taken] {
                if let Some(packed) = key.packing.pack(batch, row) {
                    key.accepted.remove(packed);
                }
            }
            for (key, hash) in self.hashed.iter_mut().zip(hashed) {
                if let Some(hash) = hash {
                    key.accepted.remove(hash);
                }
            }
        }
        Ok(fault)
    }

    /// Takes the hashed keys of a row, up to one that an earlier row has; `taken` has those that
    /// were taken.
    fn take_hashed(
        &mut self,
        batch: &Batch,
        row: usize,
        taken: &mut Vec<Option<u128>>,
    ) -> Result<Option<AtFault>> {
        for key in &mut self.hashed {
            let hash = key.hashing.hash(batch, row, &mut key.bytes);
            if let Some(hash) = hash
                && !key.accepted.insert(hash)?
            {
                let message = format!("an earlier row has the same {} key", key.index);
                let fault = Fault::new(Rule::DuplicateKey, message);
                let values = key.hashing.describe(batch, row);
                return Ok(Some((key.hashing.names.clone(), values, fault)));
            }
            taken.push(hash);
        }
        Ok(None)
    }

    fn missing_parent(&self, batch: &Batch, row: usize) -> Option<AtFault> {
        for reference in &self.references {
            // a NULL in a foreign key refers to nothing
            let Some(packed) = reference.packing.pack(batch, row) else {
                continue;
            };
            if !reference.parents.contains(reference.key, packed) {
                let message = format!(
                    "no accepted row of {} has this {}",
                    reference.parent_table,
                    reference.parent_columns.join(", ")
                );
                let values = reference.packing.describe(batch, row);
                let fault = Fault::new(Rule::MissingParent, message);
                return Some((reference.packing.names.clone(), values, fault));
            }
        }
        None
    }

    /// The keys of one row.
    pub fn of_row(&self, batch: &Batch, row: usize) -> RowKeys {
        RowKeys(
            self.unique
                .iter()
                .map(|key| key.packing.pack(batch, row))
                .collect(),
        )
    }
}

impl UniqueKey {
    /// The keys of a batch's live rows.
    fn packed(&self, batch: &Batch) -> Vec<u64> {
        let mut keys = Vec::with_capacity(batch.len());
        let live = batch.live_rows();
        keys.extend(live.filter_map(|row| self.packing.pack(batch, row)));
        keys
    }
}

impl HashedKey {
    /// The hashes of a batch's live rows.
    fn hashes(&mut self, batch: &Batch) -> Vec<u128> {
        let mut hashes = Vec::with_capacity(batch.len());
        for row in batch.live_rows() {
            hashes.extend(self.hashing.hash(batch, row, &mut self.bytes));
        }
        hashes
    }
}

#[cfg(test)]
mod tests;
