//! The accepted keys of a table: those of this run's rows, or those of rows that the database had
//! before the run.

use super::key_set::KeySet;
use super::packing::Packing;
use super::plain_columns;
use model::schema::{Index, IndexKind, Table};

/// The accepted unique integer keys of one table.
#[derive(Debug, Clone, Default)]
pub struct AcceptedKeys {
    pub(super) sets: Vec<AcceptedKey>,
}

impl AcceptedKeys {
    /// The accepted values of the key with these columns and the same integer types.
    pub(super) fn values_of(&self, packing: &Packing) -> Option<&KeySet> {
        let same = |key: &&AcceptedKey| key.columns == packing.names && key.form == packing.form();
        self.sets.iter().find(same).map(|key| &key.values)
    }
}

/// Collects the keys of rows that the database already has.
#[derive(Debug)]
pub struct ExistingKeys {
    columns: Vec<String>,
    pub(super) keys: Vec<(Packing, KeySet)>,
}

impl ExistingKeys {
    /// Collects all unique keys of a table that the client can check.
    pub fn of(table: &Table) -> ExistingKeys {
        let unique = |i: &&Index| matches!(i.kind, IndexKind::Primary | IndexKind::Unique);
        let names: Vec<Vec<String>> = table
            .indexes
            .iter()
            .filter(unique)
            .filter_map(plain_columns)
            .collect();
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let judged = |names: &&Vec<String>| Packing::new(table, &all, names).is_some();
        let mut columns: Vec<usize> = names
            .iter()
            .filter(judged)
            .flatten()
            .filter_map(|name| table.column_index(name))
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let keys = names
            .iter()
            .filter_map(|names| Packing::new(table, &columns, names))
            .map(|packing| {
                let set = KeySet::new(packing.width());
                (packing, set)
            })
            .collect();
        ExistingKeys {
            columns: columns
                .iter()
                .map(|&c| table.columns[c].name.clone())
                .collect(),
            keys,
        }
    }

    /// The columns to read from the database. Empty if the client can check none of the keys.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Adds the keys of a row. `values` are its values in [`ExistingKeys::columns`]; a signed value
    /// is given as its two's complement bits, NULL as `None`.
    pub fn add(&mut self, values: &[Option<u64>]) {
        for (packing, set) in &mut self.keys {
            if let Some(key) = packing.pack_values(|column| values[column]) {
                set.insert(key);
            }
        }
    }

    /// The collected keys.
    pub fn into_accepted(self) -> AcceptedKeys {
        let sets = self.keys.into_iter().map(|(packing, values)| AcceptedKey {
            form: packing.form(),
            columns: packing.names,
            values,
        });
        AcceptedKeys {
            sets: sets.collect(),
        }
    }
}

/// The accepted values of one unique key.
#[derive(Debug, Clone)]
pub(super) struct AcceptedKey {
    pub(super) columns: Vec<String>,
    /// Bits and signedness of each column. Only keys with the same form can be compared.
    pub(super) form: Vec<(u8, bool)>,
    pub(super) values: KeySet,
}
