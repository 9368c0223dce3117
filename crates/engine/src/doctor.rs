//! `doctor`: checks everything that `seed` needs, and changes nothing. The checks of the server and
//! the account are the prechecks of `seed`.

use crate::error::Result;
use crate::event::Events;
use crate::options::{DatabaseChoice, SchemaOptions};
use crate::requirements::requirements_of;
use crate::schema_text::SchemaText;
use crate::seeded;
use model::schema::Schema;
use model::wording::{chain, counted, first_names};
use mysql::db::{self, DatabaseUrl, MySqlConnection, ServerInfo};
use mysql::inspect::{ListedKind, listed};
use mysql::ledger::{self, owned};
use mysql::precheck::{self, Check, Checks, Facts, Requirements};
use mysql_schema::parse::parse;
use private_server::PrivateServer;

/// Names of the checks that are not prechecks.
const DATABASE: &str = "database";
const PRIVATE: &str = "private server";
const SCHEMA: &str = "schema";
const TABLES: &str = "tables";
const LAST_RUN: &str = "last run";

/// What to check.
#[derive(Debug, Clone)]
pub struct DoctorOptions {
    /// The database, or the reason why there is none.
    pub database: std::result::Result<DatabaseChoice, String>,
    /// How to start a private server.
    pub server: private_server::Options,
    /// The schema.
    pub schema: SchemaOptions,
}

/// Runs all checks. A failure is a failed check, not an error.
pub async fn examine(options: &DoctorOptions, events: &Events) -> Checks {
    let mut checks = Checks::default();
    let schema = schema(options, &mut checks, events);
    checks.add(program(&options.server));
    let is_private = matches!(options.database, Ok(DatabaseChoice::Private { .. }));
    let Some(url) = url(options, &mut checks) else {
        return checks;
    };
    match db::connect(&url).await {
        Ok(mut connection) => {
            let needs = Requirements {
                fills_redo_log: !is_private,
                ..requirements_of(schema.as_ref().map_or(&[], |schema| &schema.tables))
            };
            let tables = (schema.as_ref(), &needs);
            let of_server = of_server(&mut connection, &url, tables, &mut checks).await;
            if let Err(error) = of_server {
                checks.add(Check::fail("server", chain(&error)));
            }
            db::close(connection).await;
        }
        Err(error) => checks.add(Check::failed("server", error)),
    }
    checks
}

/// The URL of the database; `None` if no server is running there.
fn url(options: &DoctorOptions, checks: &mut Checks) -> Option<DatabaseUrl> {
    let server = match &options.database {
        Err(why) => {
            checks.add(Check::fail(DATABASE, why.clone()));
            return None;
        }
        Ok(DatabaseChoice::Url(url)) => {
            checks.add(Check::pass(DATABASE, url.to_string()));
            return Some(url.clone());
        }
        Ok(DatabaseChoice::Private { server, .. }) => server,
    };
    match PrivateServer::new(server.clone()).running() {
        Ok(Some(running)) => {
            let url = DatabaseUrl::parse(&running.url()).ok()?;
            let url = url.given_by(Some("private server".to_owned()));
            checks.add(Check::pass(DATABASE, url.to_string()));
            Some(url)
        }
        Ok(None) => {
            checks.add(Check::warn(
                DATABASE,
                format!(
                    "the private server under {}/ is stopped; `reviewseed server start` starts it, \
                     and so does `seed`",
                    server.state_dir.display()
                ),
            ));
            None
        }
        Err(error) => {
            checks.add(Check::fail(DATABASE, chain(&error)));
            None
        }
    }
}

/// Checks for a program that can be started as the private server. Only users without a server need
/// one.
fn program(server: &private_server::Options) -> Check {
    match private_server::find_program(server.mysqld.as_deref()) {
        Ok((path, product)) => Check::pass(
            PRIVATE,
            format!("{product} can run here: {}", path.display()),
        ),
        Err(error) => {
            let words = chain(&error);
            let first = words.lines().next().unwrap_or_default();
            let first = first
                .trim_end_matches(':')
                .trim_end_matches("; install one, or name one");
            match server.mysqld {
                Some(_) => Check::fail(PRIVATE, first),
                None => Check::pass(
                    PRIVATE,
                    format!("{first}; only `seed` without a database URL needs one"),
                ),
            }
        }
    }
}

