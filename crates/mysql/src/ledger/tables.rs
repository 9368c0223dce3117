//! The list of the ledger's tables, and the statements that create them.
//!
//! Creating a table costs a server several writes that must reach the disk, which is much of the
//! time of a small seed. So a run creates the tables that every run writes, and the others when it
//! first writes to them. Readers treat a missing table as an empty one.

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result};
use sqlx::{AssertSqlSafe, Executor};

/// The statements that create the ledger's tables.
const TABLES: &str = include_str!("../ledger.sql");

/// The ledger's tables.
pub const TABLE_NAMES: [&str; 17] = [
    "_reviewseed_runs",
    "_reviewseed_commands",
    "_reviewseed_schemas",
    "_reviewseed_inputs",
    "_reviewseed_before",
    "_reviewseed_keys",
    "_reviewseed_tables",
    "_reviewseed_table_checksums",
    "_reviewseed_digests",
    "_reviewseed_batches",
    "_reviewseed_merges",
    "_reviewseed_merged_keys",
    "_reviewseed_refused",
    "_reviewseed_statements",
    "_reviewseed_globals",
    "_reviewseed_imports",
    "_reviewseed_files",
];

/// The tables that only some runs write.
const ON_DEMAND: [&str; 9] = [
    "_reviewseed_before",
    "_reviewseed_keys",
    "_reviewseed_table_checksums",
    "_reviewseed_digests",
    "_reviewseed_merges",
    "_reviewseed_merged_keys",
    "_reviewseed_statements",
    "_reviewseed_imports",
    "_reviewseed_files",
];

/// Creates the tables that every run writes, if they are missing.
///
/// # Errors
///
/// When the account may not create tables.
pub async fn create(connection: &mut MySqlConnection) -> Result<()> {
    let names: Vec<&str> = TABLE_NAMES
        .into_iter()
        .filter(|name| !ON_DEMAND.contains(name))
        .collect();
    ensure(connection, &names).await
}

/// Creates the named tables of the ledger, if they are missing. Commits an open transaction.
///
/// # Errors
///
/// When the account may not create tables.
pub async fn ensure(connection: &mut MySqlConnection, names: &[&str]) -> Result<()> {
    for (name, sql) in statements()? {
        if names.contains(&name.as_str()) {
            connection
                .execute(AssertSqlSafe(sql))
                .await
                .context("cannot create the tables of the ledger; the account needs the privilege CREATE on the database")?;
        }
    }
    Ok(())
}

/// Each table's name, and the statement that creates it.
fn statements() -> Result<Vec<(String, String)>> {
    let statements = mysql_schema::statements::split(TABLES, "the ledger").map_err(Error::other)?;
    let named = |sql: &str| {
        let mut words = sql.split_whitespace();
        let name = words.find(|word| word.starts_with("_reviewseed_"));
        (name.unwrap_or_default().to_owned(), sql.to_owned())
    };
    Ok(statements.iter().map(|s| named(s.text)).collect())
}

/// Whether the database has a ledger.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn exists(connection: &mut MySqlConnection) -> Result<bool> {
    has_table(connection, "_reviewseed_runs").await
}

/// Whether the ledger has a table. Not every run creates all tables, and ledgers of older versions
/// lack newer tables.
///
/// # Errors
///
/// When the catalogue cannot be read.
pub async fn has_table(connection: &mut MySqlConnection, name: &str) -> Result<bool> {
    let found = sqlx::query(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
    )
    .bind(name)
    .fetch_optional(connection)
    .await
    .context("cannot look for the ledger")?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_a_statement_and_each_statement_a_table() {
        let names: Vec<String> = statements().unwrap().into_iter().map(|s| s.0).collect();
        assert_eq!(names, TABLE_NAMES);
        assert!(ON_DEMAND.iter().all(|name| TABLE_NAMES.contains(name)));
    }
}
