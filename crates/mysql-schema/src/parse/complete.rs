//! Completes the keys of a table as a server does, so that the result equals `information_schema`.
//! It generates missing names, drops generated indexes of foreign keys if another index can replace
//! them, and makes the columns of the primary key NOT NULL.

use model::wording::counted;
use std::collections::HashMap;

use super::Resolution;
use super::cursor::Cursor;
use super::draft::{Draft, same};
use super::foreign_keys::{Naming, PendingForeignKey};
use super::keys::PendingIndex;
use super::spelling::longest_character;
use model::flavour::Flavour;
use model::schema::{Column, ColumnType, ForeignKey, Index, IndexKey, IndexKind, IndexPart, Table};

/// A result whose error is a message without file and line.
type Result<T> = std::result::Result<T, String>;

/// A foreign key that no server creates.
pub(super) struct Broken {
    pub(super) table: String,
    pub(super) parent: String,
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) resolution: Resolution,
}

/// Maximum length of a key in bytes.
const LONGEST_KEY: u32 = 3072;

/// Completes the indexes and the names of foreign keys at the end of a statement.
pub(super) fn settle(draft: &mut Draft, cursor: &Cursor<'_>) -> Result<()> {
    let shortens = cursor.flavour == Flavour::MariaDb || !cursor.mode().strict;
    for index in &mut draft.indexes {
        for part in &mut index.parts {
            own_part(&draft.table, index.kind, part)?;
        }
        if let (IndexKind::Plain, [part], true) = (index.kind, &mut index.parts[..], shortens) {
            shorten(&draft.table, part);
        }
    }
    settle_periods(draft);
    drop_redundant(&mut draft.indexes, cursor.flavour);
    name_indexes(draft)?;
    let primary = draft
        .indexes
        .iter()
        .find(|index| index.kind == IndexKind::Primary);
    for part in primary.into_iter().flat_map(|index| &index.parts) {
        let mut columns = draft.table.columns.iter_mut();
        if let Some(column) = columns.find(|c| column_of(part) == Some(&c.name)) {
            column.nullable = false;
        }
    }
    name_foreign_keys(draft)
}

/// Makes the columns of a period NOT NULL. In a system-versioned table, adds the end of the period
/// to every unique key.
fn settle_periods(draft: &mut Draft) {
    for (name, ends) in &draft.periods {
        for column in &mut draft.table.columns {
            if ends.iter().any(|end| same(end, &column.name)) {
                column.nullable = false;
            }
        }
        let (true, Some(end)) = (name.eq_ignore_ascii_case("SYSTEM_TIME"), ends.last()) else {
            continue;
        };
        for index in &mut draft.indexes {
            let has_end = index.parts.iter().any(|part| column_of(part) == Some(end));
            let is_unique = matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
            if is_unique && !has_end && draft.table.system_versioned {
                let end = std::slice::from_ref(end);
                let part = PendingIndex::of_columns(None, index.kind, end).parts;
                index.parts.extend(part);
            }
        }
    }
}

/// Spells the column of a key part as the table does, and removes a prefix length that has no
/// effect.
fn own_part(table: &Table, kind: IndexKind, part: &mut IndexPart) -> Result<()> {
    let IndexKey::Column(name) = &mut part.key else {
        return Ok(());
    };
    *name = own_spelling(table, std::slice::from_ref(name))?.remove(0);
    if matches!(kind, IndexKind::FullText | IndexKind::Spatial) {
        part.prefix = None;
        part.descending = false;
    }
    let column = table.columns.iter().find(|column| column.name == *name);
    // a later MODIFY may have made the column shorter, so that the prefix is the whole value and
    // has no effect
    let whole = match column.map(|column| longest_prefix(&column.kind)) {
        Some(Some(longest)) => part.prefix.is_some_and(|prefix| prefix >= longest),
        _ => false,
    };
    if whole {
        part.prefix = None;
    }
    Ok(())
}

/// Shortens the prefix of a key that would be too long, as servers do for keys that are not unique.
fn shorten(table: &Table, part: &mut IndexPart) {
    let column = table
        .columns
        .iter()
        .find(|c| column_of(part) == Some(&c.name));
    let Some(Column { kind, charset, .. }) = column else {
        return;
    };
    let length = match kind {
        ColumnType::VarChar { length } | ColumnType::VarBinary { length } => Some(*length),
        ColumnType::Text { .. } | ColumnType::Blob { .. } => None,
        _ => return,
    };
    let of_character = match kind.is_text() {
        true => longest_character(charset.as_deref()),
        false => 1,
    };
    let longest = LONGEST_KEY / u32::try_from(of_character).unwrap_or(1);
    if part
        .prefix
        .or(length)
        .is_some_and(|length| length > longest)
    {
        part.prefix = Some(longest);
    }
}

