//! Columns that prevent a table from being loaded: an unsupported type, a length that no server
//! accepts, or a default that is not a date or comes from a sequence.

use super::{SchemaFile, Selection};
use crate::engine::Engines;
use crate::error::{Error, Result};
use crate::parse::{longest_character, types};
use model::schema::{Column, ColumnType, Schema, Table};

/// The message for a column of an unsupported type. Such a column is an obstacle if a file fills
/// it, or if each row needs a value for it.
pub(super) fn unsupported_type(
    table: &Table,
    at: usize,
    column: &Column,
    selection: Selection<'_>,
) -> Option<String> {
    let ColumnType::Unsupported { written } = &column.kind else {
        return None;
    };
    if column.generated || column.may_be_missing() && !selection.fills(&table.name, at) {
        return None;
    }
    let leave_out = match column.may_be_missing() {
        true => format!("; or leave {} out of the file", column.name),
        false => String::new(),
    };
    Some(format!(
        "{}.{} has type {}, which is not supported; {}{leave_out}",
        table.name,
        column.name,
        with_capitals(written),
        types::replacement(written)
    ))
}

/// The message for a text or bytes column that is longer than servers accept. In a session that is
/// not strict, the column would already have been parsed as another type.
pub(super) fn too_long(table: &Table, column: &Column) -> Option<String> {
    // if the character set is unknown, a character may be a single byte, so the length in
    // characters may reach the limit in bytes
    let of_character = column
        .charset
        .as_deref()
        .map_or(1, |name| longest_character(Some(name)));
    let (length, most) = match column.kind {
        ColumnType::Char { length } | ColumnType::Binary { length } => (length, 255),
        ColumnType::VarBinary { length } => (length, 65_535),
        ColumnType::VarChar { length } => (length, 65_535 / of_character),
        _ => return None,
    };
    (u64::from(length) > most).then(|| {
        format!(
            "{}.{} has type {}, but its length can be at most {most}; write TEXT or BLOB of a size that suffices \
             (MySQL says: Column length too big for column '{}' (max = {most}))",
            table.name,
            column.name,
            with_capitals(&column.kind.to_string()),
            column.name
        )
    })
}

/// The message for a default that comes from a sequence. reviewseed does not create sequences, so
/// the server rejects the table.
pub(super) fn of_sequence(table: &Table, column: &Column) -> Option<String> {
    let default = column
        .default
        .as_deref()
        .filter(|_| !column.kind.is_text())?;
    let lower = default.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let functions = ["nextval", "lastval", "setval"];
    let is_function = functions.iter().any(|function| words.contains(function));
    let is_value_for = words.windows(2).any(|pair| pair == ["value", "for"]);
    (is_function || is_value_for).then(|| {
        format!(
            "{}.{} has DEFAULT {default}, and reviewseed creates no sequence, so the server rejects the table; \
             write AUTO_INCREMENT, or add the default after the seed",
            table.name, column.name
        )
    })
}

/// Checks that the values of every column can be loaded.
///
/// # Errors
///
/// [`Error::UnsupportedType`] for the first column whose values cannot be loaded.
pub fn check_types(schema: &Schema) -> Result<()> {
    let all = Selection {
        tables: &[],
        filled: None,
    };
    for table in &schema.tables {
        for (at, column) in table.columns.iter().enumerate() {
            if let Some(words) = unsupported_type(table, at, column, all) {
                return Err(Error::UnsupportedType(words));
            }
        }
    }
    Ok(())
}

/// The type in upper case, except members and digits: `ENUM('a')`, `POINT SRID 2056`.
fn with_capitals(written: &str) -> String {
    let end = written.find('(').unwrap_or(written.len());
    format!("{}{}", written[..end].to_uppercase(), &written[end..])
}

/// Whether a column has a zero date as its default, such as 0000-00-00.
fn has_zero_default(column: &Column) -> bool {
    let has_date = matches!(
        column.kind,
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
    );
    let is_zero =
        |default: &str| default == "0" || default.starts_with("0000-") || default.contains("-00");
    has_date && column.default.as_deref().is_some_and(is_zero)
}

/// The message for a default that is a zero date, such as 0000-00-00. A strict MySQL rejects it
/// when the table is created, unless the file sets sql_mode itself. Every strict session rejects
/// each row that gets this default.
pub(super) fn zero_default(
    file: SchemaFile<'_>,
    (table, at): (&Table, usize),
    selection: Selection<'_>,
    engines: &Engines,
) -> Option<String> {
    let column = &table.columns[at];
    if !has_zero_default(column) {
        return None;
    }
    let is_created = file.script.sets_sql_mode() || engines.takes_zero_dates != Some(false);
    // if a file fills the column, no row gets the default
    let is_harmless = is_created && selection.fills(&table.name, at);
    (!is_harmless).then(|| {
        let why = match is_created {
            true => "no file fills the column, so each row would get the default and the server would reject it",
            false => "the server rejects this default when it creates the table",
        };
        zero_default_message(table, column, why)
    })
}

/// The message for a default that is a zero date, if the server is not known.
pub(super) fn zero_default_on_some(
    file: SchemaFile<'_>,
    table: &Table,
    column: &Column,
) -> Option<String> {
    let is_open = has_zero_default(column) && !file.script.sets_sql_mode();
    is_open.then(|| {
        let why = "MySQL rejects this default when it creates the table, MariaDB accepts it";
        zero_default_message(table, column, why)
    })
}

fn zero_default_message(table: &Table, column: &Column, why: &str) -> String {
    let default = column.default.as_deref().unwrap_or_default();
    format!(
        "{}.{} has DEFAULT '{default}', which is not a date: {why}; write another default, or none",
        table.name, column.name
    )
}
