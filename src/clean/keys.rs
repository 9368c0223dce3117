//! Duplicate keys and missing parents, judged on the stream, in file order.
//!
//! The accepted values of every unique key made of integer columns are kept in a roaring bitmap: dense ids take less than a
//! bit each on disk-sized data (under 1 MB for 5.8 million). Several columns are packed into 64 bits where they fit.
//! Keys on text, or wider ones, are left to the server. The first row in file order wins, on every machine, whatever the threads;
//! a refused row does not take its key, and a row whose parent was refused is refused too.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::{RoaringBitmap, RoaringTreemap};

use crate::batch::{Batch, Value};
use crate::rejects::Rule;
use crate::schema::{ColumnType, Index, IndexKey, IndexKind, Table};

use super::Fault;

/// Columns whose values are packed into one number of at most 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Packing {
    /// (position in the row, bits, whether signed), the most significant first.
    columns: Vec<(usize, u8, bool)>,
    names: Vec<String>,
}

impl Packing {
    /// `None` when a column is missing from the rows, is no integer, or all together are wider than 64 bits.
    fn new(table: &Table, loaded: &[usize], names: &[String]) -> Option<Packing> {
        let mut columns = Vec::new();
        for name in names {
            let column = table.column_index(name)?;
            let position = loaded.iter().position(|&c| c == column)?;
            let (bits, signed) = integer_width(&table.columns[column].kind)?;
            columns.push((position, bits, signed));
        }
        let width: u32 = columns.iter().map(|c| u32::from(c.1)).sum();
        (width <= 64).then(|| Packing {
            columns,
            names: names.to_vec(),
        })
    }

    fn width(&self) -> u32 {
        self.columns.iter().map(|c| u32::from(c.1)).sum()
    }

    /// `None` when one of the values is NULL.
    fn pack(&self, batch: &Batch, row: usize) -> Option<u64> {
        let mut key = 0u64;
        for &(column, bits, signed) in &self.columns {
            let value = match batch.value(row, column) {
                Value::UInt(v) => v,
                Value::Int(v) => v as u64,
                _ => return None,
            };
            key = shifted(key, bits) | normalised(value, bits, signed);
        }
        Some(key)
    }

    fn describe(&self, batch: &Batch, row: usize) -> String {
        let values: Vec<_> = self
            .columns
            .iter()
            .map(|&(column, ..)| match batch.value(row, column) {
                Value::UInt(v) => v.to_string(),
                Value::Int(v) => v.to_string(),
                _ => "NULL".to_string(),
            })
            .collect();
        values.join(", ")
    }
}

fn shifted(key: u64, bits: u8) -> u64 {
    if bits == 64 { 0 } else { key << bits }
}

/// Signed values are moved up so that the smallest becomes 0.
fn normalised(value: u64, bits: u8, signed: bool) -> u64 {
    let moved = if signed { value.wrapping_add(1 << (bits - 1)) } else { value };
    moved & (u64::MAX >> (64 - bits))
}

fn integer_width(kind: &ColumnType) -> Option<(u8, bool)> {
    match kind {
        ColumnType::Integer { bits, unsigned } => Some((*bits, !unsigned)),
        ColumnType::Boolean => Some((8, true)),
        _ => None,
    }
}

/// The accepted values of one key.
#[derive(Debug, Clone)]
pub enum KeySet {
    /// Keys of up to 32 bits.
    Narrow(RoaringBitmap),
    /// Keys of up to 64 bits.
    Wide(RoaringTreemap),
}

impl KeySet {
    fn new(width: u32) -> KeySet {
        if width <= 32 {
            KeySet::Narrow(RoaringBitmap::new())
        } else {
            KeySet::Wide(RoaringTreemap::new())
        }
    }

    fn insert(&mut self, key: u64) -> bool {
        match self {
            KeySet::Narrow(set) => set.insert(key as u32),
            KeySet::Wide(set) => set.insert(key),
        }
    }

    fn remove(&mut self, key: u64) {
        match self {
            KeySet::Narrow(set) => set.remove(key as u32),
            KeySet::Wide(set) => set.remove(key),
        };
    }

    fn contains(&self, key: u64) -> bool {
        match self {
            KeySet::Narrow(set) => set.contains(key as u32),
            KeySet::Wide(set) => set.contains(key),
        }
    }
}

/// Bits of each column of a key, and whether it is signed: only keys of one form can be compared.
type Form = Vec<(u8, bool)>;

/// The keys of one table that were accepted, by the columns that they are made of.
#[derive(Debug, Clone, Default)]
pub struct AcceptedKeys {
    sets: HashMap<Vec<String>, (Form, KeySet)>,
}

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

/// A unique key that is judged on the stream.
#[derive(Debug)]
struct UniqueKey {
    index: String,
    packing: Packing,
    accepted: KeySet,
}

/// A foreign key that is judged on the stream.
#[derive(Debug)]
struct Reference {
    packing: Packing,
    parent_table: String,
    parent_columns: Vec<String>,
    parents: Arc<AcceptedKeys>,
}

