//! If the first line of a file is not a header, guesses what it is, and names the settings with
//! which the file can be read.

use super::first_record;
use crate::dialect::{Dialect, Symbol};
use crate::misread::Advice;
use crate::near::is_same_loosely;
use crate::other_kinds;
use model::schema::{Column, ColumnType, Table};

/// Common delimiters as users type them. A longer delimiter precedes the shorter ones that it
/// contains.
const DELIMITERS: [&str; 7] = [",", ";", "tab", "::", "||", "|", "\\x01"];

/// The symbols that comments often begin with.
const COMMENT_MARKS: [&str; 4] = ["#", "//", "--", "%"];

/// A header is searched for in this many lines.
const LINES: u64 = 20;

/// The start of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// The first record.
    pub line: &'a [u8],
    /// The text after the first record.
    pub rest: &'a [u8],
    /// Physical line of the first byte of `rest`, from 1.
    pub next_line: u64,
    /// Number of lines before the first record that are already skipped.
    pub skipped: u64,
}

/// For a file that has no records at all, such as a web page: a message that says what the file is
/// and what to do.
pub(super) fn no_table(line: &[u8]) -> Option<&'static str> {
    if let Some(words) = other_kinds::by_start(line) {
        return Some(words);
    }
    let line = line.trim_ascii_start().to_ascii_lowercase();
    let begins = |starts: &[&str]| starts.iter().any(|s| line.starts_with(s.as_bytes()));
    if begins(&["<!doctype html", "<html"]) {
        return Some(
            "the file is a web page (HTML), not CSV; download the file again: log in if the site asks for it, or use the link to the file itself",
        );
    }
    if begins(&["version https://git-lfs.github.com/"]) {
        return Some(
            "the file is a pointer of Git LFS, not the data itself; fetch the data: git lfs pull",
        );
    }
    if begins(&["<?xml"]) {
        return Some("the file is XML, not CSV; convert it first");
    }
    None
}

/// What the file probably is. `None` if its start gives no hint.
pub(super) fn advice(start: Start<'_>, table: &Table, dialect: &Dialect) -> Option<Advice> {
    let line = start.line;
    if let Some(advice) = json(line) {
        return Some(advice);
    }
    if line.contains(&0) {
        return Some(utf_16(line[0] == 0));
    }
    let others = others(dialect, line);
    let by_own = fields(line, dialect);
    let found = named(&by_own, table);
    for other in &others {
        let names = fields(line, &other.dialect);
        // a name may contain a delimiter by chance, so at least two names must fit
        if serves(&names, table) && named(&names, table) > found {
            let clue = format!(
                "its names are separated by {}{}: ",
                other.spelled(),
                other.about_quotes()
            );
            return Some(Advice::new(clue, &other.settings()));
        }
    }
    if let Some(advice) = later_header(start, table, dialect, &others) {
        return Some(advice);
    }
    let single = Dialect {
        quote: Some(b'\''),
        ..*dialect
    };
    if single.check().is_ok() && named(&fields(line, &single), table) > found {
        let clue = "its names are in single quotes: ";
        return Some(Advice::new(clue, &[("quote", "'")]));
    }
    let no_header = ("no_header", "true");
    if is_row(&by_own, table) {
        let clue = "it looks like a data row: if the files have no header, ";
        return Some(Advice::new(clue, &[no_header]));
    }
    let mut of_rows = others.iter();
    if let Some(other) = of_rows.find(|other| is_row(&fields(line, &other.dialect), table)) {
        let clue = format!(
            "it looks like a data row with {} between fields{}: if the files have no header, ",
            other.spelled(),
            other.about_quotes()
        );
        let settings = [&[no_header], &other.settings()[..]].concat();
        return Some(Advice::new(clue, &settings));
    }
    other_row(&by_own, table)
}

