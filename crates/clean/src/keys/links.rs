//! Links between rows of tables that refer to each other, as pairs of a parent's key and a child's
//! key. They are used to find all rows that become orphans because of a missing parent.
//!
//! If the parent of a row is missing, the row is rejected, so its own children have no parent
//! either. The search ends when all remaining rows have their parents. So the remaining rows are
//! the largest set in which all foreign keys hold; rows that refer to each other in a cycle are
//! kept.
//!
//! The pairs are sorted; beyond a limit they are moved to disk. Each missing value is looked up
//! once. So a chain of any length, with its rows in any order, is found without reading the files
//! again.

use std::collections::HashMap;

use super::error::Result;

use super::deferred::MissingParents;
use super::key_set::KeySet;
use super::packing::Packing;
use super::sorted_run::{Page, SortedRun};
use super::{Keys, UniqueKey};
use model::batch::Batch;

/// Maximum number of pairs of one foreign key in memory: 64 MiB.
const MOST_IN_MEMORY: usize = 4 << 20;

/// Which tables have links: those whose rows may be rejected at the end, and the tables that refer
/// to them.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    /// The tables whose rows may be rejected at the end.
    pub tables: Vec<String>,
    /// For each parent table, the columns to which foreign keys refer.
    pub referenced: Vec<(String, Vec<String>)>,
}

/// A key of a table: (position of the table, position of its key).
type KeyOf = (usize, usize);

/// The links of one foreign key.
#[derive(Debug)]
pub(super) struct Links {
    parent_table: String,
    /// Position of the parent's key.
    parent_key: usize,
    packing: Packing,
    /// For each key of the child table to which other rows may refer: its position, and the pairs.
    pairs: Vec<(usize, Pairs)>,
}

impl Links {
    /// Adds the links of the accepted rows of a batch.
    pub(super) fn collect(&mut self, unique: &[UniqueKey], batch: &Batch) -> Result<()> {
        for (own, pairs) in &mut self.pairs {
            for row in batch.live_rows() {
                let parent = self.packing.pack(batch, row);
                if let Some(parent) = parent
                    && let Some(child) = unique[*own].packing.pack(batch, row)
                {
                    pairs.add(parent, child);
                }
            }
            pairs.spill_if_full()?;
        }
        Ok(())
    }
}

/// Pairs of a parent's key and a child's key. They are in memory, and beyond a limit on disk.
#[derive(Debug)]
struct Pairs {
    recent: Vec<u128>,
    is_sorted: bool,
    runs: Vec<SortedRun>,
    most: usize,
}

impl Pairs {
    fn with_limit(most: usize) -> Pairs {
        Pairs {
            recent: Vec::new(),
            is_sorted: true,
            runs: Vec::new(),
            most,
        }
    }

    fn add(&mut self, parent: u64, child: u64) {
        self.recent
            .push(u128::from(parent) << 64 | u128::from(child));
        self.is_sorted = false;
    }

    fn spill_if_full(&mut self) -> Result<()> {
        if self.recent.len() >= self.most {
            self.sort();
            SortedRun::add_to(&mut self.runs, &self.recent)?;
            self.recent.clear();
        }
        Ok(())
    }

    fn sort(&mut self) {
        if !self.is_sorted {
            self.recent.sort_unstable();
            self.is_sorted = true;
        }
    }

    /// Calls `each` with the keys of all children of these parents.
    fn children(&mut self, parents: &KeySet, mut each: impl FnMut(u64)) -> Result<()> {
        self.sort();
        let mut pages: Vec<Page> = self.runs.iter().map(|_| Page::default()).collect();
        for parent in parents.iter() {
            let first = u128::from(parent) << 64;
            let last = first | u128::from(u64::MAX);
            let begin = self.recent.partition_point(|pair| *pair < first);
            let recent = self.recent[begin..].iter();
            recent
                .take_while(|pair| **pair <= last)
                .for_each(|pair| each(*pair as u64));
            for (run, page) in self.runs.iter().zip(&mut pages) {
                run.each_in((first, last), page, |pair| each(pair as u64))?;
            }
        }
        Ok(())
    }
}

impl Keys {
    /// Also collects the links of the rows, for [`all_missing_parents`].
    pub fn with_links(self, linked: &Linked) -> Keys {
        self.linked_with_limit(linked, MOST_IN_MEMORY)
    }

    /// Like [`Keys::with_links`], with a limit on the pairs of a foreign key in memory.
    pub(super) fn linked_with_limit(mut self, linked: &Linked, most: usize) -> Keys {
        let table = &self.table;
        let is_referenced = |key: &UniqueKey| {
            let mut referenced = linked.referenced.iter();
            referenced.any(|(parent, columns)| parent == table && *columns == key.packing.names)
        };
        let keys = self.unique.iter().enumerate();
        let own: Vec<usize> = keys
            .filter(|(_, key)| is_referenced(key))
            .map(|(number, _)| number)
            .collect();
        let deferred = self.deferred.iter();
        let deferred = deferred.map(|of| (&of.parent_table, of.key, &of.packing));
        let judged = self.references.iter();
        let judged = judged.filter_map(|of| Some((&of.parent_table, of.key, of.packing()?)));
        let links = deferred
            .chain(judged)
            .filter(|(parent, ..)| linked.tables.contains(parent))
            .map(|(parent, key, packing)| Links {
                parent_table: parent.clone(),
                parent_key: key,
                packing: packing.clone(),
                pairs: own
                    .iter()
                    .map(|own| (*own, Pairs::with_limit(most)))
                    .collect(),
            });
        self.links = links.collect();
        self
    }

