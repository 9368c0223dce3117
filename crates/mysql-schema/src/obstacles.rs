//! Obstacles: what in a schema prevents tables from being loaded, such as unsupported types,
//! engines without transactions, and foreign keys that servers reject.
//!
//! All obstacles of the tables to load are found before any row is read. Each is reported with its
//! line. The schema comes from the text of the file or from a server; the lines always come from
//! the text.

mod columns;
mod foreign_keys;

use std::collections::HashSet;

pub use columns::check_types;

use super::engine::Engines;
use super::parse::{Fault, faults_for_user};
use super::statements::Script;
use model::flavour::Flavour;
use model::schema::{ForeignKey, Schema, Table};

/// A schema, and the file from which it was read.
#[derive(Debug, Clone, Copy)]
pub struct SchemaFile<'a> {
    /// The name of the file, for messages.
    pub origin: &'a str,
    /// The statements of the file.
    pub script: &'a Script<'a>,
    /// The tables that the statements describe.
    pub schema: &'a Schema,
    /// The parts of the file that could not be parsed.
    pub faults: &'a [Fault],
}

/// The tables and columns to load.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// The names of the tables. An empty list means all tables.
    pub tables: &'a [String],
    /// For each table, the positions of the columns that its file fills. `None` if the files have
    /// not been opened yet.
    pub filled: Option<&'a [(String, Vec<usize>)]>,
}

impl Selection<'_> {
    /// Whether rows of a table are loaded.
    pub fn loads(&self, table: &str) -> bool {
        self.tables.is_empty() || self.tables.iter().any(|name| name == table)
    }

    /// Whether the file of a table may have values for this column.
    fn fills(&self, table: &str, column: usize) -> bool {
        let Some(filled) = self.filled else {
            return true;
        };
        let mut of_table = filled.iter().filter(|(name, _)| name == table);
        of_table.any(|(_, columns)| columns.contains(&column))
    }
}

/// One obstacle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The table that cannot be loaded. `None` if the obstacle concerns the whole file.
    pub table: Option<String>,
    /// The message: file, line, what is wrong, and what to do.
    pub text: String,
}

/// All obstacles, in the order of the file.
pub fn obstacles(
    file: SchemaFile<'_>,
    selection: Selection<'_>,
    engines: &Engines,
) -> Vec<Obstacle> {
    let mut found: Vec<(usize, Obstacle)> = Vec::new();
    for fault in file.faults {
        let table = fault.table.as_deref();
        if table.is_none_or(|table| selection.loads(table)) {
            let line = table.map_or(1, |table| file.script.table_line(table));
            let (table, text) = (fault.table.clone(), fault.text.clone());
            found.push((line, Obstacle { table, text }));
        }
    }
    let tables = file.schema.tables.iter();
    let loaded: Vec<&Table> = tables.filter(|t| selection.loads(&t.name)).collect();
    let located = |table: &str, (line, words): (usize, String)| {
        let text = format!("{}:{line}: {words}", file.origin);
        let table = Some(table.to_owned());
        (line, Obstacle { table, text })
    };
    for table in &loaded {
        let of_table = of_table(file, selection, engines, table);
        found.extend(
            of_table
                .into_iter()
                .map(|words| located(&table.name, words)),
        );
    }
    found.sort_by_key(|(line, _)| *line);
    found.into_iter().map(|(_, obstacle)| obstacle).collect()
}

/// The obstacles of one table, as (line, message).
fn of_table(
    file: SchemaFile<'_>,
    selection: Selection<'_>,
    engines: &Engines,
    table: &Table,
) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    found.extend(engine(file, table, engines));
    for (at, column) in table.columns.iter().enumerate() {
        let words = columns::unsupported_type(table, at, column, selection)
            .or_else(|| columns::too_long(table, column))
            .or_else(|| columns::of_sequence(table, column))
            .or_else(|| columns::zero_default(file, (table, at), selection, engines));
        if let Some(words) = words {
            let line = file.script.column_line(&table.name, &column.name);
            found.push((line, words));
        }
    }
    for key in &table.foreign_keys {
        let needs_unique = engines.needs_unique_parents == Some(true);
        let words = foreign_keys::invalid(file, table, key).or_else(|| {
            needs_unique
                .then(|| foreign_keys::not_unique(file, table, key))
                .flatten()
        });
        if let Some(words) = words {
            let line = file.script.reference_line(&table.name, &key.parent_table);
            found.push((line, words));
        }
    }
    found
}

