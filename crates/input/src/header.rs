//! The header: which field of a record fills which column.
//!
//! Names are matched with the column names in any order, ignoring case and surrounding blanks. A
//! header that does not fit the table is an error before anything is written. Fields that are not a
//! column of the table are ignored and listed in the report.

mod hint;
mod similar_names;

use crate::error::{Context, Result, fail};

use super::format::{Format, HeaderLine};
use super::records::MARK;
use super::records::long::marks;
use model::schema::Table;
pub use model::unfilled::{FillValue, Unfilled, unfilled_in_words};

/// The header must end within this many bytes.
pub(super) const HEADER_LIMIT: usize = 64 * 1024;

/// Longest part of a wrong header that a message shows, in characters.
const SHOWN: usize = 120;

/// The header of a file, matched with the columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Bytes before the first data record: byte order marks, blank lines, the header and its line
    /// end.
    pub bytes: u64,
    /// Physical line of the first byte after the header, from 1.
    pub next_line: u64,
    /// Number of fields of each record.
    pub fields: usize,
    /// The bytes of the header with its line end, without byte order marks. Reject files begin with
    /// it.
    pub raw: Vec<u8>,
    /// The byte between fields.
    pub delimiter: u8,
    /// The columns that the file fills, in the schema's order: (column of the table, field of the
    /// record).
    pub columns: Vec<(usize, usize)>,
    /// Names of fields that are ignored: no column of the table, or one that the server computes.
    pub ignored: Vec<String>,
    /// Columns that a field could fill, but none does.
    pub unfilled: Vec<Unfilled>,
    /// The fields whose name is not a column of the table: (field, name).
    unknown_fields: Vec<(usize, String)>,
}

impl Header {
    /// Parses the header in the first bytes of a text and matches it with the table.
    ///
    /// # Errors
    ///
    /// When there is no header, or it does not fit the table.
    pub fn parse(start: &[u8], path: &str, table: &Table, format: &Format) -> Result<Header> {
        let bom = marks(start);
        let begin = before_text(start);
        let delimiter = format.delimiter.unwrap_or(b',');
        if format.header == HeaderLine::Absent {
            return Ok(Header::of_table(table, bom, delimiter));
        }
        if begin == start.len() {
            fail!(
                "{path} is empty; the first line must be a header such as \"{}\"",
                expected(table)
            );
        }
        let (names, end) = first_record(&start[begin..], delimiter).with_context(|| {
            format!("{path}: the first {HEADER_LIMIT} bytes contain no complete header line")
        })?;
        let raw = start[begin..begin + end].to_vec();
        let next_line = 1 + start[..begin + end].iter().filter(|b| **b == b'\n').count() as u64;
        let mut header = Header {
            bytes: (begin + end) as u64,
            next_line,
            fields: names.len(),
            raw,
            delimiter,
            columns: Vec::new(),
            ignored: Vec::new(),
            unfilled: Vec::new(),
            unknown_fields: Vec::new(),
        };
        header.match_columns(&names, path, table)?;
        Ok(header)
    }

    /// The names in the header as they are written; none if the file has no header.
    pub fn names(&self) -> Vec<String> {
        match first_record(&self.raw, self.delimiter) {
            Some((names, _)) if !self.raw.is_empty() => names,
            _ => Vec::new(),
        }
    }

    /// The header of a file without one: all columns that can be loaded, in the schema's order.
    fn of_table(table: &Table, bom: usize, delimiter: u8) -> Header {
        let given = table.columns.iter().enumerate();
        let given = given.filter(|(_, c)| !c.generated).map(|(at, _)| at);
        let columns: Vec<_> = given.enumerate().map(|(field, at)| (at, field)).collect();
        Header {
            bytes: bom as u64,
            next_line: 1,
            fields: columns.len(),
            raw: Vec::new(),
            delimiter,
            columns,
            ignored: Vec::new(),
            unfilled: Vec::new(),
            unknown_fields: Vec::new(),
        }
    }

