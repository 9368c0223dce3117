//! Has a server make the tables of a schema file, in whatever database is chosen.
//!
//! The tables may be in any order: no foreign key is checked while it makes them. What the file
//! sets for its session holds while the tables are made; the caller puts the session back.

use crate::error::{Context, Error, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection};

use crate::db::lacks_right;
use crate::server_error::ER_EMPTY_QUERY;
use model::wording::chain;
use mysql_schema::statements::{ScriptStatement, StatementKind};

/// What the server refused, by table: tables that nobody asked for are left out then.
pub type LeftOut = Vec<(String, Error)>;

/// Runs the statements. `needed` says of which tables each statement must succeed.
///
/// # Errors
///
/// When the server refuses statements about such tables, all of them, each with its line.
pub async fn make_tables(
    connection: &mut MySqlConnection,
    statements: &[ScriptStatement<'_>],
    origin: &str,
    needed: impl Fn(&str) -> bool,
) -> Result<LeftOut> {
    let mut left_out = LeftOut::new();
    let mut failures: LeftOut = Vec::new();
    unchecked(connection).await?;
    for statement in statements {
        let table = statement
            .table()
            .map(|(_, table)| table)
            .unwrap_or_default();
        let failed = |list: &LeftOut| list.iter().any(|(of, _)| *of == table && !of.is_empty());
        // what follows from an earlier failure says nothing new
        if failed(&left_out) || failed(&failures) {
            continue;
        }
        let is_setting = statement.kind() == StatementKind::SetSession;
        if let Err(error) = run(connection, &statement.to_run()).await {
            let error = match error.code() {
                // the comment around the statement is for other servers
                Some(ER_EMPTY_QUERY) if statement.is_conditional() => continue,
                // a variable of another server
                Some(_) if statement.is_conditional() && is_setting => continue,
                None => return Err(error),
                Some(_) => error,
            };
            let line = statement.line;
            let error = error.context(format!(
                "{origin}:{line}: the server refuses this statement"
            ));
            match needed(&table) || is_setting {
                true => failures.push((table, error)),
                false => left_out.push((table, error)),
            }
        }
        if is_setting {
            unchecked(connection).await?;
        }
    }
    into_error(failures).map_or(Ok(left_out), Err)
}

/// The only failure as it is; several as one error.
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

/// A child may be made before its parent, and a file may end by switching the checks on.
async fn unchecked(connection: &mut MySqlConnection) -> Result<()> {
    run(connection, "SET foreign_key_checks = 0")
        .await
        .context("cannot switch foreign_key_checks off")
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
        .await?;
    Ok(())
}
