//! Foreign keys that servers reject.

use super::SchemaFile;
use model::schema::{Column, ColumnType, ForeignKey, Index, IndexKey, IndexKind, IndexPart, Table};

/// The message for a foreign key that every server rejects: its parent table does not exist, its
/// columns and the parent columns have different types, or the parent columns have no index.
pub(super) fn invalid(file: SchemaFile<'_>, table: &Table, key: &ForeignKey) -> Option<String> {
    if key.parent_database.is_some() {
        return None;
    }
    let columns = key.columns.join(", ");
    let Some(parent) = file.schema.table(&key.parent_table) else {
        // if the parent table could not be parsed, there is already a message about that
        let is_in_file = file.script.about(&key.parent_table).next().is_some();
        return (!is_in_file).then(|| without_parent(file, table, key));
    };
    // no server creates the foreign keys in a comment `/*!999999 … */`, so they are not checked
    let mut statements = file.script.about(&table.name);
    if statements.any(|s| s.text.contains("/*!999999")) {
        return None;
    }
    different_types(table, parent, key).or_else(|| {
        let is_found = parent
            .indexes
            .iter()
            .any(|i| begins_with(i, &key.parent_columns));
        (!is_found).then(|| {
            format!(
                "{}.{columns} refers to {}.{}, which has no key; make it a primary or unique key \
                 (MySQL says: Failed to add the foreign key constraint. Missing unique key for constraint '{}' in the referenced table '{}')",
                table.name,
                parent.name,
                key.parent_columns.join(", "),
                key.name,
                parent.name
            )
        })
    })
}

/// The message for a foreign key to a table that the file does not create.
fn without_parent(file: SchemaFile<'_>, table: &Table, key: &ForeignKey) -> String {
    let (columns, parent) = (key.columns.join(", "), &key.parent_table);
    let mut statements = file.script.about(&table.name);
    let is_created = statements.any(|s| s.unchecked_keys && s.reference_line(parent).is_some());
    let consequence = match is_created {
        true => format!(
            "(with foreign_key_checks off, as in this file, the server creates {}, but until {parent} exists, it rejects \
             each row that has a value in {columns})",
            table.name
        ),
        false => format!("(MySQL says: Failed to open the referenced table '{parent}')"),
    };
    format!(
        "{}.{columns} refers to the table {parent}, which the schema does not have; add the table, or remove the foreign key {consequence}",
        table.name
    )
}

fn different_types(table: &Table, parent: &Table, key: &ForeignKey) -> Option<String> {
    let column = |of: &Table, name: &str| of.columns.iter().find(|c| c.name == *name).cloned();
    let mut pairs = key.columns.iter().zip(&key.parent_columns);
    pairs.find_map(|(own, other)| {
        let (own, other) = (column(table, own)?, column(parent, other)?);
        (!may_refer(&own, &other)).then(|| {
            format!(
                "{}.{} has type {}, and refers to {}.{}, which has {}; give both the same type \
                 (MySQL says: Referencing column '{}' and referenced column '{}' in foreign key constraint '{}' are incompatible.)",
                table.name,
                own.name,
                type_and_charset(&own),
                parent.name,
                other.name,
                type_and_charset(&other),
                own.name,
                other.name,
                key.name
            )
        })
    })
}

/// Whether an index begins with these columns, in any order.
fn begins_with(index: &Index, columns: &[String]) -> bool {
    let keys: Vec<&IndexKey> = index.parts.iter().map(|part| &part.key).collect();
    let mut wanted = columns.iter().cloned().map(IndexKey::Column);
    keys.len() >= columns.len() && wanted.all(|c| keys[..columns.len()].contains(&&c))
}

/// The message for a foreign key whose parent columns have an index, but not a unique key.
pub(super) fn not_unique(file: SchemaFile<'_>, table: &Table, key: &ForeignKey) -> Option<String> {
    if key.parent_database.is_some() {
        return None;
    }
    let parent = file.schema.table(&key.parent_table)?;
    let is_unique_key = |index: &Index| {
        let is_parent_column = |part: &IndexPart| match &part.key {
            IndexKey::Column(column) => {
                part.prefix.is_none() && key.parent_columns.contains(column)
            }
            IndexKey::Expression(_) => false,
        };
        matches!(index.kind, IndexKind::Primary | IndexKind::Unique)
            && index.parts.len() == key.parent_columns.len()
            && index.parts.iter().all(is_parent_column)
    };
    (!parent.indexes.iter().any(is_unique_key)).then(|| {
        let (columns, parents) = (key.columns.join(", "), key.parent_columns.join(", "));
        format!(
            "{}.{columns} refers to {}.{parents}, which has no unique key of these columns: MySQL 8.4 and later reject such a \
             foreign key unless restrict_fk_on_non_standard_key is off; add a unique key of these columns (MySQL says: Failed to add the \
             foreign key constraint. Missing unique key for constraint '{}' in the referenced table '{}')",
            table.name, parent.name, key.name, parent.name
        )
    })
}

fn type_and_charset(column: &Column) -> String {
    match (&column.charset, column.kind.is_text()) {
        (Some(charset), true) => format!("{} ({charset})", column.kind),
        _ => column.kind.to_string(),
    }
}

/// Whether servers accept a foreign key from one column to the other. True if that is not certain.
fn may_refer(own: &Column, other: &Column) -> bool {
    use ColumnType as T;
    let integer = |kind: &T| match kind {
        T::Integer { bits, unsigned } => Some((*bits, *unsigned)),
        T::Boolean => Some((8, false)),
        _ => None,
    };
    match (integer(&own.kind), integer(&other.kind)) {
        (Some(own), Some(other)) => return own == other,
        (None, None) => {}
        _ => {
            return matches!(own.kind, T::Unsupported { .. })
                || matches!(other.kind, T::Unsupported { .. });
        }
    }
    if own.kind.is_text() != other.kind.is_text() {
        let is_never_text = |kind: &T| {
            matches!(
                kind,
                T::Date | T::DateTime { .. } | T::Timestamp { .. } | T::Decimal { .. }
            )
        };
        return !is_never_text(&own.kind) && !is_never_text(&other.kind);
    }
    match (&own.charset, &other.charset) {
        (Some(a), Some(b)) if own.kind.is_text() => a == b,
        _ => true,
    }
}
