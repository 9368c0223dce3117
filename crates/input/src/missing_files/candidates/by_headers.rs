//! Candidates whose header fits a table.

use super::{Found, Sign, is_file};
use crate::beginning::Beginning;
use crate::file_names::unpacked_name;
use crate::format::HeaderLine;
use crate::header::{ColumnSource, Header, of_records};
use crate::input_file::TextKind;
use crate::locate::Listing;
use crate::missing_files::Situation;
use crate::table_files::TableFiles;

/// Adds candidates whose header fits a table: files that belong to no table or do not fit their own
/// table. A file and a table are matched only if no other file and no other table fit.
pub(super) fn give(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    let missing = situation.missing.iter();
    let missing = missing.filter(|t| found.is_open(&t.table.name));
    let tables: Vec<_> = missing.chain(&situation.misfits).collect();
    let mut files = listing.files_without_table(situation.known);
    // `files_without_table` leaves out `.json` files, because most of them have no rows; here their
    // names are read
    let is_json = |name: &&&str| unpacked_name(name).ends_with(".json") && is_file(listing, name);
    let names = listing.names();
    files.extend(names.iter().filter(is_json).map(|name| (*name).to_owned()));
    for misfit in &situation.misfits {
        if let [only] = &listing.names_of(&misfit.located)[..] {
            files.push((*only).to_owned());
        }
    }
    files.retain(|file| found.is_free(file));
    let mut pairs = Vec::new();
    for (at, files_of) in tables.iter().enumerate() {
        let fitting = files.iter().filter(|file| fits(listing, file, files_of));
        pairs.extend(fitting.map(|file| (at, file.clone())));
    }
    for (at, file) in &pairs {
        let is_only = pairs.iter().filter(|(a, f)| a == at || f == file).count() == 1;
        if is_only {
            found.add(listing, &tables[*at].table.name, file, Sign::Header);
        }
    }
}

/// Whether the header of a file fits a table: it has all columns that need a value, and most of its
/// fields are columns of the table.
fn fits(listing: &Listing, file: &str, files: &TableFiles<'_>) -> bool {
    let header = || -> Option<Header> {
        let opened = listing.open_named(file, &files.table.name, &files.read.format)?;
        let mut read = files.read.clone();
        if opened.kind != TextKind::Delimited {
            return of_records::header(&[opened], files.table, &read).ok();
        }
        if read.format.header_line() == HeaderLine::Absent {
            return None;
        }
        let beginning = Beginning::read(&opened, &mut read.format).ok()?;
        beginning.first_header(files.table, &mut read).ok()
    };
    let Some(header) = header() else {
        return false;
    };
    let is_field = |(_, source): &&(usize, ColumnSource)| matches!(source, ColumnSource::Field(_));
    let filled = header.columns.iter().filter(is_field).count();
    filled > 1 && 2 * filled > header.fields
}
