//! Asks the server how it would carry out a plan, before the live tables are changed.
//!
//! What a server can do online depends on its kind, its version and the table, and a list in this
//! program would become outdated. So the live tables are created again, empty, in a scratch
//! database, and each statement is tried there, the [`Method`] that blocks least first. A method
//! that the server does not support fails with a reason. On the live tables the statement states
//! the method that worked, so that it fails instead of blocking writers if the server cannot use it
//! there. Other failures (a key that is too long, an index that a foreign key needs) show here,
//! too.

use crate::error::{Context, Error, Result};
use sqlx::AssertSqlSafe;

use super::session::KEEP_HISTORY;
use crate::db::MySqlConnection;
use crate::inspect::{Scratch, create_table, inspect_tables};
use crate::server_error::{
    ER_CONNECTION_KILLED, ER_QUERY_INTERRUPTED, ER_SERVER_SHUTDOWN, ER_SESSION_WAS_KILLED,
};
use model::flavour::Flavour;
use model::schema::{IndexKey, IndexKind, Schema};
use mysql_schema::diff::{Builds, Clause, Kind, Method, Plan, Statement, Step, index_definition};

/// A plan as the server would carry it out.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Statements that work, each with its method, in order.
    pub statements: Vec<Statement>,
    /// Statements that fail, or that the user must allow.
    pub refused: Vec<Refused>,
}

/// A statement that is left out.
#[derive(Debug)]
pub struct Refused {
    /// The statement, with its method if one works.
    pub statement: Statement,
    /// Why the statement is left out.
    pub why: Obstacle,
}

/// Why a statement is left out.
#[derive(Debug)]
pub enum Obstacle {
    /// The statement would make writers wait. Contains the server's reason.
    Blocks(String),
    /// The statement fails.
    Impossible(Error),
}

/// The changes to try.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The live tables that are copied.
    pub tables: &'a [&'a str],
    /// The changes.
    pub plan: &'a Plan,
    /// Whether writers may be made to wait.
    pub blocking: Blocking,
}

/// Tries the statements of a plan on empty copies of its tables. `compare` returns the plan of the
/// differences that are left when all statements were tried. At the end, the session is as
/// [`connect`](crate::db::connect) makes it.
///
/// # Errors
///
/// When the account may not create a database ([`lacks_right`](crate::db::lacks_right): [`assume`]
/// can be used instead), or the copies cannot be made.
pub async fn rehearse(
    connection: &mut MySqlConnection,
    database: &str,
    wanted: Wanted<'_>,
    compare: impl Fn(&Schema) -> Plan,
) -> Result<Rehearsal> {
    let engine = connection.engine();
    let flavour = engine.flavour;
    let scratch = Scratch::enter(connection, database).await?;
    let result = async {
        run(connection, "SET sql_mode = REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_IN_DATE', ''), 'NO_ZERO_DATE', '')").await?;
        if flavour == Flavour::MariaDb {
            run(connection, &format!("SET {KEEP_HISTORY}")).await?;
        }
        for table in wanted.tables {
            let create = create_table(connection, database, table).await?;
            run(connection, &create)
                .await
                .with_context(|| format!("cannot create an empty copy of {table} to try the changes on"))?;
        }
        let mut stage = Stage {
            keeps_methods: engine.keeps_methods,
            connection: &mut *connection,
            blocking: wanted.blocking,
            rehearsal: Rehearsal::default(),
        };
        for statement in wanted.plan.statements() {
            for statement in statement.apart(engine.ddl) {
                stage.settle(statement).await?;
            }
        }
        let mut rehearsal = stage.rehearsal;
        let copy = inspect_tables(connection, scratch.name(), wanted.tables).await?;
        rehearsal.leave_out_indexes_built_differently(&compare(&copy));
        Ok::<_, Error>(rehearsal)
    }
    .await;
    let result = result
        .map_err(|error| scratch.renamed(error))
        .map(|mut rehearsal| {
            for refused in &mut rehearsal.refused {
                let why = match std::mem::replace(&mut refused.why, Obstacle::Blocks(String::new()))
                {
                    Obstacle::Impossible(error) => Obstacle::Impossible(scratch.renamed(error)),
                    Obstacle::Blocks(reason) => Obstacle::Blocks(scratch.shown(&reason)),
                };
                refused.why = why;
            }
            rehearsal
        });
    let cleaned = scratch.leave(connection).await;
    if flavour == Flavour::MariaDb {
        // restoring the session does not reset this variable
        run(connection, "SET system_versioning_alter_history = DEFAULT").await?;
    }
    let rehearsal = result?;
    cleaned?;
    Ok(rehearsal)
}

