//! Phase 5, verify: compares the database with the accepted rows.
//!
//! A quick verification compares the number of rows of each table. A full one also compares the
//! checksums of all values, and looks for orphans (`references`). The caller compares indexes and
//! foreign keys with schema.sql. Large tables are read in ranges over several connections, and the
//! results are added up.
//!
//! If the sum of `CHECKSUM TABLE` is known for the rows of a table ([`Expected::table_checksum`])
//! and the server computes the same sum, the table holds exactly these rows, and they are not
//! counted or read again. If the sums differ, the rows are counted and compared in SQL, which
//! decides.

pub mod in_sql;
pub mod probe;
pub(crate) mod ranges;
mod references;
mod statements;
mod sums;
pub mod table_checksum;
mod watch;

use model::wording::{counted, grouped};
use std::cmp::Reverse;
use std::sync::{Arc, Mutex};

use crate::error::{Context, Error, Result};
use tokio::task::JoinSet;

use crate::db::{self, Database, MySqlConnection};
use clean::checksum::to_hex;
pub use model::report::Depth;
use model::schema::{IndexKey, Schema, Table};
use ranges::{Range, ranges};
use references::Reference;
pub use statements::{checksum, count};
use statements::{checksum_of, columns_of};
pub use sums::sums;
pub use watch::Watch;

/// What a table must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Table name.
    pub table: String,
    /// The columns that the checksum covers.
    pub columns: Vec<String>,
    /// Number of rows.
    pub rows: u64,
    /// Checksum of the rows.
    pub checksum: u64,
    /// What `CHECKSUM TABLE` returns for a table with exactly these rows, if that is known.
    pub table_checksum: Option<u32>,
}

/// A difference between the database and what it must hold.
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

/// How the server is queried.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Number of connections that query at the same time.
    pub connections: usize,
    /// Receives the progress.
    pub watch: &'a Watch,
}

/// Compares the tables of a database with what they must hold. A full verification also looks for
/// orphans of the foreign keys of `schema`.
///
/// # Errors
///
/// When a query fails.
pub async fn verify(
    database: &Database,
    schema: &Schema,
    expected: &[Expected],
    depth: Depth,
    asking: Asking<'_>,
) -> Result<Vec<Difference>> {
    let mut questions = Vec::new();
    for expected in expected {
        let of_table = expected.table_checksum.filter(|_| depth == Depth::Full);
        questions.push(match of_table {
            Some(checksum) => Question::TableChecksum(expected.clone(), checksum),
            None => Question::Rows(expected.clone(), depth),
        });
    }
    if depth == Depth::Full {
        for table in &schema.tables {
            let filled = expected.iter().find(|e| e.table == table.name);
            for key in &table.foreign_keys {
                let rows = filled.map_or(0, |e| e.rows);
                questions.push(Question::References(Reference::new(table, key, rows)));
            }
        }
    }
    let answers = ask_all(database, schema, questions, asking).await?;
    let differs = answers
        .iter()
        .filter_map(|(question, answer)| match question {
            Question::TableChecksum(expected, _) if answer.checksum == 0 => Some(expected.clone()),
            _ => None,
        });
    let again: Vec<_> = differs.map(|e| Question::Rows(e, depth)).collect();
    let mut differences = judged(schema, &answers);
    if !again.is_empty() {
        let answers = ask_all(database, schema, again, asking).await?;
        differences.extend(judged(schema, &answers));
    }
    differences.sort_by(|a, b| (&a.table, &a.what).cmp(&(&b.table, &b.what)));
    Ok(differences)
}

/// Looks for orphans of the named foreign keys, which the client could not check during the load.
///
/// # Errors
///
/// When a query fails.
pub async fn verify_references(
    database: &Database,
    schema: &Schema,
    references: &[(String, String)],
    asking: Asking<'_>,
) -> Result<Vec<Difference>> {
    let questions = references
        .iter()
        .filter_map(|(table, name)| {
            let table = schema.table(table)?;
            let key = table.foreign_keys.iter().find(|key| key.name == *name)?;
            Some(Question::References(Reference::new(table, key, 0)))
        })
        .collect();
    let answers = ask_all(database, schema, questions, asking).await?;
    Ok(judged(schema, &answers))
}

