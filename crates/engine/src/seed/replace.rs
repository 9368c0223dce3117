//! `--replace`: loads the rows into a sibling database. When they are loaded, indexed and verified,
//! one RENAME TABLE statement swaps the tables of both databases. Readers see either the old tables
//! or the new ones, never a missing or incomplete table. If the run fails before the swap, the old
//! tables are unchanged. An interrupted run is resumed in the sibling.

use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor};

use super::run::Run;
use super::session::RunSession;
use super::start;
use crate::Verdict;
use crate::again;
use crate::event::Events;
use input::Source;
use model::schema::Schema;
use mysql::db::{self, Database, DatabaseUrl, MySqlConnection, sibling_name};
use mysql::ledger;
use mysql::prepare::{self, Trigger};
use mysql_schema::quote::{quote_identifier, quote_literal, quote_literals};

const NEW: &str = "__reviewseed_new";
const OLD: &str = "__reviewseed_old";

/// The database whose tables are replaced. It is locked while a run loads the new tables into
/// another database.
pub(super) struct Replacement {
    /// The session with the run lock of the database. Its connection is idle until the swap.
    session: RunSession,
    /// The database in which the new tables are created.
    sibling: Database,
    /// The names of the tables that are swapped.
    tables: Vec<String>,
}

impl<'a> Run<'a> {
    /// Creates the sibling database, or finds the one of an earlier attempt. Returns a run in it.
    /// [`obstacles`] checks beforehand whether the swap will be possible.
    pub(super) async fn beside(mut self, sources: &[Source]) -> Result<(Replacement, Run<'a>)> {
        let database = self.session.database.name().to_owned();
        create_siblings(&mut self.session.connection, &database).await?;
        let session = self.session.beside(&sibling_name(&database, NEW)).await?;
        let replacement = Replacement {
            sibling: session.database.clone(),
            session: self.session,
            tables: self.schema.tables.iter().map(|t| t.name.clone()).collect(),
        };
        let mut run = Run { session, ..self };
        let mut replacement = replacement;
        match run.lock_sibling(&mut replacement, sources).await {
            Ok(()) => Ok((replacement, run)),
            Err(error) => {
                replacement.leave(run.events).await;
                Err(error)
            }
        }
    }

    async fn lock_sibling(
        &mut self,
        replacement: &mut Replacement,
        sources: &[Source],
    ) -> Result<()> {
        let commands = &self.options.commands;
        self.session
            .lock(self.interrupt, commands, self.events)
            .await?;
        if !self.options.dry_run {
            self.recover_imports().await?;
        }
        if self.resumes(sources).await? {
            return Ok(());
        }
        self.events.info(&format!(
            "seed: the database {} holds an unfinished --replace of other files, another schema or other options; it is dropped and loaded again",
            self.session.database.name()
        ));
        replacement.start_over().await?;
        let RunSession {
            connection,
            database,
            ..
        } = &mut self.session;
        *connection = database.connect().await?;
        Ok(database.lead(connection).await?)
    }

    /// Whether this run can start in the sibling as it is: the sibling is empty, or has the rows of
    /// an unfinished run of the same files.
    async fn resumes(&mut self, sources: &[Source]) -> Result<bool> {
        let identity = self.identity(sources);
        start::is_resumable(&mut self.session, &identity).await
    }

    /// For a run without `--replace`: warns of the database that an unfinished `--replace` has
    /// left.
    pub(super) async fn name_unfinished_replacement(&mut self) -> Result<()> {
        let sibling = sibling_name(self.session.database.name(), NEW);
        if !self.replaces() && exists(&mut self.session.connection, &sibling).await? {
            self.events.info(&format!(
                "seed: the database {sibling} holds an unfinished --replace; the same command with --replace resumes it, \
                 DROP DATABASE {} frees its space",
                quote_identifier(&sibling)
            ));
        }
        Ok(())
    }
}

/// Whether a database is a sibling into which `--replace` loads.
pub(super) fn is_sibling(database: &str) -> bool {
    database.ends_with(NEW)
}

/// The sibling database of an earlier `--replace`, if one exists.
pub(super) async fn sibling_of(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
) -> Result<Option<DatabaseUrl>> {
    let name = sibling_name(url.database(), NEW);
    let found = exists(connection, &name).await?;
    Ok(found.then(|| url.with_database(&name)))
}

