//! The reads of the service that the compiled-in schema is for, and whether the server answers them
//! from its indexes.
//!
//! They stand in queries/*.sql. That an index is there does not mean that it is used: the optimizer
//! goes by statistics. So each read is EXPLAINed for rows from the middle of the data. Small tables
//! are not judged: reading all of one is often the quickest way, and no fault.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, MySqlConnection, Row};

use model::flavour::Flavour;
use mysql::db::ServerInfo;
use mysql_schema::statements::split;

/// Tables with fewer rows are not judged.
pub const ENOUGH_ROWS: u64 = 1000;

/// One read of the service.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// Name of its file, without `.sql`.
    pub name: &'static str,
    /// The SELECT, with placeholders.
    pub sql: &'static str,
    /// The tables that it reads.
    pub tables: &'static [&'static str],
}

macro_rules! read {
    ($name:literal, $($table:literal),+) => {
        Read {
            name: $name,
            sql: include_str!(concat!("../../../queries/", $name, ".sql")),
            tables: &[$($table),+],
        }
    };
}

/// All of them.
pub const READS: [Read; 7] = [
    read!("list-newest", "reviews"),
    read!("list-helpful", "reviews"),
    read!("list-relevant", "reviews"),
    read!("list-photos", "reviews_photos"),
    read!("meta-ratings", "reviews"),
    read!("meta-recommended", "reviews"),
    read!(
        "meta-characteristics",
        "characteristics",
        "characteristic_reviews"
    ),
];

/// What the server would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It answers from indexes.
    FromIndexes,
    /// It reads a whole table or sorts, in words.
    Slow(String),
    /// A table has too few rows to tell, or is not there.
    TooSmall,
}

/// Asks the server how it would answer each read. `rows` tells how many rows a table has.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn explain(
    connection: &mut MySqlConnection,
    rows: impl Fn(&str) -> u64,
) -> Result<Vec<(Read, Answer)>> {
    let flavour = ServerInfo::read(connection).await?.flavour;
    let mut answers = Vec::new();
    for read in READS {
        if read.tables.iter().any(|table| rows(table) < ENOUGH_ROWS) {
            answers.push((read, Answer::TooSmall));
            continue;
        }
        let sql = with_values(connection, &read).await?;
        let format = match flavour {
            Flavour::MySql => "FORMAT = TRADITIONAL ",
            Flavour::MariaDb => "",
        };
        let plan = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {format}{sql}")))
            .fetch_all(&mut *connection)
            .await
            .with_context(|| format!("cannot explain queries/{}.sql", read.name))?;
        let mut slow = Vec::new();
        for row in &plan {
            let text = |column: &str| -> Result<String> {
                Ok(row
                    .try_get_unchecked::<Option<String>, _>(column)?
                    .unwrap_or_default())
            };
            let table = text("table")?;
            if matches!(text("type")?.as_str(), "ALL" | "index") {
                slow.push(format!("reads the whole of {table}"));
            }
            if text("Extra")?.contains("filesort") {
                let key = text("key")?;
                slow.push(format!(
                    "sorts what it finds in {table} by the index \"{key}\" (filesort)"
                ));
            }
        }
        let answer = match slow.is_empty() {
            true => Answer::FromIndexes,
            false => Answer::Slow(slow.join(" and ")),
        };
        answers.push((read, answer));
    }
    Ok(answers)
}

/// The statement with the ids of rows from the middle, and the first page, in place of its
/// placeholders.
async fn with_values(connection: &mut MySqlConnection, read: &Read) -> Result<String> {
    let key = match read.sql.contains("review_id IN") {
        true => "review_id",
        false => "product_id",
    };
    let table = read.tables[0];
    let middle = format!(
        "SELECT CAST({key} AS SIGNED) FROM {table} WHERE id >= (SELECT MAX(id) DIV 2 FROM {table}) ORDER BY id LIMIT 5"
    );
    let mut values: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(middle))
        .fetch_all(connection)
        .await
        .with_context(|| format!("cannot choose a row of {table}"))?;
    values.resize(5, 1);
    let statements = split(read.sql, read.name)?;
    let text = statements
        .first()
        .context("an empty query")?
        .text
        .replace("OFFSET ?", "OFFSET 0");
    let mut sql = String::new();
    for (at, piece) in text.split('?').enumerate() {
        if at > 0 {
            sql.push_str(&values[(at - 1) % values.len()].to_string());
        }
        sql.push_str(piece);
    }
    Ok(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_file_is_among_the_reads() {
        let folder =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries")).unwrap();
        let mut files: Vec<String> = folder
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let mut reads: Vec<String> = READS
            .iter()
            .map(|read| format!("{}.sql", read.name))
            .collect();
        reads.sort();
        assert_eq!(files, reads);
    }
}
