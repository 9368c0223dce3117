//! Columns that prevent a table from being loaded: an unsupported type, or a default that is not a
//! date.

use super::{SchemaFile, Selection};
use crate::error::{Error, Result};
use crate::parse::types;
use model::schema::{Column, ColumnType, Schema, Table};

/// The message for a column of an unsupported type. Such a column is an obstacle when a file fills
/// it, or when each row must have a value for it.
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

/// Checks that the values of every column can be loaded.
///
/// # Errors
///
/// [`Error::UnsupportedType`] for the first column whose values cannot.
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

/// The type in capitals, except its members or digits: `ENUM('a')`, `POINT SRID 2056`.
fn with_capitals(written: &str) -> String {
    let end = written.find('(').unwrap_or(written.len());
    format!("{}{}", written[..end].to_uppercase(), &written[end..])
}

/// The message for a default such as 0000-00-00. A strict server rejects it when the table is
/// created, unless the file sets sql_mode itself, and again for each row that gets it.
pub(super) fn zero_default(
    file: SchemaFile<'_>,
    table: &Table,
    at: usize,
    selection: Selection<'_>,
) -> Option<String> {
    let column = &table.columns[at];
    let has_date = matches!(
        column.kind,
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
    );
    let default = column.default.as_deref()?;
    let is_zero = default == "0" || default.starts_with("0000-") || default.contains("-00");
    let is_created = file.script.sets_sql_mode();
    // no row gets the default where a file fills the column
    let is_harmless = is_created && selection.fills(&table.name, at);
    (has_date && is_zero && !is_harmless).then(|| {
        let why = match is_created {
            true => "no file fills the column, so each row would get the default and the server would reject it",
            false => "the server rejects it when it creates the table",
        };
        format!(
            "{}.{} has DEFAULT '{default}', which is not a date: {why}; write another default, or none",
            table.name, column.name
        )
    })
}
