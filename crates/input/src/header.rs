//! The header says which field of a record fills which column.
//!
//! Names are matched with the column names in any order (`matching`), unless the mapping says
//! otherwise. A header that does not fit the table is an error, which is found before anything is
//! written. Fields without a column in the table are ignored and listed in the report.

mod hint;
mod matching;
mod members;
pub(super) mod of_records;
mod similar_names;

use std::sync::Arc;

use crate::error::{Error, Result, fail, unfit};

use super::beginning::Beginning;
use super::dialect::{Dialect, Symbol};
use super::format::HeaderLine;
use super::input_file::{InputFile, TextKind};
use super::json::{Extract, Path};
use super::mapping::Mapping;
use super::misread::{Advice, Misread};
use super::records::long::marks;
use super::records::{self, Following, MARK};
use super::table_input::TableInput;
pub use matching::ColumnSource;
pub(super) use matching::column_named;
use matching::{Matched, matched, matched_without_header};
use model::schema::Table;
pub use model::unfilled::{FillValue, Unfilled, unfilled_in_words};

/// The header must end within this many bytes.
pub(super) const HEADER_LIMIT: usize = 64 * 1024;

/// Maximum number of characters of a wrong header in a message.
const SHOWN: usize = 120;

/// The header of a file, matched with the columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Number of bytes before the first data record: byte order marks, blank lines, the header and
    /// its line end.
    pub bytes: u64,
    /// Physical line of the first byte after the header, from 1.
    pub next_line: u64,
    /// Number of fields of each record.
    pub fields: usize,
    /// The bytes of the header with its line end, without byte order marks. Each reject file begins
    /// with these bytes.
    pub raw: Vec<u8>,
    /// The dialect of the file.
    pub dialect: Dialect,
    /// The columns that the file fills, in the schema's order: (position of the column in the
    /// table, where its values come from).
    pub columns: Vec<(usize, ColumnSource)>,
    /// Names of fields that are ignored: the table has no such column, or the server computes the
    /// column, or the user ignores the field.
    pub ignored: Vec<String>,
    /// Columns that no field fills although a field could.
    pub unfilled: Vec<Unfilled>,
    /// Fields whose name differs from that of their column in spelling: (field, column).
    pub respelled: Vec<(String, String)>,
    /// The delimiter, if only the names in the header show which one it is.
    pub proven_delimiter: Option<Symbol>,
    /// How fields are taken out of JSON records.
    pub extract: Option<Arc<Extract>>,
    /// The names in the first JSON records.
    keys: Vec<String>,
    /// The names in JSON records that are used. If an array is given, the names are those of
    /// members of its elements, otherwise of members of the record.
    used_names: Vec<(Option<Path>, String)>,
    /// The names in the first JSON record whose values are objects, each with the names of the
    /// object's members.
    members: Vec<(String, Vec<String>)>,
    /// The fields whose name is not a column of the table: (position of the field, name).
    unknown_fields: Vec<(usize, String)>,
}

/// Why fields and columns cannot be matched.
#[derive(Debug)]
enum Misfit {
    /// The names in the header do not fit the columns. The text is the message.
    Names(String),
    /// Perhaps the first line is not a header of the table. The text is the message.
    Line(String),
}

impl Header {
    /// Parses the header in the first bytes of a text and matches it with the table.
    ///
    /// # Errors
    ///
    /// When there is no header, or it does not fit the table.
    pub fn parse(start: &[u8], path: &str, table: &Table, read: &TableInput) -> Result<Header> {
        let bom = marks(start);
        let begin = before_text(start);
        let dialect = read.format.resolved(read.format.delimiter_of(false));
        let dialect = dialect.map_err(|words| unfit!("{path}: {words}"))?;
        if let Some(by_path) = read.mapping.paths.first() {
            fail!(
                "{path}: column {} is set to be filled from {}, which is a place in JSON records, but the file is read as CSV; if the file is JSON, add --set {}.format=jsonl",
                by_path.column,
                by_path.path,
                table.name
            );
        }
        if read.format.header_line() == HeaderLine::Absent {
            return Header::absent(path, table, &read.mapping, (bom, dialect));
        }
        if begin == start.len() {
            fail!(
                "{path} is empty; the first line must be a header such as \"{}\"",
                expected(table)
            );
        }
        let Some((names, end)) = first_record(&start[begin..], &dialect) else {
            return Err(no_record(start, begin, path, table, read));
        };
        let raw = start[begin..begin + end].to_vec();
        let next_line = 1 + start[..begin + end].iter().filter(|b| **b == b'\n').count() as u64;
        let found = matched(&names, table, &read.mapping).map_err(|misfit| match misfit {
            Misfit::Names(words) => unfit!("{path}: {words}"),
            Misfit::Line(words) => {
                if let Some(other) = hint::no_table(&raw) {
                    return unfit!("{path}: {other}");
                }
                let start = hint::Start {
                    line: &raw,
                    rest: &start[begin + end..],
                    next_line,
                    skipped: read.format.skip_lines,
                };
                let words = format!("{path}: {words}");
                advised(words, hint::advice(start, table, &dialect), table)
            }
        })?;
        let header = Header {
            bytes: (begin + end) as u64,
            next_line,
            raw,
            ..Header::of(found, dialect)
        };
        Ok(header)
    }