/// Advice for UTF-16 without a byte order mark. In big-endian text the high byte comes first.
pub(super) fn utf_16(is_big_endian: bool) -> Advice {
    let name = if is_big_endian {
        "utf-16be"
    } else {
        "utf-16le"
    };
    let clue = "it looks like UTF-16 without a byte order mark: ";
    Advice::new(clue, &[("encoding", name)])
}

/// Advice for a line that begins like JSON.
fn json(line: &[u8]) -> Option<Advice> {
    let line = line.trim_ascii();
    let (clue, format) = match (line.first(), line.get(1)) {
        (Some(b'{'), Some(b'"' | b' ' | b'}')) | (Some(b'{'), None) => (
            "it looks like JSON with an object on each line: if it is, ",
            "jsonl",
        ),
        (Some(b'['), Some(b'{' | b' ' | b']')) | (Some(b'['), None) => {
            ("it looks like a JSON array: if it is, ", "json")
        }
        _ => return None,
    };
    Some(Advice::new(clue, &[("format", format)]))
}

/// A dialect with another delimiter, or without quotes, or both.
struct Other {
    /// The delimiter as users type it; `None` if it is the original one.
    delimiter: Option<&'static str>,
    has_no_quote: bool,
    dialect: Dialect,
}

impl Other {
    fn settings(&self) -> Vec<(&'static str, &'static str)> {
        let delimiter = self.delimiter.map(|value| ("delimiter", value));
        let quote = self.has_no_quote.then_some(("quote", "none"));
        delimiter.into_iter().chain(quote).collect()
    }

    /// The delimiter, as a message writes it.
    fn spelled(&self) -> String {
        match self.dialect.delimiter.bytes() {
            b"\t" => "tabs".to_owned(),
            _ => self.dialect.delimiter.to_string(),
        }
    }

    /// The words about quotes that a message has after the delimiter.
    fn about_quotes(&self) -> &'static str {
        match self.has_no_quote {
            true => ", and quotes are ordinary characters",
            false => "",
        }
    }
}

/// The valid dialects that differ from this one in their delimiter. If the line contains a quote,
/// also each of these dialects without quotes.
fn others(dialect: &Dialect, line: &[u8]) -> Vec<Other> {
    let with = |value: &&'static str| {
        let delimiter = Symbol::parse(value).ok()?;
        let other = Dialect {
            delimiter,
            ..*dialect
        };
        let is_other = delimiter != dialect.delimiter && other.check().is_ok();
        is_other.then_some(Other {
            delimiter: Some(value),
            has_no_quote: false,
            dialect: other,
        })
    };
    let mut others: Vec<Other> = DELIMITERS.iter().filter_map(with).collect();
    if dialect.quote.is_some_and(|quote| line.contains(&quote)) {
        let all = others.iter().map(|other| (other.delimiter, other.dialect));
        let all: Vec<_> = std::iter::once((None, *dialect)).chain(all).collect();
        others.extend(all.into_iter().map(|(delimiter, dialect)| Other {
            delimiter,
            has_no_quote: true,
            dialect: Dialect {
                quote: None,
                ..dialect
            },
        }));
    }
    others
}