/// Judges the keys of one table's rows.
#[derive(Debug)]
pub struct Keys {
    unique: Vec<UniqueKey>,
    references: Vec<Reference>,
    unjudged_references: Vec<String>,
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

/// Whether duplicates of this unique index are found on the stream, when the file has the given columns of the table.
pub fn is_judged_on_stream(table: &Table, loaded: &[usize], index: &Index) -> bool {
    plain_columns(index).is_some_and(|names| Packing::new(table, loaded, &names).is_some())
}

impl Keys {
    /// Prepares the keys of a table whose rows hold the columns `loaded` (positions in the table). `parents` has the
    /// accepted keys of the tables that come before it.
    pub fn new(table: &Table, loaded: &[usize], parents: &HashMap<String, Arc<AcceptedKeys>>) -> Keys {
        let mut keys = Keys {
            unique: Vec::new(),
            references: Vec::new(),
            unjudged_references: Vec::new(),
        };
        for index in &table.indexes {
            if !matches!(index.kind, IndexKind::Primary | IndexKind::Unique) {
                continue;
            }
            if let Some(packing) = plain_columns(index).and_then(|names| Packing::new(table, loaded, &names)) {
                keys.unique.push(UniqueKey {
                    index: index.name.clone(),
                    accepted: KeySet::new(packing.width()),
                    packing,
                });
            }
        }
        for reference in &table.foreign_keys {
            let packing = Packing::new(table, loaded, &reference.columns);
            let parent = parents.get(&reference.parent_table);
            let same_form = |packing: &Packing, parent: &AcceptedKeys| {
                let form: Vec<_> = packing.columns.iter().map(|c| (c.1, c.2)).collect();
                parent.sets.get(&reference.parent_columns).is_some_and(|(f, _)| *f == form)
            };
            match (packing, parent) {
                (Some(packing), Some(parent)) if same_form(&packing, parent) => keys.references.push(Reference {
                    packing,
                    parent_table: reference.parent_table.clone(),
                    parent_columns: reference.parent_columns.clone(),
                    parents: Arc::clone(parent),
                }),
                _ => keys.unjudged_references.push(reference.name.clone()),
            }
        }
        keys
    }

    /// Foreign keys that the stream cannot judge (self-references, text keys, parents outside this run): to be proved after the load.
    pub fn unjudged_references(&self) -> &[String] {
        &self.unjudged_references
    }

    /// Judges the rows of a batch in their order, takes the refused ones out and names them.
    pub fn judge(&mut self, batch: &mut Batch) -> Vec<RefusedKey> {
        let mut refused = Vec::new();
        for row in 0..batch.all_rows().len() {
            if !batch.all_rows()[row].alive {
                continue;
            }
            if let Some((packing, fault)) = self.fault_of(batch, row) {
                refused.push(RefusedKey {
                    row,
                    column: match packing.names.as_slice() {
                        [one] => Some(one.clone()),
                        _ => None,
                    },
                    value: packing.describe(batch, row),
                    fault,
                });
                batch.refuse(row);
                continue;
            }
            for key in &mut self.unique {
                if let Some(packed) = key.packing.pack(batch, row) {
                    key.accepted.insert(packed);
                }
            }
        }
        refused
    }

    fn fault_of(&self, batch: &Batch, row: usize) -> Option<(&Packing, Fault)> {
        for key in &self.unique {
            if key.packing.pack(batch, row).is_some_and(|packed| key.accepted.contains(packed)) {
                let message = format!("an earlier row has the same {} key", key.index);
                return Some((&key.packing, Fault::new(Rule::DuplicateKey, message)));
            }
        }
        for reference in &self.references {
            // a NULL in a foreign key refers to nothing
            let Some(packed) = reference.packing.pack(batch, row) else {
                continue;
            };
            let parents = reference.parents.sets.get(&reference.parent_columns);
            if !parents.is_some_and(|(_, set)| set.contains(packed)) {
                let message = format!(
                    "no accepted row of {} has this {}",
                    reference.parent_table,
                    reference.parent_columns.join(", ")
                );
                return Some((&reference.packing, Fault::new(Rule::MissingParent, message)));
            }
        }
        None
    }

    /// The keys of one row.
    pub fn of_row(&self, batch: &Batch, row: usize) -> RowKeys {
        RowKeys(self.unique.iter().map(|key| key.packing.pack(batch, row)).collect())
    }

    /// Gives back the keys of a row that was accepted here and refused later by the server.
    pub fn release(&mut self, keys: &RowKeys) {
        for (key, packed) in self.unique.iter_mut().zip(&keys.0) {
            if let Some(packed) = packed {
                key.accepted.remove(*packed);
            }
        }
    }

    /// The accepted keys, for the tables that refer to this one.
    pub fn into_accepted(self) -> AcceptedKeys {
        let sets = self
            .unique
            .into_iter()
            .map(|key| {
                let form = key.packing.columns.iter().map(|c| (c.1, c.2)).collect();
                (key.packing.names, (form, key.accepted))
            })
            .collect();
        AcceptedKeys { sets }
    }
}

#[cfg(test)]
mod tests;
