//! Conditions under which a row may be written by itself: its parents exist, its unique values are
//! free, and no row refers to a value that it loses.

use model::schema::{Column, ForeignKey, ReferenceAction};
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

use super::edges::{have, same};
use super::statements::{KIND, Kind, has_no_row, has_row};
use super::work_tables::needs_value;
use super::{Child, SyncTable};
use crate::merge::statements::all_same;

impl SyncTable {
    /// The foreign keys whose values are known before a row is written. The other foreign keys have
    /// columns that the server computes when it writes the row, so only the server checks them.
    pub(super) fn known_references(&self) -> impl Iterator<Item = &ForeignKey> {
        let keys = self.live.foreign_keys.iter();
        keys.filter(|key| key.columns.iter().all(|column| self.is_known(column)))
    }

    /// Whether the value that a column will have in a row is known before the row is written.
    fn is_known(&self, column: &str) -> bool {
        let own = self.live.columns.iter().find(|c| c.name == *column);
        let is_computed = |c: &Column| c.auto_increment || (c.generated && !self.is_complete());
        self.fills(column) || !own.is_some_and(is_computed)
    }

    /// The SQL expression for the value that a column will have after a record is written. `s` is
    /// the record, `k` its key, and `t` the row as it is now, if there is one. A row keeps its
    /// values of columns that the file does not fill.
    fn value(&self, column: &str) -> String {
        let name = quote_identifier(column);
        let own = self.live.columns.iter().find(|c| c.name == *column);
        let is_staged = self.is_complete() || !own.is_some_and(needs_value);
        match self.fills(column) || own.is_some_and(|c| c.generated) {
            true => format!("s.{name}"),
            false if !is_staged => format!("t.{name}"),
            false => format!("IF(k.{KIND} = {}, s.{name}, t.{name})", Kind::New as u8),
        }
    }

    /// The values of these columns, as [`SyncTable::value`] returns them.
    pub(super) fn values(&self, columns: &[String]) -> Vec<String> {
        columns.iter().map(|column| self.value(column)).collect()
    }

    /// Whether rows keep values of some of these columns. Such values are read from `t`.
    pub(super) fn keeps_any(&self, columns: &[String]) -> bool {
        let values = self.values(columns);
        values.iter().any(|value| !value.starts_with("s."))
    }

    /// The other unique keys whose values are known before a row is written.
    pub(super) fn known_unique(&self) -> impl Iterator<Item = &Vec<String>> {
        let keys = self.unique.iter();
        keys.filter(|key| key.iter().all(|column| self.is_known(column)))
    }

    /// The condition that a new or changed row may be written by itself.
    pub(super) fn is_free(&self) -> String {
        let mut conditions = vec!["TRUE".to_owned()];
        for key in self.known_references() {
            conditions.push(self.has_parent(key));
        }
        for unique in self.known_unique() {
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

    /// The condition that the parent of a record exists, or that the record is its own parent.
    fn has_parent(&self, key: &ForeignKey) -> String {
        let columns = key.columns.iter();
        let mut parts: Vec<String> = columns
            .map(|own| format!("{} IS NULL", self.value(own)))
            .collect();
        let of = |parent| have(parent, &key.parent_columns, &self.values(&key.columns));
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

    /// The rows that have the unique values of a record, but another primary key.
    fn other_row_with(&self, unique: &[String]) -> String {
        format!(
            "{} AS u WHERE {} AND NOT ({})",
            self.quoted(),
            have("u", unique, &self.values(unique)),
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

    /// Whether a foreign key copies changes of text columns that the file fills into the rows that
    /// refer to them. Such a text may change to one that its collation calls equal.
    pub(super) fn respells_children(&self) -> bool {
        self.children
            .iter()
            .filter(|child| child.key.on_update != ReferenceAction::Restrict)
            .flat_map(|child| &child.key.parent_columns)
            .any(|name| {
                let mut columns = self.target.columns.iter();
                columns.any(|column| column.name == *name && column.kind.is_text())
            })
    }

    pub(super) fn children(&self) -> &[Child] {
        &self.children
    }
}

impl Child {
    /// The rows that refer to the row `parent` of a table. Rows may refer to themselves;
    /// `without_itself` leaves out such a row.
    pub(super) fn rows_of(&self, parent: &str, table: &SyncTable, without_itself: bool) -> String {
        let mut condition = same(("c", &self.key.columns), (parent, &self.key.parent_columns));
        if without_itself && self.table == table.name() {
            condition = format!("{condition} AND NOT ({})", table.same_key("c", parent));
        }
        format!("{} AS c WHERE {condition}", quote_identifier(&self.table))
    }
}
