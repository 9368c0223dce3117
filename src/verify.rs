//! Phase 5, verify: the database against what was accepted.
//!
//! Quick: the number of rows of each table. Full: the checksums of all values too, and by anti-joins that every reference
//! resolves. That indexes and foreign keys are as schema.sql says is the empty plan of `schema::diff`, asked for by the caller. Each table
//! has a connection of its own.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection, Row};
use tokio::task::JoinSet;

use crate::checksum::{select_list, to_hex};
use crate::db::{self, DatabaseUrl, quote_identifier};
use crate::load::ledger::LoadedTable;
use crate::load::sessions::Sessions;
use crate::schema::{Column, ForeignKey, Schema, Table};

/// What a table must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Table name.
    pub table: String,
    /// The columns that the checksum is over.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Checksum of the rows.
    pub checksum: u64,
}

impl From<&LoadedTable> for Expected {
    /// What the ledger remembers.
    fn from(table: &LoadedTable) -> Expected {
        Expected {
            table: table.name.clone(),
            columns: table.columns.clone(),
            rows: table.loaded,
            checksum: table.checksum,
        }
    }
}

/// How much is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Row counts.
    Quick,
    /// Row counts, checksums and references.
    Full,
}

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// What differs, in words.
    pub what: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.table, self.what)
    }
}

/// Compares the tables of a database with what they must hold, and (in full depth) proves the references of `schema`
/// between the tables that exist. `sessions` is of the run that asks, if a run does.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn verify(
    database: &DatabaseUrl,
    sessions: Option<&Sessions>,
    schema: &Schema,
    expected: &[Expected],
    depth: Depth,
    connections: usize,
) -> Result<Vec<Difference>> {
    let mut questions = Vec::new();
    for expected in expected {
        questions.push(Question::Rows(expected.clone(), depth));
    }
    if depth == Depth::Full {
        for table in &schema.tables {
            for reference in &table.foreign_keys {
                questions.push(Question::References(table.name.clone(), reference.clone()));
            }
        }
    }
    ask_all(database, sessions, schema, questions, connections).await
}

/// Proves the named foreign keys, those that could not be judged while the rows streamed by.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn verify_references(
    database: &DatabaseUrl,
    sessions: Option<&Sessions>,
    schema: &Schema,
    references: &[(String, String)],
    connections: usize,
) -> Result<Vec<Difference>> {
    let questions = references
        .iter()
        .filter_map(|(table, name)| {
            let reference = schema
                .table(table)?
                .foreign_keys
                .iter()
                .find(|f| f.name == *name)?;
            Some(Question::References(table.clone(), reference.clone()))
        })
        .collect();
    ask_all(database, sessions, schema, questions, connections).await
}

enum Question {
    Rows(Expected, Depth),
    References(String, ForeignKey),
}

async fn ask_all(
    database: &DatabaseUrl,
    sessions: Option<&Sessions>,
    schema: &Schema,
    mut questions: Vec<Question>,
    connections: usize,
) -> Result<Vec<Difference>> {
    // the largest question should not be the last one to be asked
    questions.reverse();
    let mut differences = Vec::new();
    let mut asked: JoinSet<Result<Vec<Difference>>> = JoinSet::new();
    loop {
        while asked.len() < connections.max(1) {
            let Some(question) = questions.pop() else {
                break;
            };
            let (database, schema) = (database.clone(), schema.clone());
            let sessions = sessions.cloned();
            asked.spawn(async move {
                let mut connection = match sessions {
                    Some(sessions) => sessions.open(&database).await?,
                    None => db::connect(&database).await?,
                };
                let found = match question {
                    Question::Rows(expected, depth) => {
                        rows(&mut connection, &schema, &expected, depth).await
                    }
                    Question::References(table, reference) => {
                        orphans(&mut connection, &table, &reference).await
                    }
                };
                db::close(connection).await;
                found
            });
        }
        match asked.join_next().await {
            Some(found) => differences.extend(found.context("a verifying task ended abnormally")??),
            None => break,
        }
    }
    differences.sort_by(|a, b| (&a.table, &a.what).cmp(&(&b.table, &b.what)));
    Ok(differences)
}