    /// The header for a file that has none.
    fn absent(
        path: &str,
        table: &Table,
        mapping: &Mapping,
        (bom, dialect): (usize, Dialect),
    ) -> Result<Header> {
        let found = matched_without_header(table, mapping).map_err(|misfit| match misfit {
            Misfit::Names(words) | Misfit::Line(words) => unfit!("{path}: {words}"),
        })?;
        Ok(Header {
            bytes: bom as u64,
            next_line: 1,
            ..Header::of(found, dialect)
        })
    }

    fn of(found: Matched, dialect: Dialect) -> Header {
        Header {
            bytes: 0,
            next_line: 0,
            fields: found.fields,
            raw: Vec::new(),
            dialect,
            columns: found.columns,
            ignored: found.ignored,
            unfilled: found.unfilled,
            respelled: found.respelled,
            proven_delimiter: None,
            extract: None,
            keys: Vec::new(),
            used_names: Vec::new(),
            members: Vec::new(),
            unknown_fields: found.unknown_fields,
        }
    }

    /// The names in the header, or in the first JSON records, as they are written. Empty if the
    /// file has no header.
    pub fn names(&self) -> Vec<String> {
        if self.extract.is_some() {
            return self.keys.clone();
        }
        match first_record(&self.raw, &self.dialect) {
            Some((names, _)) if !self.raw.is_empty() => names,
            _ => Vec::new(),
        }
    }

    /// The path to a column's values in JSON records. `None` for other files.
    pub fn path_of(&self, column: usize) -> Option<&Path> {
        let mut columns = self.columns.iter();
        let (_, source) = columns.find(|(filled, _)| *filled == column)?;
        match source {
            ColumnSource::Field(field) => self.extract.as_ref()?.path_of(*field),
            ColumnSource::Constant(_) => None,
        }
    }

    /// The columns that this member of JSON records fills. `a.b` is the member `b` of the object
    /// `a`.
    pub(super) fn filled_by<'a>(&'a self, member: &'a str) -> impl Iterator<Item = usize> + 'a {
        let columns = self.columns.iter();
        columns.filter_map(move |(column, source)| {
            let ColumnSource::Field(field) = source else {
                return None;
            };
            let path = self.extract.as_ref()?.path_of(*field)?;
            path.is_member(member).then_some(*column)
        })
    }

    /// Removes fields from the list of ignored fields if another table is filled from the same
    /// fields.
    pub(super) fn leave_to_another_table(&mut self, other: &Header) {
        let each = self.extract.as_ref().and_then(|extract| extract.each());
        let takes = |field: usize, name: &str| {
            let mut columns = other.columns.iter();
            let mut used = other.used_names.iter();
            match self.extract {
                None => columns.any(|(_, source)| *source == ColumnSource::Field(field)),
                Some(_) => used.any(|(of, used)| of.as_ref() == each && used == name),
            }
        };
        let (taken, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unknown_fields)
            .into_iter()
            .partition(|(field, name)| takes(*field, name));
        self.unknown_fields = left;
        self.ignored
            .retain(|ignored| !taken.iter().any(|(_, name)| name == ignored));
    }

    /// Checks that no column stays empty because its field has a slightly different name.
    ///
    /// # Errors
    ///
    /// When an ignored field is probably meant for a column that no field fills.
    pub(super) fn check_similar_names(&self, path: &str, table: &Table) -> Result<()> {
        match similar_names::mistaken(self, table) {
            Some(words) => fail!("{path}: {words}"),
            None => Ok(()),
        }
    }

