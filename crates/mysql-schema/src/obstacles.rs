//! What keeps tables from being loaded, found before a row is read: types that are not loaded,
//! engines without transactions, references that no server takes. All of it at once, each with its
//! line, and only for the tables that are loaded.
//!
//! Pure. The schema may come from the text of the file or from a server that read it; the lines
//! come from the text.

use std::collections::HashSet;

use anyhow::{Result, bail};

use super::engine::Engines;
use super::order::circle_among;
use super::parse::{Fault, types};
use super::statements::Script;
use model::schema::{
    Column, ColumnType, ForeignKey, Index, IndexKey, IndexKind, IndexPart, Schema, Table,
};

/// A schema, and the file that it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// The name of the file, for messages.
    pub origin: &'a str,
    /// Its statements.
    pub script: &'a Script<'a>,
    /// What they describe.
    pub schema: &'a Schema,
    /// What of them could not be read.
    pub faults: &'a [Fault],
}

/// What is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The tables; none means all.
    pub tables: &'a [String],
    /// Positions of the columns that each table's file fills; `None` while the files are not open.
    pub filled: Option<&'a [(String, Vec<usize>)]>,
}

impl Wanted<'_> {
    /// Whether rows of a table are loaded.
    pub fn loads(&self, table: &str) -> bool {
        self.tables.is_empty() || self.tables.iter().any(|name| name == table)
    }

    /// Whether the file of a table may have values for a column.
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
    /// The table that it is about, where one is.
    pub table: Option<String>,
    /// The file and the line, what is there, and what helps.
    pub text: String,
}

/// All obstacles, in the order of the file.
pub fn obstacles(read: Read<'_>, wanted: Wanted<'_>, engines: &Engines) -> Vec<Obstacle> {
    let mut found: Vec<(usize, Obstacle)> = Vec::new();
    for fault in read.faults {
        if fault
            .table
            .as_deref()
            .is_none_or(|table| wanted.loads(table))
        {
            let line = fault
                .table
                .as_deref()
                .map_or(1, |t| read.script.table_line(t));
            let (table, text) = (fault.table.clone(), fault.text.clone());
            found.push((line, Obstacle { table, text }));
        }
    }
    let loaded: Vec<&Table> = read
        .schema
        .tables
        .iter()
        .filter(|table| wanted.loads(&table.name))
        .collect();
    for table in &loaded {
        let mut add = |line: usize, words: String| {
            let text = format!("{}:{line}: {words}", read.origin);
            let table = Some(table.name.clone());
            found.push((line, Obstacle { table, text }));
        };
        if let Some((line, words)) = engine(read, table, engines) {
            add(line, words);
        }
        for (at, column) in table.columns.iter().enumerate() {
            let words = unloadable(table, at, column, wanted)
                .or_else(|| zero_default(read, table, at, wanted));
            if let Some(words) = words {
                add(read.script.column_line(&table.name, &column.name), words);
            }
        }
        for key in &table.foreign_keys {
            let restricted = engines.needs_unique_parents == Some(true);
            let words = reference(read, table, key)
                .or_else(|| restricted.then(|| not_unique(read, table, key)).flatten());
            if let Some(words) = words {
                add(
                    read.script.reference_line(&table.name, &key.parent_table),
                    words,
                );
            }
        }
    }
    if let Some(circle) = circle_among(&loaded) {
        let line = read.script.reference_line(circle[0], circle[1]);
        let text = format!("{}:{line}: {}", read.origin, circle_words(&loaded, &circle));
        let table = Some(circle[0].to_owned());
        found.push((line, Obstacle { table, text }));
    }
    found.sort_by_key(|(line, _)| *line);
    found.into_iter().map(|(_, obstacle)| obstacle).collect()
}

/// What only some servers refuse, each with its line, while no server is known.
pub fn warnings(read: Read<'_>, wanted: Wanted<'_>) -> Vec<String> {
    let loaded = read.schema.tables.iter().filter(|t| wanted.loads(&t.name));
    let keys = loaded.flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)));
    let words = |(table, key): (&Table, &ForeignKey)| {
        let line = read.script.reference_line(&table.name, &key.parent_table);
        let words = not_unique(read, table, key)?;
        Some(format!("{}:{line}: {words}", read.origin))
    };
    keys.filter_map(words).collect()
}

/// The obstacles in words; the last one says which tables have none.
pub fn in_words(read: Read<'_>, wanted: Wanted<'_>, found: &[Obstacle]) -> Vec<String> {
    let mut words: Vec<String> = found.iter().map(|obstacle| obstacle.text.clone()).collect();
    if let (Some(last), Some(free)) = (words.last_mut(), without_obstacle(read, wanted, found)) {
        last.push_str(&format!(
            "; --tables {free} loads only what has no such obstacle"
        ));
    }
    words
}

