//! Decides, for each key of a table, who checks it: the client while it reads, or the server.

use std::collections::HashMap;
use std::sync::Arc;

use model::schema::{ForeignKey, Index, IndexKind, Table};

use super::deferred::{DeferredReference, KnownMissing, MissingParents};
use super::hashed_set::HashedSet;
use super::hashing::Hashing;
use super::key_set::KeySet;
use super::packing::Packing;
use super::server_check::ServerCheck;
use super::{
    CommittedKeys, ForeignKeyColumns, HashedKey, Keys, Reference, UniqueKey,
    missing_parent_message, plain_columns,
};

impl Keys {
    /// Prepares the keys of a table whose rows have the columns `loaded` (positions in the table)
    /// and that belongs to no cycle. `parents` has the committed keys of its parent tables.
    pub fn new(
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
    ) -> Keys {
        Keys::unique(table, loaded).with_foreign_keys(table, loaded, parents, &[])
    }

    /// The same without foreign keys.
    pub fn unique(table: &Table, loaded: &[usize]) -> Keys {
        let mut keys = Keys {
            table: table.name.clone(),
            unique: Vec::new(),
            hashed: Vec::new(),
            references: Vec::new(),
            deferred: Vec::new(),
            known_missing: Vec::new(),
            links: Vec::new(),
            unchecked_foreign_keys: Vec::new(),
            server_checks: Vec::new(),
            foreign_keys: Vec::new(),
        };
        for index in &table.indexes {
            if matches!(index.kind, IndexKind::Primary | IndexKind::Unique) {
                keys.add_unique_key(table, loaded, index);
            }
        }
        keys
    }

    /// Adds the foreign keys. Those to the tables `cycle`, which refer back to this table, are
    /// judged at the end.
    pub fn with_foreign_keys(
        mut self,
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
        cycle: &[String],
    ) -> Keys {
        for reference in &table.foreign_keys {
            let position = |name: &String| {
                let number = table.column_index(name)?;
                loaded.iter().position(|&column| column == number)
            };
            self.foreign_keys.push(ForeignKeyColumns {
                message: missing_parent_message(reference),
                names: reference.columns.clone(),
                positions: reference.columns.iter().filter_map(position).collect(),
            });
            let is_in_cycle = cycle.iter().any(|parent| reference.refers_to(parent));
            let is_judged = match is_in_cycle {
                true => self.add_deferred(table, loaded, parents, reference),
                false => self.add_reference(table, loaded, parents, reference),
            };
            if is_judged.is_none() {
                self.unchecked_foreign_keys.push(reference.name.clone());
                self.server_checks.push(match is_in_cycle {
                    true => ServerCheck::of_foreign_key_in_cycle(reference),
                    false => ServerCheck::of_foreign_key(reference),
                });
            }
        }
        self
    }

    /// Adds what an earlier reading of the files has shown. Rows without a parent are rejected.
    pub fn with_missing(
        mut self,
        table: &Table,
        loaded: &[usize],
        missing: &MissingParents,
    ) -> Keys {
        let keys = table.foreign_keys.iter();
        let known = keys.filter_map(|key| KnownMissing::new(table, loaded, missing, key));
        self.known_missing = known.collect();
        self
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

    fn add_deferred(
        &mut self,
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
        reference: &ForeignKey,
    ) -> Option<()> {
        let deferred = DeferredReference::new(table, loaded, parents, reference)?;
        self.deferred.push(deferred);
        Some(())
    }

    fn add_reference(
        &mut self,
        table: &Table,
        loaded: &[usize],
        parents: &HashMap<String, Arc<CommittedKeys>>,
        reference: &ForeignKey,
    ) -> Option<()> {
        let packing = Packing::new(table, loaded, &reference.columns)?;
        let parents = parents.get(&reference.parent())?;
        let key = parents.position(&reference.parent_columns, &packing.form())?;
        self.references.push(Reference {
            name: reference.name.clone(),
            packing,
            parent_table: reference.parent(),
            parent_columns: reference.parent_columns.clone(),
            parents: Arc::clone(parents),
            key,
        });
        Some(())
    }
}
