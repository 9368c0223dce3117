//! Lets a server read a schema file: the tables are created in a scratch database, inspected, and
//! dropped.
//!
//! The scratch database is separate from the live one, because names of foreign keys (and, on
//! MySQL, of CHECKs) would collide. It holds no rows. Afterwards the session has its former
//! settings and database again, on success and on error.

use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};
use xxhash_rust::xxh3::xxh3_64;

use super::created::with_bytes_as_digits;
use super::inspect;
use crate::db::{Locks, MySqlConnection, ServerInfo, sibling_name, with_other_name};
use crate::make::{LeftOut, make_tables};
use model::schema::Schema;
use model::wording::chain;
use mysql_schema::diff::Definitions;
use mysql_schema::order::in_load_order;
use mysql_schema::parse::{faults_for_user, parse_script};
use mysql_schema::quote::quote_identifier;
use mysql_schema::statements::Script;

const SUFFIX: &str = "__reviewseed_schema";

/// How long to wait for another process that reads a schema for the same database.
const LOCK_SECONDS: u64 = 60;

/// Name of the scratch database that belongs to `database`.
pub fn scratch_name(database: &str) -> String {
    sibling_name(database, SUFFIX)
}

/// An empty scratch database that is the current one of the session, with foreign_key_checks off.
/// No other process uses it. [`Scratch::leave`] must be called.
#[derive(Debug)]
pub struct Scratch {
    database: String,
    name: String,
    lock: String,
}

impl Scratch {
    /// Creates the scratch database and makes it the current database of the session.
    ///
    /// # Errors
    ///
    /// When the account may not create a database ([`lacks_right`](crate::db::lacks_right)).
    pub async fn enter(connection: &mut MySqlConnection, database: &str) -> Result<Scratch> {
        let scratch = Scratch {
            database: database.to_owned(),
            name: scratch_name(database),
            // the lock's name has a hash instead of the database's name, because names of locks
            // have at most 64 characters; it is unique on the server, because all databases share
            // the names of locks
            lock: format!("reviewseed_schema_{:016x}", xxh3_64(database.as_bytes())),
        };
        lock_out_others(connection, &scratch.lock, database).await?;
        match create(connection, database, &scratch.name).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                let _ = scratch.leave(connection).await;
                Err(error)
            }
        }
    }

    /// Name of the scratch database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Replaces the name of the scratch database, which users do not know, by that of the live
    /// database in the text of an error.
    pub fn renamed(&self, error: Error) -> Error {
        with_other_name(error, &self.name, &self.database)
    }

    /// Replaces the name of the scratch database by that of the live database in a text.
    pub fn shown(&self, words: &str) -> String {
        words.replace(&self.name, &self.database)
    }

    /// Drops the scratch database. Afterwards the session is as at its beginning, and the live
    /// database is the current one if it exists.
    ///
    /// # Errors
    ///
    /// When a statement fails.
    pub async fn leave(self, connection: &mut MySqlConnection) -> Result<()> {
        restore(connection, &self.database, &self.name, &self.lock).await
    }
}

/// The schema that `sql` describes, as the server understands it. `origin` is the name of the file,
/// for messages.
///
/// Afterwards the session is as at its beginning, and `database` is the current one if it exists.
///
/// # Errors
///
/// When the account may not create a database ([`lacks_right`](crate::db::lacks_right): `parse` can
/// be used instead), when a statement fails (the message has its line), or the result cannot be
/// inspected.
pub async fn scratch_schema(
    connection: &mut MySqlConnection,
    database: &str,
    sql: &str,
    origin: &str,
) -> Result<Schema> {
    let read = scratch_schema_of(connection, database, sql, origin, &[]).await?;
    Ok(read.schema)
}

/// A schema file, as a server has read it.
#[derive(Debug)]
pub struct ServerRead {
    /// The tables, as the server describes them.
    pub schema: Schema,
    /// The errors of the tables that are left out.
    pub left_out: LeftOut,
}