impl Rehearsal {
    /// Leaves out indexes that the server builds differently: when a key is too long, MariaDB uses
    /// a shorter prefix, without an error.
    fn leave_out_indexes_built_differently(&mut self, left: &Plan) {
        for finding in &left.changes {
            let Kind::ChangedIndex { from, to } = &finding.kind else {
                continue;
            };
            let builds = |clause: &Clause| clause.builds == Builds::Index(to.clone());
            let mut at = 0;
            while at < self.statements.len() {
                let statement = &self.statements[at];
                let culprit =
                    statement.only(|clause| statement.table == finding.table && builds(clause));
                let Some(culprit) = culprit else {
                    at += 1;
                    continue;
                };
                let instead = index_definition(from);
                self.refused.push(Refused {
                    statement: culprit,
                    why: Obstacle::Impossible(Error::Unfit(format!(
                        "the server would build {instead} instead"
                    ))),
                });
                match statement.only(|clause| !builds(clause)) {
                    Some(rest) => self.statements[at] = rest,
                    None => drop(self.statements.remove(at)),
                }
            }
        }
    }
}

/// Whether writers may be made to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocking {
    /// Writers may be made to wait.
    Allowed,
    /// Writers may not be made to wait.
    Refused,
}

/// Like [`rehearse`], but tries nothing. If writers may not be made to wait, it leaves out all
/// changes except those that all supported server versions make online.
pub fn assume(plan: &Plan, blocking: Blocking) -> Rehearsal {
    let mut rehearsal = Rehearsal::default();
    for statement in plan.statements() {
        let online = match statement.step {
            Step::Columns => false,
            _ => statement.clauses.iter().all(is_plain),
        };
        match (online, blocking) {
            (true, _) => rehearsal.statements.push(statement.by(Method::Online)),
            (false, Blocking::Allowed) => rehearsal.statements.push(statement),
            (false, Blocking::Refused) => rehearsal.refused.push(Refused {
                statement,
                why: Obstacle::Blocks(
                    "this account may not create a scratch database to try the change in, so it is \
                     not known whether the change blocks writers".to_owned(),
                ),
            }),
        }
    }
    rehearsal
}

fn is_plain(clause: &Clause) -> bool {
    match &clause.builds {
        Builds::Index(index) => {
            let columns = index
                .parts
                .iter()
                .all(|part| matches!(part.key, IndexKey::Column(_)));
            columns && !matches!(index.kind, IndexKind::FullText | IndexKind::Spatial)
        }
        Builds::Check(_) => false,
        _ => true,
    }
}

struct Stage<'a> {
    /// Whether the server supports ALGORITHM and LOCK. Other servers decide themselves how they
    /// change a table, and do not say whether writers wait.
    keeps_methods: bool,
    connection: &'a mut MySqlConnection,
    blocking: Blocking,
    rehearsal: Rehearsal,
}

enum Tried {
    /// The statement works by this method; `None` if the server does not support methods.
    Done(Option<Method>),
    Blocks(Method, String),
    Refused(Error),
}