/// The prefix length that covers the whole value. 0 for numbers and dates. `None` for texts of
/// unlimited length, in which every prefix length has an effect.
fn longest_prefix(kind: &ColumnType) -> Option<u32> {
    let text = kind.to_string();
    let name = text.split('(').next().unwrap_or_default();
    match kind {
        ColumnType::Char { length } | ColumnType::VarChar { length } => Some(*length),
        _ if matches!(name, "binary" | "varbinary") => {
            let inner = text[name.len()..].trim_matches(['(', ')']);
            inner.parse().ok()
        }
        _ if ["text", "blob", "point", "geo", "line", "poly", "multi"]
            .iter()
            .any(|word| name.contains(word)) =>
        {
            None
        }
        _ => Some(0),
    }
}

fn name_foreign_keys(draft: &mut Draft) -> Result<()> {
    let prefix = format!("{}_ibfk_", draft.table.name);
    let number = |key: &PendingForeignKey| -> Option<u64> {
        key.name.as_ref()?.strip_prefix(&prefix)?.parse().ok()
    };
    let mut last = draft
        .foreign_keys
        .iter()
        .filter_map(number)
        .max()
        .unwrap_or(0);
    for key in &mut draft.foreign_keys {
        key.columns = own_spelling(&draft.table, &key.columns)?;
        if key.name.is_none() {
            last += 1;
            key.name = Some(format!("{prefix}{last}"));
        }
    }
    Ok(())
}

/// Completes the tables with their foreign keys. Also returns the foreign keys that no server
/// creates.
pub(super) fn tables(drafts: Vec<Draft>, flavour: Flavour) -> (Vec<Table>, Vec<Broken>) {
    let mut tables = Vec::with_capacity(drafts.len());
    let mut pending = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut table = draft.table;
        table.indexes = draft.indexes.into_iter().map(index).collect();
        tables.push(table);
        pending.push(draft.foreign_keys);
    }
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    let position: HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at))
        .collect();
    let mut broken = Vec::new();
    for (at, keys) in pending.into_iter().enumerate() {
        for key in keys {
            let parent_table = key.parent_table.clone();
            let (line, is_known) = (key.line, key.naming == Naming::Known);
            let parent = position.get(key.parent_table.as_str());
            let parent = parent.filter(|_| key.parent_database.is_none());
            match foreign_key(&tables[at], parent.map(|at| &tables[*at]), key, flavour) {
                Ok(key) => tables[at].foreign_keys.push(key),
                Err(text) => broken.push(Broken {
                    table: names[at].clone(),
                    parent: parent_table,
                    line,
                    text,
                    resolution: match is_known {
                        true => Resolution::ByServer,
                        false => Resolution::ByUser,
                    },
                }),
            }
        }
    }
    (tables, broken)
}

fn index(pending: PendingIndex) -> Index {
    Index {
        name: pending.name.unwrap_or_default(),
        kind: pending.kind,
        parts: pending.parts,
        visible: pending.visible,
        comment: pending.comment,
        parser: pending.parser,
    }
}

fn foreign_key(
    table: &Table,
    parent: Option<&Table>,
    pending: PendingForeignKey,
    flavour: Flavour,
) -> Result<ForeignKey> {
    if pending.naming != Naming::Known {
        return Err(no_columns(table, parent, &pending, flavour));
    }
    let name = pending.name.unwrap_or_default();
    let parent_columns = match parent {
        // in a comment `/*!999999 … */`, REFERENCES without columns means the primary key of the
        // parent
        Some(parent) if pending.parent_columns.is_empty() => {
            let key = parent.primary_key();
            let parts = key.map(|key| &key.parts[..]).unwrap_or_default();
            let columns = parts.iter().filter_map(column_of);
            columns.map(str::to_owned).collect()
        }
        Some(parent) => own_spelling(parent, &pending.parent_columns)?,
        None => pending.parent_columns,
    };
    if pending.columns.len() != parent_columns.len() && parent.is_some() {
        return Err(format!(
            "the foreign key {name} of {} has {}, but refers to {} of {}",
            table.name,
            counted(pending.columns.len() as u64, "column", "columns"),
            counted(parent_columns.len() as u64, "column", "columns"),
            pending.parent_table
        ));
    }
    Ok(ForeignKey {
        name,
        columns: pending.columns,
        parent_database: pending.parent_database,
        parent_table: pending.parent_table,
        parent_columns,
        on_delete: pending.on_delete,
        on_update: pending.on_update,
    })
}

