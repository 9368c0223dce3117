//! Finds records that have no parent because the parent's record was rejected. Their root cause is
//! the reason of that rejection.
//!
//! The keys of rejected records are read from their bytes, because a rejected record has no row.
//! Only keys of a single integer column are kept, and at most [`MOST_KEYS`] of each column, so that
//! memory does not grow with the input. Tables in a cycle may be checked before all records of the
//! parent are read. The counts are therefore lower bounds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use super::cleaner::Cleaner;
use model::rejection::{Rejection, Rule};
use model::schema::Table;

/// Maximum number of keys of rejected records that are kept for one column; they take about 20 MB.
const MOST_KEYS: usize = 1 << 20;

/// The keys of rejected records, by table and column name.
#[derive(Debug, Default)]
pub(super) struct RejectedKeys(Mutex<HashMap<(String, String), HashSet<i128>>>);

impl RejectedKeys {
    fn add(&self, table: &str, column: &str, key: i128) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = all
            .entry((table.to_owned(), column.to_owned()))
            .or_default();
        if keys.len() < MOST_KEYS {
            keys.insert(key);
        }
    }

    fn has(&self, table: &str, column: &str, key: i128) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = all.get(&(table.to_owned(), column.to_owned()));
        keys.is_some_and(|keys| keys.contains(&key))
    }
}

/// The root causes of one table's rejections.
#[derive(Debug)]
pub(super) struct RootCauses {
    /// The columns of this table to which foreign keys refer: (number among [`Cleaner::columns`],
    /// name).
    referenced: Vec<(usize, String)>,
    /// By parent table, the records that were rejected because their parent was rejected.
    follow: BTreeMap<String, u64>,
}

impl RootCauses {
    /// Prepares a table; `referenced` are the columns to which child tables of this run refer.
    pub(super) fn new(cleaner: &Cleaner, referenced: &[Vec<String>]) -> RootCauses {
        let columns = cleaner.columns().enumerate();
        let referenced = columns.filter_map(|(at, column)| {
            let is_key = |key: &Vec<String>| key.len() == 1 && column.is_named(&key[0]);
            let is_referenced = referenced.iter().any(is_key);
            is_referenced.then(|| (at, column.name.clone()))
        });
        RootCauses {
            referenced: referenced.collect(),
            follow: BTreeMap::new(),
        }
    }

    /// Adds a rejection of the table. The rejections of its parents must already be known.
    pub(super) fn add(
        &mut self,
        rejection: &Rejection,
        (table, cleaner): (&Table, &Cleaner),
        keys: &RejectedKeys,
    ) {
        for (at, name) in &self.referenced {
            let field = cleaner.field_of(&rejection.raw, *at);
            if let Some(key) = field.as_deref().and_then(integer) {
                keys.add(&table.name, name, key);
            }
        }
        if rejection.rule != Rule::MissingParent {
            return;
        }
        let mut of_columns = table.foreign_keys.iter().filter(|key| {
            key.columns.len() == 1 && rejection.column.as_ref() == key.columns.first()
        });
        let (Some(reference), Some(key)) = (of_columns.next(), integer(rejection.value.as_bytes()))
        else {
            return;
        };
        let parent = &reference.parent_table;
        if let Some(column) = reference.parent_columns.first()
            && keys.has(parent, column, key)
        {
            *self.follow.entry(parent.clone()).or_insert(0) += 1;
        }
    }

    /// By parent table, the number of records that were rejected because their parent was rejected.
    pub(super) fn into_follow(self) -> BTreeMap<String, u64> {
        self.follow
    }
}

fn integer(field: &[u8]) -> Option<i128> {
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}