/// The tables that have no obstacle, nor a parent that has one, as the value of `--tables`; `None`
/// when they are all or none.
fn without_obstacle(read: Read<'_>, wanted: Wanted<'_>, found: &[Obstacle]) -> Option<String> {
    let mut held: HashSet<&str> = found.iter().filter_map(|o| o.table.as_deref()).collect();
    let mut before = 0;
    // without its parent, all rows of a child would be rejected
    while held.len() > before {
        before = held.len();
        for table in &read.schema.tables {
            let of_held = |key: &ForeignKey| held.contains(key.parent_table.as_str());
            if table.foreign_keys.iter().any(of_held) {
                held.insert(&table.name);
            }
        }
    }
    let is_free = |table: &&Table| wanted.loads(&table.name) && !held.contains(table.name.as_str());
    let free: Vec<&str> = read
        .schema
        .tables
        .iter()
        .filter(is_free)
        .map(|table| table.name.as_str())
        .collect();
    let is_general = found.iter().any(|obstacle| obstacle.table.is_none());
    (!free.is_empty() && !found.is_empty() && !is_general).then(|| free.join(","))
}

fn engine(read: Read<'_>, table: &Table, engines: &Engines) -> Option<(usize, String)> {
    let named = read.script.engine_of(&table.name);
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
        .map_or(read.script.table_line(&table.name), |named| named.line);
    let of_server = match named {
        Some(named) if named.name.eq_ignore_ascii_case(&engine) => "",
        _ => " by default on this server",
    };
    Some((
        line,
        format!(
            "table {} has ENGINE={engine}{of_server}, which has no transactions: rows that are taken back would stay; \
             write ENGINE=InnoDB, or create it so with --engine InnoDB",
            table.name
        ),
    ))
}

/// A column of a type that is not loaded is an obstacle when a file fills it, or when each row
/// must have a value.
fn unloadable(table: &Table, at: usize, column: &Column, wanted: Wanted<'_>) -> Option<String> {
    let ColumnType::Unsupported { written } = &column.kind else {
        return None;
    };
    if column.generated || column.may_be_missing() && !wanted.fills(&table.name, at) {
        return None;
    }
    let leave_out = match column.may_be_missing() {
        true => format!("; or leave {} out of the file", column.name),
        false => String::new(),
    };
    Some(format!(
        "{}.{} has type {}, which is not supported; {}{leave_out}",
        table.name,
        column.name,
        capitals(written),
        types::instead(written)
    ))
}

/// Makes sure that every column has a type whose values are read.
///
/// # Errors
///
/// With the first column that has not.
pub fn only_loaded_types(schema: &Schema) -> Result<()> {
    let all = Wanted {
        tables: &[],
        filled: None,
    };
    for table in &schema.tables {
        for (at, column) in table.columns.iter().enumerate() {
            if let Some(words) = unloadable(table, at, column, all) {
                bail!(words);
            }
        }
    }
    Ok(())
}

/// The first word of a type in capitals, as people write it.
fn capitals(written: &str) -> String {
    let end = written.find('(').unwrap_or(written.len());
    format!("{}{}", written[..end].to_uppercase(), &written[end..])
}

/// Strict servers reject it: when the table is made, unless the file sets sql_mode itself, and for
/// each row that gets it.
fn zero_default(read: Read<'_>, table: &Table, at: usize, wanted: Wanted<'_>) -> Option<String> {
    let column = &table.columns[at];
    let of_day = matches!(
        column.kind,
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
    );
    let default = column.default.as_deref()?;
    let is_zero = default == "0" || default.starts_with("0000-") || default.contains("-00");
    let is_made = read.script.sets_sql_mode();
    // no row gets the default where a file fills the column
    let is_harmless = is_made && wanted.fills(&table.name, at);
    (of_day && is_zero && !is_harmless).then(|| {
        let why = match is_made {
            true => "each row would get it, because no file fills the column, and the server rejects such rows",
            false => "and the server refuses it",
        };
        format!(
            "{}.{} has DEFAULT '{default}', which is no date, {why}; write another default, or none",
            table.name, column.name
        )
    })
}