impl Stage<'_> {
    /// Tries the whole statement; if that does not work online, tries it clause by clause, so that
    /// one failing clause does not prevent the others.
    async fn settle(&mut self, statement: Statement) -> Result<()> {
        let checks = u8::from(statement.step != Step::AddForeignKeys);
        run(
            self.connection,
            &format!("SET foreign_key_checks = {checks}"),
        )
        .await?;
        if statement.clauses.len() == 1 {
            return self.settle_clause(statement).await;
        }
        if let Tried::Done(method) = self.attempt(&statement, Blocking::Refused).await {
            self.push(with(statement, method));
            return Ok(());
        }
        for clause in &statement.clauses {
            if let Some(part) = statement.only(|other| other == clause) {
                self.settle_clause(part).await?;
            }
        }
        Ok(())
    }

    async fn settle_clause(&mut self, statement: Statement) -> Result<()> {
        match self.attempt(&statement, self.blocking).await {
            Tried::Done(method) => self.push(with(statement, method)),
            Tried::Blocks(method, why) => self.rehearsal.refused.push(Refused {
                statement: statement.by(method),
                why: Obstacle::Blocks(why),
            }),
            Tried::Refused(error) if server_is_gone(&error) => return Err(error),
            Tried::Refused(error) => self.rehearsal.refused.push(Refused {
                statement,
                why: Obstacle::Impossible(error),
            }),
        }
        Ok(())
    }

    /// Adds a statement. Statements that copy the same table are joined, so that the table is
    /// copied once.
    fn push(&mut self, statement: Statement) {
        let last = self
            .rehearsal
            .statements
            .iter_mut()
            .rev()
            .find(|last| last.table == statement.table);
        match last {
            Some(last)
                if last.step == statement.step
                    && last.method == statement.method
                    && last.method >= Some(Method::Copies) =>
            {
                last.join(&statement);
            }
            _ => self.rehearsal.statements.push(statement),
        }
    }

    async fn attempt(&mut self, statement: &Statement, blocking: Blocking) -> Tried {
        if !self.keeps_methods {
            return match run(self.connection, &statement.sql).await {
                Ok(()) => Tried::Done(None),
                Err(error) => Tried::Refused(error),
            };
        }
        let mut reason = String::new();
        let mut copies = false;
        for method in Method::ALL {
            if method.blocks() && blocking == Blocking::Refused {
                let method = if copies {
                    Method::Copies
                } else {
                    Method::BlocksWriters
                };
                return Tried::Blocks(method, reason);
            }
            match run(self.connection, &statement.by(method).sql).await {
                Ok(()) => return Tried::Done(Some(method)),
                Err(error) => match error.server() {
                    // the next method in the list may work
                    Some(server) if server.needs_other_method() => {
                        if method == Method::Online {
                            copies = server.message.contains("Try ALGORITHM=COPY");
                            reason = said(&server.message);
                        }
                    }
                    _ => return Tried::Refused(error),
                },
            }
        }
        Tried::Blocks(Method::Copies, reason)
    }
}

fn with(statement: Statement, method: Option<Method>) -> Statement {
    match method {
        Some(method) => statement.by(method),
        None => statement,
    }
}

fn server_is_gone(error: &Error) -> bool {
    matches!(
        error.code(),
        None | Some(
            ER_SERVER_SHUTDOWN
                | ER_QUERY_INTERRUPTED
                | ER_CONNECTION_KILLED
                | ER_SESSION_WAS_KILLED
        )
    )
}

/// The server's reason, extracted from a message such as `ALGORITHM=INPLACE is not supported.
/// Reason: Cannot change column type INPLACE. Try ALGORITHM=COPY.`
fn said(words: &str) -> String {
    match words.split_once("Reason: ") {
        Some((_, reason)) => {
            let end = reason.find(". Try ").unwrap_or(reason.len());
            reason[..end].trim_end_matches('.').to_owned()
        }
        None => "the server cannot make this change online".to_owned(),
    }
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_reason_is_taken_out_of_its_message() {
        assert_eq!(
            said(
                "LOCK=NONE is not supported. Reason: Fulltext index creation requires a lock. Try LOCK=SHARED."
            ),
            "Fulltext index creation requires a lock"
        );
        assert_eq!(
            said("x is not supported for this operation. Try ALGORITHM=COPY."),
            "the server cannot make this change online"
        );
    }
}
