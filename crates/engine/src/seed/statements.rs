//! The SQL files of `--before` and `--after`. Their statements are executed one by one. Each is
//! recorded in the ledger, so that a resumed run does not repeat it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{Context, Result, fail};

use super::work::Work;
use crate::options::{Mode, SeedOptions};
use model::wording::{counted, grouped};
use mysql::db;
use mysql::ledger::statements::{Moment, OfRun, Text};
use mysql::session_settings::why_breaks;
use mysql_schema::executed::{Inner, InnerStatements};
use mysql_schema::statements::{ScriptStatement, split};
use sqlx::{AssertSqlSafe, Executor};

/// The statements of a run, in the order of execution.
#[derive(Debug, Clone, Default)]
pub(super) struct Statements {
    before: Vec<Statement>,
    after: Vec<Statement>,
}

#[derive(Debug, Clone)]
struct Statement {
    /// File and line of the statement.
    place: String,
    sql: String,
    text: Text,
    /// Whether the statement only sets variables of the session. Such a statement must be repeated
    /// in a new session.
    is_of_session: bool,
    /// Whether the statement runs other statements, which the file does not show.
    has_unknown: bool,
}

/// First words of statements that would end or change the transaction of another statement.
const OF_TRANSACTIONS: [&str; 9] = [
    "BEGIN",
    "START TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "LOCK TABLES",
    "UNLOCK TABLES",
    "XA",
];

impl Statements {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or has a statement that cannot be executed in a run.
    pub(super) fn read(options: &SeedOptions) -> Result<Statements> {
        let files = &options.statements;
        if options.mode == Mode::Replace && !(files.before.is_empty() && files.after.is_empty()) {
            fail!(
                "--before and --after cannot be used with --replace, which loads into another \
                 database and then swaps the tables; execute the statements before or after the run"
            );
        }
        Ok(Statements {
            before: read_all(&files.before)?,
            after: read_all(&files.after)?,
        })
    }

    fn of(&self, moment: Moment) -> &[Statement] {
        match moment {
            Moment::Before => &self.before,
            Moment::After => &self.after,
        }
    }
}

fn read_all(files: &[PathBuf]) -> Result<Vec<Statement>> {
    let mut all = Vec::new();
    let mut seen = HashMap::new();
    let mut inner = InnerStatements::default();
    for file in files {
        read_file(file, (&mut seen, &mut inner), &mut all)?;
    }
    Ok(all)
}

fn read_file(
    file: &Path,
    (seen, inner): (&mut HashMap<String, u32>, &mut InnerStatements),
    all: &mut Vec<Statement>,
) -> Result<()> {
    let name = file.display().to_string();
    let sql = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    for statement in split(&sql, &name)? {
        let place = format!("{name}:{}", statement.line);
        let runs = inner.of(&statement);
        if let Some(why) = why_not(&statement).or_else(|| why_not_inner(&runs)) {
            fail!("{place}: {why}");
        }
        let hash = format!(
            "{:032x}",
            xxhash_rust::xxh3::xxh3_128(statement.text.as_bytes())
        );
        let occurrence = seen.entry(hash.clone()).or_insert(0);
        let text = (hash, *occurrence);
        *occurrence += 1;
        all.push(Statement {
            place,
            sql: statement.text.to_owned(),
            text,
            is_of_session: is_of_session(&statement),
            has_unknown: runs == Inner::Unknown,
        });
    }
    Ok(())
}

/// Whether a statement only changes its session: sets variables, or prepares statements.
fn is_of_session(statement: &ScriptStatement<'_>) -> bool {
    let words = words(statement, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["SET" | "PREPARE" | "DEALLOCATE", ..] | ["DROP", "PREPARE"]
    )
}

/// The first words of a statement, in upper case.
fn words(statement: &ScriptStatement<'_>, count: usize) -> Vec<String> {
    // without the end of an executable comment
    let sql = statement.from_first_word().trim_end_matches("*/");
    let words = sql.split_whitespace().take(count);
    words.map(str::to_uppercase).collect()
}

/// Why a statement that another one executes, such as EXECUTE, is not allowed; `None` if it is.
fn why_not_inner(runs: &Inner) -> Option<String> {
    let Inner::OneOf(texts) = runs else {
        return None;
    };
    let why = texts.iter().find_map(|text| {
        // a text that is not a statement is left to the server, which reports what is wrong with it
        let statements = split(text, "").ok()?;
        statements.iter().find_map(why_not)
    });
    why.map(|why| format!("this EXECUTE may run another statement: {why}"))
}

/// Why a statement is not possible in a run; `None` if it is possible.
fn why_not(statement: &ScriptStatement<'_>) -> Option<String> {
    let words = words(statement, 2);
    let begin = words.join(" ");
    let is_of = |word: &&&str| begin == **word || begin.starts_with(&format!("{word} "));
    if let Some(word) = OF_TRANSACTIONS.iter().find(is_of) {
        return Some(format!(
            "{word} cannot be used here, because each statement is one transaction with its row in \
             the ledger, so that it is executed once; remove it"
        ));
    }
    if words.first().is_some_and(|word| word == "USE") {
        return Some(
            "USE cannot be used here, because the ledger is in the database of the run; write the \
             name of the database before that of the table"
                .to_owned(),
        );
    }
    match words.first().map(String::as_str) {
        Some(word @ ("SHUTDOWN" | "RESTART")) => Some(format!(
            "{word} cannot be used here, because the run needs the server; remove it"
        )),
        Some("KILL") => Some(
            "KILL cannot be used here, because the number may be that of a session of this run by \
             the time it is executed; end the session before the run"
                .to_owned(),
        ),
        _ => why_breaks(statement.from_first_word().trim_end_matches("*/")),
    }
}

