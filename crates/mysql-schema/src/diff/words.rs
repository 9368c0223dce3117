//! Messages about findings, such as `index "idx_old" on reviews is not in the schema`.

use std::fmt;

use super::definition::foreign_key_definition;
use super::{Difference, Finding, Kind, Reason, Redundant, columns, index_definition};

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        let absent = "is missing";
        let extra = "is not in the schema";
        match &self.kind {
            Kind::MissingTable => write!(f, "table \"{table}\" {absent}"),
            Kind::MissingColumn { column, .. } => {
                write!(f, "column \"{}\" of {table} {absent}", column.name)
            }
            Kind::ExtraColumn(column) => write!(f, "column \"{}\" of {table} {extra}", column.name),
            Kind::ChangedColumn { from, to, .. } => {
                let (from_words, to_words) = (columns::describe(from), columns::describe(to));
                write!(
                    f,
                    "column \"{}\" of {table} is {from_words}, not {to_words}",
                    to.name
                )
            }
            Kind::ColumnOrder { from, to, .. } => write!(
                f,
                "the columns of {table} are in the order {}, not {}",
                from.join(", "),
                to.join(", ")
            ),
            Kind::MissingIndex(index) => write!(f, "index \"{}\" on {table} {absent}", index.name),
            Kind::ExtraIndex(index) => write!(f, "index \"{}\" on {table} {extra}", index.name),
            Kind::ChangedIndex { from, to } => write!(
                f,
                "index \"{}\" on {table} is {}, not {}",
                to.name,
                index_definition(from),
                index_definition(to)
            ),
            Kind::RenamedIndex { from, to } => write!(
                f,
                "index \"{}\" on {table} exists under the name \"{}\"",
                to.name, from.name
            ),
            Kind::MissingForeignKey(key) => {
                write!(f, "foreign key \"{}\" of {table} {absent}", key.name)
            }
            Kind::ExtraForeignKey(key) => {
                write!(f, "foreign key \"{}\" of {table} {extra}", key.name)
            }
            Kind::ChangedForeignKey { from, to } => write!(
                f,
                "foreign key \"{}\" of {table} is {}, not {}",
                to.name,
                foreign_key_definition(from),
                foreign_key_definition(to)
            ),
            Kind::MissingCheck(check) => {
                write!(f, "CHECK ({}) of {table} {absent}", check.expression)
            }
            Kind::ExtraCheck(check) => write!(f, "CHECK ({}) of {table} {extra}", check.expression),
            Kind::ChangedCheck { from, to } => write!(
                f,
                "CHECK \"{}\" of {table} is ({}), not ({})",
                to.name, from.expression, to.expression
            ),
            Kind::Collation { from, to } => {
                write!(f, "the collation of {table} is {from}, not {to}")
            }
            Kind::SystemVersioning { wanted: true } => {
                write!(f, "{table} is not WITH SYSTEM VERSIONING")
            }
            Kind::SystemVersioning { wanted: false } => write!(
                f,
                "{table} is WITH SYSTEM VERSIONING, which is not in the schema"
            ),
            Kind::Rebuild => write!(f, "table \"{table}\" is to be rebuilt"),
        }
    }
}

/// Shows what differs. [`Reason`] says why the plan does not change it.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}

/// Shows the text that follows "left alone:" in a message.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotInScope => f.write_str("`reviewseed reindex` changes it"),
            Reason::Drops => f.write_str("add --allow-drop to drop it"),
            Reason::Columns => f.write_str("nothing would be lost, add --columns to change it"),
            Reason::Loses(what) => write!(f, "the change could lose data: {what}"),
            Reason::Never(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for Redundant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "index \"{}\" on {} is redundant: \"{}\" begins with the same columns",
            self.index, self.table, self.covered_by
        )
    }
}