    /// Adds a note to ignored fields that may be meant for a column that no field fills.
    pub(super) fn add_likely_columns(&mut self, table: &Table) {
        similar_names::with_likely(self, table);
    }
}

/// The error about a text whose first record does not end, perhaps because a quote in it is text.
/// `begin` is the offset of the record.
fn no_record(start: &[u8], begin: usize, path: &str, table: &Table, read: &TableInput) -> Error {
    let words = format!("{path}: the first {HEADER_LIMIT} bytes contain no complete header line");
    let text = &start[begin..];
    let line = memchr::memchr(b'\n', text).map_or(text, |end| &text[..=end]);
    let start = hint::Start {
        line,
        rest: &text[line.len()..],
        next_line: 1 + start[..begin + line.len()]
            .iter()
            .filter(|b| **b == b'\n')
            .count() as u64,
        skipped: read.format.skip_lines,
    };
    let dialect = read.format.resolved(read.format.delimiter_of(false));
    let advice = dialect
        .ok()
        .and_then(|dialect| hint::advice(start, table, &dialect));
    advised(words, advice, table)
}

fn advised(words: String, advice: Option<Advice>, table: &Table) -> Error {
    match advice {
        Some(advice) => Misread::new(&table.name, words, advice).into(),
        None => Error::Unfit(words),
    }
}

/// The names in the first record of a file. Empty if the file cannot be read or has no header.
pub(super) fn names_in(file: &InputFile, read: &TableInput) -> Vec<String> {
    if file.kind != TextKind::Delimited {
        return of_records::names(file, read);
    }
    let mut format = read.format.clone();
    if format.header_line() == HeaderLine::Absent {
        return Vec::new();
    }
    let Ok(beginning) = Beginning::read(file, &mut format) else {
        return Vec::new();
    };
    let Ok(dialect) = format.resolved(format.delimiter_of(false)) else {
        return Vec::new();
    };
    let text = beginning.text();
    match first_record(&text[before_text(text)..], &dialect) {
        Some((names, _)) => names,
        None => Vec::new(),
    }
}

/// Number of bytes before the first record: byte order marks and blank lines. Concatenated files
/// may have several byte order marks.
fn before_text(start: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &start[at..];
        at += match rest.first() {
            Some(b'\r' | b'\n') => 1,
            _ if rest.starts_with(MARK) => MARK.len(),
            _ => return at,
        };
    }
}

fn expected(table: &Table) -> String {
    let names: Vec<_> = table.columns.iter().map(|c| c.name.as_str()).collect();
    names.join(",")
}

fn shown(names: &[String]) -> String {
    let all = names.join(", ");
    match all.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &all[..cut]),
        None => all,
    }
}

/// The fields of the first record, and the position after its line end. Invalid UTF-8 is replaced
/// by U+FFFD.
fn first_record(bytes: &[u8], dialect: &Dialect) -> Option<(Vec<String>, usize)> {
    if !dialect.is_default() {
        let following = match bytes.len() < HEADER_LIMIT - 4 {
            true => Following::EndOfFile,
            false => Following::Unknown,
        };
        return records::first_record(bytes, dialect, following);
    }
    let mut reader = csv_core::Reader::new();
    let mut output = vec![0; bytes.len() + 1];
    let mut ends = vec![0; bytes.len() + 2];
    let (result, mut read, mut written, mut fields) =
        reader.read_record(bytes, &mut output, &mut ends);
    match result {
        csv_core::ReadRecordResult::Record => {}
        // the header of a small file may have no line end; in a large file, a first line without a
        // line end is not a header
        csv_core::ReadRecordResult::InputEmpty if bytes.len() < HEADER_LIMIT - 4 => {
            let (result, _, w, f) =
                reader.read_record(b"\n", &mut output[written..], &mut ends[fields..]);
            if result != csv_core::ReadRecordResult::Record {
                return None;
            }
            written += w;
            fields += f;
        }
        _ => return None,
    }
    // csv-core stops after the carriage return of CR LF, so the line feed is skipped here
    if bytes.get(read.wrapping_sub(1)) == Some(&b'\r') && bytes.get(read) == Some(&b'\n') {
        read += 1;
    }
    debug_assert!(written <= output.len());
    let mut start = 0;
    let names = ends[..fields]
        .iter()
        .map(|&end| {
            let name = String::from_utf8_lossy(&output[start..end]).into_owned();
            start = end;
            name
        })
        .collect();
    Some((names, read))
}

#[cfg(test)]
mod tests;