    fn match_columns(&mut self, names: &[String], path: &str, table: &Table) -> Result<()> {
        let fields_of = self.fields_of_columns(names, table);
        check_repeated_columns(&fields_of, names, path, table)?;
        if fields_of.iter().all(Vec::is_empty) {
            fail!(
                "{path}: the first line is not a header for table {}; expected column names such as \"{}\", found \"{}\"{}",
                table.name,
                expected(table),
                shown(names),
                hint::options(&self.raw, table, self.delimiter)
            );
        }
        let unfilled = table.columns.iter().zip(&fields_of);
        let unfilled = unfilled.filter(|(c, fields)| fields.is_empty() && !c.generated);
        let unfilled = unfilled.map(|(column, _)| column);
        let missing: Vec<_> = unfilled
            .clone()
            .filter(|c| !c.may_be_missing())
            .map(|c| c.name.as_str())
            .collect();
        if !missing.is_empty() {
            let quoted: Vec<_> = missing.iter().map(|name| format!("\"{name}\"")).collect();
            fail!(
                "{path}: the header has no column {}; found \"{}\"{}{}",
                quoted.join(", no column "),
                shown(names),
                similar_names::of_missing(&missing, &self.unknown_fields),
                hint::options(&self.raw, table, self.delimiter)
            );
        }
        self.unfilled = unfilled.map(Unfilled::new).collect();
        let columns = fields_of.iter().enumerate();
        self.columns = columns
            .filter_map(|(column, fields)| Some((column, *fields.first()?)))
            .collect();
        Ok(())
    }

    /// The fields that name each column that can be loaded. Records the names of the other fields.
    fn fields_of_columns(&mut self, names: &[String], table: &Table) -> Vec<Vec<usize>> {
        let mut fields_of = vec![Vec::new(); table.columns.len()];
        for (field, name) in names.iter().enumerate() {
            let exact = table.columns.iter().position(|c| c.name == *name);
            let meant = || table.columns.iter().position(|c| c.is_named(name));
            let name = name.trim();
            match exact.or_else(meant) {
                Some(column) if table.columns[column].generated => {
                    self.ignored
                        .push(format!("{name} (the server computes it)"));
                }
                Some(column) => fields_of[column].push(field),
                None if name.is_empty() => {
                    self.ignored.push(format!("column {} (no name)", field + 1));
                }
                None => {
                    self.ignored.push(name.to_string());
                    self.unknown_fields.push((field, name.to_string()));
                }
            }
        }
        fields_of
    }

    /// Checks that no column stays empty because its field has a slightly different name.
    ///
    /// # Errors
    ///
    /// When an ignored field seems to be meant for a column that no field fills.
    pub(super) fn check_similar_names(&self, path: &str, table: &Table) -> Result<()> {
        match similar_names::mistaken(self, table) {
            Some(words) => fail!("{path}: {words}"),
            None => Ok(()),
        }
    }
}

/// An error if two fields name the same column, because either may be meant.
fn check_repeated_columns(
    fields_of: &[Vec<usize>],
    names: &[String],
    path: &str,
    table: &Table,
) -> Result<()> {
    let repeated = table.columns.iter().zip(fields_of);
    let repeated: Vec<_> = repeated
        .filter(|(_, fields)| fields.len() > 1)
        .map(|(column, fields)| {
            let numbers: Vec<_> = fields.iter().map(|f| (f + 1).to_string()).collect();
            let fields = numbers.join(" and ");
            format!("\"{}\" more than once, in fields {fields}", column.name)
        })
        .collect();
    if repeated.is_empty() {
        return Ok(());
    }
    fail!(
        "{path}: the header names column {}; found \"{}\"; clear the name of each field that is to be ignored",
        repeated.join(", column "),
        shown(names)
    )
}

/// Bytes before the first record: byte order marks (concatenated files may have several) and blank
/// lines.
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

/// The fields of the first record, and the position after its line end. Invalid UTF-8 is replaced.
fn first_record(bytes: &[u8], delimiter: u8) -> Option<(Vec<String>, usize)> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let mut output = vec![0; bytes.len() + 1];
    let mut ends = vec![0; bytes.len() + 2];
    let (result, mut read, mut written, mut fields) =
        reader.read_record(bytes, &mut output, &mut ends);
    match result {
        csv_core::ReadRecordResult::Record => {}
        // a small file may be a header without a line end; a large one without a line end has no
        // header
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
    // csv-core stops after the carriage return of CR LF
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
