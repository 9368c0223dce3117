//! Writes the differences to the tables, in small transactions that check foreign keys.
//!
//! New and changed rows are written parents first, gone rows are deleted children first. A row that
//! must wait for another, because its parent or its unique value is not free yet, is left for the
//! next round. What is left when no round makes progress depends on itself; see
//! [`together`](super::together).

use sqlx::{AssertSqlSafe, Executor, Row};

use super::rejecting::{reject, reject_the_rest};
use super::statements::{KIND, Kind, N, quoted};
use super::{LateReject, SyncTable};
use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, fail};
use crate::insert::rule_of;
use crate::retry;
use crate::server_error::*;
use model::schema::Column;

/// Keys in a transaction.
const CHUNK: u64 = 1000;

/// Rounds of small transactions. Longer chains of rows that wait for each other are then written
/// together.
const MOST_ROUNDS: usize = 25;

/// Attempts to write rows that another session locks.
const MOST_ATTEMPTS: u32 = 10;

/// What was written to a table.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// Rows inserted.
    pub inserted: u64,
    /// Rows changed.
    pub updated: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// Records that were not accepted after all.
    pub late: Vec<LateReject>,
}

/// What a run does between transactions.
pub trait Pause: Send {
    /// Waits as long as the run must wait. `rows` were written since the last call. An error ends
    /// the run.
    fn pause(&mut self, rows: u64) -> impl Future<Output = Result<()>> + Send;
}

/// Rows of one kind that are written by one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Insert,
    Update,
    Delete,
}

/// Writes all differences of these tables, which are in load order.
///
/// # Errors
///
/// When the server fails for a reason that is not a row's. Everything that is committed is valid.
pub async fn apply(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    pause: &mut impl Pause,
) -> Result<Vec<Applied>> {
    let mut all: Vec<Applied> = tables.iter().map(|_| Applied::default()).collect();
    for _ in 0..MOST_ROUNDS {
        if !round(connection, (tables, &mut all), pause).await? {
            break;
        }
    }
    super::together::write_cycles(connection, tables, &mut all).await?;
    // rows whose children or unique values were in a cycle
    while round(connection, (tables, &mut all), pause).await? {}
    super::together::delete_cycles(connection, tables, &mut all).await?;
    for (table, applied) in tables.iter().zip(&mut all) {
        reject_the_rest(connection, table, applied).await?;
    }
    Ok(all)
}

/// One round over all tables. Returns whether it wrote a row.
async fn round(
    connection: &mut MySqlConnection,
    (tables, all): (&[&SyncTable], &mut [Applied]),
    pause: &mut impl Pause,
) -> Result<bool> {
    let mut progress = false;
    for (table, applied) in tables.iter().zip(all.iter_mut()) {
        let kinds = [Kind::New, Kind::Changed];
        progress |= pass(connection, (table, &kinds), applied, pause).await?;
    }
    for (table, applied) in tables.iter().zip(all.iter_mut()).rev() {
        progress |= pass(connection, (table, &[Kind::Gone]), applied, pause).await?;
    }
    Ok(progress)
}

/// Writes the rows of these kinds that may be written now. Returns whether there were any.
async fn pass(
    connection: &mut MySqlConnection,
    (table, kinds): (&SyncTable, &[Kind]),
    applied: &mut Applied,
    pause: &mut impl Pause,
) -> Result<bool> {
    let mut progress = false;
    let Some((first, last)) = ends(connection, table, kinds).await? else {
        return Ok(false);
    };
    let mut begin = first;
    while begin <= last {
        let end = begin.saturating_add(CHUNK - 1);
        let free = free(connection, (table, kinds), (begin, end)).await?;
        let mut rows = 0;
        for kind in kinds {
            let of_kind = free.iter().filter(|(_, of)| *of == *kind as i64);
            let numbers: Vec<u64> = of_kind.map(|(number, _)| *number).collect();
            if numbers.is_empty() {
                continue;
            }
            let change = match kind {
                Kind::New => Change::Insert,
                Kind::Changed => Change::Update,
                Kind::Gone | Kind::Kept => Change::Delete,
            };
            let done = repeated(connection, (table, change), &numbers).await?;
            let count = match change {
                Change::Insert => &mut applied.inserted,
                Change::Update => &mut applied.updated,
                Change::Delete => &mut applied.deleted,
            };
            *count += done.written;
            rows += done.written;
            progress |= done.written > 0 || !done.late.is_empty();
            applied.late.extend(done.late);
        }
        pause.pause(rows).await?;
        begin = end + 1;
    }
    Ok(progress)
}

/// The first and the last number of the keys of these kinds.
async fn ends(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    kinds: &[Kind],
) -> Result<Option<(u64, u64)>> {
    let sql = format!(
        "SELECT CAST(MIN({N}) AS UNSIGNED), CAST(MAX({N}) AS UNSIGNED) FROM {} WHERE {KIND} IN ({})",
        table.keys(),
        list(kinds.iter().map(|kind| *kind as u64))
    );
    let row = connection.fetch_one(AssertSqlSafe(sql)).await;
    let row = row.with_context(|| cannot(table))?;
    let first: Option<u64> = row.try_get_unchecked(0)?;
    Ok(first.zip(row.try_get_unchecked(1)?))
}

