//! Finds in the ledger which of the files earlier runs have already loaded.
//!
//! A file counts as the same if its content, the way it is read, and the columns that it fills are
//! the same. Its rows are still in the table unless a later run started with an empty table.

use crate::error::{Result, fail};

use super::Start;
use crate::seed::identity::{Identity, TableIdentity};
use mysql::ledger::inputs::TableLoad;
use mysql::ledger::{LoadedTable, Phase};

/// The loads of finished runs from the same files.
#[derive(Debug, Clone)]
pub(in crate::seed) struct Earlier {
    /// The newest of these runs.
    pub(in crate::seed) run: u64,
    /// The start times of these runs, the oldest first.
    pub(in crate::seed) started_at: Vec<String>,
    /// Whether the rows of these runs were added to existing rows.
    pub(in crate::seed) has_appended: bool,
    /// The tables with the rows of these runs, in the pipeline's order.
    pub(in crate::seed) tables: Vec<LoadedTable>,
    /// The rows that these tables must have now, including rows that later runs added.
    pub(in crate::seed) now: Vec<LoadedTable>,
}

impl Earlier {
    /// Combines the loads in `found`, one for each table.
    fn new(found: &[&TableLoad], loads: &[TableLoad]) -> Earlier {
        let mut runs: Vec<(u64, &str)> = found
            .iter()
            .map(|load| (load.run, load.started_at.as_str()))
            .collect();
        runs.sort_unstable();
        runs.dedup();
        let newest = |load: &&TableLoad| {
            let mut of_table = loads.iter().filter(|l| l.table.name == load.table.name);
            of_table.next_back().map(|load| load.table.clone())
        };
        Earlier {
            run: runs.last().map_or(0, |(run, _)| *run),
            started_at: runs.iter().map(|(_, at)| (*at).to_owned()).collect(),
            has_appended: found.iter().any(|load| load.before.is_some()),
            tables: found.iter().map(|load| load.own_rows()).collect(),
            now: found.iter().filter_map(newest).collect(),
        }
    }
}

/// What the ledger shows about the file of one table.
enum Known<'l> {
    /// A finished run loaded the file.
    Loaded(&'l TableLoad),
    /// An older version loaded a file with the same content, but did not record how it read the
    /// file.
    PerhapsLoaded(&'l TableLoad),
    New,
}

/// The finished loads into a table whose rows are still in the table, the newest first.
fn present<'l>(loads: &'l [TableLoad], table: &str) -> Vec<&'l TableLoad> {
    let of_table: Vec<&TableLoad> = loads.iter().filter(|l| l.table.name == table).collect();
    let began_empty = of_table.iter().rposition(|load| load.before.is_none());
    let present = of_table[began_empty.unwrap_or(0)..].iter().rev();
    let is_finished = |load: &&TableLoad| load.phase == Phase::Done;
    present.copied().filter(is_finished).collect()
}

impl<'l> Known<'l> {
    /// Looks for a load of the file. Reads the file only if an earlier run may have loaded it.
    fn find(loads: &'l [TableLoad], this: &TableIdentity<'_>) -> Result<Known<'l>> {
        let mut content = None;
        for load in present(loads, &this.input.table) {
            if load
                .input
                .as_ref()
                .is_some_and(|input| *input != this.input)
            {
                continue;
            }
            let content = match &content {
                Some(content) => content,
                None => content.insert(this.content_hash()?),
            };
            if load.table.content_hash == *content {
                return Ok(match load.input {
                    Some(_) => Known::Loaded(load),
                    None => Known::PerhapsLoaded(load),
                });
            }
        }
        Ok(Known::New)
    }
}

/// The earlier loads of the files; `None` unless finished runs loaded the files of all tables.
pub(super) fn all_loaded(loads: &[TableLoad], this: &Identity<'_>) -> Result<Option<Earlier>> {
    let mut found = Vec::new();
    for table in &this.tables {
        match Known::find(loads, table)? {
            Known::Loaded(load) => found.push(load),
            Known::PerhapsLoaded(_) | Known::New => return Ok(None),
        }
    }
    Ok(Some(Earlier::new(&found, loads)))
}

/// Whether [`all_loaded`] could find a load for each file. Does not read the files.
pub(super) fn may_be_loaded(loads: &[TableLoad], this: &Identity<'_>) -> bool {
    this.tables.iter().all(|table| {
        let mut present = present(loads, &table.input.table).into_iter();
        present.any(|load| load.input.as_ref() == Some(&table.input))
    })
}

/// Decides to add the rows of the files to the existing rows, unless runs have already loaded these
/// files.
///
/// # Errors
///
/// When only some of the files are already loaded, or when this is not known.
pub(super) fn decide_append(loads: &[TableLoad], this: &Identity<'_>) -> Result<Start> {
    let (mut loaded, mut perhaps, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for table in &this.tables {
        match Known::find(loads, table)? {
            Known::Loaded(load) => loaded.push(load),
            Known::PerhapsLoaded(load) => perhaps.push(load),
            Known::New => new.push(table.input.table.as_str()),
        }
    }
    if new.is_empty() && perhaps.is_empty() {
        return Ok(Start::Finished(Earlier::new(&loaded, loads)));
    }
    // files without records are not named, because adding them again changes nothing
    let has_rows = |load: &&&TableLoad| load.own_rows().loaded > 0;
    let list = |loads: &[&TableLoad]| {
        let names = loads.iter().filter(has_rows);
        let names: Vec<&str> = names.map(|load| load.table.name.as_str()).collect();
        names.join(", ")
    };
    let (known, unsure) = (list(&loaded), list(&perhaps));
    let remedy = match new.is_empty() {
        true => "--append --force adds the rows again".to_owned(),
        false => format!(
            "load only the tables whose files are new with --tables {}, or add the rows of all \
             files, including those already loaded, with --append --force",
            new.join(",")
        ),
    };
    if let Some(load) = loaded.last().filter(|_| !known.is_empty()) {
        fail!(
            "the files of {known} are already loaded, by the run of {} UTC; nothing was changed: \
             {remedy}",
            load.started_at
        );
    }
    if let Some(load) = perhaps.last().filter(|_| !unsure.is_empty()) {
        fail!(
            "files of the same content were loaded into {unsure} by the run of {} UTC, made by an \
             older version, which did not record how it read them; nothing was changed: {remedy}",
            load.started_at
        );
    }
    Ok(Start::Append)
}
