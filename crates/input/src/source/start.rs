//! The beginnings of a table's files: the header of the first, and what is skipped of the others.

use crate::beginning::{Beginning, Comments};
use crate::error::{Result, fail};
use crate::header::{Header, of_records};
use crate::input_file::{InputFile, SkippedStart, TextKind};
use crate::near::is_same_loosely;
use crate::parquet::{Remark, Unusual};
use crate::records::long::marks;
use crate::table_input::TableInput;
use model::schema::{Column, Table};

/// The first object of a JSON file must be within this many bytes.
const LATER_START: usize = 4096;

/// What the files of a table begin with.
pub(super) struct Start {
    pub(super) header: Header,
    /// The comments before the header.
    pub(super) comments: Option<Comments>,
    /// What reject files begin with.
    pub(super) of_rejects: Vec<u8>,
}

impl Start {
    /// Reads the beginnings, and notes what is skipped of the later files.
    pub(super) fn read(
        files: &mut [InputFile],
        table: &Table,
        read: &mut TableInput,
    ) -> Result<Start> {
        let kind = files[0].kind;
        if let Some(other) = files.iter().find(|file| file.kind != kind) {
            fail!(
                "{} and {} are not in the same format; all files of a table need the same",
                files[0].name,
                other.name
            );
        }
        if kind == TextKind::Delimited {
            return Start::delimited(files, table, read);
        }
        let mut header = of_records::header(files, table, read)?;
        mind_remarks(&files[0], table, &mut header)?;
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

/// Names the columns of a Parquet file that are not read, and fails if bytes would become a text.
fn mind_remarks(file: &InputFile, table: &Table, header: &mut Header) -> Result<()> {
    for Remark { column, what } in file.remarks() {
        match what {
            Unusual::Repeated => {
                let words = format!("{column} (a list or a map, which is not read)");
                header.ignored.push(words);
            }
            Unusual::Bytes => {
                let mut filled = header.filled_by(column).map(|at| &table.columns[at]);
                if let Some(text) = filled.find(|filled| filled.kind.is_text()) {
                    fail!(
                        "{}: column {column} has bytes, and the file does not say that they are text in UTF-8, so they cannot fill the text column {} of table {}; write the column as a string, or give it a type for bytes in the schema",
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

/// The header for a table of which `generated` columns can be filled that `table` computes.
pub(super) fn header_with(
    files: &[InputFile],
    table: &Table,
    generated: &Table,
    read: &mut TableInput,
) -> Result<Header> {
    if files[0].kind == TextKind::Delimited {
        return Beginning::read(&files[0], &mut read.format)?.first_header(generated, read);
    }
    // of these columns, only those that records have are compared
    let names = of_records::names(&files[0], read);
    let is_named = |column: &&Column| names.iter().any(|n| is_same_loosely(n, &column.name));
    let computed = table.columns.iter().filter(|column| column.generated);
    let missing = computed.filter(|column| !is_named(column));
    let missing: Vec<_> = missing.map(|column| column.name.clone()).collect();
    read.mapping.ignored.extend(missing);
    of_records::header(files, generated, read)
}

/// The start of a JSON file that is not the first one of its table. A file that begins with an
/// object begins a record, even if the file before it lacks its last line end; any other file
/// continues the file before it.
fn later_records(file: &InputFile) -> Result<Option<SkippedStart>> {
    let start = file.beginning(LATER_START)?;
    let skipped = marks(&start);
    let text = start[skipped..].trim_ascii_start();
    let begins = file.kind == TextKind::JsonArray || text.first() == Some(&b'{');
    Ok((begins || skipped > 0).then_some(SkippedStart {
        bytes: skipped as u64,
        next_line: 1,
    }))
}
