//! Opens the input files of all wanted tables.

use std::path::Path;

use crate::error::{Result, fail, unfit};

use super::format::Format;
use super::input_file::InputFile;
use super::locate::{Input, Listing};
use super::missing_files;
use super::source::Source;
use super::storage::shown;
use model::schema::{Schema, Table, meant, parents_first};

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
    let wanted = wanted_tables(schema, only, &known);
    let all_mapped = wanted
        .iter()
        .all(|t| !input.mapped_to(&t.name, &known).is_empty());
    let listing = match all_mapped {
        true => None,
        false => Some(Listing::read(&input.directory)?),
    };
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for table in &wanted {
        let mapped = input.mapped_to(&table.name, &known);
        let listed = match &listing {
            Some(listing) if mapped.is_empty() => listing.files_of(&table.name, &known)?,
            _ => Vec::new(),
        };
        if mapped.is_empty() && listed.is_empty() {
            missing.push(table.name.as_str());
        }
        files.push(TableFiles {
            table,
            mapped,
            listed,
        });
    }
    let (mut sources, mut faults) = (Vec::new(), Vec::new());
    if !missing.is_empty() {
        let mut found = wanted.iter().map(|t| t.name.as_str()).collect::<Vec<_>>();
        found.retain(|name| !missing.contains(name));
        let words = missing_files::message(&missing, &found, &known, listing.as_ref());
        faults.push(unfit!("{}: {words}", shown(&input.directory)));
        // report headers that do not fit in the same run; but a pipe would have to be read to its
        // end
        files.retain(|files| {
            !missing.contains(&files.table.name.as_str())
                && files.mapped.iter().all(|path| path.is_file())
        });
    }
    for files in files {
        let read = input.of(&files.table.name, &known);
        match files.open(listing.as_ref(), &read.format) {
            Ok(source) => sources.push(source),
            Err(error) => faults.push(error),
        }
    }
    if wanted.is_empty() {
        fail!("there is no table to load");
    }
    match faults.len() {
        0 => Ok(sources),
        1 => Err(faults.remove(0)),
        _ => {
            let faults: Vec<_> = faults.iter().map(|e| format!("{e:#}")).collect();
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

/// The input files of one table.
struct TableFiles<'a> {
    table: &'a Table,
    /// Files that were named for the table.
    mapped: Vec<&'a Path>,
    /// Positions of its files in the listing.
    listed: Vec<usize>,
}

impl TableFiles<'_> {
    fn open(self, listing: Option<&Listing>, format: &Format) -> Result<Source> {
        let name = &self.table.name;
        let mut files = Vec::new();
        for path in self.mapped {
            files.push(InputFile::open(path, name, format)?);
        }
        if let Some(listing) = listing {
            for at in self.listed {
                files.push(listing.open(at, name, format)?);
            }
        }
        Source::of_files(files, self.table, format)
    }
}