impl Work<'_, '_> {
    /// Executes the statements of `moment`, except for those that are already committed. `run` is
    /// the number of the run; it is 0 before the run is in the ledger.
    pub(super) async fn execute_statements(&mut self, moment: Moment, run: u64) -> Result<()> {
        let statements = self.run.statements.of(moment).to_vec();
        if statements.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        let sources = std::sync::Arc::clone(&self.sources);
        let identity = self.run.identity(&sources);
        let of_run = OfRun {
            run,
            fingerprint: &identity.fingerprint,
            moment,
        };
        // use another session: if the program is killed during a long statement, the run lock must
        // not stay with that statement
        let mut connection = self.run.session.database.open_to_merge().await?;
        let done = of_run.done(&mut connection).await?;
        let name = moment.name();
        self.tell_unknown(name, &statements);
        let mut executed: u64 = 0;
        for statement in &statements {
            let place = &statement.place;
            if done.contains(&statement.text) {
                continue;
            }
            self.run.events.detail(&format!("{name}: {place}"));
            let result = match statement.is_of_session {
                true => {
                    let set = connection.execute(AssertSqlSafe(statement.sql.as_str()));
                    set.await.map(|_| ()).map_err(mysql::Error::from)
                }
                false => {
                    let text = (&statement.text, place.as_str());
                    of_run.execute(&mut connection, &statement.sql, text).await
                }
            };
            result.with_context(|| {
                format!(
                    "{place}: the statement failed; those before it are committed and are not \
                     executed again: correct it and run the same command again"
                )
            })?;
            executed += 1;
        }
        db::close(connection).await;
        let earlier = match statements.len() as u64 - executed {
            0 => String::new(),
            1 => ", 1 was executed by the interrupted run".to_owned(),
            n => format!(", {} were executed by the interrupted run", grouped(n)),
        };
        self.run.events.info(&format!(
            "{name}: {} executed{earlier}",
            counted(executed, "statement", "statements")
        ));
        self.note_phase(name, began.elapsed());
        Ok(())
    }
}

impl Work<'_, '_> {
    /// Reports once that statements run other statements, which the file does not show.
    fn tell_unknown(&self, name: &str, statements: &[Statement]) {
        let mut unknown = statements.iter().filter(|of| of.has_unknown);
        let Some(first) = unknown.next() else {
            return;
        };
        let more = match unknown.count() {
            0 => String::new(),
            n => format!(" and {}", counted(n as u64, "more place", "more places")),
        };
        self.run.events.info(&format!(
            "{name}: {}{more}: the file does not show which statements are run here; if they \
             commit, and the run is interrupted right after that, the resumed run repeats them",
            first.place
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(sql: &str) -> Option<String> {
        why_not(&split(sql, "test").unwrap()[0])
    }

    #[test]
    fn statements_that_end_transactions_are_rejected() {
        for sql in [
            "BEGIN",
            "start  transaction",
            "COMMIT AND CHAIN",
            "LOCK TABLES a READ",
            "USE other",
            "SET autocommit = 0",
            "/* why */ COMMIT",
            "-- why\n# why\nCOMMIT",
            "/*!50000 COMMIT */",
            "/*!40101 SET autocommit=0 */",
            "/*M!100100 USE other */",
            "SHUTDOWN",
            "restart",
            "KILL CONNECTION_ID()",
            "kill query 5",
        ] {
            assert!(why(sql).is_some(), "{sql}");
        }
        for sql in [
            "UPDATE t SET a = 1",
            "CALL refresh()",
            "PREPARE s FROM 'UPDATE t SET a = 1'",
            "SET @a = 1",
            "LOCK INSTANCE FOR BACKUP",
            "/*!40101 SET NAMES utf8mb4 */",
            "/* COMMIT */ UPDATE t SET a = 1",
        ] {
            assert_eq!(why(sql), None, "{sql}");
        }
    }

    fn inner(sql: &str) -> Vec<(Inner, Option<String>)> {
        let mut inner = InnerStatements::default();
        let statements = split(sql, "test").unwrap();
        let of = |statement| {
            let runs = inner.of(statement);
            let why = why_not_inner(&runs);
            (runs, why)
        };
        statements.iter().map(of).collect()
    }

    #[test]
    fn what_execute_runs_is_looked_into() {
        for sql in [
            "PREPARE s FROM 'COMMIT'; EXECUTE s",
            "SET @sql = 'SET autocommit = 0'; PREPARE s FROM @sql; EXECUTE s",
            "EXECUTE IMMEDIATE 'SHUTDOWN'",
        ] {
            let last = inner(sql).pop().unwrap();
            assert!(last.1.is_some(), "{sql}: {last:?}");
        }
        for sql in [
            "PREPARE s FROM 'UPDATE t SET a = ?'; EXECUTE s USING @a",
            "PREPARE s FROM 'COMMIT'",
        ] {
            let last = inner(sql).pop().unwrap();
            assert!(
                last.1.is_none() && last.0 != Inner::Unknown,
                "{sql}: {last:?}"
            );
        }
        for sql in [
            "SELECT text INTO @sql FROM texts; PREPARE s FROM @sql; EXECUTE s",
            "CALL refresh()",
        ] {
            assert_eq!(inner(sql).pop().unwrap(), (Inner::Unknown, None), "{sql}");
        }
    }
}
