//! Decides, for each key of a table, who checks it: the client while it reads, or the server.

use std::collections::HashMap;
use std::sync::Arc;

use model::schema::{ForeignKey, Index, IndexKind, Table};

use super::hashed_set::HashedSet;
use super::hashing::Hashing;
use super::key_set::KeySet;
use super::packing::Packing;
use super::self_reference::SelfReference;
use super::server_check::ServerCheck;
use super::{
    CommittedKeys, ForeignKeyColumns, HashedKey, Keys, Reference, UniqueKey,
    missing_parent_message, plain_columns,
};

impl Keys {
    /// Prepares the keys of a table whose rows have the columns `loaded` (positions in the table).
    /// `parents` has the committed keys of the tables that come before it in load order.
    pub fn new(
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
    ) -> Keys {
        let mut keys = Keys {
            unique: Vec::new(),
            hashed: Vec::new(),
            references: Vec::new(),
            self_references: Vec::new(),
            server_rejected: Vec::new(),
            unchecked_foreign_keys: Vec::new(),
            server_checks: Vec::new(),
            foreign_keys: Vec::new(),
        };
        for index in &table.indexes {
            if matches!(index.kind, IndexKind::Primary | IndexKind::Unique) {
                keys.add_unique_key(table, loaded, index);
            }
        }
        for reference in &table.foreign_keys {
            keys.add_foreign_key(table, loaded, parents, reference);
        }
        keys
    }

    fn add_unique_key(&mut self, table: &Table, loaded: &[usize], index: &Index) {
        if let Some(packing) =
            plain_columns(index).and_then(|names| Packing::new(table, loaded, &names))
        {
            self.unique.push(UniqueKey {
                index: index.name.clone(),
                accepted: KeySet::new(packing.width()),
                packing,
            });
            return;
        }
        let hashing = Hashing::new(table, loaded, index);
        let is_decisive = hashing.as_ref().map(Hashing::is_decisive);
        self.server_checks.extend(ServerCheck::of_unique_key(
            table,
            loaded,
            index,
            is_decisive,
        ));
        self.hashed.extend(hashing.map(|hashing| HashedKey {
            index: index.name.clone(),
            hashing,
            accepted: HashedSet::default(),
            bytes: Vec::new(),
        }));
    }

    fn add_foreign_key(
        &mut self,
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
        reference: &ForeignKey,
    ) {
        let position = |name: &String| {
            let number = table.column_index(name)?;
            loaded.iter().position(|&column| column == number)
        };
        self.foreign_keys.push(ForeignKeyColumns {
            message: missing_parent_message(reference),
            names: reference.columns.clone(),
            positions: reference.columns.iter().filter_map(position).collect(),
        });
        if reference.parent_table == table.name
            && let Some(own) = SelfReference::new(table, loaded, &self.unique, reference)
        {
            self.self_references.push(own);
            return;
        }
        let checked = || {
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
        match checked() {
            Some(checked) => self.references.push(checked),
            None => {
                self.unchecked_foreign_keys.push(reference.name.clone());
                let left = ServerCheck::of_foreign_key(table, reference);
                self.server_checks.push(left);
            }
        }
    }
}