async fn exists(connection: &mut MySqlConnection, database: &str) -> Result<bool> {
    let found = sqlx::query("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?")
        .bind(database)
        .fetch_optional(connection)
        .await
        .context("cannot list the databases")?;
    Ok(found.is_some())
}

/// Creates the sibling databases, unless an earlier attempt has created them.
async fn create_siblings(connection: &mut MySqlConnection, database: &str) -> Result<()> {
    let new = sibling_name(database, NEW);
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?",
    )
    .bind(&new)
    .fetch_all(&mut *connection)
    .await
    .context("cannot list the tables")?;
    let is_ledger = |(name,): &(String,)| ledger::TABLE_NAMES.contains(&name.as_str());
    if !tables.is_empty() && !tables.iter().any(is_ledger) {
        fail!(
            "--replace loads into the database {new}, which holds tables that reviewseed did not make; move them to a database of another name"
        );
    }
    // drop the old tables of an earlier swap that could not drop them
    let old = quote_identifier(&sibling_name(database, OLD));
    connection
        .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {old}")))
        .await?;
    for suffix in [NEW, OLD] {
        let name = quote_identifier(&sibling_name(database, suffix));
        let create = format!("CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4");
        let created = connection.execute(AssertSqlSafe(create)).await;
        if let Err(error) = created {
            let hint = "--replace loads into a second database, and this account may not create \
                        one; ask for the privilege, or empty the tables and run `seed`";
            return Err(error).context(format!("cannot create database {name}; {hint}"));
        }
    }
    Ok(())
}

impl Replacement {
    /// Waits until another run has taken the run lock of the database.
    pub(super) fn lost(&self) -> impl Future<Output = Error> + use<> {
        let database = self.session.database.clone();
        async move { database.lost().await.into() }
    }

    /// Swaps the tables if the run succeeded. Otherwise leaves the new tables in the sibling
    /// database.
    pub(super) async fn conclude(
        self,
        verdict: Result<Verdict>,
        events: &Events,
    ) -> Result<Verdict> {
        match verdict {
            Ok(Verdict::Done) => {
                self.swap(events).await?;
                events.info("seed: the new tables have replaced the old ones");
                Ok(Verdict::Done)
            }
            verdict => {
                self.leave(events).await;
                verdict
            }
        }
    }

    /// Takes the run lock again if its connection was closed while the new tables were loaded. No
    /// other run can have started in the meantime, because the lock of the session guard prevents
    /// this.
    async fn lock_again(&mut self) -> Result<()> {
        let RunSession {
            connection,
            database,
            ..
        } = &mut self.session;
        Ok(database.lead_again(connection).await?)
    }

    /// Drops the sibling with the rows of an earlier attempt, and creates it again.
    async fn start_over(&mut self) -> Result<()> {
        let name = quote_identifier(self.sibling.name());
        for sql in [
            format!("DROP DATABASE {name}"),
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        ] {
            self.session.connection.execute(AssertSqlSafe(sql)).await?;
        }
        Ok(())
    }

    /// Called after a run that ended before the swap. Drops the sibling databases if they have no
    /// rows; otherwise reports their names.
    pub(super) async fn leave(mut self, events: &Events) {
        let name = self.sibling.name().to_owned();
        match self.drop_if_empty().await {
            Ok(true) => {}
            Ok(false) => events.info(&format!(
                "seed: the tables are unchanged; the rows loaded so far are in the database {name}: \
                 the same command resumes with them, or DROP DATABASE {} frees their space",
                quote_identifier(&name)
            )),
            Err(error) => events.info(&format!(
                "seed: the tables are unchanged; the database {name} may hold rows of this run, but cannot be read ({}): \
                 the same command resumes with them, or DROP DATABASE {} frees their space",
                model::wording::chain(&error),
                quote_identifier(&name)
            )),
        }
        db::close(self.session.connection).await;
    }

    async fn drop_if_empty(&mut self) -> Result<bool> {
        self.lock_again().await?;
        let mut inside = self.sibling.connect().await?;
        let present = prepare::present(&mut inside, self.sibling.name(), &self.tables).await?;
        db::close(inside).await;
        // the database for the old tables can be dropped, because it gets nothing before the swap
        let mut names = vec![sibling_name(self.session.database.name(), OLD)];
        if present.filled.is_empty() {
            names.push(self.sibling.name().to_owned());
        }
        for name in names {
            let sql = format!("DROP DATABASE IF EXISTS {}", quote_identifier(&name));
            self.session.connection.execute(AssertSqlSafe(sql)).await?;
        }
        Ok(present.filled.is_empty())
    }

