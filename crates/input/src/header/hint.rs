//! For a first line that is not a header: guesses what it is, and names the options that would read
//! it.

use super::first_record;
use model::schema::{Column, ColumnType, Table};

/// Common delimiters, and how the option is written.
const DELIMITERS: [(u8, &str); 4] = [(b',', "','"), (b';', "';'"), (b'\t', "tab"), (b'|', "'|'")];

/// Text to append to the error: the options to add. Empty if the line gives no hint.
pub(super) fn options(line: &[u8], table: &Table, delimiter: u8) -> String {
    if line.contains(&0) {
        let order = if line[0] == 0 { "be" } else { "le" };
        return format!(
            "; it looks like UTF-16 without a byte order mark: add --encoding utf-16{order}"
        );
    }
    let fields_by = |delimiter: u8| match first_record(line, delimiter) {
        Some((fields, _)) => fields,
        None => Vec::new(),
    };
    let others = DELIMITERS.iter().filter(|d| d.0 != delimiter);
    let found = named(&fields_by(delimiter), table);
    for (byte, option) in others.clone() {
        let names = fields_by(*byte);
        // a single such character inside a name does not make it the delimiter
        if serves(&names, table) && named(&names, table) > found {
            return format!(
                "; its names are separated by {}: add --delimiter {option}",
                spelled(*byte)
            );
        }
    }
    if is_row(&fields_by(delimiter), table) {
        return "; it looks like a data row: if the files have no header, add --no-header"
            .to_string();
    }
    for (byte, option) in others {
        if is_row(&fields_by(*byte), table) {
            return format!(
                "; it looks like a data row with {} between fields: if the files have no header, add --no-header --delimiter {option}",
                spelled(*byte)
            );
        }
    }
    String::new()
}

fn spelled(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tabs".to_string(),
        byte => format!("\"{}\"", char::from(byte)),
    }
}

/// Number of columns of the table that are among these names.
fn named(names: &[String], table: &Table) -> usize {
    let is_named = |column: &&Column| names.iter().any(|name| column.is_named(name));
    table.columns.iter().filter(is_named).count()
}

/// Whether these names are a complete header for the table.
fn serves(names: &[String], table: &Table) -> bool {
    let named = |column: &Column| names.iter().any(|name| column.is_named(name));
    names.len() > 1
        && table.columns.iter().any(named)
        && table.columns.iter().all(|c| c.may_be_missing() || named(c))
}

/// Whether these fields could be a data row: as many fields as the table has columns, and numbers
/// in its integer columns.
fn is_row(fields: &[String], table: &Table) -> bool {
    let columns: Vec<_> = table.columns.iter().filter(|c| !c.generated).collect();
    let mut integers = columns.iter().zip(fields).filter(|(column, _)| {
        matches!(column.kind, ColumnType::Integer { .. }) && !column.may_be_missing()
    });
    let is_number = |field: &String| field.trim().parse::<i128>().is_ok();
    columns.len() == fields.len()
        && integers.clone().count() > 0
        && integers.all(|(_, field)| is_number(field))
}
