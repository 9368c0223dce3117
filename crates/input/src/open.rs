//! Opens the input files of all wanted tables.

use std::path::Path;

use crate::error::{Error, Result, fail, unfit};

use super::header::{self, column_named};
use super::input_file::InputFile;
use super::locate::{Input, Listing, Located};
use super::mapping::fields_named;
use super::missing_files::{self, Situation};
use super::near::nearest;
use super::source::Source;
use super::storage::shown;
use super::table_input::TableInput;
use model::schema::{Schema, Table, meant, parents_first};
use model::wording::chain;

/// Replaces the tables of sources by those of the server's schema, which may write names in another
/// case. Sorts the sources by that schema's load order.
pub fn use_server_names(sources: &mut [Source], schema: &Schema) {
    for source in sources.iter_mut() {
        if let Some(table) = schema.named(&source.table.name) {
            source.table.clone_from(table);
        }
    }
    let place = |name: &str| schema.tables.iter().position(|t| t.name == name);
    sources.sort_by_key(|source| place(&source.table.name));
    let order = parents_first(sources.iter().map(|source| &source.table).collect());
    let order: Vec<String> = order.into_iter().map(|t| t.name.clone()).collect();
    sources.sort_by_key(|source| order.iter().position(|name| *name == source.table.name));
}

/// Opens the input files of all wanted tables, in load order. `only` names the wanted tables; if it
/// is empty, all tables of the schema are wanted.
///
/// # Errors
///
/// When a table's file is missing or cannot be used, or `only` names a table that the schema does
/// not have. All faults are reported at once.
pub fn open_all(input: &Input, schema: &Schema, only: &[String]) -> Result<Vec<Source>> {
    let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    for name in only.iter().chain(input.mapped.iter().map(|m| &m.0)) {
        if schema.named(name).is_none() {
            fail!(
                "no table \"{name}\" in the schema; it has {}",
                known.join(", ")
            );
        }
    }
    check_standard_input(input)?;
    let wanted = wanted_tables(schema, only, &known);
    if wanted.is_empty() {
        fail!("there is no table to load");
    }
    let by_option = |table: &&&Table| input.is_mapped(&table.name, &known);
    let listing = match wanted.iter().filter(by_option).count() == wanted.len() {
        true => None,
        false => Some(Listing::read(&input.directory)?),
    };
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for table in &wanted {
        let read = input.of(&table.name, &known);
        match locate(input, listing.as_ref(), (&table.name, &known), &read) {
            Ok(located) => files.push(TableFiles {
                table,
                read,
                located,
            }),
            Err(error) => faults.push(error),
        }
    }
    let (missing, mut files): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|files| files.located.is_empty());
    if !missing.is_empty() {
        // report headers that do not fit in the same run; but a pipe would have to be read to its
        // end
        files.retain(TableFiles::can_be_read_again);
    }
    let opened: Vec<_> = files
        .iter()
        .map(|files| files.open(listing.as_ref()))
        .collect();
    if !missing.is_empty() {
        let misfits = files
            .iter()
            .zip(&opened)
            .filter(|(_, opened)| opened.is_err());
        let words = missing_files::message(&Situation {
            missing: missing.iter().collect(),
            misfits: misfits.map(|(files, _)| files).collect(),
            found: files
                .iter()
                .map(|files| files.table.name.as_str())
                .collect(),
            known: &known,
            listing: listing.as_ref(),
        });
        faults.push(unfit!("{}: {words}", shown(&input.directory)));
    }
    let mut headers = Headers::default();
    let mut sources = Vec::new();
    for (files, opened) in files.iter().zip(opened) {
        match opened {
            Ok(source) => {
                headers.add(files.table, source.header.names());
                sources.push(source);
            }
            Err(error) => {
                headers.add(files.table, files.names(listing.as_ref()));
                faults.push(error);
            }
        }
    }
    if missing.is_empty() {
        faults.extend(headers.unused_renames(input, schema, only));
    }
    share_files(&mut sources);
    faults.extend(
        sources
            .iter()
            .filter_map(|source| source.check_similar_names().err()),
    );
    match faults.len() {
        0 => Ok(sources),
        1 => Err(faults.remove(0)),
        _ => {
            let faults: Vec<_> = faults.iter().map(|error| chain(error)).collect();
            fail!("{}", faults.join("; "))
        }
    }
}

/// The tables that `only` names, or all tables if it is empty, in load order.
fn wanted_tables<'a>(schema: &'a Schema, only: &[String], known: &[&str]) -> Vec<&'a Table> {
    let wanted = schema.tables.iter().filter(|table| {
        let mut named = only.iter().filter_map(|name| meant(name, known));
        only.is_empty() || named.any(|name| name == table.name)
    });
    // in a cycle of foreign keys, a subset of the tables may have an order of its own
    parents_first(wanted.collect())
}