/// Obstacles that exist only on some servers, each with its line. For commands without a server.
pub fn warnings(file: SchemaFile<'_>, selection: Selection<'_>) -> Vec<String> {
    let of_mariadb = faults_for_user(file.script, file.origin, Flavour::MariaDb).into_iter();
    let of_mariadb = of_mariadb
        .filter(|fault| !file.faults.contains(fault))
        .filter(|fault| {
            fault
                .table
                .as_ref()
                .is_none_or(|table| selection.loads(table))
        })
        .map(|fault| fault.text);
    let tables = file.schema.tables.iter();
    let loaded: Vec<&Table> = tables.filter(|t| selection.loads(&t.name)).collect();
    let dates = loaded.iter().flat_map(|table| {
        table.columns.iter().filter_map(|column| {
            let words = columns::zero_default_on_some(file, table, column)?;
            let line = file.script.column_line(&table.name, &column.name);
            Some(format!("{}:{line}: {words}", file.origin))
        })
    });
    let keys = loaded
        .iter()
        .flat_map(|table| table.foreign_keys.iter().map(move |key| (*table, key)));
    let message = |(table, key): (&Table, &ForeignKey)| {
        let line = file.script.reference_line(&table.name, &key.parent_table);
        let words = foreign_keys::not_unique(file, table, key)?;
        Some(format!("{}:{line}: {words}", file.origin))
    };
    let found = dates.chain(keys.filter_map(message));
    found.chain(of_mariadb).collect()
}

/// The messages for the obstacles. The last one names the tables that can be loaded anyway.
pub fn messages(file: SchemaFile<'_>, selection: Selection<'_>, found: &[Obstacle]) -> Vec<String> {
    let mut words: Vec<String> = found.iter().map(|obstacle| obstacle.text.clone()).collect();
    if let (Some(last), Some(free)) = (words.last_mut(), free_tables(file, selection, found)) {
        last.push_str(&format!(
            "; --tables {free} loads only the tables that are not affected"
        ));
    }
    words
}

/// The tables that have no obstacle and whose parent tables have none, as a value for `--tables`.
/// `None` if these are all tables, or no tables.
fn free_tables(
    file: SchemaFile<'_>,
    selection: Selection<'_>,
    found: &[Obstacle],
) -> Option<String> {
    let mut affected: HashSet<&str> = found.iter().filter_map(|o| o.table.as_deref()).collect();
    let mut before = 0;
    // child tables are affected too, because all their rows would be rejected as orphans
    while affected.len() > before {
        before = affected.len();
        for table in &file.schema.tables {
            let has_affected_parent =
                |key: &ForeignKey| affected.contains(key.parent_table.as_str());
            if table.foreign_keys.iter().any(has_affected_parent) {
                affected.insert(&table.name);
            }
        }
    }
    let is_free =
        |table: &&Table| selection.loads(&table.name) && !affected.contains(table.name.as_str());
    let tables = file.schema.tables.iter();
    let free: Vec<&str> = tables.filter(is_free).map(|t| t.name.as_str()).collect();
    let is_general = found.iter().any(|obstacle| obstacle.table.is_none());
    (!free.is_empty() && !found.is_empty() && !is_general).then(|| free.join(","))
}

/// If the engine of a table has no transactions: the line and the message.
fn engine(file: SchemaFile<'_>, table: &Table, engines: &Engines) -> Option<(usize, String)> {
    let named = file.script.engine_of(&table.name);
    let default = match engines.default.as_deref() {
        Some(engine) if engines.lacks_transactions(engine) => engines.default.clone(),
        _ => None,
    };
    let engine = (engines.enforced.clone())
        .or_else(|| table.engine.clone())
        .or_else(|| named.as_ref().map(|named| named.name.clone()))
        .or(default)?;
    if !engines.lacks_transactions(&engine) {
        return None;
    }
    let line = named
        .as_ref()
        .map_or(file.script.table_line(&table.name), |named| named.line);
    let of_server = match named {
        Some(named) if named.name.eq_ignore_ascii_case(&engine) => "",
        _ => " by default on this server",
    };
    Some((
        line,
        format!(
            "table {} has ENGINE={engine}{of_server}, which has no transactions: a failed batch could not be rolled back; \
             write ENGINE=InnoDB, or let reviewseed create the table with --storage-engine InnoDB",
            table.name
        ),
    ))
}

#[cfg(test)]
mod tests;
