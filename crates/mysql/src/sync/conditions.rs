//! When a change may be made by itself: its parents exist, its unique values are free, and no row
//! refers to what it takes away.

use model::schema::ForeignKey;
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

use super::edges::same;
use super::statements::{KIND, Kind, has_no_row, has_row};
use super::{Child, SyncTable};
use crate::merge::statements::all_same;

impl SyncTable {
    /// The foreign keys whose columns the file fills. The server checks the others.
    pub(super) fn filled_references(&self) -> impl Iterator<Item = &ForeignKey> {
        let keys = self.live.foreign_keys.iter();
        keys.filter(|key| key.columns.iter().all(|column| self.fills(column)))
    }

    /// The other unique keys that the file fills.
    pub(super) fn filled_unique(&self) -> impl Iterator<Item = &Vec<String>> {
        let is_generated = |name: &String| {
            let column = self.live.columns.iter().find(|c| c.name == *name);
            column.is_some_and(|c| c.generated) && self.is_complete()
        };
        let keys = self.unique.iter();
        keys.filter(move |key| key.iter().all(|c| self.fills(c) || is_generated(c)))
    }

    /// The condition that a new or changed row may be written by itself.
    pub(super) fn is_free(&self) -> String {
        let mut conditions = vec!["TRUE".to_owned()];
        for key in self.filled_references() {
            conditions.push(self.has_parent(key));
        }
        for unique in self.filled_unique() {
            conditions.push(has_no_row(&self.other_row_with(unique)));
        }
        for child in &self.children {
            let columns: Vec<_> = self
                .target
                .columns
                .iter()
                .filter(|c| child.key.parent_columns.contains(&c.name))
                .collect();
            if !columns.is_empty() {
                conditions.push(format!(
                    "(k.{KIND} <> {} OR {} OR {})",
                    Kind::Changed as u8,
                    all_same(columns.into_iter()),
                    has_no_row(&child.rows_of("t", self, false))
                ));
            }
        }
        conditions.join(" AND ")
    }

    /// The condition that the row that a row of the file refers to exists, or is the row itself.
    fn has_parent(&self, key: &ForeignKey) -> String {
        let columns = key.columns.iter();
        let mut parts: Vec<String> = columns
            .map(|own| format!("s.{} IS NULL", quote_identifier(own)))
            .collect();
        let of = |parent| same((parent, &key.parent_columns), ("s", &key.columns));
        if key.refers_to(self.name()) && key.parent_columns.iter().all(|c| self.fills(c)) {
            parts.push(format!("({})", of("s")));
        }
        parts.push(has_row(&format!(
            "{} AS p WHERE {}",
            parent_table(key),
            of("p")
        )));
        format!("({})", parts.join(" OR "))
    }

    /// The rows that have the unique values of a row of the file, and another primary key.
    fn other_row_with(&self, unique: &[String]) -> String {
        format!(
            "{} AS u WHERE {} AND NOT ({})",
            self.quoted(),
            same(("u", unique), ("s", unique)),
            self.same_key("u", "s")
        )
    }

    /// The condition that no row refers to a row of the table, except the row itself.
    pub(super) fn is_childless(&self) -> String {
        let children = self.children.iter();
        let without = children.map(|child| has_no_row(&child.rows_of("t", self, true)));
        std::iter::once("TRUE".to_owned())
            .chain(without)
            .collect::<Vec<_>>()
            .join(" AND ")
    }

    pub(super) fn children(&self) -> &[Child] {
        &self.children
    }
}

impl Child {
    /// The rows that refer to the row `parent` of a table. Rows may refer to themselves; these may
    /// be left out.
    fn rows_of(&self, parent: &str, table: &SyncTable, without_itself: bool) -> String {
        let mut condition = same(("c", &self.key.columns), (parent, &self.key.parent_columns));
        if without_itself && self.table == table.name() {
            condition = format!("{condition} AND NOT ({})", table.same_key("c", parent));
        }
        format!("{} AS c WHERE {condition}", quote_identifier(&self.table))
    }
}