/// An error if standard input is to fill several tables, because it can be read only once.
fn check_standard_input(input: &Input) -> Result<()> {
    let stdin = Path::new("-");
    let mapped = input.mapped.iter().filter(|(_, path)| path == stdin);
    let tables: Vec<_> = mapped.map(|(table, _)| table.as_str()).collect();
    if tables.len() > 1 {
        fail!(
            "standard input can be read only once, but it is named for {}; write it to a file first",
            tables.join(" and ")
        );
    }
    Ok(())
}

/// Finds the files of a table: those that an option names, those of its setting, or those with its
/// name.
fn locate(
    input: &Input,
    listing: Option<&Listing>,
    (table, known): (&str, &[&str]),
    read: &TableInput,
) -> Result<Located> {
    if input.is_mapped(table, known) {
        return Ok(Located::Paths(input.mapped_to(table, known)?));
    }
    let Some(listing) = listing else {
        return Ok(Located::Listed(Vec::new()));
    };
    match read.files.is_empty() {
        true => Ok(Located::Listed(listing.files_of(table, known)?)),
        false => listing.files_by_patterns(table, &read.files),
    }
}

/// Leaves the fields that one table does not use to the other tables that are filled from the same
/// files, so that they do not count as ignored.
fn share_files(sources: &mut [Source]) {
    for at in 0..sources.len() {
        let this = &sources[at];
        let others = sources.iter().enumerate().filter(|(other, _)| *other != at);
        let others = others.filter(|(_, other)| this.shares_files_with(other));
        let headers: Vec<_> = others.map(|(_, other)| other.header.clone()).collect();
        for header in &headers {
            sources[at].header.leave_to_another_table(header);
        }
    }
}

/// The input files of one table.
pub(super) struct TableFiles<'a> {
    pub(super) table: &'a Table,
    pub(super) read: TableInput,
    pub(super) located: Located,
}

impl TableFiles<'_> {
    fn can_be_read_again(&self) -> bool {
        match &self.located {
            Located::Paths(paths) => paths.iter().all(|path| path.is_file()),
            Located::Listed(_) => true,
        }
    }

    fn open(&self, listing: Option<&Listing>) -> Result<Source> {
        let files = self.opened(listing)?;
        Source::of_files(files, self.table, &self.read)
    }

    fn opened(&self, listing: Option<&Listing>) -> Result<Vec<InputFile>> {
        let (name, format) = (&self.table.name, &self.read.format);
        match (&self.located, listing) {
            (Located::Paths(paths), _) => {
                let files = paths.iter().map(|path| InputFile::open(path, name, format));
                files.collect()
            }
            (Located::Listed(places), Some(listing)) => {
                let files = places.iter().map(|at| listing.open(*at, name, format));
                files.collect()
            }
            (Located::Listed(_), None) => Ok(Vec::new()),
        }
    }

    /// The names in the header of files that do not fit the table; none if they cannot be read.
    fn names(&self, listing: Option<&Listing>) -> Vec<String> {
        let files = self.opened(listing).unwrap_or_default();
        let first = files.first();
        first.map_or(Vec::new(), |file| header::names_in(file, &self.read))
    }
}

/// The names in the headers of the files, for the renames that apply to all tables.
#[derive(Default)]
struct Headers<'a>(Vec<(&'a Table, Vec<String>)>);

impl<'a> Headers<'a> {
    fn add(&mut self, table: &'a Table, names: Vec<String>) {
        self.0.push((table, names));
    }

    /// The errors about renames for all tables that no table uses.
    fn unused_renames(&self, input: &Input, schema: &Schema, only: &[String]) -> Vec<Error> {
        let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
        let of_all = input
            .renames
            .iter()
            .filter(|r| r.of_table(&known).is_none());
        let mut faults = Vec::new();
        for rename in of_all {
            let has_field = |names: &[String]| !fields_named(names, &rename.field).is_empty();
            let having = self.0.iter().filter(|(_, names)| has_field(names));
            let having: Vec<&Table> = having.map(|(table, _)| *table).collect();
            let mut columns = having.iter().map(|t| column_named(t, &rename.column));
            let first = columns.next();
            if let Some(Err(why)) = first.filter(|_| !columns.any(|column| column.is_ok())) {
                faults.push(unfit!("--rename {rename}: {why}"));
                continue;
            }
            // the field may be in the file of a table that is not wanted
            let is_read = |table: &Table| self.0.iter().any(|(t, _)| t.name == table.name);
            let mut others = schema.tables.iter().filter(|table| !is_read(table));
            let may_be_elsewhere =
                !only.is_empty() && others.any(|table| column_named(table, &rename.column).is_ok());
            if having.is_empty() && !may_be_elsewhere {
                faults.push(unfit!("--rename {rename}: {}", self.without(&rename.field)));
            }
        }
        faults
    }

    /// The words about a field that no header has.
    fn without(&self, field: &str) -> String {
        let names = self.0.iter().flat_map(|(_, names)| names);
        let names: Vec<&str> = names.map(|name| name.trim()).collect();
        match nearest(field, names.iter().copied()) {
            Some(near) => format!("no header has a field {field}; did you mean {near}?"),
            None => format!(
                "no header has a field {field}; the headers have \"{}\"",
                names.join(", ")
            ),
        }
    }
}
