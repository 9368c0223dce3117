//! What stands between two schemas, as a value.
//!
//! `from` is what is, `to` what shall be. Pure: nothing here knows a server, so that `--dry-run` is the same code, and a plan
//! can be tested as data. [`Plan::changes`] can be carried out by `apply`; [`Plan::differences`] are only reported. That
//! line moves as the tool learns to mend more; whoever asks whether two schemas are the same asks [`Plan::is_empty`].
//!
//! `sql` writes the statements, `tables` compares columns and constraints.

mod sql;
mod tables;

use std::fmt;

use super::{Check, Column, ForeignKey, Index, Schema, Table};

pub use sql::{Statement, Step, deferral, index_definition};

/// All that has to happen to make `from` into `to`, and all that is different besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What can be carried out, in the order of the tables of `to`.
    pub changes: Vec<Change>,
    /// What is different and left alone.
    pub differences: Vec<Difference>,
}

/// One thing that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The index is missing.
    AddIndex {
        /// Name of the table.
        table: String,
        /// The index to build.
        index: Index,
    },
    /// The foreign key is missing.
    AddForeignKey {
        /// Name of the child table.
        table: String,
        /// The foreign key to add.
        key: ForeignKey,
    },
}

impl Change {
    /// Name of the table that changes.
    pub fn table(&self) -> &str {
        match self {
            Change::AddIndex { table, .. } | Change::AddForeignKey { table, .. } => table,
        }
    }
}

/// One thing that is different and is only reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Name of the table.
    pub table: String,
    /// What is different.
    pub kind: DifferenceKind,
}

/// What is different about a table. `from` is what is, `to` what the schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "from and to are the two sides throughout")]
pub enum DifferenceKind {
    /// The table does not exist.
    MissingTable,
    /// A column of the schema does not exist.
    MissingColumn(Column),
    /// A column is not in the schema.
    ExtraColumn(Column),
    /// A column is defined otherwise.
    ChangedColumn { from: Column, to: Column },
    /// The columns stand in another order.
    ColumnOrder { from: Vec<String>, to: Vec<String> },
    /// An index is not in the schema.
    ExtraIndex(Index),
    /// An index of that name is another one; primary keys among them.
    ChangedIndex { from: Index, to: Index },
    /// A foreign key is not in the schema.
    ExtraForeignKey(ForeignKey),
    /// A foreign key of that name is another one.
    ChangedForeignKey { from: ForeignKey, to: ForeignKey },
    /// A CHECK of the schema does not exist.
    MissingCheck(Check),
    /// A CHECK is not in the schema.
    ExtraCheck(Check),
    /// The table's default collation, and with it the character set.
    Collation { from: String, to: String },
}

/// Compares two schemas. Tables that only `from` has are none of its business: the database may hold others.
pub fn diff(from: &Schema, to: &Schema) -> Plan {
    let mut plan = Plan::default();
    for wanted in &to.tables {
        match from.table(&wanted.name) {
            Some(present) => tables::compare(present, wanted, &mut plan),
            None => plan.differ(wanted, DifferenceKind::MissingTable),
        }
    }
    plan
}

impl Plan {
    /// Whether both schemas are the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.differences.is_empty()
    }

    /// The changes of one table.
    pub fn changes_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Change> {
        self.changes
            .iter()
            .filter(move |change| change.table() == table)
    }

    /// The changes as SQL: first one ALTER per table with all its indexes (the tables may be done in parallel), then one per
    /// child table with its foreign keys, for a session whose foreign_key_checks are off.
    pub fn statements(&self) -> Vec<Statement> {
        sql::statements(&self.changes)
    }

    fn differ(&mut self, table: &Table, kind: DifferenceKind) {
        self.differences.push(Difference {
            table: table.name.clone(),
            kind,
        });
    }
}

/// For people: `index "idx_old" on reviews is not in the schema`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DifferenceKind as Kind;
        let table = &self.table;
        let absent = "is missing";
        let extra = "is not in the schema";
        match &self.kind {
            Kind::MissingTable => write!(f, "table \"{table}\" {absent}"),
            Kind::MissingColumn(column) => {
                write!(f, "column \"{}\" of {table} {absent}", column.name)
            }
            Kind::ExtraColumn(column) => write!(f, "column \"{}\" of {table} {extra}", column.name),
            Kind::ChangedColumn { from, to } => {
                let (from_words, to_words) = (tables::describe(from), tables::describe(to));
                write!(
                    f,
                    "column \"{}\" of {table} is {from_words}, not {to_words}",
                    to.name
                )
            }
            Kind::ColumnOrder { from, to } => write!(
                f,
                "the columns of {table} stand in the order {}, not {}",
                from.join(", "),
                to.join(", ")
            ),
            Kind::ExtraIndex(index) => write!(f, "index \"{}\" on {table} {extra}", index.name),
            Kind::ChangedIndex { from, to } => write!(
                f,
                "index \"{}\" on {table} is {}, not {}",
                to.name,
                index_definition(from),
                index_definition(to)
            ),
            Kind::ExtraForeignKey(key) => {
                write!(f, "foreign key \"{}\" of {table} {extra}", key.name)
            }
            Kind::ChangedForeignKey { from, to } => write!(
                f,
                "foreign key \"{}\" of {table} is {}, not {}",
                to.name,
                sql::foreign_key_definition(from),
                sql::foreign_key_definition(to)
            ),
            Kind::MissingCheck(check) => {
                write!(f, "CHECK ({}) of {table} {absent}", check.expression)
            }
            Kind::ExtraCheck(check) => write!(f, "CHECK ({}) of {table} {extra}", check.expression),
            Kind::Collation { from, to } => {
                write!(f, "the collation of {table} is {from}, not {to}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