async fn rows(
    connection: &mut MySqlConnection,
    schema: &Schema,
    expected: &Expected,
    depth: Depth,
) -> Result<Vec<Difference>> {
    let table = &expected.table;
    let found = match depth {
        Depth::Quick => (count(connection, table).await?, None),
        Depth::Full => {
            let Some(columns) = columns_of(schema.table(table), &expected.columns) else {
                return Ok(vec![Difference {
                    table: table.clone(),
                    what: format!(
                        "the last run filled columns {} that schema.sql does not have",
                        expected.columns.join(", ")
                    ),
                }]);
            };
            let (rows, checksum) = checksum(connection, table, &columns).await?;
            (rows, Some(checksum))
        }
    };
    let mut differences = Vec::new();
    let mut differs = |what: String| {
        differences.push(Difference {
            table: table.clone(),
            what,
        });
    };
    if found.0 != expected.rows {
        differs(format!(
            "holds {} rows, {} were loaded",
            found.0, expected.rows
        ));
    }
    if let Some(checksum) = found.1
        && checksum != expected.checksum
    {
        differs(format!(
            "checksum is {}, that of the rows loaded is {}",
            to_hex(checksum),
            to_hex(expected.checksum)
        ));
    }
    Ok(differences)
}

fn columns_of<'a>(table: Option<&'a Table>, names: &[String]) -> Option<Vec<&'a Column>> {
    let table = table?;
    names
        .iter()
        .map(|name| table.columns.iter().find(|c| c.name == *name))
        .collect()
}

/// Number of rows of a table.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn count(connection: &mut MySqlConnection, table: &str) -> Result<u64> {
    let sql = format!("SELECT COUNT(*) FROM {}", quote_identifier(table));
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot count the rows of {table}"))?;
    Ok(row.try_get_unchecked::<i64, _>(0)? as u64)
}

/// Number of rows and checksum of a table, computed by the server.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn checksum(
    connection: &mut MySqlConnection,
    table: &str,
    columns: &[&Column],
) -> Result<(u64, u64)> {
    // the sum may be larger than 64 bits, and DECIMAL has no type in Rust's standard library: only the remainder is asked for
    let list = select_list(columns);
    let (count, sum) = list
        .split_once(", ")
        .context("the checksum's select list has two parts")?;
    let sql = format!(
        "SELECT {count}, CAST(MOD({sum}, 18446744073709551616) AS UNSIGNED) FROM {}",
        quote_identifier(table)
    );
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot compute the checksum of {table}"))?;
    Ok((
        row.try_get_unchecked::<i64, _>(0)? as u64,
        row.try_get_unchecked(1)?,
    ))
}

async fn orphans(
    connection: &mut MySqlConnection,
    table: &str,
    reference: &ForeignKey,
) -> Result<Vec<Difference>> {
    let pairs: Vec<_> = reference
        .columns
        .iter()
        .zip(&reference.parent_columns)
        .map(|(child, parent)| {
            format!(
                "parent.{} = child.{}",
                quote_identifier(parent),
                quote_identifier(child)
            )
        })
        .collect();
    let present: Vec<_> = reference
        .columns
        .iter()
        .map(|child| format!("child.{} IS NOT NULL", quote_identifier(child)))
        .collect();
    let sql = format!(
        "SELECT COUNT(*) FROM {} AS child WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS parent WHERE {})",
        quote_identifier(table),
        present.join(" AND "),
        quote_identifier(&reference.parent_table),
        pairs.join(" AND ")
    );
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| {
            format!(
                "cannot prove the references of {table} to {}",
                reference.parent_table
            )
        })?;
    let orphans = row.try_get_unchecked::<i64, _>(0)?;
    if orphans == 0 {
        return Ok(Vec::new());
    }
    Ok(vec![Difference {
        table: table.to_string(),
        what: format!(
            "{orphans} rows refer by {} to rows of {} that there are not",
            reference.columns.join(", "),
            reference.parent_table
        ),
    }])
}
