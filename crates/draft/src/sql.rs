//! Writes the drafted tables as `schema.sql`, with facts about each column as comments.

mod facts;
mod width;

use std::fmt::Write;

use model::schema::ColumnType;
use model::wording::{counted, grouped};
use mysql_schema::quote::{quote_identifier, quote_literal};

use crate::names::{key_word, words};
use crate::tables::{DraftColumn, DraftForeignKey, DraftTable, PrimaryKey, Uniqueness};
pub(crate) use width::{fit_rows, too_wide};

/// Maximum number of characters of the name of an index or a constraint.
const LONGEST_NAME: usize = 64;

/// The text of the schema. `place` is what the user calls the input.
pub(crate) fn schema(tables: &[DraftTable], place: &str) -> String {
    let rows: u64 = tables.iter().map(DraftTable::rows).sum();
    let mut text = format!(
        "-- Drafted by reviewseed from {} in {}.\n\
         -- Each type fits all values that the files have; the comments say what was found. Change\n\
         -- whatever you know better.\n",
        counted(rows, "row", "rows"),
        one_line(place),
    );
    let order = parents_first(tables);
    let mut names = Names::default();
    let mut later = String::new();
    for (done, at) in order.iter().enumerate() {
        let known = &order[..=done];
        text.push('\n');
        text.push_str(
            &Writer {
                tables,
                names: &mut names,
            }
            .table(*at, known, &mut later),
        );
    }
    if !later.is_empty() {
        text.push_str("\n-- Foreign keys of tables that refer to each other.\n");
        text.push_str(&later);
    }
    text
}

/// Positions of the tables with parents before their children, except in cycles.
fn parents_first(tables: &[DraftTable]) -> Vec<usize> {
    let mut waiting: Vec<usize> = (0..tables.len()).collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |at: &usize| {
            let mut keys = tables[*at].foreign_keys.iter();
            keys.all(|key| {
                key.inclusion.orphans > 0 || key.parent == *at || !waiting.contains(&key.parent)
            })
        };
        let next = waiting.iter().position(is_ready).unwrap_or(0);
        order.push(waiting.remove(next));
    }
    order
}

/// The names of indexes and constraints that are in use. Each must be unique within the database.
#[derive(Default)]
struct Names(std::collections::HashSet<String>);

impl Names {
    fn unused(&mut self, wanted: &str) -> String {
        let cut: String = wanted.chars().take(LONGEST_NAME - 4).collect();
        let is_taken = |name: &String| self.0.contains(&name.to_ascii_lowercase());
        let numbered = (2..).map(|n| format!("{cut}_{n}"));
        let mut names = std::iter::once(cut.clone()).chain(numbered);
        let name = names.find(|name| !is_taken(name)).unwrap_or_default();
        self.0.insert(name.to_ascii_lowercase());
        name
    }
}

struct Writer<'t, 'n> {
    tables: &'t [DraftTable],
    names: &'n mut Names,
}

impl Writer<'_, '_> {
    /// Writes CREATE TABLE. Foreign keys to tables that are not yet `known` are written to `later`.
    fn table(&mut self, at: usize, known: &[usize], later: &mut String) -> String {
        let table = &self.tables[at];
        let mut text = format!("-- {}\n", self.heading(table));
        let _ = writeln!(
            text,
            "CREATE TABLE IF NOT EXISTS {} (",
            quote_identifier(table.name())
        );
        self.columns(&mut text, table);
        let mut items = vec![self.primary_key(table)];
        let mut commented = Vec::new();
        for (column, uniqueness) in &table.unique {
            let name = self.names.unused(&format!(
                "{}_{}_unique",
                table.name(),
                table.columns[*column].name
            ));
            let item = format!(
                "UNIQUE KEY {} ({})",
                quote_identifier(&name),
                self.list(at, &[*column])
            );
            match uniqueness {
                Uniqueness::Declared => items.push(item),
                Uniqueness::Proposed => {
                    let is_text = table.columns[*column].typed.kind.is_text();
                    commented.push((proposed(is_text).to_owned(), item));
                }
            }
        }
        items.extend(self.indexes(at));
        for key in &table.foreign_keys {
            let constraint = self.constraint(at, key);
            if key.inclusion.orphans > 0 {
                commented.push((orphans(key, table), constraint));
            } else if known.contains(&key.parent) {
                items.push(constraint);
            } else {
                let _ = writeln!(
                    later,
                    "ALTER TABLE {} ADD {constraint};",
                    quote_identifier(table.name())
                );
            }
        }
        for (why, item) in commented {
            let _ = writeln!(text, "  -- {why}:\n  -- {item},");
        }
        let _ = writeln!(text, "  {}", items.join(",\n  "));
        text.push_str(") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;\n");
        text
    }

    fn heading(&self, table: &DraftTable) -> String {
        let file = one_line(&table.opened.source.path.display().to_string());
        let mut words = format!("{file}: {}", counted(table.rows(), "row", "rows"));
        if table.structure.broken > 0 {
            let _ = write!(
                words,
                ", {}",
                counted(table.structure.broken, "broken record", "broken records")
            );
        }
        if matches!(table.key, PrimaryKey::Generated(_)) {
            words.push_str("; no column or combination is a key, so the server numbers the rows");
            if let Some(at) = table.nearly_key {
                let name = one_line(&table.columns[at].name);
                let _ = write!(words, " ({name} has values that are missing or repeated)");
            }
        }
        words
    }

