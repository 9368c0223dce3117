//! The dependencies between the differing rows of all tables: which records need another row, which
//! rows must be kept because other rows refer to them, and which unique values are not free yet.
//!
//! A row that differs is a [`Node`]. Only two kinds of dependencies are read: those between such
//! rows, and those that no row can fulfil. So their number does not grow with the tables.

mod queries;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::SyncTable;
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::rejection::Rule;
pub(super) use queries::{have, present, same};

/// The numbers of the `Kind`s of rows that the file has, as an SQL list: new and changed rows.
pub(super) const WRITTEN: &str = "(1, 2)";

/// A row that differs, identified by its key in a work table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node {
    /// The position of the row's table among the tables that differ.
    pub(super) table: u32,
    /// The number of the row's key in the work table.
    pub(super) number: u64,
}

/// A record refers to a row that does not stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) record: Node,
    /// The record that will have the value to which `record` refers.
    pub(super) staged: Option<Node>,
    /// The row that has the value until this row is changed or deleted.
    pub(super) old: Option<Node>,
    /// The number of the foreign key.
    pub(super) key: usize,
    /// The number of the reason in [`Edges::reasons`].
    pub(super) why: usize,
}

/// A row refers, with its present values, to a row that is changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    /// The row that refers to `parent`; `None` if it is not among the differing rows.
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
    /// The row that has the value until this row is changed or deleted; `None` if the row is
    /// neither changed nor deleted.
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
    /// At most one dependency: one that no row can fulfil.
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
        let by_reason = |need: &Need| (need.record, need.key);
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
        for (number, key) in table.known_references().enumerate() {
            let parent = tables.iter().position(|other| key.refers_to(other.name()));
            let sql = table.needs(key, parent.map(|at| tables[at]), wanted);
            let in_no_table = self.reason(
                Rule::MissingParent,
                clean::keys::missing_parent_message(key),
            );
            let only_in_table = self.reason(
                Rule::MissingParent,
                clean::keys::missing_record_message(key),
            );
            for found in found(connection, table, &sql).await? {
                let [record, staged, old] = found.numbers;
                let of_parent = |number: Option<u64>| Some(node(parent?, number?));
                let mut why = match old {
                    None => in_no_table,
                    Some(_) => only_in_table,
                };
                if let Some(value) = &found.kept {
                    let message = clean::keys::with_value_in_table(&self.reasons[why].1, value);
                    why = self.reason(Rule::MissingParent, message);
                }
                self.needs.extend(record.map(|record| Need {
                    record: node(at, record),
                    staged: of_parent(staged),
                    old: of_parent(old),
                    key: number,
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
                for found in found(connection, table, &sql).await? {
                    let [parent, staged, child] = found.numbers;
                    self.holds.extend(parent.map(|parent| Hold {
                        child: of.and_then(|of| Some(node(of, child?))),
                        parent: node(at, parent),
                        staged: staged.map(|number| node(at, number)),
                        why,
                    }));
                }
            }
        }
        for unique in table.known_unique() {
            let why = self.reason(Rule::DuplicateKey, has_the_value(unique));
            let sql = table.taken(unique, wanted);
            for found in found(connection, table, &sql).await? {
                let [record, holder, _] = found.numbers;
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

/// One dependency that a query has returned.
struct Found {
    numbers: [Option<u64>; 3],
    /// The values of a foreign key that the file does not fill.
    kept: Option<String>,
}

async fn found(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    sql: &str,
) -> Result<Vec<Found>> {
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.with_context(|| {
        format!(
            "cannot read the dependencies of the rows of {}",
            table.name()
        )
    })?;
    let found = |row: &sqlx::mysql::MySqlRow| -> Result<Found> {
        Ok(Found {
            numbers: [
                row.try_get_unchecked(0)?,
                row.try_get_unchecked(1)?,
                row.try_get_unchecked(2)?,
            ],
            kept: match row.len() {
                3 => None,
                _ => row.try_get_unchecked(3)?,
            },
        })
    };
    rows.iter().map(found).collect()
}
