//! Rows that depend on each other in a cycle: two rows that exchange their unique values, rows
//! that refer to each other, or to a value that a row gives up. They are written in one
//! transaction, in which the session does not check foreign keys. Before it is committed, queries
//! check all foreign keys of the tables, so others never see an orphan.

mod rows;

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Executor, Row};

use super::SyncTable;
use super::apply::Applied;
use super::rejecting::{Reasons, reject};
use super::statements::{KIND, Kind, N, has_no_row, has_row};
use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result};
use model::rejection::Rule;
use model::schema::ForeignKey;
use mysql_schema::orphans::orphans;
use rows::make_hold;

/// The kinds of keys whose rows the file has.
const WRITTEN: &str = "(1, 2)";

/// Writes the new and changed rows that wait for each other. Records that wait for a row that will
/// not come are rejected first.
///
/// # Errors
///
/// When the server fails for a reason that is not a row's.
pub(super) async fn write_cycles(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    all: &mut [Applied],
) -> Result<()> {
    loop {
        // a changed row may still let go of the gone row to which it refers
        let mut progress = keep_held(connection, tables, "(2, 3)").await?;
        for (table, applied) in tables.iter().zip(all.iter_mut()) {
            for (number, why) in hopeless(connection, table, tables).await? {
                applied
                    .late
                    .extend(reject(connection, table, (number, why.0, why.1)).await?);
                progress = true;
            }
        }
        if !progress {
            break;
        }
    }
    let mut open = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let counts = [Kind::New, Kind::Changed].map(|kind| kind as u8);
        let mut found = [0; 2];
        for (kind, found) in counts.iter().zip(&mut found) {
            *found = count(connection, table, *kind).await?;
        }
        if found != [0, 0] {
            open.push((at, found));
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    for (at, [_, changed]) in &open {
        if *changed > 0 {
            make_hold(connection, tables[*at]).await?;
        }
    }
    let of_open: Vec<&SyncTable> = open.iter().map(|(at, _)| tables[*at]).collect();
    let deleted = unchecked(connection, async |connection| {
        let mut deleted = Vec::new();
        for table in &of_open {
            deleted.push(table.take_out(connection).await?);
        }
        for table in &of_open {
            table.put_in(connection).await?;
        }
        Ok(has_no_orphans(connection, &of_open)
            .await?
            .then_some(deleted))
    });
    if let Some(deleted) = deleted.await? {
        for ((at, [inserted, updated]), deleted) in open.iter().zip(deleted) {
            all[*at].inserted += inserted;
            all[*at].updated += updated;
            all[*at].deleted += deleted;
        }
    }
    Ok(())
}

/// Deletes the gone rows to which only gone rows refer. The others are kept.
///
/// # Errors
///
/// When the server fails for a reason that is not a row's.
pub(super) async fn delete_cycles(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    all: &mut [Applied],
) -> Result<()> {
    keep_refused(connection, tables).await?;
    while keep_held(connection, tables, "(3)").await? {}
    let mut open = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let gone = count(connection, table, Kind::Gone as u8).await?;
        if gone > 0 {
            open.push((at, gone));
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let of_open: Vec<&SyncTable> = open.iter().map(|(at, _)| tables[*at]).collect();
    let done = unchecked(connection, async |connection| {
        for table in &of_open {
            let keys = table.keys();
            let delete = format!(
                "DELETE t FROM {keys} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{KIND} = {}",
                table.quoted(),
                table.same_key("t", "k"),
                Kind::Gone as u8
            );
            execute(connection, &delete).await?;
            let forget = format!("DELETE FROM {keys} WHERE {KIND} = {}", Kind::Gone as u8);
            execute(connection, &forget).await?;
        }
        Ok(has_no_orphans(connection, &of_open).await?.then_some(()))
    });
    if done.await?.is_some() {
        for (at, gone) in open {
            all[at].deleted += gone;
        }
    }
    Ok(())
}

/// Keeps the gone rows that the server did not delete although no row seems to refer to them: a row
/// of another database refers to them, or a trigger fails. Rows that refer to themselves are left
/// to the transaction without checks.
async fn keep_refused(connection: &mut MySqlConnection, tables: &[&SyncTable]) -> Result<()> {
    for table in tables {
        let sql = format!(
            "SELECT k.{N} FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{KIND} = {} AND {}",
            table.keys(),
            table.quoted(),
            table.same_key("t", "k"),
            Kind::Gone as u8,
            table.is_unreferenced()
        );
        let refused = numbers(connection, &sql).await?;
        keep(connection, table, &refused).await?;
    }
    Ok(())
}

/// Keeps the gone rows to which a row refers whose key is not of these kinds. Returns whether there
/// were any.
async fn keep_held(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    kinds: &str,
) -> Result<bool> {
    let mut any = false;
    for table in tables {
        let held = numbers(connection, &table.held(tables, kinds)).await?;
        any |= !held.is_empty();
        keep(connection, table, &held).await?;
    }
    Ok(any)
}

/// Keeps the rows of these keys.
async fn keep(connection: &mut MySqlConnection, table: &SyncTable, numbers: &[u64]) -> Result<()> {
    for numbers in numbers.chunks(10_000) {
        let sql = format!(
            "UPDATE {} SET {KIND} = {} WHERE {N} IN ({})",
            table.keys(),
            Kind::Kept as u8,
            listed(numbers)
        );
        execute(connection, &sql).await?;
    }
    Ok(())
}

/// Why the records that still wait are not accepted, by the numbers of their keys.
pub(super) async fn reasons(
    connection: &mut MySqlConnection,
    table: &SyncTable,
) -> Result<Reasons> {
    let other = |_: &ForeignKey| Vec::new();
    let of_all = ("TRUE".to_owned(), "".to_owned());
    judged(connection, (table, &other), of_all).await
}

/// The records that wait for a row that will not come.
async fn hopeless(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    tables: &[&SyncTable],
) -> Result<Reasons> {
    let others = |key: &ForeignKey| {
        let parent = tables.iter().find(|other| key.refers_to(other.name()));
        parent
            .and_then(|parent| parent.is_written(key))
            .into_iter()
            .collect()
    };
    let taken = format!(
        " AND {}",
        has_no_row(&format!(
            "{} AS k2 WHERE k2.{KIND} IN (2, 3) AND {}",
            table.keys(),
            table.same_key("k2", "u")
        ))
    );
    judged(connection, (table, &others), ("FALSE".to_owned(), taken)).await
}

/// Conditions under which a row has a parent that is not in its table yet, by the foreign key.
type OtherParents<'a> = &'a dyn Fn(&ForeignKey) -> Vec<String>;

/// The waiting records that lack a parent, or whose unique value another row has, and, if `rest`
/// says so, all others.
async fn judged(
    connection: &mut MySqlConnection,
    (table, others): (&SyncTable, OtherParents<'_>),
    (rest, taken): (String, String),
) -> Result<Reasons> {
    let mut cases = Vec::new();
    for key in table.filled_references() {
        let message = clean::keys::missing_parent_message(key);
        let parent = table.has_parent(key, &others(key));
        cases.push((format!("NOT {parent}"), (Rule::MissingParent, message)));
    }
    for unique in table.filled_unique() {
        let message = format!(
            "a row that is kept, or that another program wrote, has the same value of the unique \
             key ({})",
            unique.join(", ")
        );
        let row = has_row(&format!("{}{taken}", table.other_row_with(unique)));
        cases.push((row, (Rule::DuplicateKey, message)));
    }
    let message = "the row depends on other rows that cannot be changed with it".to_owned();
    cases.push((rest, (Rule::RefusedByServer, message)));
    let whens: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(at, (condition, _))| format!("WHEN {condition} THEN {at}"))
        .collect();
    let sql = format!(
        "SELECT k.{N}, CAST(CASE {} ELSE -1 END AS SIGNED) FROM {} WHERE k.{KIND} IN {WRITTEN}",
        whens.join(" "),
        table.staged_keys()
    );
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await;
    let rows = rows.with_context(|| format!("cannot judge rows of {}", table.name()))?;
    let mut reasons = HashMap::new();
    for row in &rows {
        let case = usize::try_from(row.try_get_unchecked::<i64, _>(1)?).ok();
        if let Some((_, why)) = case.and_then(|case| cases.get(case)) {
            reasons.insert(row.try_get_unchecked(0)?, why.clone());
        }
    }
    Ok(reasons)
}

/// Executes `work` in one transaction without checks of foreign keys. It is rolled back if `work`
/// gives nothing, or the server does not accept a row.
async fn unchecked<T>(
    connection: &mut MySqlConnection,
    work: impl AsyncFnOnce(&mut MySqlConnection) -> Result<Option<T>>,
) -> Result<Option<T>> {
    connection
        .execute("SET SESSION foreign_key_checks = 0")
        .await?;
    connection.execute("BEGIN").await?;
    let done = work(connection).await;
    let end = if matches!(done, Ok(Some(_))) {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    connection.execute(end).await?;
    connection
        .execute("SET SESSION foreign_key_checks = 1")
        .await?;
    match done {
        Err(Error::Server(answer)) if answer.blames_row() => Ok(None),
        other => other,
    }
}

/// Whether all rows of these tables have their parents, and all their children have theirs.
async fn has_no_orphans(connection: &mut MySqlConnection, tables: &[&SyncTable]) -> Result<bool> {
    for table in tables {
        let own = table
            .live
            .foreign_keys
            .iter()
            .map(|key| (table.name(), key));
        let of_children = table.children().iter();
        let of_children = of_children.map(|child| (child.table.as_str(), &child.key));
        for (child, key) in own.chain(of_children) {
            let sql = format!("SELECT 1 {} LIMIT 1", orphans(child, key));
            if connection
                .fetch_optional(AssertSqlSafe(sql))
                .await?
                .is_some()
            {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

async fn execute(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

async fn count(connection: &mut MySqlConnection, table: &SyncTable, kind: u8) -> Result<u64> {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS UNSIGNED) FROM {} WHERE {KIND} = {kind}",
        table.keys()
    );
    let row = connection.fetch_one(AssertSqlSafe(sql)).await?;
    Ok(row.try_get_unchecked(0)?)
}

/// The numbers that a query selects.
async fn numbers(connection: &mut MySqlConnection, sql: &str) -> Result<Vec<u64>> {
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await?;
    let rows = rows.iter();
    rows.map(|row| Ok(row.try_get_unchecked(0)?)).collect()
}

fn listed(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(",")
}