    /// The foreign keys that were judged at the end and that have missing parents.
    pub fn foreign_keys_without_parents(&self) -> Vec<String> {
        let deferred = self.deferred.iter();
        deferred
            .filter(|reference| !reference.missing().is_empty())
            .map(|reference| reference.name.clone())
            .collect()
    }
}

/// For each table: the values that its rows refer to and that no row has. Either the parent is not
/// in the files, or the parent is itself rejected because its own parent is missing. All tables
/// must be complete, and their keys must have collected links.
///
/// # Errors
///
/// When the links cannot be read from their temporary files.
pub fn all_missing_parents(tables: &mut [Keys]) -> Result<HashMap<String, MissingParents>> {
    let mut search = Search::new(tables);
    search.begin(tables);
    while let Some((key, values)) = search.next() {
        for (child, keys) in tables.iter_mut().enumerate() {
            for links in &mut keys.links {
                let parent = search.number(&links.parent_table);
                if parent.map(|of| (of, links.parent_key)) != Some(key) {
                    continue;
                }
                for (own, pairs) in &mut links.pairs {
                    let beside = keys.unique[*own].beside.as_ref();
                    let found = search.found((child, *own));
                    pairs.children(&values, |child| {
                        // a row that the table has remains when its record is rejected
                        if !beside.is_some_and(|old| old.contains(child)) {
                            found.insert(child);
                        }
                    })?;
                }
            }
        }
    }
    Ok(search.into_missing(tables))
}

/// The values of one key that are known to be missing.
struct Found {
    all: KeySet,
    /// The missing values whose children have not been looked up yet.
    new: KeySet,
}

impl Found {
    fn insert(&mut self, value: u64) {
        if self.all.insert(value) {
            self.new.insert(value);
        }
    }
}

/// The state of the search.
struct Search {
    names: Vec<String>,
    /// Indexed by table and key.
    found: Vec<Vec<Found>>,
}

impl Search {
    fn new(tables: &[Keys]) -> Search {
        let found = |key: &UniqueKey| Found {
            all: KeySet::new(key.packing.width()),
            new: KeySet::new(key.packing.width()),
        };
        let of_table = |keys: &Keys| keys.unique.iter().map(found).collect();
        Search {
            names: tables.iter().map(|keys| keys.table.clone()).collect(),
            found: tables.iter().map(of_table).collect(),
        }
    }

    fn number(&self, table: &str) -> Option<usize> {
        self.names.iter().position(|name| name == table)
    }

    fn found(&mut self, (table, key): KeyOf) -> &mut Found {
        &mut self.found[table][key]
    }

    /// Starts with the values that are not in the files.
    fn begin(&mut self, tables: &[Keys]) {
        for reference in tables.iter().flat_map(|keys| &keys.deferred) {
            if let Some(parent) = self.number(&reference.parent_table) {
                let found = self.found((parent, reference.key));
                reference
                    .missing()
                    .iter()
                    .for_each(|value| found.insert(value));
            }
        }
    }

    /// The next missing values whose children have not been looked up yet.
    fn next(&mut self) -> Option<(KeyOf, KeySet)> {
        let tables = self.found.iter_mut().enumerate();
        let mut keys = tables.flat_map(|(table, keys)| {
            let keys = keys.iter_mut().enumerate();
            keys.map(move |(key, found)| ((table, key), found))
        });
        let (key, found) = keys.find(|(_, found)| !found.new.is_empty())?;
        Some((key, found.new.take()))
    }

    fn into_missing(self, tables: &[Keys]) -> HashMap<String, MissingParents> {
        let mut missing: HashMap<String, MissingParents> = HashMap::new();
        for keys in tables {
            let deferred = keys.deferred.iter();
            let deferred = deferred.filter_map(|reference| {
                let all = self.of(&reference.parent_table, reference.key)?;
                Some((&reference.name, all.clone()))
            });
            let judged = keys.references.iter();
            let judged = judged.filter_map(|reference| {
                reference.packing()?;
                let all = self.of(&reference.parent_table, reference.key)?;
                // a row that refers to a value that is in no file is rejected while the row is
                // read, so these values are left out here
                let never = reference.parents.lacks(reference.key, all);
                Some((&reference.name, all.without(&never)))
            });
            for (name, values) in deferred.chain(judged) {
                if !values.is_empty() {
                    let of_table = missing.entry(keys.table.clone()).or_default();
                    of_table.0.insert(name.clone(), values);
                }
            }
        }
        missing
    }

    /// The values of a table's key that are missing.
    fn of(&self, table: &str, key: usize) -> Option<&KeySet> {
        let table = self.number(table)?;
        Some(&self.found[table][key].all)
    }
}
