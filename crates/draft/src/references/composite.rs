//! Foreign keys to a primary key of several columns: the child has columns of the same names.

use super::fits;
use super::name_evidence::bare_words;
use crate::error::Result;
use crate::names::joined;
use crate::passes::{self, KeyColumn};
use crate::scan::Scan;
use crate::tables::{DraftForeignKey, DraftTable, PrimaryKey};

pub(super) fn find(
    scan: &Scan<'_>,
    tables: &mut [DraftTable],
    declared: &[Vec<KeyColumn>],
) -> Result<()> {
    let mut found = Vec::new();
    for p in 0..tables.len() {
        let PrimaryKey::Columns(key) = &tables[p].key else {
            continue;
        };
        if key.len() < 2 {
            continue;
        }
        let children: Vec<(usize, Vec<usize>)> = (0..tables.len())
            .filter(|t| *t != p)
            .filter_map(|t| Some((t, same_columns(&tables[t], &tables[p], key)?)))
            .filter(|(t, columns)| !is_smaller_key(&tables[*t], columns))
            .collect();
        if children.is_empty() {
            continue;
        }
        let of_parent: Vec<KeyColumn> = key.iter().map(|at| declared[p][*at].clone()).collect();
        let hashes = passes::hashes(scan, &tables[p].opened.source, &of_parent)?;
        for (t, columns) in children {
            let of_child: Vec<KeyColumn> =
                columns.iter().map(|at| declared[t][*at].clone()).collect();
            let source = &tables[t].opened.source;
            let inclusion = passes::inclusion(scan, source, &of_child, &hashes)?;
            if inclusion.orphans == 0 && inclusion.rows > 0 {
                found.push((
                    t,
                    DraftForeignKey {
                        columns,
                        parent: p,
                        parent_columns: key.clone(),
                        inclusion,
                        evidence: "columns of the same names".to_owned(),
                    },
                ));
            }
        }
    }
    for (t, key) in found {
        tables[t].foreign_keys.push(key);
    }
    Ok(())
}

/// The columns of a child that have the names of a parent's key.
fn same_columns(child: &DraftTable, parent: &DraftTable, key: &[usize]) -> Option<Vec<usize>> {
    let (of_child, of_parent) = (bare_words(child), bare_words(parent));
    let of = |at: &usize| {
        let wanted = &parent.columns[*at];
        let mut columns = child.columns.iter().enumerate();
        let found = columns.find(|(c, column)| {
            joined(&of_child[*c]) == joined(&of_parent[*at]) && fits(column, wanted)
        });
        found.map(|(c, _)| c)
    };
    key.iter().map(of).collect()
}

/// Whether the columns are the child's own primary key, so that it may as well be the parent.
fn is_smaller_key(child: &DraftTable, columns: &[usize]) -> bool {
    let mut own = child.key_columns().to_vec();
    let mut columns = columns.to_vec();
    own.sort_unstable();
    columns.sort_unstable();
    own == columns
}
