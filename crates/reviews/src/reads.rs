//! The reads of the service (`queries/*.sql`). Tells whether the server answers them from its
//! indexes.
//!
//! The optimizer decides by statistics, so it may not use an existing index. So the server must
//! EXPLAIN each read, with ids from the middle of the data. Small tables are not checked, because
//! reading all of a small table is often the fastest way.

use sqlx::{AssertSqlSafe, Row};

use crate::error::{Error, Result};
use model::flavour::Flavour;
use mysql::db::{MySqlConnection, ServerInfo};
use mysql_schema::statements::split;

/// A table with fewer rows is not checked.
pub const ENOUGH_ROWS: u64 = 1000;

/// One read of the service.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// Name of the statement's file, without `.sql`.
    pub name: &'static str,
    /// The SELECT, with placeholders.
    pub sql: &'static str,
    /// The tables that the statement reads.
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

/// All reads.
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

/// How the server answers a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The server uses only indexes and does not sort.
    FromIndexes,
    /// The server reads a whole table or sorts. Contains a message that says which.
    Slow(String),
    /// A table does not exist, or has too few rows for a check.
    TooSmall,
}

/// Asks the server how it would answer each read. `rows` returns the number of rows of a table.
///
/// # Errors
///
/// When the server cannot execute EXPLAIN.
pub async fn explain(
    connection: &mut MySqlConnection,
    rows: impl Fn(&str) -> u64,
) -> Result<Vec<(Read, Answer)>> {
    let server = ServerInfo::read(connection).await.map_err(Error::other)?;
    let mut answers = Vec::new();
    for read in READS {
        if read.tables.iter().any(|table| rows(table) < ENOUGH_ROWS) {
            answers.push((read, Answer::TooSmall));
            continue;
        }
        let sql = with_values(connection, &read).await?;
        let format = match server.flavour {
            Flavour::MySql => "FORMAT = TRADITIONAL ",
            Flavour::MariaDb => "",
        };
        let plan = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {format}{sql}")))
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::database(|| {
                format!("cannot run EXPLAIN for queries/{}.sql", read.name)
            }))?;
        let mut slow = Vec::new();
        for row in &plan {
            let text = |column: &str| {
                let text = row.try_get_unchecked::<Option<String>, _>(column);
                text.map(Option::unwrap_or_default)
                    .map_err(Error::database(|| "cannot read the answer to EXPLAIN"))
            };
            let table = text("table")?;
            if matches!(text("type")?.as_str(), "ALL" | "index") {
                slow.push(format!("reads all of {table}"));
            }
            if text("Extra")?.contains("filesort") {
                let key = text("key")?;
                slow.push(format!(
                    "sorts the rows that the index \"{key}\" finds in {table} (filesort)"
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

/// The SELECT with values for its placeholders: ids of rows from the middle, and the first page.
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
        .map_err(Error::database(|| format!("cannot read a row of {table}")))?;
    values.resize(5, 1);
    let statements = split(read.sql, read.name).map_err(Error::other)?;
    // a file of queries/ has one statement
    let text = statements[0].text.replace("OFFSET ?", "OFFSET 0");
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