/// The message for REFERENCES without columns. It names the columns that are probably meant.
fn no_columns(
    table: &Table,
    parent: Option<&Table>,
    key: &PendingForeignKey,
    flavour: Flavour,
) -> String {
    let primary = parent.and_then(Table::primary_key);
    let parts = primary.map(|key| &key.parts[..]).unwrap_or_default();
    let meant: Vec<&str> = parts.iter().filter_map(column_of).collect();
    let meant = match meant.is_empty() {
        true => "id".to_owned(),
        false => meant.join(", "),
    };
    let parent = &key.parent_table;
    let says = match (flavour, key.naming) {
        (Flavour::MariaDb, _) => {
            "MariaDB says: Foreign key constraint is incorrectly formed".to_owned()
        }
        (Flavour::MySql, Naming::NoTable) => {
            format!("MySQL says: Failed to open the referenced table '{parent}'")
        }
        (Flavour::MySql, _) => {
            "MySQL says: Key reference and table reference don't match".to_owned()
        }
    };
    format!(
        "{}.{} refers to {parent} without naming its columns; write REFERENCES {parent} ({meant}) \
         ({says})",
        table.name,
        key.columns.join(", "),
    )
}

/// Spells column names as in the definitions of the columns, because a key may use another case.
fn own_spelling(table: &Table, names: &[String]) -> Result<Vec<String>> {
    let own = |name: &String| match table.columns.iter().find(|column| same(&column.name, name)) {
        Some(column) => Ok(column.name.clone()),
        None => Err(format!(
            "a key of {} names the column {name}, which the table does not have",
            table.name
        )),
    };
    names.iter().map(own).collect()
}

fn column_of(part: &IndexPart) -> Option<&str> {
    match &part.key {
        IndexKey::Column(name) => Some(name),
        IndexKey::Expression(_) => None,
    }
}

/// Gives a name to every index that has none.
fn name_indexes(draft: &mut Draft) -> Result<()> {
    let mut taken: Vec<String> = Vec::with_capacity(draft.indexes.len());
    for index in &mut draft.indexes {
        let name = match (index.kind, index.name.take()) {
            (IndexKind::Primary, _) => "PRIMARY".to_owned(),
            (_, Some(name)) => name,
            (_, None) => free_name(&taken, &index.parts),
        };
        if taken.iter().any(|other| same(other, &name)) {
            return Err(format!(
                "{} has two indexes named {name}; give one of them another name",
                draft.table.name
            ));
        }
        taken.push(name.clone());
        index.name = Some(name);
    }
    Ok(())
}

/// Drops the generated index of a foreign key if another index begins with the same columns. If
/// both are generated, the longer one is kept, or the later one if they are equally long. On MySQL,
/// a foreign key cannot use a descending index.
fn drop_redundant(pending: &mut Vec<PendingIndex>, flavour: Flavour) {
    let same_part = |this: &IndexPart, that: &IndexPart| {
        let same_order = this.descending == that.descending || flavour == Flavour::MariaDb;
        column_of(this) == column_of(that) && same_order
    };
    let mut redundant = vec![false; pending.len()];
    for at in 0..pending.len() {
        for before in 0..at {
            if redundant[before] {
                continue;
            }
            let (this, that) = (&pending[at], &pending[before]);
            let shared = this.parts.len().min(that.parts.len());
            let same_start = (0..shared).all(|i| same_part(&this.parts[i], &that.parts[i]));
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

/// The name of the first column, or `functional_index` if any part is an expression. If the name is
/// taken, _2, _3, … is appended.
fn free_name(taken: &[String], parts: &[IndexPart]) -> String {
    let is_functional = parts.iter().any(|part| column_of(part).is_none());
    let column = parts.first().and_then(column_of);
    let first = column
        .filter(|_| !is_functional)
        .unwrap_or("functional_index");
    let free = |name: &str| !taken.iter().any(|other| same(other, name));
    if free(first) && !first.eq_ignore_ascii_case("PRIMARY") {
        return first.to_owned();
    }
    (2..)
        .map(|number| format!("{first}_{number}"))
        .find(|name| free(name))
        .unwrap_or_default()
}
