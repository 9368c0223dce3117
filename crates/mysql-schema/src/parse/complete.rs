//! Completes the keys of CREATE TABLE as a server does, so that the result equals
//! `information_schema`: it generates missing names, adds the index of a foreign key, and sets
//! NOT NULL for the columns of the primary key.

use super::Result;
use super::keys::{Keys, PendingForeignKey, PendingIndex};
use model::schema::{ForeignKey, Index, IndexKey, IndexKind, IndexPart, Table};

/// Completes the keys of all tables.
pub(super) fn complete(drafts: Vec<(Table, Keys)>) -> Result<Vec<Table>> {
    let mut tables = Vec::with_capacity(drafts.len());
    let mut foreign_keys = Vec::with_capacity(drafts.len());
    for (mut table, keys) in drafts {
        let mut pending = keys.indexes;
        pending.sort_by_key(|index| index.at);
        table.indexes = indexes(&mut table, pending)?;
        tables.push(table);
        let mut pending = keys.foreign_keys;
        pending.sort_by_key(|key| key.at);
        foreign_keys.push(pending);
    }
    for (at, pending) in foreign_keys.into_iter().enumerate() {
        let mut unnamed = 0;
        for key in pending {
            let key = foreign_key(&tables, at, key, &mut unnamed)?;
            tables[at].foreign_keys.push(key);
        }
    }
    Ok(tables)
}

fn foreign_key(
    tables: &[Table],
    child: usize,
    pending: PendingForeignKey,
    unnamed: &mut u32,
) -> Result<ForeignKey> {
    let table = &tables[child];
    let name = pending.name.unwrap_or_else(|| {
        *unnamed += 1;
        format!("{}_ibfk_{unnamed}", table.name)
    });
    let columns = own_spelling(table, pending.columns)?;
    let own = pending.parent_database.is_none();
    let parent = tables
        .iter()
        .find(|other| own && other.name == pending.parent_table);
    let parent_columns = match parent {
        // REFERENCES parent alone means its primary key
        Some(parent) if pending.parent_columns.is_empty() => {
            let key = parent
                .primary_key()
                .map(|key| &key.parts[..])
                .unwrap_or_default();
            key.iter()
                .filter_map(column_of)
                .map(str::to_owned)
                .collect()
        }
        Some(parent) => own_spelling(parent, pending.parent_columns)?,
        None => pending.parent_columns,
    };
    if columns.len() != parent_columns.len() && parent.is_some() {
        return Err(format!(
            "the foreign key {name} of {} has {} columns, but refers to {} of {}",
            table.name,
            columns.len(),
            parent_columns.len(),
            pending.parent_table
        ));
    }
    Ok(ForeignKey {
        name,
        columns,
        parent_database: pending.parent_database,
        parent_table: pending.parent_table,
        parent_columns,
        on_delete: pending.on_delete,
        on_update: pending.on_update,
    })
}

/// Spells column names as the columns are defined, because a key may name them in another case.
fn own_spelling(table: &Table, names: Vec<String>) -> Result<Vec<String>> {
    names
        .into_iter()
        .map(|name| {
            match table
                .columns
                .iter()
                .find(|column| same(&column.name, &name))
            {
                Some(column) => Ok(column.name.clone()),
                None => Err(format!(
                    "a key of {} names the column {name}, which the table does not have",
                    table.name
                )),
            }
        })
        .collect()
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn column_of(part: &IndexPart) -> Option<&str> {
    match &part.key {
        IndexKey::Column(name) => Some(name),
        IndexKey::Expression(_) => None,
    }
}

fn indexes(table: &mut Table, mut pending: Vec<PendingIndex>) -> Result<Vec<Index>> {
    for index in &mut pending {
        for part in &mut index.parts {
            if let IndexKey::Column(name) = &mut part.key {
                *name = own_spelling(table, vec![std::mem::take(name)])?.remove(0);
            }
        }
    }
    drop_redundant(&mut pending);
    let mut made: Vec<Index> = Vec::with_capacity(pending.len());
    for index in pending {
        let name = match (index.kind, index.name) {
            (IndexKind::Primary, _) => "PRIMARY".to_owned(),
            (_, Some(name)) => name,
            (_, None) => free_name(&made, &index.parts),
        };
        if made.iter().any(|other| same(&other.name, &name)) {
            return Err(format!("{} has two indexes named {name}", table.name));
        }
        if index.kind == IndexKind::Primary {
            for column in &mut table.columns {
                if index
                    .parts
                    .iter()
                    .any(|part| column_of(part) == Some(&column.name))
                {
                    column.nullable = false;
                }
            }
        }
        made.push(Index {
            name,
            kind: index.kind,
            parts: index.parts,
            visible: true,
            comment: index.comment,
            parser: None,
        });
    }
    Ok(made)
}

/// Drops the generated index of a foreign key where another index begins with the same columns. Of
/// two generated ones, the longer one stays, or the later one when both are equally long.
fn drop_redundant(pending: &mut Vec<PendingIndex>) {
    let mut redundant = vec![false; pending.len()];
    for at in 0..pending.len() {
        for before in 0..at {
            if redundant[before] {
                continue;
            }
            let (this, that) = (&pending[at], &pending[before]);
            let shared = this.parts.len().min(that.parts.len());
            let same_start =
                (0..shared).all(|i| column_of(&this.parts[i]) == column_of(&that.parts[i]));
            let this_goes = this.generated && this.parts.len() == shared;
            let that_goes = that.generated && that.parts.len() == shared;
            let special = |kind| matches!(kind, IndexKind::FullText | IndexKind::Spatial);
            if !same_start || special(this.kind) || special(that.kind) {
                continue;
            }
            if that_goes {
                redundant[before] = true;
            } else if this_goes {
                redundant[at] = true;
                break;
            }
        }
    }
    let mut keep = redundant.into_iter().map(|redundant| !redundant);
    pending.retain(|_| keep.next().unwrap_or(true));
}

/// The name of the first column; with _2, _3, … appended where that name is taken.
fn free_name(made: &[Index], parts: &[IndexPart]) -> String {
    let first = parts
        .first()
        .and_then(column_of)
        .unwrap_or("functional_index");
    let free = |name: &str| !made.iter().any(|index| same(&index.name, name));
    if free(first) && !first.eq_ignore_ascii_case("PRIMARY") {
        return first.to_owned();
    }
    (2..)
        .map(|number| format!("{first}_{number}"))
        .find(|name| free(name))
        .unwrap_or_default()
}
