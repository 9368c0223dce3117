//! What the differing rows of all tables have to do with each other: which records need a row that
//! is written or kept as well, which rows keep others, and which unique values are not free yet.
//!
//! A row that differs is a [`Node`]. Only dependencies between such rows are read, and those that
//! cannot be fulfilled, so their number does not grow with the tables.

use std::collections::HashSet;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::statements::{KIND, Kind, N, has_no_row, has_row};
use super::{Child, SyncTable};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::rejection::Rule;
use model::schema::ForeignKey;
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

/// The kinds of keys whose rows the file has.
pub(super) const WRITTEN: &str = "(1, 2)";

/// A row that differs: a key of a work table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node {
    /// The position of its table among the tables that differ.
    pub(super) table: u32,
    /// The number of its key.
    pub(super) number: u64,
}

/// A record refers to a row that does not stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) record: Node,
    /// The record that has the value to which it refers.
    pub(super) staged: Option<Node>,
    /// The row that has the value until it is changed or deleted.
    pub(super) old: Option<Node>,
    /// The number of the reason.
    pub(super) why: usize,
}

/// A row as it is in its table refers to a row that is changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    /// `None` if the row stays as it is.
    pub(super) child: Option<Node>,
    pub(super) parent: Node,
    /// The record that will have the value of the parent instead.
    pub(super) staged: Option<Node>,
    pub(super) why: usize,
}

/// A record has the unique value of another row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) record: Node,
    /// The row that has it until it is changed or deleted; `None` if it stays as it is.
    pub(super) holder: Option<Node>,
    pub(super) why: usize,
}

/// The dependencies of the differing rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Edges {
    pub(super) needs: Vec<Need>,
    pub(super) holds: Vec<Hold>,
    pub(super) taken: Vec<Taken>,
    /// The reasons for which a record may be rejected.
    pub(super) reasons: Vec<(Rule, String)>,
}

/// Which dependencies a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    /// One that cannot be fulfilled by any row, if there is one.
    Hopeless,
}