impl ServerRead {
    /// A message for each table that is left out.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let note = |(table, error): &(String, Error)| {
            format!(
                "{table} is not compared, because its statement failed and no rows were loaded into it: {}",
                chain(error)
            )
        };
        self.left_out.iter().map(note)
    }
}

/// Like [`scratch_schema`], but if a statement fails, its table is left out, unless it is among
/// `needed`. An empty list means that all tables are needed.
///
/// # Errors
///
/// The same as for [`scratch_schema`].
pub async fn scratch_schema_of(
    connection: &mut MySqlConnection,
    database: &str,
    sql: &str,
    origin: &str,
    needed: &[String],
) -> Result<ServerRead> {
    let scratch = Scratch::enter(connection, database).await?;
    let result = make_and_inspect(connection, &scratch, sql, origin, needed).await;
    let result = result.map_err(|error| scratch.renamed(error));
    let cleaned = scratch.leave(connection).await;
    let read = result?;
    cleaned?;
    Ok(read)
}

/// Like [`scratch_schema_of`]. Also returns each column's definition as the server prints it, with
/// attributes that a [`Column`](model::schema::Column) does not have.
///
/// # Errors
///
/// The same as for [`scratch_schema`].
pub async fn scratch_schema_with_definitions(
    connection: &mut MySqlConnection,
    database: &str,
    sql: &str,
    origin: &str,
    needed: &[String],
) -> Result<(ServerRead, Definitions)> {
    let scratch = Scratch::enter(connection, database).await?;
    let result: Result<(ServerRead, Definitions)> = async {
        let read = make_and_inspect(connection, &scratch, sql, origin, needed).await?;
        let mut all = Definitions::new();
        for table in &read.schema.tables {
            let text = create_table(connection, scratch.name(), &table.name).await?;
            for column in &table.columns {
                let start = format!("{} ", quote_identifier(&column.name));
                // each column is one line, because line feeds in a COMMENT or DEFAULT are escaped
                let line = text.lines().map(str::trim).find(|l| l.starts_with(&start));
                if let Some(line) = line {
                    let definition = line.strip_suffix(',').unwrap_or(line).to_owned();
                    all.insert((table.name.clone(), column.name.clone()), definition);
                }
            }
        }
        Ok((read, all))
    }
    .await;
    let result = result.map_err(|error| scratch.renamed(error));
    let cleaned = scratch.leave(connection).await;
    let result = result?;
    cleaned?;
    Ok(result)
}

/// The result of SHOW CREATE TABLE. The name of a parent table in the same database is written
/// without the database.
///
/// # Errors
///
/// When the table cannot be read.
pub async fn create_table(
    connection: &mut MySqlConnection,
    database: &str,
    table: &str,
) -> Result<String> {
    let (database, table) = (quote_identifier(database), quote_identifier(table));
    let sql = format!("SHOW CREATE TABLE {database}.{table}");
    let row = (&mut *connection)
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot read how {table} was created"))?;
    let text = with_bytes_as_digits(row.try_get_unchecked(1)?);
    Ok(match connection.engine().catalogue.names_parent_database {
        true => text.replace(&format!(" REFERENCES {database}."), " REFERENCES "),
        false => text,
    })
}

