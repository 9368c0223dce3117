//! For a first line that is not a header: guesses what it is, and names the options that would read
//! it.

use super::first_record;
use crate::dialect::{Dialect, Symbol};
use crate::near::is_same_loosely;
use model::schema::{Column, ColumnType, Table};
use model::shell::quoted;

/// Common delimiters, and how the option is written.
const DELIMITERS: [(u8, &str); 4] = [(b',', "','"), (b';', "';'"), (b'\t', "tab"), (b'|', "'|'")];

/// A header is looked for in this many lines.
const LINES: u64 = 20;

/// The start of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// The first record.
    pub line: &'a [u8],
    /// The text after it.
    pub rest: &'a [u8],
    /// Physical line of the first byte of `rest`, from 1.
    pub next_line: u64,
    /// Lines before it that are skipped already.
    pub skipped: u64,
}

/// Text to append to the error: the options to add. Empty if the start gives no hint.
pub(super) fn options(start: Start<'_>, table: &Table, dialect: &Dialect) -> String {
    let line = start.line;
    if let Some(words) = json(line, table) {
        return words;
    }
    if line.contains(&0) {
        let order = if line[0] == 0 { "be" } else { "le" };
        return format!(
            "; it looks like UTF-16 without a byte order mark: add --encoding utf-16{order}"
        );
    }
    let others = others(dialect);
    let by_own = fields(line, dialect);
    let found = named(&by_own, table);
    for (byte, option, other) in &others {
        let names = fields(line, other);
        // a single such character inside a name does not make it the delimiter
        if serves(&names, table) && named(&names, table) > found {
            return format!(
                "; its names are separated by {}: add --delimiter {option}",
                spelled(*byte)
            );
        }
    }
    if let Some(words) = later_header(start, table, dialect, &others) {
        return words;
    }
    let single = Dialect {
        quote: Some(b'\''),
        ..*dialect
    };
    if single.check().is_ok() && named(&fields(line, &single), table) > found {
        return "; its names are in single quotes: add --quote \"'\"".to_string();
    }
    if is_row(&by_own, table) {
        return "; it looks like a data row: if the files have no header, add --no-header"
            .to_string();
    }
    for (byte, option, other) in &others {
        if is_row(&fields(line, other), table) {
            return format!(
                "; it looks like a data row with {} between fields: if the files have no header, add --no-header --delimiter {option}",
                spelled(*byte)
            );
        }
    }
    other_row(&by_own, table)
}

/// Words about a line that begins like JSON.
fn json(line: &[u8], table: &Table) -> Option<String> {
    let line = line.trim_ascii();
    let name = &table.name;
    match (line.first(), line.get(1)) {
        (Some(b'{'), Some(b'"' | b' ' | b'}')) | (Some(b'{'), None) => Some(format!(
            "; it looks like JSON with an object on each line: if it is, add --set {name}.format=jsonl"
        )),
        (Some(b'['), Some(b'{' | b' ' | b']')) | (Some(b'['), None) => Some(format!(
            "; it looks like a JSON array: if it is, add --set {name}.format=json"
        )),
        _ => None,
    }
}

/// The same dialect with other common delimiters, if it can have them.
fn others(dialect: &Dialect) -> Vec<(u8, &'static str, Dialect)> {
    let with = |(byte, option): (u8, &'static str)| {
        let other = Dialect {
            delimiter: Symbol::byte(byte),
            ..*dialect
        };
        let is_other = other.delimiter != dialect.delimiter && other.check().is_ok();
        is_other.then_some((byte, option, other))
    };
    DELIMITERS.into_iter().filter_map(with).collect()
}

/// A header below the first line, after a title for example.
fn later_header(
    start: Start<'_>,
    table: &Table,
    dialect: &Dialect,
    others: &[(u8, &'static str, Dialect)],
) -> Option<String> {
    let others = others
        .iter()
        .map(|(_, option, other)| (other, Some(*option)));
    let lines = start
        .rest
        .split(|b| *b == b'\n')
        .zip(start.next_line..=LINES);
    for (dialect, option) in std::iter::once((dialect, None)).chain(others) {
        let is_header = |line: &[u8]| serves(&fields(line, dialect), table);
        let Some((_, number)) = lines.clone().find(|(line, _)| is_header(line)) else {
            continue;
        };
        let more = option.map_or(String::new(), |option| format!(" --delimiter {option}"));
        let number = start.skipped + number;
        return Some(format!(
            "; line {number} looks like the header: add --skip-lines {}{more}",
            number - 1
        ));
    }
    None
}

fn fields(line: &[u8], dialect: &Dialect) -> Vec<String> {
    match first_record(line, dialect) {
        Some((fields, _)) => fields,
        None => Vec::new(),
    }
}

fn spelled(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tabs".to_string(),
        byte => format!("\"{}\"", char::from(byte)),
    }
}

fn is_named(column: &Column, names: &[String]) -> bool {
    names.iter().any(|name| is_same_loosely(name, &column.name))
}

/// Number of columns of the table that are among these names.
fn named(names: &[String], table: &Table) -> usize {
    let columns = table.columns.iter();
    columns.filter(|column| is_named(column, names)).count()
}

/// Whether a line is a complete header for the table, with one of the common delimiters.
pub(super) fn is_header(line: &[u8], table: &Table) -> bool {
    let dialect = Dialect::default();
    let others = others(&dialect).into_iter().map(|(_, _, other)| other);
    let mut dialects = std::iter::once(dialect).chain(others);
    dialects.any(|dialect| serves(&fields(line, &dialect), table))
}

/// Whether these names are a complete header for the table.
fn serves(names: &[String], table: &Table) -> bool {
    let mut columns = table.columns.iter();
    names.len() > 1
        && named(names, table) > 0
        && columns.all(|column| column.may_be_missing() || is_named(column, names))
}

/// The columns that a file without header has.
fn loaded(table: &Table) -> Vec<&Column> {
    table.columns.iter().filter(|c| !c.generated).collect()
}

/// Whether these fields could be a data row: as many fields as the table has columns, and numbers
/// in its integer columns.
fn is_row(fields: &[String], table: &Table) -> bool {
    let columns = loaded(table);
    let mut integers = columns.iter().zip(fields).filter(|(column, _)| {
        matches!(column.kind, ColumnType::Integer { .. }) && !column.may_be_missing()
    });
    // in a table of texts, every line with that many fields could be a row
    let is_of_texts = columns.iter().all(|column| column.kind.is_text());
    let can_tell = integers.clone().count() > 0 || is_of_texts && fields.len() > 1;
    columns.len() == fields.len()
        && can_tell
        && named(fields, table) == 0
        && integers.all(|(_, field)| is_number(field))
}

/// Words about other lines that have numbers and no name of a column.
fn other_row(fields: &[String], table: &Table) -> String {
    let has_numbers = fields.iter().any(|field| is_number(field));
    if fields.len() < 2 || !has_numbers || named(fields, table) > 0 {
        return String::new();
    }
    let start = "; it looks like a data row";
    if fields.len() == loaded(table).len() {
        return format!("{start}: if the files have no header, add --no-header");
    }
    format!(
        "{start} of {} fields: if the file has no header, name the column of each field: --set {}.no_header=true --set {}",
        fields.len(),
        table.name,
        quoted(&format!("{}.fields=COLUMN,-,COLUMN", table.name))
    )
}

fn is_number(field: &str) -> bool {
    field.trim().parse::<f64>().is_ok_and(f64::is_finite)
}
