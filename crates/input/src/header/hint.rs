//! For a first line that is not a header: guesses what it is, and names the options that would read
//! it.

use super::first_record;
use crate::dialect::{Dialect, Symbol};
use model::schema::{Column, ColumnType, Table};

/// Common delimiters, and how the option is written.
const DELIMITERS: [(u8, &str); 4] = [(b',', "','"), (b';', "';'"), (b'\t', "tab"), (b'|', "'|'")];

/// Text to append to the error: the options to add. Empty if the line gives no hint.
pub(super) fn options(line: &[u8], table: &Table, dialect: &Dialect) -> String {
    if line.contains(&0) {
        let order = if line[0] == 0 { "be" } else { "le" };
        return format!(
            "; it looks like UTF-16 without a byte order mark: add --encoding utf-16{order}"
        );
    }
    let fields_by = |delimiter: Symbol| {
        let dialect = Dialect {
            delimiter,
            ..*dialect
        };
        match first_record(line, &dialect) {
            Some((fields, _)) => fields,
            None => Vec::new(),
        }
    };
    let is_other = |byte: u8| {
        let delimiter = Symbol::byte(byte);
        let other = Dialect {
            delimiter,
            ..*dialect
        };
        delimiter != dialect.delimiter && other.check().is_ok()
    };
    let others = DELIMITERS.iter().filter(|d| is_other(d.0));
    let by_own = fields_by(dialect.delimiter);
    let found = named(&by_own, table);
    for (byte, option) in others.clone() {
        let names = fields_by(Symbol::byte(*byte));
        // a single such character inside a name does not make it the delimiter
        if serves(&names, table) && named(&names, table) > found {
            return format!(
                "; its names are separated by {}: add --delimiter {option}",
                spelled(*byte)
            );
        }
    }
    let single = Dialect {
        quote: Some(b'\''),
        ..*dialect
    };
    let in_single_quotes = match first_record(line, &single) {
        Some((names, _)) if single.check().is_ok() => named(&names, table),
        _ => 0,
    };
    if in_single_quotes > found {
        return "; its names are in single quotes: add --quote \"'\"".to_string();
    }
    if is_row(&by_own, table) {
        return "; it looks like a data row: if the files have no header, add --no-header"
            .to_string();
    }
    for (byte, option) in others {
        if is_row(&fields_by(Symbol::byte(*byte)), table) {
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
    let is_named = |column: &&Column| {
        let name = |n: &String| n.trim().eq_ignore_ascii_case(&column.name);
        names.iter().any(name)
    };
    table.columns.iter().filter(is_named).count()
}

/// Whether these names are a complete header for the table.
fn serves(names: &[String], table: &Table) -> bool {
    let named = |column: &Column| {
        let name = |n: &String| n.trim().eq_ignore_ascii_case(&column.name);
        names.iter().any(name)
    };
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