/// Checks the schema; `None` if it cannot be parsed without a server.
fn schema(options: &DoctorOptions, checks: &mut Checks, events: &Events) -> Option<Schema> {
    let read = || -> Result<(SchemaText, Schema)> {
        let text = SchemaText::read(&options.schema, None, events)?;
        let schema = parse(&text.sql, &text.origin)?;
        Ok((text, schema))
    };
    let (text, schema) = match read() {
        Ok(read) => read,
        Err(error) => {
            checks.add(Check::fail(SCHEMA, chain(&error)));
            return None;
        }
    };
    let names: Vec<&str> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    checks.add(Check::pass(
        SCHEMA,
        format!("{}: {}", text.origin, first_names(&names)),
    ));
    Some(schema)
}

async fn of_server(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    (schema, needs): (Option<&Schema>, &Requirements),
    checks: &mut Checks,
) -> Result<()> {
    let info = ServerInfo::read(connection).await?;
    let facts = Facts::read(connection, url, &info).await?;
    checks.extend(precheck::judge(&facts, needs));
    tables(connection, url, schema, checks).await?;
    let unfinished = seeded::unfinished(connection).await?;
    checks.add(match (unfinished, ledger::last_run(connection).await?) {
        (Some((run, command)), _) => Check::warn(
            LAST_RUN,
            format!(
                "the run of {} UTC is unfinished (phase {}); to finish it: {command}",
                run.started_at,
                run.phase.name()
            ),
        ),
        (None, Some(run)) => Check::pass(
            LAST_RUN,
            format!("the run of {} UTC is finished", run.started_at),
        ),
        (None, None) => Check::pass(LAST_RUN, "none; `seed` has not loaded into this database"),
    });
    Ok(())
}

/// Lists the tables of the database: loaded by reviewseed, empty, or with other rows.
async fn tables(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    schema: Option<&Schema>,
    checks: &mut Checks,
) -> Result<()> {
    let mut found = listed(connection, url.database()).await?;
    found.retain(|one| !matches!(one.kind, ListedKind::Other(_)));
    let loaded = match ledger::exists(connection).await? {
        true => ledger::newest_tables(connection).await?,
        false => Vec::new(),
    };
    let of_schema = |name: &str| schema.is_some_and(|schema| schema.table(name).is_some());
    let (mut ours, mut empty, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let names: Vec<String> = found.into_iter().map(|one| one.name).collect();
    for name in names
        .iter()
        .filter(|name| !name.starts_with("_reviewseed_"))
    {
        match loaded.iter().find(|table| table.name == *name) {
            Some(table) => ours.push(format!("{name} ({})", counted(table.loaded, "row", "rows"))),
            None if of_schema(name) => empty.push(name.clone()),
            None => others.push(name.clone()),
        }
    }
    let foreign = match empty.is_empty() {
        true => Vec::new(),
        false => owned::rows_of_others(connection, url.database(), &empty).await?,
    };
    let mut parts = Vec::new();
    if !ours.is_empty() {
        parts.push(format!("loaded by reviewseed: {}", first_names(&ours)));
    }
    empty.retain(|name| foreign.iter().all(|other| other.table != *name));
    if !empty.is_empty() {
        parts.push(format!("empty: {}", first_names(&empty)));
    }
    if !others.is_empty() {
        parts.push(format!(
            "not in the schema, left alone: {}",
            first_names(&others)
        ));
    }
    if parts.is_empty() {
        parts.push("none; `seed` creates those of the schema".to_owned());
    }
    let words = parts.join("; ");
    checks.add(match foreign.is_empty() {
        true => Check::pass(TABLES, words),
        false => {
            let of_others = foreign.iter();
            let of_others: Vec<_> = of_others
                .map(|other| format!("{} ({})", other.table, counted(other.others, "row", "rows")))
                .collect();
            Check::warn(
                TABLES,
                format!(
                    "{words}; with rows that reviewseed did not load: {}; `seed` changes them only with --append or --replace --force",
                    first_names(&of_others)
                ),
            )
        }
    });
    Ok(())
}
