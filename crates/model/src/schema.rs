//! Tables, columns, keys and constraints as plain values.
//!
//! Two modules make the same [`Schema`]: `parse` reads the text of schema.sql, and `inspect` reads
//! the catalogue of a server. `diff` compares two schemas, and `apply` executes the resulting plan.
//! All other code only reads these values. They decide which files are read, what a valid row is,
//! what is built and what is verified. So another data set needs another schema.sql, but no other
//! code.

mod catalogue_type;
mod column;
mod kinds;
mod value_format;

use std::collections::{HashMap, HashSet};

pub use column::{Column, ColumnType, is_same_name};
pub use kinds::{Decode, Digits, Shape, ZeroDates};
pub use value_format::{
    APOSTROPHES, BLANKS, Case, DateFormat, DateOrder, DateStyle, Factor, Field, Item, NumberStyle,
    TextStyle, TruthWords, ValueFormat, Width,
};

/// All tables of one database, in load order (parents before children).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// The tables. Each table comes after the tables that its foreign keys refer to. Exceptions are
    /// references to itself and to tables that refer back to it, directly or indirectly.
    pub tables: Vec<Table>,
}

impl Schema {
    /// The table with exactly this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// The table that a user means by a name: the one with exactly this name, or else the only one
    /// whose name differs only in case.
    pub fn named(&self, name: &str) -> Option<&Table> {
        let names: Vec<&str> = self.tables.iter().map(|t| t.name.as_str()).collect();
        self.table(meant(name, &names)?)
    }
}

/// Sorts the tables so that each parent precedes its children. Otherwise their order is kept.
///
/// Tables whose foreign keys form a cycle have no such order, so they keep their given order. They
/// still come after all other tables that they refer to, and before all other tables that refer to
/// them.
pub fn parents_first(tables: Vec<&Table>) -> Vec<&Table> {
    let mut waiting = tables;
    let mut ordered: Vec<&Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|table| {
            let mut keys = table.foreign_keys.iter();
            keys.all(|key| {
                key.refers_to(&table.name)
                    || !waiting.iter().any(|other| key.refers_to(&other.name))
            })
        });
        // a table that descends from a cycle has more ancestors than the tables of the cycle, so
        // the table with the fewest ancestors comes next
        let next = ready.or_else(|| {
            let counts = waiting.iter().map(|table| ancestors(table, &waiting).len());
            counts
                .enumerate()
                .min_by_key(|(_, count)| *count)
                .map(|(at, _)| at)
        });
        ordered.push(waiting.remove(next.unwrap_or(0)));
    }
    ordered
}

/// The tables in the same cycle of foreign keys as `table`: the table itself, and those of `tables`
/// that it refers to and that refer back to it, directly or indirectly.
pub fn cycle_of<'t>(table: &'t Table, tables: &[&'t Table]) -> Vec<&'t Table> {
    let mut cycle = ancestors(table, tables);
    cycle.retain(|other| {
        let mut back = ancestors(other, tables).into_iter();
        back.any(|ancestor| ancestor.name == table.name)
    });
    cycle
}

/// A table and those of `tables` that it refers to, directly or indirectly.
fn ancestors<'t>(table: &'t Table, tables: &[&'t Table]) -> Vec<&'t Table> {
    let by_name: HashMap<&str, &Table> = tables.iter().map(|t| (t.name.as_str(), *t)).collect();
    let mut known: HashSet<&str> = HashSet::from([table.name.as_str()]);
    let mut found: Vec<&Table> = vec![table];
    let mut at = 0;
    while at < found.len() {
        let keys = found[at].foreign_keys.iter();
        let parents = keys.filter_map(|key| by_name.get(key.parent_table.as_str()).zip(Some(key)));
        for (parent, key) in parents {
            if key.refers_to(&parent.name) && known.insert(&parent.name) {
                found.push(parent);
            }
        }
        at += 1;
    }
    found
}

/// The name in a list that a user means: exactly this one, or else the only one that differs only
/// in case.
pub fn meant<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    if let Some(same) = names.iter().find(|other| **other == name) {
        return Some(same);
    }
    let lower = name.to_lowercase();
    let mut alike = names.iter().filter(|other| other.to_lowercase() == lower);
    match (alike.next(), alike.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// One table.
///
/// Two tables are equal even if their indexes are in another order.
#[derive(Debug, Clone, Eq)]
pub struct Table {
    /// Table name, unquoted.
    pub name: String,
    /// Columns in the order of definition.
    pub columns: Vec<Column>,
    /// All indexes, including the primary key (`IndexKind::Primary`, named `PRIMARY`), in the order
    /// in which they are built.
    pub indexes: Vec<Index>,
    /// The foreign keys in which this table is the child.
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK constraints of the columns and of the table.
    pub checks: Vec<Check>,
    /// Default character set, if it is specified or known, for example `utf8mb4`.
    pub charset: Option<String>,
    /// Default collation, if it is specified or known.
    pub collation: Option<String>,
    /// WITH SYSTEM VERSIONING (MariaDB): the server keeps the history of each row.
    pub system_versioned: bool,
    /// Storage engine, if it is specified or known. Tables with different engines can still be
    /// equal.
    pub engine: Option<String>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        let by_name = |table: &Table| {
            let mut indexes: Vec<Index> = table.indexes.clone();
            indexes.sort_by(|a, b| a.name.cmp(&b.name));
            indexes
        };
        self.name == other.name
            && self.columns == other.columns
            && by_name(self) == by_name(other)
            && self.foreign_keys == other.foreign_keys
            && self.checks == other.checks
            && self.charset == other.charset
            && self.collation == other.collation
            && self.system_versioned == other.system_versioned
    }
}

impl Table {
    /// A table with this name and nothing else.
    pub fn named(name: String) -> Table {
        Table {
            name,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            charset: None,
            collation: None,
            system_versioned: false,
            engine: None,
        }
    }

    /// Position of a column by its exact name.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The primary key, if the table has one.
    pub fn primary_key(&self) -> Option<&Index> {
        self.indexes.iter().find(|i| i.kind == IndexKind::Primary)
    }
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Index name; `PRIMARY` for the primary key.
    pub name: String,
    /// The kind of the index.
    pub kind: IndexKind,
    /// Key parts, in order.
    pub parts: Vec<IndexPart>,
    /// Whether the optimizer may use the index. False for INVISIBLE (MySQL) and IGNORED (MariaDB).
    pub visible: bool,
    /// COMMENT of the index. Empty if there is none.
    pub comment: String,
    /// WITH PARSER of a FULLTEXT index. `None` means the built-in parser.
    pub parser: Option<String>,
}

impl Index {
    /// Whether any key part is an expression.
    pub fn is_functional(&self) -> bool {
        let is_expression = |part: &IndexPart| matches!(part.key, IndexKey::Expression(_));
        self.parts.iter().any(is_expression)
    }
}

/// The kinds of index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// PRIMARY KEY.
    Primary,
    /// UNIQUE.
    Unique,
    /// An index that is neither unique nor of a special kind.
    Plain,
    /// FULLTEXT.
    FullText,
    /// SPATIAL. Such an index is not dropped while rows are loaded.
    Spatial,
}

/// One key part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    /// A column, or the text of an expression (functional key part, MySQL only).
    pub key: IndexKey,
    /// Length of the indexed prefix in characters. `None` means the whole value.
    pub prefix: Option<u32>,
    /// DESC.
    pub descending: bool,
}

