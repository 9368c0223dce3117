//! Notes UUIDs that are in upper case in one table and in lower case in another. As texts they
//! differ, so no foreign key can be declared.

use model::schema::{Column, ColumnType, Decode};

use super::name_evidence::{Name, Naming};
use crate::error::Result;
use crate::passes::{self, KeyColumn};
use crate::readings::{READINGS, Reading};
use crate::scan::Scan;
use crate::tables::{DraftColumn, DraftTable};

/// Adds a note to each text column of UUIDs whose values equal those of a parent's key except for
/// case.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) fn note(
    scan: &Scan<'_>,
    tables: &mut [DraftTable],
    declared: &[Vec<KeyColumn>],
) -> Result<()> {
    let naming = Naming::new(tables);
    let mut found = Vec::new();
    for (t, table) in tables.iter().enumerate() {
        for c in (0..table.columns.len()).filter(|c| may_refer(table, *c)) {
            let to_key = |(p, parent): (usize, &DraftTable)| match parent.key_columns() {
                [key] if (p, *key) != (t, c) && is_text_of_uuids(&parent.columns[*key]) => {
                    Some((p, *key))
                }
                _ => None,
            };
            let keys = tables.iter().enumerate().filter_map(to_key);
            for key in keys.filter(|key| naming.of((t, c), *key) > Name::Nothing) {
                if are_equal_as_uuids(scan, tables, declared, ((t, c), key))? {
                    found.push(((t, c), key));
                }
            }
        }
    }
    for ((t, c), (p, key)) in found {
        let parent = format!("{}.{}", tables[p].name(), tables[p].columns[key].name);
        let typed = &mut tables[t].columns[c].typed;
        let words = format!(
            "has the UUIDs of {parent} in another case, so no foreign key can be declared while \
             both columns are texts; with --uuid-binary, both are BINARY(16), which has no case"
        );
        typed.notes.push(words.clone());
        typed.warnings.push(words);
    }
    Ok(())
}

/// Whether a column has UUIDs as texts and is not yet part of a foreign key.
fn may_refer(table: &DraftTable, at: usize) -> bool {
    let mut keys = table.foreign_keys.iter();
    is_text_of_uuids(&table.columns[at])
        && !keys.any(|key| key.columns.contains(&at) && key.inclusion.orphans == 0)
}

fn is_text_of_uuids(column: &DraftColumn) -> bool {
    let at = READINGS
        .iter()
        .position(|reading| *reading == Reading::Uuid);
    let reads = at.is_some_and(|at| column.profile.reads(at));
    matches!(column.typed.kind, ColumnType::Char { .. }) && reads && column.values() > 0
}

fn are_equal_as_uuids(
    scan: &Scan<'_>,
    tables: &[DraftTable],
    declared: &[Vec<KeyColumn>],
    ((t, c), (p, key)): ((usize, usize), (usize, usize)),
) -> Result<bool> {
    let as_uuid = |column: &KeyColumn| KeyColumn {
        field: column.field,
        column: Column {
            kind: ColumnType::Binary { length: 16 },
            decode: Decode::from_name("uuid").unwrap_or_default(),
            ..column.column.clone()
        },
    };
    let parents = passes::hashes(
        scan,
        &tables[p].opened.source,
        &[as_uuid(&declared[p][key])],
    )?;
    let source = &tables[t].opened.source;
    let inclusion = passes::inclusion(scan, source, &[as_uuid(&declared[t][c])], &parents)?;
    Ok(inclusion.rows > 0 && inclusion.orphans == 0)
}
