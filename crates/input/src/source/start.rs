//! Reads the beginnings of a table's files: the header of the first file, and what to skip in the
//! others.

use memchr::memchr;
use serde::de::IgnoredAny;

use crate::beginning::{Beginning, Comments};
use crate::error::{Result, fail};
use crate::header::{Header, of_records};
use crate::input_file::{InputFile, SkippedStart, TextKind};
use crate::near::is_same_loosely;
use crate::parquet::{Remark, Unusual};
use crate::records::long::marks;
use crate::table_input::TableInput;
use model::schema::{Column, Table};

/// Number of bytes in which the first record of a later JSON file is searched for.
const LATER_START: usize = 4096;
/// If the first record does not end within `LATER_START` bytes, the number of bytes grows by a
/// factor of 16, up to this limit.
const MOST_OF_LATER_START: usize = LATER_START << 12;

/// The beginning of a table's files.
pub(super) struct Start {
    pub(super) header: Header,
    /// The comments before the header.
    pub(super) comments: Option<Comments>,
    /// The bytes that reject files begin with: the skipped lines and the header.
    pub(super) of_rejects: Vec<u8>,
}

impl Start {
    /// Reads the beginnings of the files. Stores in each later file what to skip.
    pub(super) fn read(
        files: &mut [InputFile],
        table: &Table,
        read: &mut TableInput,
    ) -> Result<Start> {
        let kind = files[0].kind;
        if let Some(other) = files.iter().find(|file| file.kind != kind) {
            fail!(
                "{} and {} are not in the same format; all files of a table must have the same format",
                files[0].name,
                other.name
            );
        }
        if kind == TextKind::Delimited {
            return Start::delimited(files, table, read);
        }
        let header = of_records::header(files, table, read)?;
        for file in files.iter() {
            mind_remarks(file, table, &header)?;
        }
        for file in files[1..].iter_mut() {
            file.skipped = later_records(file)?;
        }
        Ok(Start {
            header,
            comments: None,
            of_rejects: Vec::new(),
        })
    }

    fn delimited(files: &mut [InputFile], table: &Table, read: &mut TableInput) -> Result<Start> {
        let first = Beginning::read(&files[0], &mut read.format)?;
        let header = first.first_header(table, read)?;
        let mut comments = first.comments();
        let of_rejects = [&first.preamble.skipped[..], &header.raw].concat();
        for file in files[1..].iter_mut() {
            let beginning = Beginning::read(file, &mut read.format)?;
            comments.count += beginning.preamble.comments.len() as u64;
            file.skipped = beginning.later_start(&header, table, read)?;
        }
        Ok(Start {
            header,
            comments: Some(comments).filter(|comments| comments.count > 0),
            of_rejects,
        })
    }
}

/// Returns an error if a column of the table would be filled by one of two Parquet columns with the
/// same name, or if a text column would be filled by bytes.
fn mind_remarks(file: &InputFile, table: &Table, header: &Header) -> Result<()> {
    for Remark { column, what } in file.remarks() {
        let mut filled = header.filled_by(column).map(|at| &table.columns[at]);
        match what {
            Unusual::Twice => {
                if let Some(filled) = filled.next() {
                    fail!(
                        "{}: two columns have the name {column}, so either may be meant for column {} of table {}; write the file again with different names",
                        file.name,
                        filled.name,
                        table.name
                    );
                }
            }
            Unusual::Bytes => {
                if let Some(text) = filled.find(|filled| filled.kind.is_text()) {
                    fail!(
                        "{}: column {column} holds bytes that are not declared as UTF-8 text, so it cannot fill the text column {} of table {}; write strings to the file, or make the table's column a VARBINARY or BLOB",
                        file.name,
                        text.name,
                        table.name
                    );
                }
            }
        }
    }
    Ok(())
}

/// The header for `generated`, which is the same table as `table`, but whose computed columns can
/// be filled.
pub(super) fn header_with(
    files: &[InputFile],
    table: &Table,
    generated: &Table,
    read: &mut TableInput,
) -> Result<Header> {
    if files[0].kind == TextKind::Delimited {
        return Beginning::read(&files[0], &mut read.format)?.first_header(generated, read);
    }
    // of the computed columns, only those that the records have are filled
    let names = of_records::names(&files[0], read);
    let is_named = |column: &&Column| names.iter().any(|n| is_same_loosely(n, &column.name));
    let computed = table.columns.iter().filter(|column| column.generated);
    let missing = computed.filter(|column| !is_named(column));
    let missing: Vec<_> = missing.map(|column| column.name.clone()).collect();
    read.mapping.ignored.extend(missing);
    of_records::header(files, generated, read)
}

/// What to skip of a JSON file that is not the first one of its table. If the file begins with a
/// record, that record is kept apart from the previous file, even if the previous file lacks a line
/// end. `None` if the file continues the last record of the previous file.
fn later_records(file: &InputFile) -> Result<Option<SkippedStart>> {
    let mut limit = LATER_START;
    loop {
        let start = file.beginning(limit)?;
        let skipped = marks(&start);
        let begins = match file.kind {
            TextKind::JsonArray => Some(true),
            TextKind::JsonLines | TextKind::Delimited => {
                begins_record(&start[skipped..], start.len() < limit)
            }
        };
        limit *= 16;
        if begins.is_none() && limit <= MOST_OF_LATER_START {
            continue;
        }
        return Ok(
            (begins != Some(false) || skipped > 0).then_some(SkippedStart {
                bytes: skipped as u64,
                next_line: 1,
            }),
        );
    }
}

/// Whether the text begins with a record. Otherwise it begins in the middle of a record, perhaps
/// with an object. `None` if the first object does not end.
fn begins_record(text: &[u8], is_whole: bool) -> Option<bool> {
    let text = text.trim_ascii_start();
    if text.first() != Some(&b'{') {
        return Some(false);
    }
    let line = memchr(b'\n', text);
    if line.is_none() && !is_whole {
        return None;
    }
    let line = &text[..line.unwrap_or(text.len())];
    Some(serde_json::from_slice::<IgnoredAny>(line).is_ok() || !continues(line))
}

/// Whether a line is the second part of a record that was cut before an object: more of the record
/// follows this object.
fn continues(line: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    let is_object = values.next().is_some_and(|object| object.is_ok());
    let rest = line[values.byte_offset()..].trim_ascii_start();
    is_object && matches!(rest.first(), Some(b',' | b'}' | b']'))
}

#[cfg(test)]
mod tests;
