//! Creates the tables of a schema file in the current database.
//!
//! The tables may be in any order, because foreign keys are not checked while they are created.
//! Session variables that the file sets stay set; the caller restores the session.

use crate::error::{Context, Error, Result};
use sqlx::{AssertSqlSafe, Executor};

use crate::db::{MySqlConnection, lacks_right};
use crate::server_error::{
    ER_EMPTY_QUERY, ER_FK_FAIL_ADD_SYSTEM, ER_FK_NO_INDEX_PARENT, ER_WRONG_FK_DEF,
};
use model::wording::chain;
use mysql_schema::parse::Fault;
use mysql_schema::statements::{Definition, StatementKind};

/// Errors of tables that the caller does not need, by table.
pub type LeftOut = Vec<(String, Error)>;

/// Runs the statements. `needed` says for which tables each statement must succeed. No statement is
/// run for a table with one of `faults`, because it would fail on every server.
///
/// # Errors
///
/// When statements for needed tables fail. The error lists all of these statements, each with its
/// line.
pub async fn make_tables(
    connection: &mut MySqlConnection,
    definitions: &[Definition<'_>],
    origin: &str,
    faults: &[Fault],
    needed: impl Fn(&str) -> bool,
) -> Result<LeftOut> {
    let mut failed: Vec<(&[String], Error)> = Vec::new();
    as_the_server_takes_dates(connection).await?;
    unchecked(connection).await?;
    for definition in definitions {
        let (statement, tables) = (&definition.statement, definition.made_for());
        let has_failed = |table: &String| failed.iter().any(|(of, _)| of.contains(table));
        // if a statement for a table has failed, its other statements would fail as well
        if tables.iter().any(has_failed) {
            continue;
        }
        let fault = faults.iter().find(|fault| {
            let table = fault.table.as_ref();
            table.is_some_and(|table| tables.contains(table))
        });
        if let Some(fault) = fault {
            failed.push((tables, Error::Unfit(fault.text.clone())));
            continue;
        }
        let is_setting = statement.kind() == StatementKind::SetSession;
        if let Err(error) = run_definition(connection, definition).await {
            let error = match error.code() {
                // the statement is in a comment for other servers, so it is empty for this one
                Some(ER_EMPTY_QUERY) if statement.is_conditional() => continue,
                // the statement sets a variable that only other servers have
                Some(_) if statement.is_conditional() && is_setting => continue,
                None => return Err(error),
                Some(_) => error,
            };
            let line = statement.line;
            let error = error.context(format!(
                "{origin}:{line}: this statement fails on the server"
            ));
            failed.push((tables, error));
        }
        if is_setting {
            unchecked(connection).await?;
        }
    }
    let is_needed = |tables: &[String]| tables.is_empty() || tables.iter().any(|t| needed(t));
    let (failures, left_out): (Vec<_>, Vec<_>) = failed
        .into_iter()
        .partition(|(tables, _)| is_needed(tables));
    let named = |(tables, error): (&[String], Error)| (tables.join(", "), error);
    let left_out = left_out.into_iter().map(named).collect();
    into_error(failures.into_iter().map(named).collect()).map_or(Ok(left_out), Err)
}

/// Runs a statement. If foreign keys cannot be added to the table in place, runs it again in a form
/// that copies the table. If adding them in place would change their names, uses that form at once.
async fn run_definition(
    connection: &mut MySqlConnection,
    definition: &Definition<'_>,
) -> Result<()> {
    if definition.is_better_by_copy()
        && let Some(by_copy) = definition.to_run_by_copy()
    {
        return run(connection, &by_copy).await;
    }
    let Err(error) = run(connection, &definition.to_run()).await else {
        return Ok(());
    };
    // MySQL finds the columns of a REFERENCES without columns only while it checks foreign keys
    if error.code() == Some(ER_WRONG_FK_DEF) && definition.statement.checks_foreign_keys() {
        return checked(connection, &definition.to_run()).await;
    }
    let is_about_keys = matches!(
        error.code(),
        Some(ER_FK_NO_INDEX_PARENT | ER_FK_FAIL_ADD_SYSTEM)
    );
    match definition.to_run_by_copy().filter(|_| is_about_keys) {
        // the first error is returned, because it says more
        Some(by_copy) => run(connection, &by_copy).await.map_err(|_| error),
        None => Err(error),
    }
}

/// One failure is returned unchanged; several become one error.
fn into_error(mut failures: LeftOut) -> Option<Error> {
    let right = failures.iter().position(|(_, error)| lacks_right(error));
    match (right, failures.len()) {
        (_, 0) => None,
        (Some(at), _) => Some(failures.swap_remove(at).1),
        (None, 1) => failures.pop().map(|(_, error)| error),
        (None, _) => {
            let all: Vec<String> = failures.iter().map(|(_, error)| chain(error)).collect();
            Some(Error::Unfit(all.join("\n")))
        }
    }
}

/// Allows '0000-00-00' as a default on a server whose own sql_mode has no NO_ZERO_DATE, such as
/// MariaDB. Rows with such a date are still rejected.
async fn as_the_server_takes_dates(connection: &mut MySqlConnection) -> Result<()> {
    const SQL: &str = "SET sql_mode = IF(FIND_IN_SET('NO_ZERO_DATE', @@GLOBAL.sql_mode), @@sql_mode, \
                       REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_IN_DATE', ''), 'NO_ZERO_DATE', ''))";
    run(connection, SQL)
        .await
        .context("cannot set the sql_mode in which tables are created")
}

/// Switches foreign_key_checks off, because a child table may be created before its parent. A
/// schema file may have switched the checks on.
async fn unchecked(connection: &mut MySqlConnection) -> Result<()> {
    run(connection, "SET foreign_key_checks = 0")
        .await
        .context("cannot switch foreign_key_checks off")
}

/// Runs a statement while foreign keys are checked.
async fn checked(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    run(connection, "SET foreign_key_checks = 1")
        .await
        .context("cannot switch foreign_key_checks on")?;
    let ran = run(connection, sql).await;
    unchecked(connection).await?;
    ran
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
        .await?;
    Ok(())
}
