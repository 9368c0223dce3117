//! Writes the rows that wait for others, in the order of their dependencies, several levels in a
//! transaction.
//!
//! Rows that depend on each other in a cycle are written in one transaction, in which the session
//! does not check foreign keys: rows that exchange their unique values, rows that refer to each
//! other, or rows that refer to a value that another row gives up. Before the transaction is
//! committed, queries check the foreign keys of these rows and of those that refer to them, so
//! others never see an orphan.

mod rows;

use std::collections::{BTreeMap, HashSet};

use sqlx::{AssertSqlSafe, Executor, Row};

use super::SyncTable;
use super::apply::{Applied, CHUNK, Change, Pause, cannot};
use super::edges::{Edges, Node};
use super::order::{Followers, followers, levels};
use super::rejecting::{Reason, keep, reject};
use super::statements::{KIND, Kind, N};
use super::writing::{in_words, may_wait, write};
use crate::db::MySqlConnection;
use crate::error::{Context, Result, ServerError};

/// Rows of one table that are written by one statement.
struct Step {
    table: usize,
    change: Change,
    rows: Vec<Node>,
}

/// The state of writing the rows that wait.
struct Waiting<'w> {
    tables: &'w [&'w SyncTable],
    all: &'w mut [Applied],
    changes: BTreeMap<Node, Change>,
    followers: Followers,
    /// Rows that cannot be written yet, because the server did not accept a row on which they
    /// depend.
    blocked: HashSet<Node>,
    /// Rows that the server may accept if it does not check foreign keys.
    left: Vec<Node>,
}

/// Writes the rows that wait. Records that the server does not accept are rejected, and the rows
/// that depend on them are not written. Returns whether any rows waited.
///
/// # Errors
///
/// When a statement fails for a reason other than a row.
pub(super) async fn write_waiting(
    connection: &mut MySqlConnection,
    (tables, all): (&[&SyncTable], &mut [Applied]),
    pause: &mut impl Pause,
) -> Result<bool> {
    let changes = waiting(connection, tables).await?;
    if changes.is_empty() {
        return Ok(false);
    }
    let edges = Edges::load(connection, tables).await?;
    let rows: Vec<Node> = changes.keys().copied().collect();
    let mut waiting = Waiting {
        tables,
        all,
        changes,
        followers: followers(&edges.before()),
        blocked: HashSet::new(),
        left: Vec::new(),
    };
    drop(edges);
    let mut steps = Vec::new();
    for mut level in levels(&rows, &waiting.followers) {
        let unchecked = level
            .alone
            .extract_if(.., |row| waiting.would_respell_children(*row));
        level.cycles.extend(unchecked.map(|row| vec![row]));
        waiting.add_steps(&mut steps, level.alone);
        let is_full = |steps: &Vec<Step>| {
            steps.iter().map(|step| step.rows.len()).sum::<usize>() >= CHUNK as usize
        };
        if is_full(&steps) || !level.cycles.is_empty() {
            waiting
                .write(connection, std::mem::take(&mut steps), pause)
                .await?;
        }
        waiting
            .write_cycles(connection, level.cycles, pause)
            .await?;
    }
    waiting.write(connection, steps, pause).await?;
    let left = std::mem::take(&mut waiting.left);
    waiting.blocked.clear();
    let one_by_one = left.into_iter().map(|row| vec![row]).collect();
    waiting.write_cycles(connection, one_by_one, pause).await?;
    Ok(true)
}

/// The rows that wait.
async fn waiting(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
) -> Result<BTreeMap<Node, Change>> {
    let mut changes = BTreeMap::new();
    for (at, table) in tables.iter().enumerate() {
        let sql = format!(
            "SELECT {N}, CAST({KIND} AS SIGNED) FROM {} WHERE {KIND} IN (1, 2, 3)",
            table.keys()
        );
        let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
        for row in &rows.with_context(|| cannot(table))? {
            let node = Node {
                table: at as u32,
                number: row.try_get_unchecked(0)?,
            };
            let change = match row.try_get_unchecked::<i64, _>(1)? {
                1 => Change::of(Kind::New),
                2 => Change::of(Kind::Changed),
                _ => Change::of(Kind::Gone),
            };
            changes.insert(node, change);
        }
    }
    Ok(changes)
}