/// What no server takes: a parent that there is not, columns of another type, a key that nothing
/// finds.
fn reference(read: Read<'_>, table: &Table, key: &ForeignKey) -> Option<String> {
    let named = |columns: &[String]| columns.join(", ");
    if key.parent_database.is_some() {
        return None;
    }
    let Some(parent) = read.schema.table(&key.parent_table) else {
        // it could not be read
        let is_elsewhere = read.script.about(&key.parent_table).next().is_some();
        return (!is_elsewhere).then(|| {
            format!(
                "{}.{} refers to the table {}, which the schema does not have",
                table.name,
                named(&key.columns),
                key.parent_table
            )
        });
    };
    // what is in such a comment, no server keeps
    if read
        .script
        .about(&table.name)
        .any(|s| s.text.contains("/*!999999"))
    {
        return None;
    }
    for (own, other) in key.columns.iter().zip(&key.parent_columns) {
        let column = |of: &Table, name: &str| of.columns.iter().find(|c| c.name == *name).cloned();
        let (Some(own), Some(other)) = (column(table, own), column(parent, other)) else {
            continue;
        };
        if !may_refer(&own, &other) {
            return Some(format!(
                "{}.{} has type {}, and refers to {}.{}, which has {}; give both the same type",
                table.name,
                own.name,
                typed(&own),
                parent.name,
                other.name,
                typed(&other)
            ));
        }
    }
    let is_first = |parts: &[model::schema::IndexPart]| {
        let columns: Vec<&IndexKey> = parts.iter().map(|part| &part.key).collect();
        let wanted = key.parent_columns.iter().cloned().map(IndexKey::Column);
        let wanted: Vec<IndexKey> = wanted.collect();
        columns.len() >= wanted.len() && wanted.iter().all(|c| columns[..wanted.len()].contains(&c))
    };
    let found = parent.indexes.iter().any(|index| is_first(&index.parts));
    (!found).then(|| {
        format!(
            "{}.{} refers to {}.{}, which has no key; make it a primary or unique key",
            table.name,
            named(&key.columns),
            parent.name,
            named(&key.parent_columns)
        )
    })
}

/// A foreign key to columns that have an index, but no unique key.
fn not_unique(read: Read<'_>, table: &Table, key: &ForeignKey) -> Option<String> {
    if key.parent_database.is_some() {
        return None;
    }
    let parent = read.schema.table(&key.parent_table)?;
    let is_key = |index: &Index| {
        let is_referenced = |part: &IndexPart| {
            let column = match &part.key {
                IndexKey::Column(column) => column,
                _ => return false,
            };
            part.prefix.is_none() && key.parent_columns.contains(column)
        };
        matches!(index.kind, IndexKind::Primary | IndexKind::Unique)
            && index.parts.len() == key.parent_columns.len()
            && index.parts.iter().all(is_referenced)
    };
    (!parent.indexes.iter().any(is_key)).then(|| {
        let (columns, parents) = (key.columns.join(", "), key.parent_columns.join(", "));
        format!(
            "{}.{columns} refers to {}.{parents}, which has no unique key of these columns: MySQL 8.4 and later refuse such a \
             foreign key while restrict_fk_on_non_standard_key is on, as it is by default; make it a unique key",
            table.name, parent.name
        )
    })
}

fn typed(column: &Column) -> String {
    match (&column.charset, column.kind.is_text()) {
        (Some(charset), true) => format!("{} ({charset})", column.kind),
        _ => column.kind.to_string(),
    }
}

/// Whether servers let a column refer to another; what is not certain may.
fn may_refer(own: &Column, other: &Column) -> bool {
    use ColumnType as T;
    let whole = |kind: &T| match kind {
        T::Integer { bits, unsigned } => Some((*bits, *unsigned)),
        T::Boolean => Some((8, false)),
        _ => None,
    };
    match (whole(&own.kind), whole(&other.kind)) {
        (Some(own), Some(other)) => return own == other,
        (None, None) => {}
        _ => {
            return matches!(own.kind, T::Unsupported { .. })
                || matches!(other.kind, T::Unsupported { .. });
        }
    }
    if own.kind.is_text() != other.kind.is_text() {
        let certain = |kind: &T| {
            matches!(
                kind,
                T::Date | T::DateTime { .. } | T::Timestamp { .. } | T::Decimal { .. }
            )
        };
        return !certain(&own.kind) && !certain(&other.kind);
    }
    match (&own.charset, &other.charset) {
        (Some(a), Some(b)) if own.kind.is_text() => a == b,
        _ => true,
    }
}

fn circle_words(tables: &[&Table], circle: &[&str]) -> String {
    let keys = circle.windows(2).filter_map(|pair| {
        let table = tables.iter().find(|table| table.name == pair[0])?;
        let mut keys = table.foreign_keys.iter();
        let key = keys.find(|key| key.refers_to(pair[1]))?;
        Some(format!(
            "{} ({}.{})",
            key.name,
            pair[0],
            key.columns.join(", ")
        ))
    });
    let keys: Vec<String> = keys.collect();
    format!(
        "tables refer to each other in a circle: {}, by the foreign keys {}; they cannot be loaded parents first: \
         remove one of these keys from the schema, or load some of these tables alone with --tables",
        circle.join(" → "),
        keys.join(" and ")
    )
}

#[cfg(test)]
mod tests;
