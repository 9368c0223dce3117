//! Removes the orphans of one batch, in one transaction that also writes them to the ledger.
//!
//! Afterwards the ledger looks as if the server had rejected these rows when it loaded the batch.
//! So a run that is killed between two batches can be resumed like any other.

use crate::db::MySqlConnection;
use crate::error::{Result, fail};
use model::wording::counted;
use sqlx::{AssertSqlSafe, Executor};

use super::identity::IdentityKind;
use super::{Identity, OrphansOf};
use crate::insert::push_value;
use crate::ledger;
use model::batch::{Batch, Value};
use model::rejection::Rule;
use model::rejection::ServerRejection;
use mysql_schema::quote::{quote_identifier, quote_literal};

/// Maximum number of orphans that one statement deletes, or writes to the ledger.
const AT_ONCE: usize = 500;

/// The orphans in a batch, each with its position and message.
pub fn found(orphans: &OrphansOf, batch: &Batch) -> Vec<ServerRejection> {
    let mut text = Vec::new();
    let mut found = Vec::new();
    for row in batch.live_rows() {
        text.clear();
        orphans.identity.push(&mut text, batch, row);
        if let Some(message) = orphans.message(Identity::hash(&text)) {
            found.push(ServerRejection {
                row,
                rule: Rule::MissingParent,
                message,
            });
        }
    }
    found
}

/// Removes orphans of a batch, and writes them to the ledger. The rows of the batch that are not
/// rejected must be those that are loaded. The session has `foreign_key_checks` off.
///
/// # Errors
///
/// When the server fails, or does not have the rows.
pub async fn remove(
    connection: &mut MySqlConnection,
    run: u64,
    table: &str,
    identity: &Identity,
    (batch, orphans): (&Batch, &[ServerRejection]),
) -> Result<()> {
    connection.execute("BEGIN").await?;
    let mut removed = 0;
    let rows: Vec<usize> = orphans.iter().map(|orphan| orphan.row).collect();
    for statement in statements(table, identity, batch, &rows) {
        removed += connection
            .execute(AssertSqlSafe(statement))
            .await?
            .rows_affected();
    }
    if removed != rows.len() as u64 {
        connection.execute("ROLLBACK").await?;
        fail!(
            Unfit,
            "{table}: {} without a parent had to be removed, but the server found {removed}; another program may have changed them",
            counted(rows.len() as u64, "row", "rows")
        );
    }
    let mut stored = batch.clone();
    for some in orphans.chunks(AT_ONCE) {
        let notes = ledger::refusals_statement(run, table, batch, some);
        connection.execute(AssertSqlSafe(notes)).await?;
        some.iter().for_each(|orphan| stored.reject(orphan.row));
    }
    let correction = ledger::correction_statement(run, table, &stored);
    connection.execute(AssertSqlSafe(correction)).await?;
    connection.execute("COMMIT").await?;
    Ok(())
}

/// The statements that remove rows. They select the rows by primary key. Without a primary key, a
/// statement removes as many rows with the same values as there are orphans.
fn statements(table: &str, identity: &Identity, batch: &Batch, rows: &[usize]) -> Vec<String> {
    let table = quote_identifier(table);
    let condition = |row: usize| match identity.kind {
        IdentityKind::WholeRow => {
            let mut text = Vec::new();
            identity.push(&mut text, batch, row);
            let text = String::from_utf8_lossy(&text).into_owned();
            format!("{} = {}", identity.in_sql(&table), quote_literal(&text))
        }
        _ => condition(identity, batch, row),
    };
    if identity.kind == IdentityKind::PrimaryKey {
        let several = |rows: &[usize]| {
            let each: Vec<String> = rows
                .iter()
                .map(|row| format!("({})", condition(*row)))
                .collect();
            format!("DELETE FROM {table} WHERE {}", each.join(" OR "))
        };
        return rows.chunks(AT_ONCE).map(several).collect();
    }
    let mut counts: Vec<(String, usize)> = Vec::new();
    for row in rows {
        let condition = condition(*row);
        match counts.iter_mut().find(|(of, _)| *of == condition) {
            Some((_, count)) => *count += 1,
            None => counts.push((condition, 1)),
        }
    }
    counts
        .into_iter()
        .map(|(condition, count)| format!("DELETE FROM {table} WHERE {condition} LIMIT {count}"))
        .collect()
}

/// The condition that the identifying columns have the values of a row.
fn condition(identity: &Identity, batch: &Batch, row: usize) -> String {
    let equal = identity.columns.iter().map(|(column, position)| {
        let mut value = Vec::new();
        push_value(&mut value, batch, row, *position);
        // nothing is lost, because a literal is valid UTF-8
        let value = String::from_utf8_lossy(&value).into_owned();
        let name = quote_identifier(&column.name);
        match batch.value(row, *position) {
            Value::Null => format!("{name} IS NULL"),
            _ => format!("{name} = {value}"),
        }
    });
    let equal: Vec<String> = equal.collect();
    match equal.is_empty() {
        true => "TRUE".to_owned(),
        false => equal.join(" AND "),
    }
}
