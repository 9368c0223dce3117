//! When a change may be made by itself: its parents exist, its unique values are free, and no row
//! refers to what it takes away.

use model::schema::ForeignKey;
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

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
            conditions.push(self.has_parent(key, &[]));
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

    /// The condition that the row that a row of the file refers to exists, or is the row itself,
    /// or fulfils one of `others`.
    pub(super) fn has_parent(&self, key: &ForeignKey, others: &[String]) -> String {
        let pairs = || key.columns.iter().zip(&key.parent_columns);
        let mut parts: Vec<String> = pairs()
            .map(|(own, _)| format!("s.{} IS NULL", quote_identifier(own)))
            .collect();
        let same = |parent: &str| {
            let same = pairs().map(|(own, of)| {
                let (own, of) = (quote_identifier(own), quote_identifier(of));
                format!("{parent}.{of} = s.{own}")
            });
            same.collect::<Vec<_>>().join(" AND ")
        };
        if key.refers_to(self.name()) && key.parent_columns.iter().all(|c| self.fills(c)) {
            parts.push(format!("({})", same("s")));
        }
        parts.push(has_row(&format!(
            "{} AS p WHERE {}",
            parent_table(key),
            same("p")
        )));
        parts.extend_from_slice(others);
        format!("({})", parts.join(" OR "))
    }

    /// The rows that have the unique values of a row of the file, and another primary key.
    pub(super) fn other_row_with(&self, unique: &[String]) -> String {
        let same = unique.iter().map(|name| {
            let name = quote_identifier(name);
            format!("u.{name} = s.{name}")
        });
        let same: Vec<String> = same.collect();
        format!(
            "{} AS u WHERE {} AND NOT ({})",
            self.quoted(),
            same.join(" AND "),
            self.same_key("u", "s")
        )
    }

    /// The condition that no row refers to a row of the table, except the row itself.
    pub(super) fn is_childless(&self) -> String {
        self.without_rows(|child| child.rows_of("t", self, true))
    }

    /// The condition that no row refers to a row of the table, not even the row itself.
    pub(super) fn is_unreferenced(&self) -> String {
        self.without_rows(|child| child.rows_of("t", self, false))
    }

    fn without_rows(&self, rows_of: impl Fn(&Child) -> String) -> String {
        let children = self.children.iter();
        let without = children.map(|child| has_no_row(&rows_of(child)));
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
    pub(super) fn rows_of(&self, parent: &str, table: &SyncTable, without_itself: bool) -> String {
        let pairs = self.key.columns.iter().zip(&self.key.parent_columns);
        let same = pairs.map(|(own, of)| {
            format!(
                "c.{} = {parent}.{}",
                quote_identifier(own),
                quote_identifier(of)
            )
        });
        let mut same: Vec<String> = same.collect();
        if without_itself && self.table == table.name() {
            same.push(format!("NOT ({})", table.same_key("c", parent)));
        }
        let child = quote_identifier(&self.table);
        format!("{child} AS c WHERE {}", same.join(" AND "))
    }
}
