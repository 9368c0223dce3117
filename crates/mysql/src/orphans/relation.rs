//! A foreign key whose orphans are searched for, and the SQL of the search.

use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::Identity;
use crate::error::Result;
use input::Source;
use model::rejection::shown;
use model::schema::{ForeignKey, Table};
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

/// A foreign key between two tables, or of a table to itself.
pub(super) struct Relation<'a> {
    pub(super) child: usize,
    /// Number of the parent table, if this run loads it.
    pub(super) parent: Option<usize>,
    pub(super) key: &'a ForeignKey,
    /// Position of the message for orphans of this foreign key.
    pub(super) message: usize,
    /// Whether the pairs of child and parent are kept in memory when they are read. That is so if
    /// the parent table also refers to the child table, because the pairs would otherwise be read
    /// many times.
    pub(super) is_kept: bool,
    /// Whether the file lacks a column of the foreign key.
    pub(super) is_in_table_only: bool,
}

impl Relation<'_> {
    /// The SQL expression for the values of a foreign key that the file does not have.
    pub(super) fn values_in_sql(&self) -> String {
        if !self.is_in_table_only {
            return "NULL".to_owned();
        }
        let columns = self.key.columns.iter();
        let value = |name: &String| {
            format!(
                "IFNULL(CONVERT(child.{} USING utf8mb4), 'NULL')",
                quote_identifier(name)
            )
        };
        let values: Vec<String> = columns.map(value).collect();
        format!("CONCAT_WS(', ', {})", values.join(", "))
    }
}

/// Whether a file lacks a column of a foreign key.
pub(super) fn lacks_column(source: &Source, key: &ForeignKey) -> bool {
    let filled = |name: &String| {
        let mut columns = source.header.columns.iter();
        columns.any(|(column, _)| source.table.columns[*column].name == *name)
    };
    !key.columns.iter().all(filled)
}

/// The values of a foreign key that the file does not have, as [`Relation::values_in_sql`] selects
/// them.
pub(super) fn values(row: &MySqlRow, at: usize) -> Result<Option<Box<str>>> {
    let value: Option<Vec<u8>> = row.try_get_unchecked(at)?;
    Ok(value.map(|value| shown(&value).into_boxed_str()))
}

/// The statement that selects each child with its parent.
pub(super) fn pairs(
    child: &Table,
    relation: &Relation<'_>,
    of_child: &Identity,
    of_parent: &Identity,
) -> String {
    let key = relation.key;
    let equal: Vec<String> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(own, of)| {
            let (own, of) = (quote_identifier(own), quote_identifier(of));
            format!("child.{own} = parent.{of}")
        })
        .collect();
    format!(
        "SELECT {}, {}, {} FROM {} AS child JOIN {} AS parent ON {}",
        of_child.in_sql("child"),
        of_parent.in_sql("parent"),
        relation.values_in_sql(),
        quote_identifier(&child.name),
        parent_table(key),
        equal.join(" AND ")
    )
}