    fn columns(&self, text: &mut String, table: &DraftTable) {
        if let PrimaryKey::Generated(name) = &table.key {
            let _ = writeln!(
                text,
                "  {} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, -- generated: the files have no key",
                quote_identifier(name)
            );
        }
        for (at, column) in table.columns.iter().enumerate() {
            if let Some(readings) = &column.typed.ambiguity {
                let _ = writeln!(
                    text,
                    "  -- ambiguous, so it is a text: {}",
                    one_line(readings)
                );
            }
            for note in &column.typed.notes {
                let _ = writeln!(text, "  -- {}", one_line(note));
            }
            let null = if column.typed.nullable {
                "NULL"
            } else {
                "NOT NULL"
            };
            let numbered = match is_numbered(table, at) {
                true => " AUTO_INCREMENT",
                false => "",
            };
            let facts = match facts::of(column, table.rows()) {
                none if none.is_empty() => none,
                facts => format!(" -- {facts}"),
            };
            let _ = writeln!(
                text,
                "  {} {}{} {null}{numbered}{},{facts}",
                quote_identifier(&column.name),
                sql_type(&column.typed.kind),
                collation(column),
                facts::json_check(column),
            );
        }
    }

    fn list(&self, table: usize, columns: &[usize]) -> String {
        let names = columns
            .iter()
            .map(|at| quote_identifier(&self.tables[table].columns[*at].name));
        names.collect::<Vec<_>>().join(", ")
    }

    fn primary_key(&self, table: &DraftTable) -> String {
        let names = match &table.key {
            PrimaryKey::Generated(name) => quote_identifier(name),
            PrimaryKey::Columns(columns) => {
                let names = columns
                    .iter()
                    .map(|at| quote_identifier(&table.columns[*at].name));
                names.collect::<Vec<_>>().join(", ")
            }
        };
        format!("PRIMARY KEY ({names})")
    }

    /// An index for each foreign key whose columns are not the beginning of another key.
    fn indexes(&mut self, at: usize) -> Vec<String> {
        let table = &self.tables[at];
        let mut known: Vec<Vec<usize>> = vec![table.key_columns().to_vec()];
        let declared = table
            .unique
            .iter()
            .filter(|(_, u)| *u == Uniqueness::Declared);
        known.extend(declared.map(|(column, _)| vec![*column]));
        let mut items = Vec::new();
        for key in &table.foreign_keys {
            if known.iter().any(|known| known.starts_with(&key.columns)) {
                continue;
            }
            known.push(key.columns.clone());
            let name = self.names.unused(&self.key_name(at, key));
            items.push(format!(
                "INDEX {} ({})",
                quote_identifier(&name),
                self.list(at, &key.columns)
            ));
        }
        items
    }

    fn key_name(&self, at: usize, key: &DraftForeignKey) -> String {
        let table = &self.tables[at];
        let columns = key.columns.iter().map(|c| table.columns[*c].name.as_str());
        format!("{}_{}", table.name(), columns.collect::<Vec<_>>().join("_"))
    }

    fn constraint(&mut self, at: usize, key: &DraftForeignKey) -> String {
        let name = self.names.unused(&format!("{}_fk", self.key_name(at, key)));
        format!(
            "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
            quote_identifier(&name),
            self.list(at, &key.columns),
            quote_identifier(self.tables[key.parent].name()),
            self.list(key.parent, &key.parent_columns),
        )
    }
}

/// The comment about a suggested unique key.
fn proposed(is_text: bool) -> &'static str {
    match is_text {
        true => {
            "all values differ in their bytes; to declare them unique, remove the dashes. The \
             collation may make some equal (such as Muller and m\u{fc}ller), unless the column has \
             COLLATE utf8mb4_bin"
        }
        false => "all values are distinct; to declare them unique, remove the dashes",
    }
}

/// The comment about a foreign key with orphans.
fn orphans(key: &DraftForeignKey, table: &DraftTable) -> String {
    let orphans = key.inclusion.orphans;
    format!(
        "{} of {} {} a value that the parent does not have (foreign key found {}); if you remove \
         the dashes, `reviewseed check` lists these rows in rejects/{}.reasons.csv",
        grouped(orphans),
        counted(key.inclusion.rows, "row", "rows"),
        if orphans == 1 { "has" } else { "have" },
        key.evidence,
        one_line(table.name()),
    )
}

/// Whether the column can have AUTO_INCREMENT: it is the whole primary key, is named like an id,
/// and has whole numbers of 1 or more.
fn is_numbered(table: &DraftTable, at: usize) -> bool {
    let column = &table.columns[at];
    let is_child = table
        .foreign_keys
        .iter()
        .any(|key| key.columns.contains(&at));
    table.key_columns() == [at]
        && !is_child
        && matches!(column.typed.kind, ColumnType::Integer { .. })
        && column.profile.integers.least >= 1
        && column.profile.tried == 0
        && key_word(&words(&column.name)) == Some("id")
}

/// The collation of a text column in a key: texts are equal only if their bytes are.
fn collation(column: &DraftColumn) -> &'static str {
    match column.is_binary && column.typed.kind.is_text() {
        true => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        false => "",
    }
}

/// A type in SQL.
fn sql_type(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Enum { members } => {
            let members: Vec<String> = members.iter().map(|m| quote_literal(m)).collect();
            format!("ENUM({})", members.join(", "))
        }
        ColumnType::Boolean => "BOOLEAN".to_owned(),
        other => other.to_string().to_uppercase(),
    }
}

/// A text for a comment of one line, without control characters.
fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect()
}
