//! Decides for each key of a table whether the client checks it while reading, or the server checks
//! it.

use std::collections::HashMap;
use std::sync::Arc;

use model::schema::{Column, ForeignKey, Index, IndexKey, IndexKind, Table};

use super::deferred::{DeferredReference, KnownMissing, MissingParents};
use super::hashed_set::HashedSet;
use super::hashing::{Certainty, Hashing};
use super::key_set::KeySet;
use super::of_rejected::KeysOfRejected;
use super::open_reference::OpenReference;
use super::packing::Packing;
use super::reference::{Comparison, Reference};
use super::server_check::ServerCheck;
use super::{
    CommittedKeys, ForeignKeyColumns, HashedKey, Keys, NamedKey, Orphans, ReferencedColumns,
    UniqueKey, missing_parent_message, missing_record_message, plain_columns,
};

/// When the parents of a foreign key are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    /// The parent table is loaded before this table.
    Before,
    /// The parent table is in the same cycle, so a parent may come after its child.
    InCycle,
}

/// The committed keys of the parent tables, by the name of the table.
type Parents = HashMap<String, Arc<CommittedKeys>>;

impl Keys {
    /// Prepares the keys of a table that is in no cycle. `loaded` are the positions in the table of
    /// the columns that the rows have. `parents` has the committed keys of its parent tables.
    pub fn new(table: &Table, loaded: &[usize], parents: &Parents) -> Keys {
        Keys::unique(table, loaded).with_foreign_keys(table, loaded, parents, &[])
    }

    /// Like [`Keys::new`], without foreign keys.
    pub fn unique(table: &Table, loaded: &[usize]) -> Keys {
        let mut keys = Keys {
            table: table.name.clone(),
            named: Vec::new(),
            unique: Vec::new(),
            hashed: Vec::new(),
            referenced: Vec::new(),
            has_existing: false,
            references: Vec::new(),
            deferred: Vec::new(),
            open: Vec::new(),
            orphans: Orphans::Rejected,
            of_rejected: KeysOfRejected::default(),
            of_kept_orphans: Vec::new(),
            known_missing: Vec::new(),
            links: Vec::new(),
            unchecked_foreign_keys: Vec::new(),
            server_checks: Vec::new(),
            foreign_keys: Vec::new(),
        };
        for index in &table.indexes {
            if matches!(index.kind, IndexKind::Primary | IndexKind::Unique) {
                keys.named.push(NamedKey::new(table, loaded, index));
                keys.add_unique_key(table, loaded, index);
            }
        }
        keys
    }

    /// Adds the columns to which foreign keys refer, of other tables or of this one. Unique keys of
    /// integers need not be added.
    pub fn with_referenced(
        mut self,
        table: &Table,
        loaded: &[usize],
        lists: &[Vec<String>],
    ) -> Keys {
        for names in lists {
            let mut unique = self.unique.iter();
            if unique.any(|key| key.packing.names == *names) {
                continue;
            }
            let column = |name: &String| Some(table.columns[table.column_index(name)?].clone());
            let columns: Option<Vec<Column>> = names.iter().map(column).collect();
            let hashing = Hashing::of_columns(table, loaded, names);
            if let (Some(columns), Some(hashing)) = (columns, hashing) {
                self.referenced.push(ReferencedColumns { columns, hashing });
            }
        }
        self
    }

    /// If only the server finds all duplicates of a unique key, loads rows without a parent and
    /// removes them after the load. The server must see their keys, just as it sees the keys of
    /// rows whose parents are looked up after the load.
    pub fn with_orphans_removed_after_the_load(mut self) -> Keys {
        let mut left = self.server_checks.iter();
        if left.any(|check| matches!(check, ServerCheck::UniqueKey(_))) {
            self.orphans = Orphans::LoadedAndRemoved;
        }
        self
    }