async fn make_and_inspect(
    connection: &mut MySqlConnection,
    scratch: &Scratch,
    sql: &str,
    origin: &str,
    needed: &[String],
) -> Result<ServerRead> {
    let script = Script::read(sql, origin).map_err(Error::other)?;
    let flavour = ServerInfo::read(connection).await?.flavour;
    let faults = faults_for_user(&script, origin, flavour);
    let is_needed = |table: &str| needed.is_empty() || needed.iter().any(|name| name == table);
    let left_out = make_tables(connection, &script.definitions, origin, &faults, is_needed).await?;
    // the session is restored first, because the catalogue of MariaDB quotes names by the sql_mode
    // of the session, which the file may have set
    connection.begin_again().await?;
    let mut tables = inspect(connection, scratch.name()).await?.tables;
    for key in tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        // a parent in the live database needs no database name, because the tables are meant for
        // that database
        let own = |name: &String| *name == scratch.database;
        key.parent_database.take_if(|name| own(name));
    }
    // in the order of the file, as far as that is a load order, because messages list the tables in
    // this order
    let written: Vec<&str> = (script.definitions.iter())
        .filter_map(|definition| definition.table.as_deref())
        .collect();
    tables.sort_by_key(|table| written.iter().position(|name| *name == table.name));
    let mut schema = in_load_order(tables);
    parse_script(&script, origin).order_indexes(&mut schema);
    Ok(ServerRead { schema, left_out })
}

async fn lock_out_others(
    connection: &mut MySqlConnection,
    lock: &str,
    database: &str,
) -> Result<()> {
    let locks = Locks::of(connection.engine(), database);
    let taken = locks.take(connection, lock, LOCK_SECONDS).await;
    if !taken.context("cannot lock the scratch database")? {
        fail!(
            Unfit,
            "another reviewseed has used the scratch database of \"{database}\" for {LOCK_SECONDS} \
             s; wait until it ends, then run the same command again"
        );
    }
    Ok(())
}

async fn create(connection: &mut MySqlConnection, database: &str, scratch: &str) -> Result<()> {
    let quoted = quote_identifier(scratch);
    let in_which = || {
        format!(
            "cannot create the scratch database of \"{database}\", in which the server would parse \
             the schema"
        )
    };
    // a killed process may have left the scratch database
    run(connection, &format!("DROP DATABASE IF EXISTS {quoted}"))
        .await
        .map_err(|error| with_other_name(error, scratch, database))
        .with_context(in_which)?;
    // the scratch database needs the defaults of the live one, because tables without a character
    // set have that of their database
    let defaults: Option<(String, String)> = sqlx::query_as(
        "SELECT CAST(DEFAULT_CHARACTER_SET_NAME AS CHAR), CAST(DEFAULT_COLLATION_NAME AS CHAR) \
         FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
    )
    .bind(database)
    .fetch_optional(&mut *connection)
    .await?;
    let defaults = defaults
        .map(|(charset, collation)| format!(" CHARACTER SET {charset} COLLATE {collation}"))
        .unwrap_or_default();
    run(connection, &format!("CREATE DATABASE {quoted}{defaults}"))
        .await
        .map_err(|error| with_other_name(error, scratch, database))
        .with_context(in_which)?;
    run(connection, &format!("USE {quoted}")).await?;
    // tables may be created before their parents
    run(connection, "SET foreign_key_checks = 0").await
}

/// Drops the scratch database and restores the session, even after an error.
async fn restore(
    connection: &mut MySqlConnection,
    database: &str,
    scratch: &str,
    lock: &str,
) -> Result<()> {
    let dropped = run(
        connection,
        &format!("DROP DATABASE IF EXISTS {}", quote_identifier(scratch)),
    )
    .await;
    // this fails if the live database does not exist yet; then the session has no current database,
    // as before
    let _ = run(connection, &format!("USE {}", quote_identifier(database))).await;
    let session = connection.begin_again().await;
    let locks = Locks::of(connection.engine(), database);
    let released = locks.release(connection, lock).await;
    dropped
        .and(session)
        .and(released)
        .map_err(|error| with_other_name(error, scratch, database))
        .with_context(|| {
            format!(
                "cannot drop the scratch database of \"{database}\", in which the server \
                     parsed the schema; the next run drops it"
            )
        })
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_fits_and_stays_distinct() {
        assert_eq!(scratch_name("reviews"), "reviews__reviewseed_schema");
        let (a, b) = ("é".repeat(63) + "a", "é".repeat(63) + "b");
        assert_eq!(scratch_name(&a).chars().count(), 64);
        assert_ne!(scratch_name(&a), scratch_name(&b));
    }
}