/// Searches for a header below the first line, for example after a title, or in a comment.
fn later_header(
    start: Start<'_>,
    table: &Table,
    dialect: &Dialect,
    others: &[Other],
) -> Option<Advice> {
    let lines = start
        .rest
        .split(|b| *b == b'\n')
        .zip(start.next_line..=LINES);
    let own = (dialect, Vec::new());
    let others = others
        .iter()
        .map(|other| (&other.dialect, other.settings()));
    let all: Vec<_> = std::iter::once(own).chain(others).collect();
    for (dialect, settings) in &all {
        let is_header = |line: &[u8]| serves(&fields(line, dialect), table);
        let Some((_, number)) = lines.clone().find(|(line, _)| is_header(line)) else {
            continue;
        };
        let number = start.skipped + number;
        let lines = (number - 1).to_string();
        let settings = [&[("skip_lines", lines.as_str())], &settings[..]].concat();
        let clue = format!("line {number} looks like the header: ");
        return Some(Advice::new(clue, &settings));
    }
    let first = (
        start.line.trim_ascii_end(),
        start.next_line.saturating_sub(1),
    );
    for (line, number) in std::iter::once(first).chain(lines) {
        let mut marks = COMMENT_MARKS.iter();
        let Some(mark) = marks.find(|mark| line.starts_with(mark.as_bytes())) else {
            continue;
        };
        let names = line[mark.len()..].trim_ascii();
        let mut all = all
            .iter()
            .map(|(dialect, settings)| (fields(names, dialect), settings));
        let Some((names, settings)) = all.find(|(names, _)| serves(names, table)) else {
            continue;
        };
        let columns = columns_of(&names, table).join(",");
        let of_comment = [
            ("comment", *mark),
            ("no_header", "true"),
            ("fields", &columns),
        ];
        let settings = [&of_comment[..], settings].concat();
        let number = start.skipped + number;
        let clue = format!("line {number} looks like a header that is a comment: ");
        return Some(Advice::new(clue, &settings));
    }
    None
}

/// The columns that fields with these names fill. `-` means that the field is ignored.
fn columns_of<'a>(names: &[String], table: &'a Table) -> Vec<&'a str> {
    let column = |name: &String| {
        let mut columns = table.columns.iter().filter(|column| !column.generated);
        let found = columns.find(|column| is_same_loosely(name, &column.name));
        found.map_or("-", |column| column.name.as_str())
    };
    names.iter().map(column).collect()
}

fn fields(line: &[u8], dialect: &Dialect) -> Vec<String> {
    match first_record(line, dialect) {
        Some((fields, _)) => fields,
        None => Vec::new(),
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

/// Whether a line is a complete header for the table in the default dialect, or with another common
/// delimiter.
pub(super) fn is_header(line: &[u8], table: &Table) -> bool {
    let dialect = Dialect::default();
    let others = others(&dialect, line)
        .into_iter()
        .map(|other| other.dialect);
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

/// The columns that the fields of a file without a header fill.
fn loaded(table: &Table) -> Vec<&Column> {
    table.columns.iter().filter(|c| !c.generated).collect()
}

/// Whether these fields could be a data row: the table has as many columns, and the fields of its
/// integer columns are numbers.
fn is_row(fields: &[String], table: &Table) -> bool {
    let columns = loaded(table);
    let mut integers = columns.iter().zip(fields).filter(|(column, _)| {
        matches!(column.kind, ColumnType::Integer { .. }) && !column.may_be_missing()
    });
    // without an integer column, a line is recognised as a row only if all columns are texts
    let is_of_texts = columns.iter().all(|column| column.kind.is_text());
    let can_tell = integers.clone().count() > 0 || is_of_texts && fields.len() > 1;
    columns.len() == fields.len()
        && can_tell
        && named(fields, table) == 0
        && integers.all(|(_, field)| is_number(field))
}

/// Advice for a line that has numbers and no name of a column.
fn other_row(fields: &[String], table: &Table) -> Option<Advice> {
    let has_numbers = fields.iter().any(|field| is_number(field));
    if fields.len() < 2 || !has_numbers || named(fields, table) > 0 {
        return None;
    }
    let start = "it looks like a data row";
    let no_header = ("no_header", "true");
    if fields.len() == loaded(table).len() {
        let clue = format!("{start}: if the files have no header, ");
        return Some(Advice::new(clue, &[no_header]));
    }
    let clue = format!(
        "{start} of {} fields: if the file has no header, name the column of each field: ",
        fields.len()
    );
    let columns = ("fields", "COLUMN,-,COLUMN");
    Some(Advice::new(clue, &[no_header, columns]))
}

fn is_number(field: &str) -> bool {
    field.trim().parse::<f64>().is_ok_and(f64::is_finite)
}
