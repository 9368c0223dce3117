//! The header: which field of a record goes to which column.
//!
//! Names are matched with the column names in any order, case and surrounding blanks ignored. A
//! header that cannot serve the table is an error before anything is written; columns that the
//! table does not have are left out and remembered for the report.

mod alike;
mod hint;

use anyhow::{Context, Result, bail};

use super::format::{Format, HeaderLine};
use super::records::MARK;
use super::records::long::marks;
use model::schema::Table;
pub use model::unfilled::{Gets, Unfilled, unfilled_in_words};

/// A header is looked for in this many bytes.
pub(super) const HEADER_LIMIT: usize = 64 * 1024;

/// Longest piece of a wrong header that a message shows, in characters.
const SHOWN: usize = 120;

/// What the first record of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Bytes before the first data record: a byte order mark, blank lines, the header and its line
    /// end.
    pub bytes: u64,
    /// Physical line of the first byte after the header, from 1.
    pub next_line: u64,
    /// Fields of each record.
    pub fields: usize,
    /// The header's own bytes, without byte order mark, with its line end; reject files begin with
    /// it.
    pub raw: Vec<u8>,
    /// What stands between fields.
    pub delimiter: u8,
    /// The columns that the file fills, in the schema's order: (column of the table, field of the
    /// record).
    pub columns: Vec<(usize, usize)>,
    /// Names of fields that are no column of the table, or one that the server computes.
    pub ignored: Vec<String>,
    /// Columns that could be filled, but that no field fills.
    pub unfilled: Vec<Unfilled>,
    /// The fields with a name that is no column of the table: (field, name).
    strangers: Vec<(usize, String)>,
}

impl Header {
    /// Reads and matches the header in the first bytes of a text.
    ///
    /// # Errors
    ///
    /// When there is none, the bytes are no text, or the first record is no header for `table`.
    pub fn parse(start: &[u8], path: &str, table: &Table, format: &Format) -> Result<Header> {
        let bom = marks(start);
        let begin = before_text(start);
        let delimiter = format.delimiter.unwrap_or(b',');
        if format.header == HeaderLine::Absent {
            return Ok(Header::of_table(table, bom, delimiter));
        }
        if begin == start.len() {
            bail!(
                "{path} is empty; a header is expected, such as \"{}\"",
                expected(table)
            );
        }
        let (names, end) = first_record(&start[begin..], delimiter).with_context(|| {
            format!("{path}: no header found in the first {HEADER_LIMIT} bytes")
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
            strangers: Vec::new(),
        };
        header.match_columns(&names, path, table)?;
        Ok(header)
    }

    /// The names as they are written; none where there is no header.
    pub fn names(&self) -> Vec<String> {
        match first_record(&self.raw, self.delimiter) {
            Some((names, _)) if !self.raw.is_empty() => names,
            _ => Vec::new(),
        }
    }

    /// For a file without one: every column that can be given, in the schema's order.
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
            strangers: Vec::new(),
        }
    }

    fn match_columns(&mut self, names: &[String], path: &str, table: &Table) -> Result<()> {
        let fields_of = self.fields_of_columns(names, table);
        refuse_repeated_columns(&fields_of, names, path, table)?;
        if fields_of.iter().all(Vec::is_empty) {
            bail!(
                "{path}: the first line is no header for table {}; expected column names such as \"{}\", found \"{}\"{}",
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
            bail!(
                "{path}: header has no column {}; found \"{}\"{}{}",
                quoted.join(", no column "),
                shown(names),
                alike::of_missing(&missing, &self.strangers),
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

    /// The fields that name each column that can be given; notes the names of the others.
    fn fields_of_columns(&mut self, names: &[String], table: &Table) -> Vec<Vec<usize>> {
        let mut fields_of = vec![Vec::new(); table.columns.len()];
        for (field, name) in names.iter().enumerate() {
            let name = name.trim();
            let mut columns = table.columns.iter();
            match columns.position(|c| c.name.eq_ignore_ascii_case(name)) {
                Some(column) if table.columns[column].generated => {
                    self.ignored.push(name.to_string());
                }
                Some(column) => fields_of[column].push(field),
                None if name.is_empty() => {
                    self.ignored.push(format!("column {} (no name)", field + 1));
                }
                None => {
                    self.ignored.push(name.to_string());
                    self.strangers.push((field, name.to_string()));
                }
            }
        }
        fields_of
    }

    /// Makes sure that no column stays empty because its field has a slightly different name.
    ///
    /// # Errors
    ///
    /// When a field that is left out seems to be meant for a column that nothing fills.
    pub(super) fn refuse_mistaken_names(&self, path: &str, table: &Table) -> Result<()> {
        match alike::mistaken(self, table) {
            Some(words) => bail!("{path}: {words}"),
            None => Ok(()),
        }
    }
}

/// Two fields of the same column: which of them is meant cannot be known.
fn refuse_repeated_columns(
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
    bail!(
        "{path}: header names column {}; found \"{}\"; empty the name of each field that is to be left out",
        repeated.join(", column "),
        shown(names)
    )
}

/// Bytes before the first record: byte order marks (files that were put together may leave several)
/// and blank lines.
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

/// Fields of the first record, lossily decoded, and the position after its line end.
fn first_record(bytes: &[u8], delimiter: u8) -> Option<(Vec<String>, usize)> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let mut output = vec![0; bytes.len() + 1];
    let mut ends = vec![0; bytes.len() + 2];
    let (result, mut read, mut written, mut fields) =
        reader.read_record(bytes, &mut output, &mut ends);
    match result {
        csv_core::ReadRecordResult::Record => {}
        // a header without a line end is the whole of a small file; of a large one it is no header
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
    // a line end of two bytes is consumed whole
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
