//! Writes the differences to the tables, in small transactions that check foreign keys.
//!
//! New and changed rows are written parents first, gone rows are deleted children first. A row
//! whose parent does not exist yet, or whose unique value is not free yet, is left for the next
//! round. When rounds write few of the rows that wait, [`together`](super::together) writes the
//! others in the order of their dependencies.

use sqlx::{AssertSqlSafe, Executor, Row};

use super::decide::decide;
use super::rejecting::{reject, reject_the_rest};
use super::statements::{KIND, Kind, N, list};
use super::writing::{in_words, may_wait, repeated};
use super::{LateReject, SyncTable};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};

/// Maximum number of keys whose rows are written in one transaction.
pub(super) const CHUNK: u64 = 1000;

/// Another round follows if the last one wrote at least one in this many of the waiting rows. So
/// all rounds together look at each row only a few times, however long the chains of waiting rows
/// are.
const WORTHWHILE: u64 = 10;

/// What was written to a table.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// Number of rows inserted.
    pub inserted: u64,
    /// Number of rows changed.
    pub updated: u64,
    /// Number of rows deleted.
    pub deleted: u64,
    /// Records that are rejected after the client had accepted them.
    pub late: Vec<LateReject>,
}

impl Applied {
    pub(super) fn count(&mut self, change: Change, rows: u64) {
        match change {
            Change::Insert => self.inserted += rows,
            Change::Update => self.updated += rows,
            Change::Delete => self.deleted += rows,
        }
    }
}

/// What a run does between transactions.
pub trait Pause: Send {
    /// Waits if the run may only write a limited number of rows per second. `all` has what was
    /// written to each table so far, and `rows` is the number of rows written since the last call.
    /// An error ends the run.
    fn pause(&mut self, all: &[Applied], rows: u64) -> impl Future<Output = Result<()>> + Send;
}

/// How rows of one kind are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Insert,
    Update,
    Delete,
}

impl Change {
    pub(super) fn of(kind: Kind) -> Change {
        match kind {
            Kind::New => Change::Insert,
            Kind::Changed => Change::Update,
            Kind::Gone | Kind::Kept => Change::Delete,
        }
    }
}

/// Writes all differences of these tables, which are in load order. `all` receives what was written
/// to each table, also if the result is an error.
///
/// # Errors
///
/// When a statement fails for a reason other than a row. Everything that was committed is valid.
pub async fn apply(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    all: &mut [Applied],
    pause: &mut impl Pause,
) -> Result<()> {
    let mut least = u64::MAX;
    loop {
        // stops when the number of waiting rows does not fall, so that rows written by other
        // sessions cannot make the run endless
        let waiting = count_all_waiting(connection, tables).await?;
        if waiting >= least {
            break;
        }
        least = waiting;
        let rejected = late(all);
        rounds(connection, (tables, all), pause).await?;
        if late(all) > rejected {
            decide(connection, tables, all).await?;
            continue;
        }
        let progress = super::together::write_waiting(connection, (tables, all), pause).await?;
        if !progress {
            break;
        }
        decide(connection, tables, all).await?;
    }
    for (table, applied) in tables.iter().zip(all) {
        reject_the_rest(connection, table, applied).await?;
    }
    Ok(())
}

fn late(all: &[Applied]) -> usize {
    all.iter().map(|applied| applied.late.len()).sum()
}

fn written(all: &[Applied]) -> u64 {
    let rows = all.iter().map(|of| of.inserted + of.updated + of.deleted);
    rows.sum()
}

/// Repeats rounds over all tables, as long as they write many of the rows that wait.
async fn rounds(
    connection: &mut MySqlConnection,
    (tables, all): (&[&SyncTable], &mut [Applied]),
    pause: &mut impl Pause,
) -> Result<()> {
    loop {
        let waiting = count_all_waiting(connection, tables).await?;
        let before = written(all);
        if waiting > 0 {
            round(connection, (tables, all), pause).await?;
        }
        let rows = written(all) - before;
        if rows == 0 || rows.saturating_mul(WORTHWHILE) < waiting {
            return Ok(());
        }
    }
}

async fn count_all_waiting(connection: &mut MySqlConnection, tables: &[&SyncTable]) -> Result<u64> {
    let mut waiting = 0;
    for table in tables {
        waiting += count_waiting(connection, table).await?;
    }
    Ok(waiting)
}

async fn count_waiting(connection: &mut MySqlConnection, table: &SyncTable) -> Result<u64> {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS UNSIGNED) FROM {} WHERE {KIND} IN (1, 2, 3)",
        table.keys()
    );
    let row = connection.fetch_one(AssertSqlSafe(sql)).await;
    Ok(row.with_context(|| cannot(table))?.try_get_unchecked(0)?)
}

/// One round over all tables.
async fn round(
    connection: &mut MySqlConnection,
    (tables, all): (&[&SyncTable], &mut [Applied]),
    pause: &mut impl Pause,
) -> Result<()> {
    for (at, table) in tables.iter().enumerate() {
        let kinds = [Kind::New, Kind::Changed];
        pass(connection, (table, &kinds), (all, at), pause).await?;
    }
    for (at, table) in tables.iter().enumerate().rev() {
        pass(connection, (table, &[Kind::Gone]), (all, at), pause).await?;
    }
    Ok(())
}

/// Writes the rows of these kinds that may be written now.
async fn pass(
    connection: &mut MySqlConnection,
    (table, kinds): (&SyncTable, &[Kind]),
    (all, at): (&mut [Applied], usize),
    pause: &mut impl Pause,
) -> Result<()> {
    let Some((first, last)) = ends(connection, table, kinds).await? else {
        return Ok(());
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
            let change = Change::of(*kind);
            let done = repeated(connection, (table, change), &numbers).await?;
            all[at].count(change, done.rows);
            rows += done.rows;
            let reasons = done.refused.into_iter();
            let reasons =
                reasons.filter(|(_, why)| change != Change::Delete && !may_wait(why.code));
            let reasons: Vec<_> = reasons
                .map(|(number, why)| (number, in_words(why)))
                .collect();
            let late = reject(connection, table, &reasons).await?;
            all[at].late.extend(late);
        }
        pause.pause(all, rows).await?;
        begin = end + 1;
    }
    Ok(())
}

/// The smallest and the greatest number of the keys with these kinds of changes.
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