pub(super) fn cannot(table: &SyncTable) -> String {
    format!("cannot change the rows of {}", table.name())
}

fn list(numbers: impl Iterator<Item = u64>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    numbers.join(",")
}

/// The keys of a chunk whose rows may be written now, with their kinds.
async fn free(
    connection: &mut MySqlConnection,
    (table, kinds): (&SyncTable, &[Kind]),
    (begin, end): (u64, u64),
) -> Result<Vec<(u64, i64)>> {
    let (from, free) = match kinds {
        [Kind::Gone] => (
            format!(
                "{} AS k STRAIGHT_JOIN {} AS t ON {}",
                table.keys(),
                table.quoted(),
                table.same_key("t", "k")
            ),
            table.is_childless(),
        ),
        _ => (
            format!(
                "{} LEFT JOIN {} AS t ON {}",
                table.staged_keys(),
                table.quoted(),
                table.same_key("t", "k")
            ),
            table.is_free(),
        ),
    };
    let sql = format!(
        "SELECT k.{N}, CAST(k.{KIND} AS SIGNED) FROM {from} WHERE k.{KIND} IN ({}) \
         AND k.{N} BETWEEN {begin} AND {end} AND {free}",
        list(kinds.iter().map(|kind| *kind as u64)),
    );
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.with_context(|| cannot(table))?;
    let pair = |row: &sqlx::mysql::MySqlRow| -> Result<(u64, i64)> {
        Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?))
    };
    rows.iter().map(pair).collect()
}

/// What a transaction did.
#[derive(Debug, Default)]
struct Done {
    written: u64,
    late: Vec<LateReject>,
}

/// Writes the rows of these keys, and again if another session locks some of them for long.
async fn repeated(
    connection: &mut MySqlConnection,
    what: (&SyncTable, Change),
    numbers: &[u64],
) -> Result<Done> {
    let mut attempt = 1;
    loop {
        match transaction(connection, what, numbers).await {
            Err(error) if is_locked(&error) && attempt < MOST_ATTEMPTS => {
                connection.execute("ROLLBACK").await?;
                tokio::time::sleep(retry::delay(attempt)).await;
                attempt += 1;
            }
            other => return other,
        }
    }
}

fn is_locked(error: &Error) -> bool {
    let code = error.code();
    code.is_some_and(|code| matches!(code, ER_LOCK_DEADLOCK | ER_LOCK_WAIT_TIMEOUT))
}

/// Writes the rows of these keys, in one transaction. A row that the server does not accept is
/// left for a later round if it may wait for another row, and otherwise rejected.
async fn transaction(
    connection: &mut MySqlConnection,
    (table, change): (&SyncTable, Change),
    numbers: &[u64],
) -> Result<Done> {
    let mut done = Done::default();
    connection.execute("BEGIN").await?;
    let (mut open, mut written) = (vec![numbers], Vec::new());
    let mut affected = 0;
    while let Some(now) = open.pop() {
        connection.execute("SAVEPOINT reviewseed").await?;
        let sql = table.change(change, now);
        let failed = match connection.execute(AssertSqlSafe(sql)).await {
            Ok(result) => {
                if change == Change::Update && result.rows_affected() < now.len() as u64 {
                    connection.execute("ROLLBACK").await?;
                    fail!(
                        Unfit,
                        "another program deleted rows of {} while --sync changed them; what is \
                         committed is right: run the same command again",
                        table.name()
                    );
                }
                affected += result.rows_affected();
                written.extend_from_slice(now);
                continue;
            }
            Err(error) => Error::from(error),
        };
        let Error::Server(answer) = &failed else {
            return Err(failed).with_context(|| cannot(table));
        };
        if !answer.blames_row() {
            return Err(failed).with_context(|| cannot(table));
        }
        connection
            .execute("ROLLBACK TO SAVEPOINT reviewseed")
            .await?;
        match now {
            [] => {}
            [row] if change != Change::Delete && !may_wait(answer.code) => {
                let message = format!("{} ({})", answer.message, answer.code);
                let late = reject(connection, table, (*row, rule_of(answer.code), message));
                done.late.extend(late.await?);
            }
            [_] => {}
            several => {
                let (left, right) = several.split_at(several.len() / 2);
                open.push(right);
                open.push(left);
            }
        }
    }
    if !written.is_empty() {
        forget(connection, table, &written).await?;
    }
    connection.execute("COMMIT").await?;
    done.written = affected;
    Ok(done)
}

/// Whether a later change of another row may be what a row waits for.
fn may_wait(code: u16) -> bool {
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
    fn change(&self, change: Change, numbers: &[u64]) -> String {
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
                // a key may have another spelling that the collation calls equal
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
