//! One transaction that writes rows which depend on each other.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::super::SyncTable;
use super::super::apply::{Change, cannot};
use super::super::edges::{present, same};
use super::super::rejecting::Reason;
use super::super::statements::{N, has_no_row, has_row, list, quoted};
use super::super::writing::{bisect, forget, in_words};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::rejection::Rule;
use model::schema::Column;
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

/// The rows of one table, by the numbers of their keys.
pub(super) struct Part<'t> {
    table: &'t SyncTable,
    /// The position of the table.
    pub(super) at: usize,
    new: Vec<u64>,
    changed: Vec<u64>,
    gone: Vec<u64>,
}

/// For each table, by its position, the keys whose rows are not accepted, with the reasons.
pub(super) type Refused = BTreeMap<usize, Vec<(u64, Reason)>>;

/// Writes the rows in one transaction, in which the server does not check foreign keys. Queries
/// check the foreign keys instead. If some rows are not accepted, none is written.
pub(super) async fn write(connection: &mut MySqlConnection, parts: &[Part<'_>]) -> Result<Refused> {
    connection
        .execute("SET SESSION foreign_key_checks = 0")
        .await?;
    let done = super::super::locks::repeated(connection, async |connection| {
        connection.execute("BEGIN").await?;
        let refused = attempt(connection, parts).await?;
        let end = match refused.is_empty() {
            true => "COMMIT",
            false => "ROLLBACK",
        };
        connection.execute(end).await?;
        Ok(refused)
    })
    .await;
    if done.is_err() {
        // if the connection is lost, the server rolls the transaction back
        let _ = connection.execute("ROLLBACK").await;
    }
    connection
        .execute("SET SESSION foreign_key_checks = 1")
        .await?;
    done
}

/// Deletes all changed and gone rows before it inserts any, so that their unique values are free.
async fn attempt(connection: &mut MySqlConnection, parts: &[Part<'_>]) -> Result<Refused> {
    let mut refused = Refused::new();
    for part in parts {
        let found = part.take_out(connection).await?;
        refused.entry(part.at).or_default().extend(found);
    }
    for part in parts {
        let found = part.put_in(connection).await?;
        refused.entry(part.at).or_default().extend(found);
    }
    refused.retain(|_, rows| !rows.is_empty());
    if refused.is_empty() {
        for part in parts {
            let found = part.orphans(connection).await?;
            refused.entry(part.at).or_default().extend(found);
        }
        refused.retain(|_, rows| !rows.is_empty());
    }
    if refused.is_empty() {
        for part in parts {
            for (_, numbers) in part.changes() {
                forget(connection, part.table, numbers).await?;
            }
        }
    }
    Ok(refused)
}

impl Part<'_> {
    pub(super) fn new(table: &SyncTable, at: usize) -> Part<'_> {
        Part {
            table,
            at,
            new: Vec::new(),
            changed: Vec::new(),
            gone: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, number: u64, change: Change) {
        match change {
            Change::Insert => self.new.push(number),
            Change::Update => self.changed.push(number),
            Change::Delete => self.gone.push(number),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }

    /// The rows, by the change that is made to them. Changes without rows are left out.
    pub(super) fn changes(&self) -> impl Iterator<Item = (Change, &[u64])> {
        let all = [
            (Change::Insert, &*self.new),
            (Change::Update, &*self.changed),
            (Change::Delete, &*self.gone),
        ];
        all.into_iter().filter(|(_, numbers)| !numbers.is_empty())
    }

    /// Creates the temporary table for copies of the rows that are deleted.
    pub(super) async fn make_hold(&self, connection: &mut MySqlConnection) -> Result<()> {
        let drop = format!("DROP TEMPORARY TABLE IF EXISTS {}", self.hold());
        let create = format!(
            "CREATE TEMPORARY TABLE {} ({N} BIGINT UNSIGNED NOT NULL PRIMARY KEY) ENGINE = InnoDB \
             AS SELECT CAST(0 AS UNSIGNED) AS {N}, {} FROM (SELECT 0 AS n) AS d \
             LEFT JOIN {} AS t ON FALSE LIMIT 0",
            self.hold(),
            self.stored("t."),
            self.table.quoted()
        );
        for sql in [drop, create] {
            let made = connection.execute(AssertSqlSafe(sql)).await;
            made.context(
                "cannot create a temporary table for rows that depend on each other; the account \
                 needs the privilege CREATE TEMPORARY TABLES",
            )?;
        }
        Ok(())
    }

    fn hold(&self) -> String {
        quote_identifier(&format!("_reviewseed_sync_{}_hold", self.table.number))
    }

    fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        let columns = self.table.live.columns.iter();
        columns.filter(|column| !column.generated)
    }

    /// All columns whose values are stored in rows, as a list.
    fn stored(&self, prefix: &str) -> String {
        let names = self.stored_columns();
        let names = names.map(|column| format!("{prefix}{}", quoted(column)));
        names.collect::<Vec<_>>().join(",")
    }

    /// Copies the changed and the gone rows to the temporary table, and deletes them.
    async fn take_out(&self, connection: &mut MySqlConnection) -> Result<Vec<(u64, Reason)>> {
        let table = self.table;
        let numbers: Vec<u64> = self.changed.iter().chain(&self.gone).copied().collect();
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        // the table is emptied, because the previous attempt was rolled back, but some servers do
        // not roll back temporary tables
        let empty = format!("DELETE FROM {}", self.hold());
        connection.execute(AssertSqlSafe(empty)).await?;
        let of = format!(
            "FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{N} IN",
            table.keys(),
            table.quoted(),
            table.same_key("t", "k")
        );
        let copy = format!(
            "INSERT INTO {} ({N},{}) SELECT k.{N},{} {of} ({}) FOR UPDATE",
            self.hold(),
            self.stored(""),
            self.stored("t."),
            list(numbers.iter().copied())
        );
        let copied = connection.execute(AssertSqlSafe(copy)).await;
        copied.with_context(|| cannot(table))?;
        let delete = |numbers: &[u64]| format!("DELETE t {of} ({})", list(numbers.iter().copied()));
        let done = bisect(connection, table, &numbers, (&delete, &|_| 0)).await?;
        let refused = done.refused.into_iter();
        Ok(refused.map(|(n, answer)| (n, in_words(answer))).collect())
    }

    /// Inserts the changed rows again, with the values of the file, and the new rows.
    async fn put_in(&self, connection: &mut MySqlConnection) -> Result<Vec<(u64, Reason)>> {
        let table = self.table;
        let values: Vec<String> = self
            .stored_columns()
            .map(|column| match table.fills(&column.name) {
                true => format!("s.{}", quoted(column)),
                false => format!("h.{}", quoted(column)),
            })
            .collect();
        let back = |numbers: &[u64]| {
            format!(
                "INSERT INTO {} ({}) SELECT {} FROM {} AS h STRAIGHT_JOIN {} ON {} \
                 WHERE h.{N} IN ({})",
                table.quoted(),
                self.stored(""),
                values.join(","),
                self.hold(),
                table.stage_as("s"),
                table.same_key("s", "h"),
                list(numbers.iter().copied())
            )
        };
        let new = |numbers: &[u64]| table.change(Change::Insert, numbers);
        let least = |rows: usize| rows as u64;
        let changed = bisect(connection, table, &self.changed, (&back, &least)).await?;
        let inserted = bisect(connection, table, &self.new, (&new, &least)).await?;
        let refused = changed.refused.into_iter().chain(inserted.refused);
        Ok(refused.map(|(n, answer)| (n, in_words(answer))).collect())
    }

    /// The rows that would be orphans, and the rows that would leave orphans.
    async fn orphans(&self, connection: &mut MySqlConnection) -> Result<Vec<(u64, Reason)>> {
        let table = self.table;
        let mut queries = Vec::new();
        let written: Vec<u64> = self.new.iter().chain(&self.changed).copied().collect();
        for key in table
            .live
            .foreign_keys
            .iter()
            .filter(|_| !written.is_empty())
        {
            let parent = format!(
                "{} AS p WHERE {}",
                parent_table(key),
                same(("p", &key.parent_columns), ("t", &key.columns))
            );
            let sql = format!(
                "SELECT k.{N} FROM {} AS k STRAIGHT_JOIN {} AS t ON {} \
                 WHERE k.{N} IN ({}) AND {} AND {}",
                table.keys(),
                table.quoted(),
                table.same_key("t", "k"),
                list(written.iter().copied()),
                present("t", &key.columns),
                has_no_row(&parent)
            );
            let message = clean::keys::missing_parent_message(key);
            queries.push((sql, (Rule::MissingParent, message)));
        }
        for child in table.children() {
            let columns = &child.key.parent_columns;
            let refers = format!(
                "{} AS c WHERE {}",
                quote_identifier(&child.table),
                same(("c", &child.key.columns), ("h", columns))
            );
            let parent = format!(
                "{} AS p WHERE {}",
                table.quoted(),
                same(("p", columns), ("h", columns))
            );
            let sql = format!(
                "SELECT h.{N} FROM {} AS h WHERE {} AND {}",
                self.hold(),
                has_row(&refers),
                has_no_row(&parent)
            );
            queries.push((sql, (Rule::RefusedByServer, table.is_held(child))));
        }
        let mut found = Vec::new();
        for (sql, reason) in queries {
            let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
            for row in &rows.with_context(|| cannot(table))? {
                found.push((row.try_get_unchecked(0)?, reason.clone()));
            }
        }
        Ok(found)
    }
}
