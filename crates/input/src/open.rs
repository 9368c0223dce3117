//! Opens the input files of all wanted tables.

use std::path::Path;

use crate::error::{Error, Result, fail, unfit};
use crate::faults;

use super::header::column_named;
use super::locate::{Input, Listing, Located};
use super::mapping::fields_named;
use super::misread::{self, Misread};
use super::missing_files::{self, Situation};
use super::near::nearest;
use super::source::Source;
use super::storage::shown;
use super::table_files::TableFiles;
use super::table_input::TableInput;
use super::unused_settings;
use model::schema::{Schema, Table, meant, parents_first};

/// Replaces the tables of the sources by those of the server's schema, which may write names in
/// another case. Sorts the sources by the load order of that schema.
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
/// When a table's file is missing or cannot be used, or `only` names a table that is not in the
/// schema. All faults are reported together.
pub fn open_all(input: &Input, schema: &Schema, only: &[String]) -> Result<Vec<Source>> {
    let known: Vec<_> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    for name in only.iter().chain(input.mapped.iter().map(|m| &m.0)) {
        if schema.named(name).is_none() {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean {near}? the schema has"),
                None => "it has".to_owned(),
            };
            fail!(
                "no table \"{name}\" in the schema; {hint} {}",
                known.join(", ")
            );
        }
    }
    check_standard_input(input)?;
    let wanted = wanted_tables(schema, only, &known);
    if wanted.is_empty() {
        fail!("the schema has no table to load");
    }
    let is_mapped = |table: &&Table| input.is_mapped(&table.name, &known);
    let listing = match wanted.iter().all(is_mapped) {
        true => None,
        false => Some(Listing::read(&input.directory)?),
    };
    let opening = Opening {
        input,
        known: &known,
        listing: listing.as_ref(),
    };
    let (files, mut faults) = opening.locate(&wanted);
    let all_are_located = faults.is_empty() && files.iter().all(|f| !f.located.is_empty());
    let (mut sources, headers) = opening.open(&files, &mut faults);
    if all_are_located {
        faults.extend(headers.unused_renames(input, schema, only));
        faults.extend(unused_settings::faults(input, &sources, only.is_empty()));
    }
    share_files(&mut sources);
    let mistaken = sources.iter().map(Source::check_similar_names);
    faults.extend(mistaken.filter_map(Result::err));
    sources.iter_mut().for_each(Source::add_likely_columns);
    match faults.len() {
        0 => Ok(sources),
        1 => Err(faults.remove(0)),
        _ => Err(faults::together(&faults)),
    }
}

/// The state while files are opened.
struct Opening<'a> {
    input: &'a Input,
    /// Names of all tables of the schema.
    known: &'a [&'a str],
    /// The input folder or archive. `None` if options name all files, so it is not searched.
    listing: Option<&'a Listing>,
}

impl<'a> Opening<'a> {
    /// Finds the files of these tables, and collects the faults.
    fn locate(&self, wanted: &[&'a Table]) -> (Vec<TableFiles<'a>>, Vec<Error>) {
        let (mut files, mut faults) = (Vec::new(), Vec::new());
        for table in wanted {
            let read = self.input.of(&table.name, self.known);
            match self.located(&table.name, &read) {
                Ok(located) => files.push(TableFiles {
                    table,
                    read,
                    located,
                }),
                Err(error) => faults.push(error),
            }
        }
        (files, faults)
    }

    /// The files of a table: the ones that `--map` names, or else those of the setting `files`, or
    /// else those with the table's name.
    fn located(&self, table: &str, read: &TableInput) -> Result<Located> {
        if self.input.is_mapped(table, self.known) {
            return Ok(Located::Paths(self.input.mapped_to(table, self.known)?));
        }
        let Some(listing) = self.listing else {
            return Ok(Located::Listed(Vec::new()));
        };
        match read.files.is_empty() {
            true => Ok(Located::Listed(listing.files_of(table, self.known)?)),
            false => listing.files_by_patterns(table, &read.files),
        }
    }

    /// Opens the files that were found. Adds the faults to `faults`.
    fn open(
        &self,
        files: &'a [TableFiles<'a>],
        faults: &mut Vec<Error>,
    ) -> (Vec<Source>, Headers<'a>) {
        let (missing, mut found): (Vec<_>, Vec<_>) =
            files.iter().partition(|files| files.located.is_empty());
        let names: Vec<&str> = found.iter().map(|f| f.table.name.as_str()).collect();
        if !missing.is_empty() {
            // the run fails anyway, but headers that do not fit are reported too; a pipe is left
            // out, because it would have to be read to its end
            found.retain(|files| files.can_be_read_again());
        }
        let (mut sources, mut misfits) = (Vec::new(), Vec::new());
        let (mut headers, mut unfit) = (Headers::default(), Vec::new());
        for files in found {
            match files.open(self.listing) {
                Ok(source) => {
                    headers.add(files.table, source.header.names());
                    sources.push(source);
                }
                Err(error) => {
                    headers.add(files.table, files.names(self.listing));
                    misfits.push(files);
                    unfit.push(error);
                }
            }
        }
        let opened = sources.len() + missing.len();
        misread::tell_apart(unfit.iter_mut().map(misread_of).collect(), opened);
        if !missing.is_empty() {
            let words = missing_files::message(&Situation {
                missing,
                misfits,
                found: names,
                known: self.known,
                listing: self.listing,
            });
            faults.push(unfit!("{}: {words}", shown(&self.input.directory)));
        }
        faults.append(&mut unfit);
        (sources, headers)
    }
}

fn misread_of(error: &mut Error) -> Option<&mut Misread> {
    match error {
        Error::Misread(misread) => Some(misread),
        _ => None,
    }
}

/// The tables that `only` names, or all tables if it is empty, in load order.
fn wanted_tables<'a>(schema: &'a Schema, only: &[String], known: &[&str]) -> Vec<&'a Table> {
    let wanted = schema.tables.iter().filter(|table| {
        let mut named = only.iter().filter_map(|name| meant(name, known));
        only.is_empty() || named.any(|name| name == table.name)
    });
    // the wanted tables are sorted again: they may have a valid order even if all tables of the
    // schema are in a cycle of foreign keys
    parents_first(wanted.collect())
}

/// Returns an error if standard input is mapped to several tables, because it can be read only
/// once.
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

/// If several tables use the same file, a field that any of them uses is not listed as ignored.
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

/// The names in the headers of all files, for the renames that apply to all tables.
#[derive(Default)]
struct Headers<'a>(Vec<(&'a Table, Vec<String>)>);

impl<'a> Headers<'a> {
    fn add(&mut self, table: &'a Table, names: Vec<String>) {
        self.0.push((table, names));
    }

    /// The errors about renames that apply to all tables but that no table uses.
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
            // it is no error if the field may be in the file of a table that this run does not load
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

    /// A message about a field that no header has.
    fn without(&self, field: &str) -> String {
        let names = self.0.iter().flat_map(|(_, names)| names);
        let names: Vec<&str> = names.map(|name| name.trim()).collect();
        if names.is_empty() {
            return format!("the files have no header, so none has a field {field}");
        }
        match nearest(field, names.iter().copied()) {
            Some(near) => format!("no header has a field {field}; did you mean {near}?"),
            None => format!(
                "no header has a field {field}; the headers have \"{}\"",
                names.join(", ")
            ),
        }
    }
}