    /// Swaps the tables of the schema and of the ledger, and drops the old ones. Tries again after
    /// a lost connection.
    async fn swap(mut self, events: &Events) -> Result<()> {
        let mut attempt = 1;
        while let Err(error) = self.attempt_swap().await {
            let (url, role) = (self.session.database.url(), self.session.role);
            if !again::is_worth_retrying(&error, url, role, attempt) {
                return Err(error);
            }
            again::wait(&error, role, ("seed", events), (attempt, url)).await;
            attempt += 1;
        }
        db::close(self.session.connection).await;
        Ok(())
    }

    async fn attempt_swap(&mut self) -> Result<()> {
        self.lock_again().await?;
        let database = self.session.database.name().to_owned();
        let (new, old) = (sibling_name(&database, NEW), sibling_name(&database, OLD));
        let mut names = self.tables.clone();
        names.extend(ledger::TABLE_NAMES.iter().map(ToString::to_string));
        let left = prepare::present(&mut self.session.connection, &new, &names).await?;
        // if there are no tables, an earlier attempt has swapped them, and the server's answer was
        // lost
        if !left.tables.is_empty() {
            // the sibling may lack tables of the ledger that the run did not create
            let made = |name: &&String| left.tables.contains(name) || self.tables.contains(name);
            let made: Vec<&String> = names.iter().filter(made).collect();
            self.rename((&names, &made), (&database, &new, &old))
                .await?;
        }
        for name in [new, old] {
            let sql = format!("DROP DATABASE IF EXISTS {}", quote_identifier(&name));
            self.session.connection
                .execute(AssertSqlSafe(sql))
                .await
                .with_context(|| format!("the tables are replaced, but database {name} with the old ones cannot be dropped; drop it by hand"))?;
        }
        Ok(())
    }

    /// Moves the old tables away and the new ones into their place, in one statement.
    async fn rename(
        &mut self,
        (names, made): (&[String], &[&String]),
        (database, new, old): (&str, &str, &str),
    ) -> Result<()> {
        let there = prepare::present(&mut self.session.connection, database, names).await?;
        let at = |database: &str, table: &str| {
            format!("{}.{}", quote_identifier(database), quote_identifier(table))
        };
        let mut renames = Vec::new();
        for name in names {
            if there.tables.contains(name) {
                renames.push(format!("{} TO {}", at(database, name), at(old, name)));
            }
        }
        for name in made {
            renames.push(format!("{} TO {}", at(new, name), at(database, name)));
        }
        self.session
            .connection
            .execute("SET SESSION foreign_key_checks = 0")
            .await?;
        self.session.connection
            .execute(AssertSqlSafe(format!("RENAME TABLE {}", renames.join(", "))))
            .await
            .context("cannot swap the tables; the old ones are unchanged, and the new ones are still in the sibling database: run the same command again")?;
        Ok(())
    }
}

/// The reasons why the tables cannot be swapped; empty if they can.
pub(super) async fn obstacles(
    connection: &mut MySqlConnection,
    database: &str,
    schema: &Schema,
) -> Result<Vec<String>> {
    let tables: Vec<String> = schema.tables.iter().map(|t| t.name.clone()).collect();
    // this fails for a view, because a view and a table cannot be swapped
    prepare::present(connection, database, &tables).await?;
    let words = |trigger: Trigger| {
        format!(
            "--replace cannot keep trigger {trigger}: a table with triggers cannot be moved to \
             another database; drop the trigger and create it again afterwards"
        )
    };
    let triggers = prepare::triggers(connection, database, &tables).await?;
    let triggers = triggers.into_iter().map(words);
    let references = outside_references(connection, database, &tables).await?;
    Ok(triggers.chain(references).collect())
}

/// Foreign keys of tables that are not swapped. They would still refer to the old rows.
async fn outside_references(
    connection: &mut MySqlConnection,
    database: &str,
    tables: &[String],
) -> Result<Vec<String>> {
    let (database, tables) = (quote_literal(database), quote_literals(tables));
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
            "--replace cannot keep foreign key {key} of {schema}.{table}, which is not replaced and refers to a table that is; drop the foreign key and add it again afterwards"
        )
    };
    Ok(found.into_iter().map(words).collect())
}