/// What a key part indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexKey {
    /// Name of a column.
    Column(String),
    /// Text of an expression.
    Expression(String),
}

/// One foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: String,
    /// Columns of the child table.
    pub columns: Vec<String>,
    /// Database of the parent table. `None` means the database of the child table.
    pub parent_database: Option<String>,
    /// Parent table.
    pub parent_table: String,
    /// Columns of the parent table, as many as `columns`.
    pub parent_columns: Vec<String>,
    /// What happens to child rows when their parent is deleted.
    pub on_delete: ReferenceAction,
    /// What happens to child rows when the key of their parent is changed.
    pub on_update: ReferenceAction,
}

impl ForeignKey {
    /// Whether the parent table has this name and is in the same database as the child.
    pub fn refers_to(&self, table: &str) -> bool {
        self.parent_database.is_none() && self.parent_table == table
    }

    /// The name of the parent table for messages, and as the key of a map. A parent in another
    /// database is written as `database.table`.
    pub fn parent(&self) -> String {
        match &self.parent_database {
            Some(database) => format!("{database}.{}", self.parent_table),
            None => self.parent_table.clone(),
        }
    }
}

/// What happens to child rows when their parent row is deleted or changed. InnoDB treats NO ACTION
/// as RESTRICT, so the three values for them are equal. They differ in what SHOW CREATE TABLE
/// prints: MySQL omits NO ACTION, and MariaDB prints NO ACTION for both words.
#[derive(Debug, Clone, Copy, Eq, Default)]
pub enum ReferenceAction {
    /// RESTRICT or NO ACTION, whichever the server uses if the foreign key specifies neither.
    #[default]
    Restrict,
    /// RESTRICT, specified.
    StatedRestrict,
    /// NO ACTION, specified.
    StatedNoAction,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT. The grammar allows it, but InnoDB reports an error.
    SetDefault,
}

impl ReferenceAction {
    /// The words after ON DELETE or ON UPDATE. `None` if they are omitted.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Restrict => None,
            Self::StatedRestrict => Some("RESTRICT"),
            Self::StatedNoAction => Some("NO ACTION"),
            Self::Cascade => Some("CASCADE"),
            Self::SetNull => Some("SET NULL"),
            Self::SetDefault => Some("SET DEFAULT"),
        }
    }

    fn effect(self) -> Option<&'static str> {
        let restricts = matches!(self, Self::StatedRestrict | Self::StatedNoAction);
        self.words().filter(|_| !restricts)
    }
}

impl PartialEq for ReferenceAction {
    fn eq(&self, other: &Self) -> bool {
        self.effect() == other.effect()
    }
}

/// One CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Constraint name. Empty if schema.sql does not name it.
    pub name: String,
    /// Text of the condition, as in schema.sql or the catalogue.
    pub expression: String,
}
