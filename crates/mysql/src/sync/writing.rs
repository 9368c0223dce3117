//! The statements that write rows by the numbers of their keys, and what the server says about each
//! row.

use sqlx::{AssertSqlSafe, Executor};

use super::SyncTable;
use super::apply::{Change, cannot};
use super::statements::{N, list, quoted};
use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, ServerError, fail};
use crate::insert::rule_of;
use crate::server_error::*;
use model::rejection::Rule;
use model::schema::Column;

/// The result of a statement that was repeated for parts of its rows.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Number of rows that the server reports.
    pub(super) rows: u64,
    /// The numbers of the keys whose rows are written.
    pub(super) written: Vec<u64>,
    /// The numbers of the keys whose rows the server did not accept, with its errors.
    pub(super) refused: Vec<(u64, ServerError)>,
}

/// Writes the rows of these keys in one transaction. Repeats the transaction if it failed because
/// another session has locked some of the rows for too long.
pub(super) async fn repeated(
    connection: &mut MySqlConnection,
    what: (&SyncTable, Change),
    numbers: &[u64],
) -> Result<Done> {
    super::locks::repeated(connection, async |connection| {
        connection.execute("BEGIN").await?;
        let done = write(connection, what, numbers).await?;
        connection.execute("COMMIT").await?;
        Ok(done)
    })
    .await
}

/// Writes the rows of these keys, and removes the keys, in the transaction that has begun.
pub(super) async fn write(
    connection: &mut MySqlConnection,
    (table, change): (&SyncTable, Change),
    numbers: &[u64],
) -> Result<Done> {
    let statement = |numbers: &[u64]| table.change(change, numbers);
    let least = |rows: usize| {
        if change == Change::Update {
            rows as u64
        } else {
            0
        }
    };
    let done = bisect(connection, table, numbers, (&statement, &least)).await?;
    if !done.written.is_empty() {
        forget(connection, table, &done.written).await?;
    }
    Ok(done)
}

/// A function that returns the statement for these keys.
type Statement<'f> = &'f (dyn Fn(&[u64]) -> String + Sync);

/// A function that returns the minimum number of rows that a statement for this many keys must
/// affect.
type LeastRows<'f> = &'f (dyn Fn(usize) -> u64 + Sync);

/// Executes the statement for these keys. If the server does not accept a row, does the same for
/// each half of the keys.
pub(super) async fn bisect(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    numbers: &[u64],
    (statement, least): (Statement<'_>, LeastRows<'_>),
) -> Result<Done> {
    let mut done = Done::default();
    let mut open = vec![numbers];
    while let Some(now) = open.pop() {
        if now.is_empty() {
            continue;
        }
        connection.execute("SAVEPOINT reviewseed").await?;
        let failed = match connection.execute(AssertSqlSafe(statement(now))).await {
            Ok(result) if result.rows_affected() < least(now.len()) => fail!(
                Unfit,
                "another program deleted rows of {} while --sync changed them; what is \
                 committed is correct; run the same command again",
                table.name()
            ),
            Ok(result) => {
                done.rows += result.rows_affected();
                done.written.extend_from_slice(now);
                continue;
            }
            Err(error) => Error::from(error),
        };
        let answer = match failed {
            Error::Server(answer) if answer.blames_row() => answer,
            failed => return Err(failed).with_context(|| cannot(table)),
        };
        connection
            .execute("ROLLBACK TO SAVEPOINT reviewseed")
            .await?;
        match now {
            [row] => done.refused.push((*row, answer)),
            several => {
                let (left, right) = several.split_at(several.len() / 2);
                open.push(right);
                open.push(left);
            }
        }
    }
    Ok(done)
}

/// Whether the server may accept the row after another row has changed.
pub(super) fn may_wait(code: u16) -> bool {
    matches!(
        code,
        ER_DUP_ENTRY
            | ER_DUP_ENTRY_WITH_KEY_NAME
            | ER_DUP_KEY
            | ER_NO_REFERENCED_ROW
            | ER_NO_REFERENCED_ROW_2
            | ER_ROW_IS_REFERENCED
            | ER_ROW_IS_REFERENCED_2
    )
}

/// Why the server did not accept a row.
pub(super) fn in_words(answer: ServerError) -> (Rule, String) {
    let message = format!("{} ({})", answer.message, answer.code);
    (rule_of(answer.code), message)
}

/// Removes keys from the work table.
pub(super) async fn forget(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    numbers: &[u64],
) -> Result<()> {
    let sql = format!(
        "DELETE FROM {} WHERE {N} IN ({})",
        table.keys(),
        list(numbers.iter().copied())
    );
    let done = connection.execute(AssertSqlSafe(sql)).await;
    done.with_context(|| cannot(table))?;
    Ok(())
}

impl SyncTable {
    pub(super) fn change(&self, change: Change, numbers: &[u64]) -> String {
        let numbers = list(numbers.iter().copied());
        match change {
            Change::Insert => format!(
                "INSERT INTO {} ({}) SELECT {} FROM {} WHERE k.{N} IN ({numbers})",
                self.quoted(),
                self.filled(""),
                self.filled("s."),
                self.staged_keys()
            ),
            Change::Update => {
                // keys that are texts are set too: the file may have another spelling that the
                // collation calls equal
                let is_key = |c: &&Column| self.key.iter().any(|key| key.name == c.name);
                let columns = self.target.columns.iter();
                let columns = columns.filter(|c| c.kind.is_text() || !is_key(c));
                let set = columns.map(|c| format!("t.{0} = s.{0}", quoted(c)));
                format!(
                    "UPDATE {} STRAIGHT_JOIN {} AS t ON {} SET {} WHERE k.{N} IN ({numbers})",
                    self.staged_keys(),
                    self.quoted(),
                    self.same_key("t", "k"),
                    set.collect::<Vec<_>>().join(", ")
                )
            }
            Change::Delete => format!(
                "DELETE t FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{N} IN ({numbers})",
                self.keys(),
                self.quoted(),
                self.same_key("t", "k")
            ),
        }
    }
}
