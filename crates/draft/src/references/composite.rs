//! Finds foreign keys to primary keys of several columns: the child has columns with the same
//! names.

use super::fits;
use super::name_evidence::Naming;
use crate::error::Result;
use crate::passes::{self, KeyColumn};
use crate::scan::Scan;
use crate::tables::{DraftForeignKey, DraftTable, PrimaryKey};

pub(super) fn find(
    scan: &Scan<'_>,
    tables: &mut [DraftTable],
    declared: &[Vec<KeyColumn>],
    naming: &Naming,
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
            .filter_map(|t| Some((t, same_columns(tables, (t, p), key, naming)?)))
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
                        evidence: "by the names of the columns".to_owned(),
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

/// The child's columns with the names of the parent's key columns, in the same order; `None` unless
/// each key column matches a different column.
fn same_columns(
    tables: &[DraftTable],
    (child, parent): (usize, usize),
    key: &[usize],
    naming: &Naming,
) -> Option<Vec<usize>> {
    let mut found: Vec<usize> = Vec::new();
    for at in key {
        let wanted = &tables[parent].columns[*at];
        let mut columns = tables[child].columns.iter().enumerate();
        let (c, _) = columns.find(|(c, column)| {
            let is_alike = naming.is_part_alike((child, *c), (parent, *at));
            is_alike && !found.contains(c) && fits(column, wanted)
        })?;
        found.push(c);
    }
    Some(found)
}

/// Whether the columns are the child's own primary key. If so, the foreign key could point in
/// either direction, so none is drafted.
fn is_smaller_key(child: &DraftTable, columns: &[usize]) -> bool {
    let mut own = child.key_columns().to_vec();
    let mut columns = columns.to_vec();
    own.sort_unstable();
    columns.sort_unstable();
    own == columns
}