/// Whether a record may have to be rejected, or a gone row to be kept, because of other rows.
///
/// # Errors
///
/// When a query fails.
pub(super) async fn any_hopeless(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
) -> Result<bool> {
    let mut edges = Edges::default();
    for at in 0..tables.len() {
        edges
            .read(connection, (tables, at), Wanted::Hopeless)
            .await?;
        if !(edges.needs.is_empty() && edges.holds.is_empty() && edges.taken.is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Edges {
    /// Reads the dependencies of these tables' rows.
    ///
    /// # Errors
    ///
    /// When a query fails.
    pub(super) async fn load(
        connection: &mut MySqlConnection,
        tables: &[&SyncTable],
    ) -> Result<Edges> {
        let mut edges = Edges::default();
        for at in 0..tables.len() {
            edges.read(connection, (tables, at), Wanted::All).await?;
        }
        let by_reason = |need: &Need| (need.record, need.why);
        edges.needs.sort_unstable_by_key(by_reason);
        Ok(edges)
    }

    async fn read(
        &mut self,
        connection: &mut MySqlConnection,
        (tables, at): (&[&SyncTable], usize),
        wanted: Wanted,
    ) -> Result<()> {
        let table = tables[at];
        let position = |name: &str| tables.iter().position(|table| table.name() == name);
        for key in table.filled_references() {
            let parent = tables.iter().position(|other| key.refers_to(other.name()));
            let sql = table.needs(key, parent.map(|at| tables[at]), wanted);
            let why = self.reason(
                Rule::MissingParent,
                clean::keys::missing_parent_message(key),
            );
            for [record, staged, old] in numbers(connection, table, &sql).await? {
                let of_parent = |number: Option<u64>| Some(node(parent?, number?));
                self.needs.extend(record.map(|record| Need {
                    record: node(at, record),
                    staged: of_parent(staged),
                    old: of_parent(old),
                    why,
                }));
            }
        }
        for child in table.children() {
            let of = position(&child.table);
            let why = self.reason(Rule::RefusedByServer, table.is_held(child));
            let mut queries = vec![table.holds_of_fixed(child, of.map(|at| tables[at]), wanted)];
            if let (Some(of), Wanted::All) = (of, wanted) {
                queries.push(table.holds(child, tables[of]));
            }
            for sql in queries {
                for [parent, staged, child] in numbers(connection, table, &sql).await? {
                    self.holds.extend(parent.map(|parent| Hold {
                        child: of.and_then(|of| Some(node(of, child?))),
                        parent: node(at, parent),
                        staged: staged.map(|number| node(at, number)),
                        why,
                    }));
                }
            }
        }
        for unique in table.filled_unique() {
            let why = self.reason(Rule::DuplicateKey, has_the_value(unique));
            let sql = table.taken(unique, wanted);
            for [record, holder, _] in numbers(connection, table, &sql).await? {
                self.taken.extend(record.map(|record| Taken {
                    record: node(at, record),
                    holder: holder.map(|number| node(at, number)),
                    why,
                }));
            }
        }
        Ok(())
    }

    fn reason(&mut self, rule: Rule, message: String) -> usize {
        self.reasons.push((rule, message));
        self.reasons.len() - 1
    }

    /// Pairs of rows of which the first must be written before the second, or in the same
    /// transaction. A row that refers to itself is paired with itself.
    pub(super) fn before(&self) -> Vec<(Node, Node)> {
        let needs = self.needs.iter();
        let needs = needs.filter_map(|need| Some((need.staged?, need.record)));
        let children = self.holds.iter();
        let children = children.filter_map(|hold| Some((hold.child?, hold.parent)));
        let instead = self.holds.iter();
        let instead = instead.filter_map(|hold| Some((hold.staged?, hold.parent)));
        let taken = self.taken.iter();
        let taken = taken.filter_map(|taken| Some((taken.holder?, taken.record)));
        let mut pairs: Vec<(Node, Node)> = needs.filter(|(a, b)| a != b).collect();
        pairs.extend(children.chain(instead).chain(taken));
        pairs
    }
}

fn node(table: usize, number: u64) -> Node {
    Node {
        table: table as u32,
        number,
    }
}

fn has_the_value(unique: &[String]) -> String {
    format!(
        "a row that is kept, or that another program wrote, has the same value of the unique key \
         ({})",
        unique.join(", ")
    )
}

async fn numbers(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    sql: &str,
) -> Result<Vec<[Option<u64>; 3]>> {
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.with_context(|| format!("cannot judge the rows of {}", table.name()))?;
    let numbers = |row: &sqlx::mysql::MySqlRow| -> Result<[Option<u64>; 3]> {
        Ok([
            row.try_get_unchecked(0)?,
            row.try_get_unchecked(1)?,
            row.try_get_unchecked(2)?,
        ])
    };
    rows.iter().map(numbers).collect()
}

/// The condition that rows `a` and `b` have the same values of these columns.
pub(super) fn same(a: (&str, &[String]), b: (&str, &[String])) -> String {
    let pairs = a.1.iter().zip(b.1).map(|(of_a, of_b)| {
        let (of_a, of_b) = (quote_identifier(of_a), quote_identifier(of_b));
        format!("{}.{of_a} = {}.{of_b}", a.0, b.0)
    });
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// The condition that a row has values of all these columns.
pub(super) fn present(prefix: &str, columns: &[String]) -> String {
    let columns = columns.iter();
    let present = columns.map(|c| format!("{prefix}.{} IS NOT NULL", quote_identifier(c)));
    present.collect::<Vec<_>>().join(" AND ")
}

impl SyncTable {
    fn fills_all(&self, columns: &[String]) -> bool {
        columns.iter().all(|column| self.fills(column))
    }

    /// Those of these columns that a record may change.
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

    /// The kinds of keys whose rows may give up their values of these columns.
    fn giving(&self, columns: &[String]) -> &'static str {
        match self.changeable(columns).is_empty() {
            true => "(3)",
            false => "(2, 3)",
        }
    }

    pub(super) fn is_held(&self, child: &Child) -> String {
        format!(
            "rows of {} refer to the value of ({}) that the record changes",
            child.table,
            child.key.parent_columns.join(", ")
        )
    }

    /// The records that refer to a row that is not there, or does not stay as it is: the number of
    /// the record, of the record with the value, and of the row that has the value now.
    fn needs(&self, key: &ForeignKey, parent: Option<&SyncTable>, wanted: Wanted) -> String {
        let of_parent = &key.parent_columns;
        let joined = same(("p", of_parent), ("s", &key.columns));
        let parents = format!("LEFT JOIN {} AS p ON {joined}", parent_table(key));
        let is_missing = format!("p.{} IS NULL", quote_identifier(&of_parent[0]));
        let (mut columns, mut joins, mut condition) =
            ("NULL, NULL".to_owned(), String::new(), is_missing.clone());
        let mut hopeless = "TRUE".to_owned();
        if let Some(parent) = parent {
            let giving = parent.giving(of_parent);
            joins = format!(
                "LEFT JOIN {} AS kp ON {} AND kp.{KIND} IN {giving}",
                parent.keys(),
                parent.same_key("kp", "p")
            );
            columns = format!("NULL, kp.{N}");
            condition = format!("({is_missing} OR kp.{N} IS NOT NULL)");
            if parent.fills_all(of_parent) {
                joins = format!(
                    "{joins} {}",
                    parent.staged_with(("s", &key.columns), of_parent)
                );
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
        format!(
            "SELECT k.{N}, {columns} FROM {} {parents} {joins} \
             WHERE k.{KIND} IN {WRITTEN} AND {} AND {condition}{end}",
            self.staged_keys(),
            present("s", &key.columns)
        )
    }

    /// Joins the new or changed record `ka` that has these values of `columns`.
    fn staged_with(&self, values: (&str, &[String]), columns: &[String]) -> String {
        format!(
            "LEFT JOIN {} AS sa ON {} LEFT JOIN {} AS ka ON {} AND ka.{KIND} IN {WRITTEN}",
            self.stage(),
            same(("sa", columns), values),
            self.keys(),
            self.same_key("ka", "sa")
        )
    }

    /// The rows that give up a value to which rows refer that stay as they are: the number of the
    /// row, and that of the record that will have the value.
    fn holds_of_fixed(&self, child: &Child, of: Option<&SyncTable>, wanted: Wanted) -> String {
        let columns = &child.key.parent_columns;
        let differs = of.map_or(String::new(), |of| {
            let differing = format!(
                "{} AS k2 WHERE k2.{KIND} IN (2, 3) AND {}",
                of.keys(),
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

    /// The rows that give up a value to which rows refer that differ, too: the number of the row,
    /// of the record that will have the value, and of the row that refers to it.
    fn holds(&self, child: &Child, of: &SyncTable) -> String {
        let columns = &child.key.parent_columns;
        let (joins, staged, given) = self.given_up(columns);
        format!(
            "SELECT k.{N}, {staged}, kc.{N} FROM {} AS k STRAIGHT_JOIN {} AS t ON {} \
             STRAIGHT_JOIN {} AS c ON {} STRAIGHT_JOIN {} AS kc ON {} AND kc.{KIND} IN (2, 3) \
             {joins} WHERE {given}",
            self.keys(),
            self.quoted(),
            self.same_key("t", "k"),
            quote_identifier(&child.table),
            same(("c", &child.key.columns), ("t", columns)),
            of.keys(),
            of.same_key("kc", "c"),
        )
    }

    /// For a row `t` with the key `k`: what is joined, the record that will have its value of
    /// these columns instead, and the condition that it gives the value up.
    fn given_up(&self, columns: &[String]) -> (String, String, String) {
        let (mut joins, mut staged) = (String::new(), "NULL".to_owned());
        let changeable = self.changeable(columns);
        let mut given = format!("k.{KIND} IN {}", self.giving(columns));
        if !changeable.is_empty() {
            joins = format!(
                "LEFT JOIN {} AS s ON {}",
                self.stage(),
                self.same_key("s", "k")
            );
            let same = same(("s", &changeable), ("t", &changeable));
            given = format!(
                "{given} AND (k.{KIND} = {} OR NOT COALESCE({same}, FALSE))",
                Kind::Gone as u8
            );
        }
        if self.fills_all(columns) {
            joins = format!("{joins} {}", self.staged_with(("t", columns), columns));
            staged = format!("ka.{N}");
        }
        (joins, staged, given)
    }

    /// The records whose unique value another row has: the number of the record, and that of the
    /// row if it is changed or deleted.
    fn taken(&self, unique: &[String], wanted: Wanted) -> String {
        let end = match wanted {
            Wanted::All => String::new(),
            Wanted::Hopeless => format!(" AND ku.{N} IS NULL LIMIT 1"),
        };
        format!(
            "SELECT k.{N}, ku.{N}, NULL FROM {} STRAIGHT_JOIN {} AS u ON {} \
             LEFT JOIN {} AS ku ON {} AND ku.{KIND} IN (2, 3) \
             WHERE k.{KIND} IN {WRITTEN} AND NOT ({}){end}",
            self.staged_keys(),
            self.quoted(),
            same(("u", unique), ("s", unique)),
            self.keys(),
            self.same_key("ku", "u"),
            self.same_key("u", "s")
        )
    }
}