impl Waiting<'_> {
    /// Whether the server, if it checks foreign keys, may also write the new spelling of a changed
    /// row's key into the rows that refer to it. It must not, because the file decides about those
    /// rows.
    fn would_respell_children(&self, row: Node) -> bool {
        self.changes[&row] == Change::Update && self.tables[row.table as usize].respells_children()
    }

    /// Adds the rows of a level, one step for each table and change.
    fn add_steps(&self, steps: &mut Vec<Step>, rows: Vec<Node>) {
        let mut of_level: BTreeMap<(u32, Change), Vec<Node>> = BTreeMap::new();
        for row in rows {
            let change = self.changes[&row];
            of_level.entry((row.table, change)).or_default().push(row);
        }
        for ((table, change), rows) in of_level {
            steps.extend(rows.chunks(CHUNK as usize).map(|rows| Step {
                table: table as usize,
                change,
                rows: rows.to_vec(),
            }));
        }
    }

    /// Executes the steps in one transaction.
    async fn write(
        &mut self,
        connection: &mut MySqlConnection,
        steps: Vec<Step>,
        pause: &mut impl Pause,
    ) -> Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        let tables = self.tables;
        let blocked = &self.blocked;
        let followers = &self.followers;
        let (counts, blocked, refused) = super::locks::repeated(connection, async |connection| {
            let (mut blocked, mut counts, mut all_refused) =
                (blocked.clone(), Vec::new(), Vec::new());
            connection.execute("BEGIN").await?;
            for step in &steps {
                let free = step.rows.iter().filter(|row| !blocked.contains(row));
                let numbers: Vec<u64> = free.map(|row| row.number).collect();
                let done = write(connection, (tables[step.table], step.change), &numbers).await?;
                counts.push(done.rows);
                for (number, answer) in done.refused {
                    let row = Node {
                        table: step.table as u32,
                        number,
                    };
                    block(&mut blocked, followers, row);
                    all_refused.push((row, answer));
                }
            }
            connection.execute("COMMIT").await?;
            Ok((counts, blocked, all_refused))
        })
        .await?;
        self.blocked = blocked;
        for (step, rows) in steps.iter().zip(&counts) {
            self.all[step.table].count(step.change, *rows);
        }
        self.refused(connection, refused).await?;
        pause.pause(self.all, counts.iter().sum()).await
    }

    /// Rejects the records that the server did not accept, and keeps their rows in the table.
    async fn refused(
        &mut self,
        connection: &mut MySqlConnection,
        refused: Vec<(Node, ServerError)>,
    ) -> Result<()> {
        let mut reasons: BTreeMap<u32, Vec<(u64, Reason)>> = BTreeMap::new();
        for (row, answer) in refused {
            // a gone row is deleted with all checks, because rows that this account cannot see may
            // refer to it
            match self.changes[&row] != Change::Delete && may_wait(answer.code) {
                true => self.left.push(row),
                false => {
                    let of_table = reasons.entry(row.table).or_default();
                    of_table.push((row.number, in_words(answer)));
                }
            }
        }
        for (at, reasons) in reasons {
            self.stay(connection, at as usize, &reasons).await?;
        }
        Ok(())
    }

    /// Rejects these records, and keeps these gone rows.
    async fn stay(
        &mut self,
        connection: &mut MySqlConnection,
        at: usize,
        reasons: &[(u64, Reason)],
    ) -> Result<()> {
        let table = self.tables[at];
        let late = reject(connection, table, reasons).await?;
        self.all[at].late.extend(late);
        let numbers: Vec<u64> = reasons.iter().map(|(number, _)| *number).collect();
        keep(connection, table, (&[Kind::Gone], &numbers)).await
    }

    /// Writes groups of rows that depend on each other, several in a transaction.
    async fn write_cycles(
        &mut self,
        connection: &mut MySqlConnection,
        groups: Vec<Vec<Node>>,
        pause: &mut impl Pause,
    ) -> Result<()> {
        let mut rows: Vec<Node> = Vec::new();
        for group in groups {
            if group.iter().any(|row| self.blocked.contains(row)) {
                for row in group {
                    block(&mut self.blocked, &self.followers, row);
                }
                continue;
            }
            rows.extend(group);
            if rows.len() >= CHUNK as usize {
                self.write_cycle(connection, std::mem::take(&mut rows), pause)
                    .await?;
            }
        }
        match rows.is_empty() {
            true => Ok(()),
            false => self.write_cycle(connection, rows, pause).await,
        }
    }

    /// Writes rows without checks of foreign keys, in one transaction: all of them, or none if one
    /// is not accepted.
    async fn write_cycle(
        &mut self,
        connection: &mut MySqlConnection,
        rows: Vec<Node>,
        pause: &mut impl Pause,
    ) -> Result<()> {
        let mut parts: Vec<rows::Part> = Vec::new();
        for (at, table) in self.tables.iter().enumerate() {
            let of_table = rows.iter().filter(|row| row.table as usize == at);
            let mut part = rows::Part::new(table, at);
            for row in of_table {
                part.add(row.number, self.changes[row]);
            }
            if !part.is_empty() {
                part.make_hold(connection).await?;
                parts.push(part);
            }
        }
        let refused = rows::write(connection, &parts).await?;
        if refused.is_empty() {
            for part in &parts {
                for (change, numbers) in part.changes() {
                    self.all[part.at].count(change, numbers.len() as u64);
                }
            }
            return pause.pause(self.all, rows.len() as u64).await;
        }
        for row in rows {
            block(&mut self.blocked, &self.followers, row);
        }
        for (at, reasons) in refused {
            self.stay(connection, at, &reasons).await?;
        }
        Ok(())
    }
}

/// Blocks a row, and all rows that must be written after it.
fn block(blocked: &mut HashSet<Node>, followers: &Followers, row: Node) {
    let mut open = vec![row];
    while let Some(row) = open.pop() {
        if blocked.insert(row) {
            open.extend(followers.get(&row).into_iter().flatten());
        }
    }
}
