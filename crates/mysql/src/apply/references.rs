//! Looks for orphans of the foreign keys that are to be added, because the server adds foreign keys
//! without checking the rows. All foreign keys are checked in parallel before they are added, and
//! again if rows were written in the meantime.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::db::MySqlConnection;
use crate::error::{Error, Result};
use futures_util::future::join_all;

use super::worker::Worker;
use super::{Control, Work, failure};
use mysql_schema::diff::{Builds, Clause, Statement};
use mysql_schema::quote::quote_identifier;

/// Returns the foreign keys that have orphans. Each is returned as a statement that adds only this
/// foreign key, with an error that shows the orphans.
pub(super) async fn check(
    workers: &mut [Worker],
    statements: &[Statement],
    control: &Control,
) -> Vec<(Statement, Error)> {
    let of_keys = |statement: &Statement| {
        let keys = statement.clauses.iter();
        let keys = keys.filter(|clause| matches!(clause.builds, Builds::ForeignKey(_)));
        keys.filter_map(|key| statement.only(|clause| clause == key))
            .collect::<Vec<_>>()
    };
    let queue: Mutex<VecDeque<Statement>> =
        Mutex::new(statements.iter().flat_map(of_keys).collect());
    let refused = Mutex::new(Vec::new());
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
    let at_work = workers.iter_mut().map(async |worker| {
        while let Some(statement) = next() {
            let outcome = match control.is_stopped() {
                true => Err(Error::Unfit(
                    "the run was stopped before the rows of the table were checked".to_owned(),
                )),
                false => {
                    control.begin(worker.id, &statement.table);
                    let rows = offenders(worker, &statement).await;
                    control.end(worker.id);
                    rows
                }
            };
            if let (Err(error), Ok(mut refused)) = (outcome, refused.lock()) {
                refused.push((statement, error));
            }
        }
    });
    join_all(at_work).await;
    refused.into_inner().unwrap_or_default()
}

async fn offenders(worker: &mut Worker, statement: &Statement) -> Result<()> {
    for clause in &statement.clauses {
        let table = &statement.table;
        if let Some(rows) =
            failure::offenders(&mut worker.connection, table, &clause.builds).await?
        {
            return Err(Error::Unfit(rows));
        }
    }
    Ok(())
}

/// The statements without the foreign keys that have orphans. A statement that would also drop an
/// old foreign key is skipped as a whole, so that the old one is kept.
pub(super) fn without<F>(
    statements: Vec<Statement>,
    refused: &[(Statement, Error)],
    work: &Work<'_, F>,
) -> Vec<Statement> {
    let drops = |statement: &&Statement| {
        let mut clauses = statement.clauses.iter();
        clauses.any(|clause| clause.builds == Builds::Nothing)
    };
    let makes_room: Vec<String> = statements
        .iter()
        .filter(drops)
        .map(|s| s.table.clone())
        .collect();
    let mut rest = Vec::new();
    for statement in statements {
        let of_table = |(other, _): &&(Statement, Error)| other.table == statement.table;
        if refused.iter().any(|r| of_table(&r)) && makes_room.contains(&statement.table) {
            if let Ok(mut found) = work.found.lock() {
                found.outcome.skipped.push(statement);
            }
            continue;
        }
        let is_bad = |clause: &Clause| {
            let mut bad = refused
                .iter()
                .filter(of_table)
                .flat_map(|(s, _)| &s.clauses);
            bad.any(|other| other == clause)
        };
        rest.extend(statement.only(|clause| !is_bad(clause)));
    }
    rest
}

/// Drops foreign keys that have orphans, because rows were written while the keys were added.
pub(super) async fn take_back(worker: &mut Worker, refused: &[(Statement, Error)]) -> Result<()> {
    for (statement, _) in refused {
        for clause in &statement.clauses {
            if let Builds::ForeignKey(key) = &clause.builds {
                let table = quote_identifier(&statement.table);
                let name = quote_identifier(&key.name);
                let sql = format!("ALTER TABLE {table} DROP FOREIGN KEY {name}");
                worker.run(&sql).await?;
            }
        }
    }
    Ok(())
}

/// Numbers of rows inserted, updated and deleted since the start of the server, without the
/// server's own tables. `None` if the server, such as MariaDB, does not report them.
pub(super) async fn written(connection: &mut MySqlConnection) -> Option<Vec<u64>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SHOW GLOBAL STATUS WHERE Variable_name IN \
         ('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted')",
    )
    .fetch_all(connection)
    .await
    .ok()?;
    let counts: Vec<u64> = rows
        .iter()
        .filter_map(|(_, count)| count.parse().ok())
        .collect();
    (counts.len() == 3).then_some(counts)
}