    /// Adds the foreign keys. The tables in `cycle` refer back to this table, so foreign keys to
    /// them are judged at the end.
    pub fn with_foreign_keys(
        mut self,
        table: &Table,
        loaded: &[usize],
        parents: &Parents,
        cycle: &[String],
    ) -> Keys {
        for reference in &table.foreign_keys {
            let position = |name: &String| {
                let number = table.column_index(name)?;
                loaded.iter().position(|&column| column == number)
            };
            self.foreign_keys.push(ForeignKeyColumns {
                messages: [
                    missing_parent_message(reference),
                    missing_record_message(reference),
                ],
                names: reference.columns.clone(),
                positions: reference.columns.iter().filter_map(position).collect(),
            });
            let is_in_cycle = cycle.iter().any(|parent| reference.refers_to(parent));
            let parent = match is_in_cycle {
                true => Parent::InCycle,
                false => Parent::Before,
            };
            let added = match parent {
                Parent::InCycle => self.add_deferred(table, loaded, parents, reference),
                Parent::Before => self.add_reference(table, loaded, parents, reference),
            };
            let added = added.or_else(|| {
                let hashing = Hashing::of_columns(table, loaded, &reference.columns)?;
                self.add_hashed((table, hashing), parents, reference, parent)
            });
            if added.is_none() {
                self.unchecked_foreign_keys.push(reference.name.clone());
                self.server_checks.push(match parent {
                    Parent::InCycle => ServerCheck::of_foreign_key_in_cycle(reference),
                    Parent::Before => ServerCheck::of_foreign_key(reference),
                });
            }
        }
        self
    }

    /// Adds the missing parents that an earlier reading of the files found. Rows that refer to them
    /// are rejected.
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

    /// For foreign keys to these tables, lets messages say that only records count as parents.
    pub fn with_records_as_parents(mut self, table: &Table, of_files: &[String]) -> Keys {
        let keys = table.foreign_keys.iter();
        for key in keys.filter(|key| of_files.iter().any(|name| key.refers_to(name))) {
            for of in self.references.iter_mut().filter(|of| of.name == key.name) {
                of.message = missing_record_message(key);
            }
            for of in &mut self.known_missing {
                of.use_message(key, missing_record_message(key));
            }
        }
        self
    }

    fn add_unique_key(&mut self, table: &Table, loaded: &[usize], index: &Index) {
        if let Some(packing) =
            plain_columns(index).and_then(|names| Packing::new(table, loaded, &names))
        {
            self.unique.push(UniqueKey {
                index: index.name.clone(),
                accepted: KeySet::new(packing.width()),
                beside: None,
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
        parents: &Parents,
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
        parents: &Parents,
        reference: &ForeignKey,
    ) -> Option<()> {
        let packing = Packing::new(table, loaded, &reference.columns)?;
        let parents = parents.get(&reference.parent())?;
        let key = parents.position(&reference.parent_columns, &packing.form())?;
        self.references.push(Reference {
            name: reference.name.clone(),
            comparison: Comparison::Packed(packing),
            parent_table: reference.parent(),
            message: Reference::message_for(reference),
            parents: Arc::clone(parents),
            key,
        });
        Some(())
    }

    /// Adds a foreign key whose values are compared by their hashes.
    fn add_hashed(
        &mut self,
        (table, hashing): (&Table, Hashing),
        parents: &Parents,
        reference: &ForeignKey,
        parent: Parent,
    ) -> Option<()> {
        let parents = parents.get(&reference.parent())?;
        let column = |name: &String| Some(&table.columns[table.column_index(name)?]);
        let columns: Option<Vec<&Column>> = reference.columns.iter().map(column).collect();
        let (key, certainty) = parents.hashed_position(&columns?, &reference.parent_columns)?;
        let left = match (parent, certainty) {
            (Parent::Before, Certainty::FoundAndMissing) => {
                self.references.push(Reference {
                    name: reference.name.clone(),
                    comparison: Comparison::Hashed(hashing),
                    parent_table: reference.parent(),
                    message: Reference::message_for(reference),
                    parents: Arc::clone(parents),
                    key,
                });
                return Some(());
            }
            (_, Certainty::Found) => ServerCheck::of_other_bytes(reference),
            (Parent::InCycle, Certainty::FoundAndMissing) => {
                ServerCheck::of_orphans_in_cycle(reference)
            }
        };
        let found = (Arc::clone(parents), key);
        let named = (reference.name.clone(), left);
        self.open.push(OpenReference::new(named, hashing, found));
        Some(())
    }
}

impl NamedKey {
    fn new(table: &Table, loaded: &[usize], index: &Index) -> NamedKey {
        let keys = || index.parts.iter().map(|part| &part.key);
        let name = |key: &IndexKey| match key {
            IndexKey::Column(name) | IndexKey::Expression(name) => name.clone(),
        };
        let position = |key: &IndexKey| match key {
            IndexKey::Column(name) => {
                let number = table.column_index(name)?;
                loaded.iter().position(|&column| column == number)
            }
            IndexKey::Expression(_) => None,
        };
        NamedKey {
            name: index.name.clone(),
            columns: keys().map(name).collect(),
            positions: keys().filter_map(position).collect(),
        }
    }
}
