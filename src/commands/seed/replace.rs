//! `--replace`: the rows go into a sibling database, and when they are loaded, indexed and verified, one RENAME TABLE swaps all tables
//! across both. Readers see the old tables or the new ones, never a missing or a half-full one; until the swap a failure
//! leaves everything as it was. An interrupted run is resumed in the sibling.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection};

use crate::db::{self, DatabaseUrl, sibling_name};
use crate::load::{ledger, prepare};
use crate::quote::{quote_identifier, quote_literal};
use crate::schema::Schema;

const NEW: &str = "__reviewseed_new";
const OLD: &str = "__reviewseed_old";

/// The database whose tables are replaced, held while the new ones are made beside it.
pub(super) struct Replacement {
    /// Holds the lock that keeps other runs away from the database.
    connection: MySqlConnection,
    database: String,
    /// Tables that are swapped.
    tables: Vec<String>,
}

impl Replacement {
    /// Makes the sibling database and gives its URL. [`obstacles`] says beforehand whether the swap will be possible.
    pub(super) async fn prepare(
        mut connection: MySqlConnection,
        url: &DatabaseUrl,
        schema: &Schema,
    ) -> Result<(Replacement, DatabaseUrl)> {
        let database = url.database().to_string();
        let tables: Vec<String> = schema.tables.iter().map(|t| t.name.clone()).collect();
        // what a swap left behind whose last step failed
        let old = quote_identifier(&sibling_name(&database, OLD));
        connection
            .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {old}")))
            .await?;
        for suffix in [NEW, OLD] {
            let name = quote_identifier(&sibling_name(&database, suffix));
            let create = format!("CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4");
            let created = connection.execute(AssertSqlSafe(create)).await;
            if let Err(error) = created {
                let hint = "--replace loads into a database beside it, and this account may not create one; ask for the right, or empty the tables and seed";
                return Err(error).context(format!("cannot create database {name}; {hint}"));
            }
        }
        let sibling = url.with_database(&sibling_name(&database, NEW));
        let replacement = Replacement {
            connection,
            database,
            tables,
        };
        Ok((replacement, sibling))
    }

    /// Drops the sibling with the rows of an older attempt, and makes it anew.
    pub(super) async fn begin_anew(&mut self) -> Result<()> {
        let name = quote_identifier(&sibling_name(&self.database, NEW));
        for sql in [
            format!("DROP DATABASE {name}"),
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        ] {
            self.connection.execute(AssertSqlSafe(sql)).await?;
        }
        Ok(())
    }

    /// Swaps the tables, ours and the ledger's, and drops the old ones.
    pub(super) async fn swap(mut self) -> Result<()> {
        let (new, old) = (
            sibling_name(&self.database, NEW),
            sibling_name(&self.database, OLD),
        );
        let mut names = self.tables.clone();
        names.extend(ledger::TABLE_NAMES.iter().map(ToString::to_string));
        let there = prepare::present(&mut self.connection, &self.database, &names).await?;
        let at = |database: &str, table: &str| {
            format!("{}.{}", quote_identifier(database), quote_identifier(table))
        };
        let mut renames = Vec::new();
        for name in &names {
            if there.tables.contains(name) {
                renames.push(format!(
                    "{} TO {}",
                    at(&self.database, name),
                    at(&old, name)
                ));
            }
        }
        for name in &names {
            renames.push(format!(
                "{} TO {}",
                at(&new, name),
                at(&self.database, name)
            ));
        }
        self.connection
            .execute("SET SESSION foreign_key_checks = 0")
            .await?;
        self.connection
            .execute(AssertSqlSafe(format!("RENAME TABLE {}", renames.join(", "))))
            .await
            .context("cannot swap the tables; the old ones are as they were, and the new ones wait in the sibling database: run the same command again")?;
        for name in [new, old] {
            let sql = format!("DROP DATABASE {}", quote_identifier(&name));
            self.connection
                .execute(AssertSqlSafe(sql))
                .await
                .with_context(|| format!("the tables are replaced, but database {name} with the old ones cannot be dropped; drop it by hand"))?;
        }
        db::close(self.connection).await;
        Ok(())
    }
}

fn list(tables: &[String]) -> String {
    let quoted: Vec<_> = tables.iter().map(|t| quote_literal(t)).collect();
    quoted.join(",")
}

/// What makes it impossible to swap the tables.
pub(super) async fn obstacles(
    connection: &mut MySqlConnection,
    database: &str,
    schema: &Schema,
) -> Result<Vec<String>> {
    let tables: Vec<String> = schema.tables.iter().map(|t| t.name.clone()).collect();
    let triggers = triggers(connection, database, &tables).await?;
    let references = outside_references(connection, database, &tables).await?;
    Ok(triggers.into_iter().chain(references).collect())
}

/// A trigger does not follow its table into another database.
async fn triggers(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[String],
) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT CAST(trigger_name AS CHAR), CAST(event_object_table AS CHAR) FROM information_schema.triggers \
         WHERE event_object_schema = {} AND event_object_table IN ({})",
        quote_literal(database),
        list(tables)
    );
    let found: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read the triggers")?;
    let words = |(trigger, table): (String, String)| {
        format!(
            "--replace cannot keep trigger {trigger} of {table}: a table with triggers does not move between databases; drop it and create it again afterwards"
        )
    };
    Ok(found.into_iter().map(words).collect())
}

/// A foreign key of a table that is not swapped would go on to refer to the old rows.
async fn outside_references(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[String],
) -> Result<Vec<String>> {
    let (database, tables) = (quote_literal(database), list(tables));
    let sql = format!(
        "SELECT DISTINCT CAST(constraint_name AS CHAR), CAST(table_schema AS CHAR), CAST(table_name AS CHAR) \
         FROM information_schema.key_column_usage \
         WHERE referenced_table_schema = {database} AND referenced_table_name IN ({tables}) \
         AND NOT (table_schema = {database} AND table_name IN ({tables}))"
    );
    let found: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("cannot read the foreign keys")?;
    let words = |(key, schema, table): (String, String, String)| {
        format!(
            "--replace cannot keep foreign key {key} of {schema}.{table}, which is not replaced and refers to a table that is; drop it and add it again afterwards"
        )
    };
    Ok(found.into_iter().map(words).collect())
}