enum Question {
    Rows(Expected, Depth),
    /// Whether `CHECKSUM TABLE` returns this number. The answer's checksum is 1 if it does, else 0.
    TableChecksum(Expected, u32),
    References(Reference),
}

/// The server's answer to a question about one range of rows.
#[derive(Debug, Clone, Copy, Default)]
struct Answer {
    /// Number of rows, or of orphans.
    rows: u64,
    checksum: u64,
}

/// The number of a question, and one range of rows that it is about.
type Part = (usize, Range);

async fn ask_all(
    database: &Database,
    schema: &Schema,
    questions: Vec<Question>,
    asking: Asking<'_>,
) -> Result<Vec<(Question, Answer)>> {
    let parts = parts(database, schema, &questions).await?;
    let connections = asking.connections.clamp(1, parts.len().max(1));
    let shared = Arc::new(Shared {
        database: database.clone(),
        schema: schema.clone(),
        questions,
        parts: Mutex::new(parts.into_iter()),
        watch: asking.watch.clone(),
    });
    let mut tasks: JoinSet<Result<Vec<(usize, Answer)>>> = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(ask_parts(Arc::clone(&shared)));
    }
    let mut sums = vec![Answer::default(); shared.questions.len()];
    while let Some(answers) = tasks.join_next().await {
        let answers = answers.map_err(Error::other);
        for (number, answer) in answers.context("a verifying task ended abnormally")?? {
            let sum = &mut sums[number];
            sum.rows += answer.rows;
            sum.checksum = sum.checksum.wrapping_add(answer.checksum);
        }
    }
    let shared = Arc::into_inner(shared).context("a verifying task still runs")?;
    Ok(shared.questions.into_iter().zip(sums).collect())
}

/// The differences that the answers show, in the order of their tables.
fn judged(schema: &Schema, answers: &[(Question, Answer)]) -> Vec<Difference> {
    let mut differences: Vec<Difference> = answers
        .iter()
        .flat_map(|(question, answer)| question.judge(schema, *answer))
        .collect();
    differences.sort_by(|a, b| (&a.table, &a.what).cmp(&(&b.table, &b.what)));
    differences
}

/// All questions with their ranges, in the order in which they are asked.
async fn parts(database: &Database, schema: &Schema, questions: &[Question]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if questions.is_empty() {
        return Ok(parts);
    }
    let mut connection = database.open().await?;
    for (number, question) in questions.iter().enumerate() {
        let ranges = question.ranges(&mut connection, schema).await?;
        parts.extend(ranges.into_iter().map(|range| (number, range)));
    }
    db::close(connection).await;
    put_in_order(questions, &mut parts);
    Ok(parts)
}

/// The values that the tasks share.
struct Shared {
    database: Database,
    schema: Schema,
    questions: Vec<Question>,
    /// The questions and ranges that no task has taken yet.
    parts: Mutex<std::vec::IntoIter<Part>>,
    watch: Watch,
}

/// Takes questions and ranges until there are no more. Opens a connection before the first
/// question.
async fn ask_parts(shared: Arc<Shared>) -> Result<Vec<(usize, Answer)>> {
    let mut connection = None;
    let mut answers = Vec::new();
    let next = || shared.parts.lock().ok().and_then(|mut parts| parts.next());
    while let Some((number, range)) = next() {
        let connection = match &mut connection {
            Some(open) => open,
            none => none.insert(shared.database.open().await?),
        };
        shared.watch.set(&shared.questions, number);
        let question = &shared.questions[number];
        let answer = question.ask(connection, &shared.schema, &range).await?;
        answers.push((number, answer));
    }
    if let Some(connection) = connection {
        db::close(connection).await;
    }
    Ok(answers)
}

/// Puts the ranges of a table next to the ranges of its child rows, so that a table larger than the
/// server's memory is read from disk only once. Whole tables come first, the largest before the
/// others, because two connections cannot share a whole table.
fn put_in_order(questions: &[Question], parts: &mut [(usize, Range)]) {
    parts.sort_by_key(|(number, range)| {
        let question = &questions[*number];
        let whole = match question {
            Question::TableChecksum(expected, _) => Some(expected.rows),
            _ => None,
        };
        (Reverse(whole), question.keys_of(), range.beginning())
    });
}

