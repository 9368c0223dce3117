//! The queries that read dependencies.

use std::collections::HashSet;

use super::super::statements::{KIND, Kind, N, has_no_row, has_row};
use super::super::{Child, SyncTable};
use super::{WRITTEN, Wanted};
use model::schema::ForeignKey;
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

/// The condition that rows `a` and `b` have the same values of these columns.
pub(in crate::sync) fn same(a: (&str, &[String]), b: (&str, &[String])) -> String {
    let pairs = a.1.iter().zip(b.1).map(|(of_a, of_b)| {
        let (of_a, of_b) = (quote_identifier(of_a), quote_identifier(of_b));
        format!("{}.{of_a} = {}.{of_b}", a.0, b.0)
    });
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// The condition that a row has these values of columns.
pub(in crate::sync) fn have(prefix: &str, columns: &[String], values: &[String]) -> String {
    let pairs = columns.iter().zip(values);
    let pairs =
        pairs.map(|(column, value)| format!("{prefix}.{} = {value}", quote_identifier(column)));
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// The condition that none of these columns is NULL in a row.
pub(in crate::sync) fn present(prefix: &str, columns: &[String]) -> String {
    let columns = columns.iter();
    let present = columns.map(|c| format!("{prefix}.{} IS NOT NULL", quote_identifier(c)));
    present.collect::<Vec<_>>().join(" AND ")
}

impl SyncTable {
    fn fills_all(&self, columns: &[String]) -> bool {
        columns.iter().all(|column| self.fills(column))
    }

    /// The columns among these that a record may change.
    fn changeable(&self, columns: &[String]) -> Vec<String> {
        let is_key = |name: &String| self.key.iter().any(|column| column.name == *name);
        let names: HashSet<&String> = columns.iter().collect();
        let mut names: Vec<String> = names
            .into_iter()
            .filter(|name| self.fills(name) && !is_key(name))
            .cloned()
            .collect();
        names.sort_unstable();
        names
    }

    /// The numbers of the [`Kind`]s of rows that may lose their values of these columns, as an SQL
    /// list. Deleted rows always may; changed rows only if a record may change a column.
    fn giving(&self, columns: &[String]) -> &'static str {
        match self.changeable(columns).is_empty() {
            true => "(3)",
            false => "(2, 3)",
        }
    }

    pub(in crate::sync) fn is_held(&self, child: &Child) -> String {
        format!(
            "rows of {} refer to the value of ({}) that the record changes",
            child.table,
            child.key.parent_columns.join(", ")
        )
    }

    /// The query for records that refer to a row that does not exist, or that is changed or
    /// deleted. It selects three numbers: of the record, of the record that will have the
    /// referenced value, and of the row that has this value now. A fourth column has the values of
    /// the foreign key that the file does not fill.
    pub(super) fn needs(
        &self,
        key: &ForeignKey,
        parent: Option<&SyncTable>,
        wanted: Wanted,
    ) -> String {
        let of_parent = &key.parent_columns;
        let values = self.values(&key.columns);
        let joined = have("p", of_parent, &values);
        let row = self.row_if_kept(&key.columns);
        let parents = format!("{row} LEFT JOIN {} AS p ON {joined}", parent_table(key));
        let mut kept = String::new();
        if self.keeps_any(&key.columns) {
            kept = format!(", CAST(CONCAT_WS(', ', {}) AS CHAR)", values.join(", "));
        }
        let is_missing = format!("p.{} IS NULL", quote_identifier(&of_parent[0]));
        let (mut columns, mut joins, mut condition) =
            ("NULL, NULL".to_owned(), String::new(), is_missing.clone());
        let mut hopeless = "TRUE".to_owned();
        if let Some(parent) = parent {
            let giving = parent.giving(of_parent);
            joins = format!(
                "LEFT JOIN {} ON {} AND kp.{KIND} IN {giving}",
                parent.keys_as("kp"),
                parent.same_key("kp", "p")
            );
            columns = format!("NULL, kp.{N}");
            condition = format!("({is_missing} OR kp.{N} IS NOT NULL)");
            if parent.fills_all(of_parent) {
                joins = format!("{joins} {}", parent.staged_with(of_parent, &values));
                columns = format!("ka.{N}, kp.{N}");
                condition = format!(
                    "{condition} AND (ka.{N} IS NULL OR kp.{N} IS NULL OR ka.{N} <> kp.{N})"
                );
                hopeless = format!("ka.{N} IS NULL");
            }
        }
        let end = match wanted {
            Wanted::All => String::new(),
            Wanted::Hopeless => format!(" AND {hopeless} LIMIT 1"),
        };
        let present: Vec<String> = values.iter().map(|v| format!("{v} IS NOT NULL")).collect();
        format!(
            "SELECT k.{N}, {columns}{kept} FROM {} {parents} {joins} \
             WHERE k.{KIND} IN {WRITTEN} AND {} AND {condition}{end}",
            self.staged_keys(),
            present.join(" AND ")
        )
    }

    /// Joins the row `t` as it is now, if it keeps values of these columns.
    fn row_if_kept(&self, columns: &[String]) -> String {
        match self.keeps_any(columns) {
            true => format!(
                "LEFT JOIN {} AS t ON {}",
                self.quoted(),
                self.same_key("t", "k")
            ),
            false => String::new(),
        }
    }

    /// Joins the new or changed record `ka` that has these values of `columns`.
    fn staged_with(&self, columns: &[String], values: &[String]) -> String {
        format!(
            "LEFT JOIN {} AS sa ON {} LEFT JOIN {} ON {} AND ka.{KIND} IN {WRITTEN}",
            self.stage(),
            have("sa", columns, values),
            self.keys_as("ka"),
            self.same_key("ka", "sa")
        )
    }

    /// The query for changed or deleted rows whose old value unchanged rows refer to. It selects
    /// two numbers: of the row, and of the record that will have the value.
    pub(super) fn holds_of_fixed(
        &self,
        child: &Child,
        of: Option<&SyncTable>,
        wanted: Wanted,
    ) -> String {
        let columns = &child.key.parent_columns;
        let differs = of.map_or(String::new(), |of| {
            let differing = format!(
                "{} WHERE k2.{KIND} IN (2, 3) AND {}",
                of.keys_as("k2"),
                of.same_key("k2", "c")
            );
            format!(" AND {}", has_no_row(&differing))
        });
        let refers = format!(
            "{} AS c WHERE {}{differs}",
            quote_identifier(&child.table),
            same(("c", &child.key.columns), ("t", columns))
        );
        let (joins, staged, given) = self.given_up(columns);
        let end = match wanted {
            Wanted::All => String::new(),
            Wanted::Hopeless => format!(" AND {staged} IS NULL LIMIT 1"),
        };
        format!(
            "SELECT k.{N}, {staged}, NULL FROM {} AS k STRAIGHT_JOIN {} AS t ON {} {joins} \
             WHERE {given} AND {}{end}",
            self.keys(),
            self.quoted(),
            self.same_key("t", "k"),
            has_row(&refers)
        )
    }

    /// The query for changed or deleted rows whose old value other differing rows refer to. It
    /// selects three numbers: of the row, of the record that will have the value, and of the row
    /// that refers to it.
    pub(super) fn holds(&self, child: &Child, of: &SyncTable) -> String {
        let columns = &child.key.parent_columns;
        let (joins, staged, given) = self.given_up(columns);
        format!(
            "SELECT k.{N}, {staged}, kc.{N} FROM {} AS k STRAIGHT_JOIN {} AS t ON {} \
             STRAIGHT_JOIN {} AS c ON {} STRAIGHT_JOIN {} ON {} AND kc.{KIND} IN (2, 3) \
             {joins} WHERE {given}",
            self.keys(),
            self.quoted(),
            self.same_key("t", "k"),
            quote_identifier(&child.table),
            same(("c", &child.key.columns), ("t", columns)),
            of.keys_as("kc"),
            of.same_key("kc", "c"),
        )
    }

    /// Three parts of a query about the value that a row `t` with the key `k` has in these columns:
    /// the joins, the number of the record that will have the value instead, and the condition that
    /// the row loses the value.
    fn given_up(&self, columns: &[String]) -> (String, String, String) {
        let (mut joins, mut staged) = (String::new(), "NULL".to_owned());
        let changeable = self.changeable(columns);
        let mut given = format!("k.{KIND} IN {}", self.giving(columns));
        if !changeable.is_empty() {
            joins = format!(
                "LEFT JOIN {} ON {}",
                self.stage_as("s"),
                self.same_key("s", "k")
            );
            let same = same(("s", &changeable), ("t", &changeable));
            given = format!(
                "{given} AND (k.{KIND} = {} OR NOT COALESCE({same}, FALSE))",
                Kind::Gone as u8
            );
        }
        if self.fills_all(columns) {
            let values = columns.iter().map(|c| format!("t.{}", quote_identifier(c)));
            let values: Vec<String> = values.collect();
            joins = format!("{joins} {}", self.staged_with(columns, &values));
            staged = format!("ka.{N}");
        }
        (joins, staged, given)
    }

    /// The query for records whose unique value another row has. It selects two numbers: of the
    /// record, and of the other row if that is changed or deleted.
    pub(super) fn taken(&self, unique: &[String], wanted: Wanted) -> String {
        let end = match wanted {
            Wanted::All => String::new(),
            Wanted::Hopeless => format!(" AND ku.{N} IS NULL LIMIT 1"),
        };
        format!(
            "SELECT k.{N}, ku.{N}, NULL FROM {} {} STRAIGHT_JOIN {} AS u ON {} \
             LEFT JOIN {} ON {} AND ku.{KIND} IN (2, 3) \
             WHERE k.{KIND} IN {WRITTEN} AND NOT ({}){end}",
            self.staged_keys(),
            self.row_if_kept(unique),
            self.quoted(),
            have("u", unique, &self.values(unique)),
            self.keys_as("ku"),
            self.same_key("ku", "u"),
            self.same_key("u", "s")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;
    use mysql_schema::parse::parse;

    const SCHEMA: &str =
        "CREATE TABLE a (id INT PRIMARY KEY, up INT, code INT, UNIQUE KEY code (code),
        CONSTRAINT up_of FOREIGN KEY (up) REFERENCES a (id),
        CONSTRAINT code_of FOREIGN KEY (up) REFERENCES a (code));";

    fn table(filled: &[&str]) -> SyncTable {
        let schema = parse(SCHEMA, "test").unwrap();
        let columns = schema.tables[0].columns.iter();
        let columns = columns.filter(|c| filled.contains(&c.name.as_str()));
        let target = Target {
            table: "a".to_owned(),
            columns: columns.cloned().collect(),
            computed: Vec::new(),
        };
        SyncTable::new(target, 0, &schema).unwrap()
    }

    fn queries(table: &SyncTable) -> Vec<String> {
        let mut all = vec![table.is_free(), table.is_childless()];
        for wanted in [Wanted::All, Wanted::Hopeless] {
            let keys = table.known_references();
            all.extend(keys.map(|key| table.needs(key, Some(table), wanted)));
            let children = table.children().iter();
            all.extend(children.map(|child| table.holds_of_fixed(child, Some(table), wanted)));
            let unique = table.known_unique();
            all.extend(unique.map(|unique| table.taken(unique, wanted)));
        }
        let children = table.children().iter();
        all.extend(children.map(|child| table.holds(child, table)));
        all
    }

    #[test]
    fn work_tables_are_joined_by_an_index_that_is_named() {
        for filled in [&["id", "up", "code"][..], &["id", "code"], &["id"]] {
            for sql in queries(&table(filled)) {
                for (index, work_table) in [
                    ("same_key", "`_reviewseed_sync_0_keys` AS "),
                    ("PRIMARY", "`_reviewseed_sync_0` AS "),
                ] {
                    for (at, _) in sql.match_indices(work_table) {
                        let after = &sql[at + work_table.len()..];
                        let (alias, after) = after.split_once(' ').unwrap();
                        // `k` is read first, and `sa` is searched by the columns of a foreign key
                        let is_named = after.starts_with(&format!("FORCE INDEX ({index})"));
                        assert!(is_named || ["k", "sa"].contains(&alias), "{alias}: {sql}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_that_the_file_does_not_fill_are_those_of_the_row() {
        let sql = table(&["id"]);
        let key = sql.known_references().next().unwrap();
        let needs = sql.needs(key, Some(&sql), Wanted::All);
        assert!(
            needs.contains("IF(k._reviewseed_kind = 1, s.`up`, t.`up`)"),
            "{needs}"
        );
        let sql = table(&["id", "up", "code"]);
        let key = sql.known_references().next().unwrap();
        let needs = sql.needs(key, Some(&sql), Wanted::All);
        assert!(!needs.contains("t.`up`"), "{needs}");
    }
}