impl Question {
    /// The table by whose keys the question is cut into ranges.
    fn keys_of(&self) -> &str {
        match self {
            Question::Rows(expected, _) | Question::TableChecksum(expected, _) => &expected.table,
            Question::References(reference) => &reference.key.parent_table,
        }
    }

    /// The ranges of the question: of the primary key, or of the foreign key's column.
    async fn ranges(
        &self,
        connection: &mut MySqlConnection,
        schema: &Schema,
    ) -> Result<Vec<Range>> {
        match self {
            // counting is so fast that several connections would not help
            Question::Rows(_, Depth::Quick) => Ok(vec![Range::whole()]),
            // CHECKSUM TABLE cannot be limited to a range
            Question::TableChecksum(..) => Ok(vec![Range::whole()]),
            Question::Rows(expected, Depth::Full) => {
                let table = schema.table(&expected.table);
                match (table, table.and_then(first_of_primary_key)) {
                    (Some(table), Some(column)) => ranges(connection, table, column).await,
                    _ => Ok(vec![Range::whole()]),
                }
            }
            Question::References(reference) => reference.ranges(connection, schema).await,
        }
    }

    async fn ask(
        &self,
        connection: &mut MySqlConnection,
        schema: &Schema,
        range: &Range,
    ) -> Result<Answer> {
        match self {
            Question::Rows(expected, Depth::Quick) => Ok(Answer {
                rows: count(connection, &expected.table).await?,
                checksum: 0,
            }),
            Question::Rows(expected, Depth::Full) => {
                let table = schema.table(&expected.table);
                match columns_of(table, &expected.columns) {
                    Some(columns) => {
                        checksum_of(connection, &expected.table, &columns, range).await
                    }
                    None => Ok(Answer::default()),
                }
            }
            Question::TableChecksum(expected, wanted) => {
                let found = probe::checksum_table(connection, &expected.table).await?;
                Ok(Answer {
                    rows: 0,
                    checksum: u64::from(found == Some(*wanted)),
                })
            }
            Question::References(reference) => Ok(Answer {
                rows: reference.orphans(connection, range).await?,
                checksum: 0,
            }),
        }
    }

    fn judge(&self, schema: &Schema, found: Answer) -> Vec<Difference> {
        match self {
            Question::Rows(expected, depth) => rows(schema, expected, *depth, found),
            // another number is no difference yet: the rows are then compared in SQL
            Question::TableChecksum(..) => Vec::new(),
            Question::References(reference) => orphaned(reference, found.rows),
        }
    }
}

fn first_of_primary_key(table: &Table) -> Option<&str> {
    match &table.primary_key()?.parts.first()?.key {
        IndexKey::Column(name) => Some(name),
        _ => None,
    }
}

fn rows(schema: &Schema, expected: &Expected, depth: Depth, found: Answer) -> Vec<Difference> {
    let table = &expected.table;
    let mut differences = Vec::new();
    let mut differs = |what: String| {
        differences.push(Difference {
            table: table.clone(),
            what,
        });
    };
    if depth == Depth::Full && columns_of(schema.table(table), &expected.columns).is_none() {
        differs(format!(
            "the last run filled columns {}, which schema.sql does not have",
            expected.columns.join(", ")
        ));
        return differences;
    }
    if found.rows != expected.rows {
        differs(format!(
            "holds {}, {} {} loaded",
            counted(found.rows, "row", "rows"),
            grouped(expected.rows),
            if expected.rows == 1 { "was" } else { "were" }
        ));
    }
    if depth == Depth::Full && found.checksum != expected.checksum {
        differs(format!(
            "the checksum is {}, but that of the loaded rows is {}",
            to_hex(found.checksum),
            to_hex(expected.checksum)
        ));
    }
    differences
}

fn orphaned(reference: &Reference, orphans: u64) -> Vec<Difference> {
    let (columns, parent) = (reference.key.columns.join(", "), reference.key.parent());
    let what = match orphans {
        0 => return Vec::new(),
        1 => format!("1 orphan: {columns} refers to a row of {parent} that does not exist"),
        n => format!("{n} orphans: {columns} refers to rows of {parent} that do not exist"),
    };
    vec![Difference {
        table: reference.table.clone(),
        what,
    }]
}

#[cfg(test)]
mod tests;
