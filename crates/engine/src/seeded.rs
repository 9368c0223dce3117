//! Finds the schemas with which the tables of a database were seeded, as the ledger records them.
//!
//! A table is compared with the schema of the newest run that loaded it, so `verify` and `reindex`
//! need no `--schema`. If the user names a schema all the same, it must have the loaded tables;
//! otherwise nothing would be compared and no difference found.

use std::cmp::Reverse;

use crate::error::{Error, Result, fail, unfit};

use crate::event::Events;
use crate::options::{BuiltIn, SchemaOptions};
use crate::schema_text::{SchemaChoice, SchemaText};
use model::schema::Schema;
use model::shell::quoted;
use mysql::db::{DatabaseUrl, MySqlConnection, ServerInfo};
use mysql::ledger::schemas::RunSchema;
use mysql::ledger::{self, schemas};
use mysql::ledger::{Phase, Run, beginning};
use mysql_schema::parse::parse;

/// A schema, and the tables that were loaded with it.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// The schema.
    pub text: SchemaText,
    /// The loaded tables, from the ledger; empty if the database has no ledger.
    pub tables: Vec<String>,
    /// What the user can do if the schema lacks one of these tables.
    otherwise: String,
}

impl Seeded {
    fn new(text: SchemaText, tables: Vec<String>) -> Seeded {
        let otherwise = format!(
            "name the schema that has all of {}: --schema FILE",
            tables.join(", ")
        );
        Seeded {
            text,
            tables,
            otherwise,
        }
    }

    /// The loaded tables that a schema does not have.
    pub fn lacking(&self, schema: &Schema) -> Vec<&str> {
        let lacking = self.tables.iter().filter(|t| schema.table(t).is_none());
        lacking.map(String::as_str).collect()
    }

    /// The error for loaded tables that the schema does not have, so that they cannot be compared.
    pub fn not_comparable(&self, lacking: &[&str], url: &DatabaseUrl) -> Error {
        unfit!(
            "{} has no table {}, which reviewseed loaded into {url}; nothing was compared and nothing changed: {}",
            self.text.origin,
            lacking.join(", "),
            self.otherwise
        )
    }
}

/// The schemas with which the loaded tables are compared, the schema of the newest run first.
/// `named` has priority over the ledger. Without both, the schema is the one in the current folder,
/// or the compiled-in one.
///
/// Names of tables, and of the database in the URL, are spelled as the server spells
/// them.
pub async fn schemas(
    connection: &mut MySqlConnection,
    server: &ServerInfo,
    url: &DatabaseUrl,
    (named, built_in): (Option<&SchemaText>, BuiltIn),
    events: &Events,
) -> Result<(Vec<Seeded>, DatabaseUrl)> {
    let (mut url, mut parts) = (url.clone(), Vec::new());
    for part in written(connection, named, built_in, events).await? {
        let text = part.text.clone().of_loaded_tables()?;
        let here = text.at(connection, server, &url).await?;
        for note in here.notes(server) {
            events.detail(&format!("schema: {note}"));
        }
        url = here.url;
        let text = here.text;
        parts.push(Seeded { text, ..part });
    }
    Ok((parts, url))
}

/// The given schemas, with the names as written in their files.
async fn written(
    connection: &mut MySqlConnection,
    named: Option<&SchemaText>,
    built_in: BuiltIn,
    events: &Events,
) -> Result<Vec<Seeded>> {
    let runs = match ledger::exists(connection).await? {
        true => schemas::newest_runs(connection).await?,
        false => Vec::new(),
    };
    if let Some(text) = named {
        let tables = runs.into_iter().map(|(table, _)| table).collect();
        let mut seeded = Seeded::new(text.clone(), tables);
        if let Some(otherwise) = right_schema(connection).await? {
            seeded.otherwise = otherwise;
        }
        return Ok(vec![seeded]);
    }
    if runs.is_empty() {
        // a run that is still loading has recorded its schema, but no tables yet
        let text = match last_schema(connection).await? {
            Some(schema) => of_run(&schema, built_in, events)?,
            None => default_schema(built_in, events)?,
        };
        return Ok(vec![Seeded::new(text, Vec::new())]);
    }
    let mut parts: Vec<(u64, Option<RunSchema>, Vec<String>)> = Vec::new();
    for (table, run) in runs {
        let schema = schemas::schema_of(connection, run).await?;
        let file = |schema: &Option<RunSchema>| schema.as_ref().map(|s| s.file.clone());
        match parts.iter_mut().find(|part| file(&part.1) == file(&schema)) {
            Some(part) => {
                if part.0 < run {
                    (part.0, part.1) = (run, schema);
                }
                part.2.push(table);
            }
            None => parts.push((run, schema, vec![table])),
        }
    }
    parts.sort_by_key(|part| Reverse(part.0));
    let seeded = |(_, schema, tables): (u64, Option<RunSchema>, Vec<String>)| {
        let text = match &schema {
            Some(schema) => of_run(schema, built_in, events)?,
            None => guessed(&tables, built_in, events)?,
        };
        Ok(Seeded::new(text, tables))
    };
    parts.into_iter().map(seeded).collect()
}

/// The schema of the last run; `None` if there is no run, or if the ledger does not have its
/// schema.
pub async fn last_schema(connection: &mut MySqlConnection) -> mysql::Result<Option<RunSchema>> {
    match ledger::last_run(connection).await? {
        Some(run) => Ok(schemas::schema_of(connection, run.id).await?),
        None => Ok(None),
    }
}

/// Advice for the user: the schema of the last run, or the command that started it.
async fn right_schema(connection: &mut MySqlConnection) -> Result<Option<String>> {
    if let Some(schema) = last_schema(connection).await? {
        let choice = SchemaChoice::of_run(&schema);
        return Ok(Some(format!(
            "the last run had the schema {}; leave --schema out, or write --schema {}",
            choice.shown(),
            quoted(&choice.option())
        )));
    }
    let Some(run) = ledger::last_run(connection).await? else {
        return Ok(None);
    };
    let command = beginning::command_of(connection, run.id).await?;
    Ok(command.map(|command| {
        format!("name the schema of the run that loaded the tables; the command of that run was: {command}")
    }))
}

/// The last run and the command that resumes it, if it is unfinished; otherwise `None`.
pub async fn unfinished(connection: &mut MySqlConnection) -> Result<Option<(Run, String)>> {
    let last = ledger::last_run(connection).await?;
    let Some(run) = last.filter(|run| run.phase != Phase::Done) else {
        return Ok(None);
    };
    let command = beginning::command_of(connection, run.id).await?;
    let command = command.unwrap_or_else(|| "reviewseed seed DIR".to_string());
    Ok(Some((run, command)))
}

/// For commands that read the tables of reviews. Fails if runs have loaded only other tables, and
/// warns if the last run is unfinished.
pub async fn of_reviews(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    events: &Events,
) -> Result<()> {
    if let Some((run, command)) = unfinished(connection).await? {
        events.info(&format!(
            "warning: the run of {} UTC in {url} is unfinished (phase {}), so the ids are those of \
             the rows loaded so far; to finish it: {command}",
            run.started_at,
            run.phase.name()
        ));
    }
    let Some(schema) = last_schema(connection).await? else {
        return Ok(());
    };
    let mut loaded: Vec<String> = schemas::newest_runs(connection)
        .await?
        .into_iter()
        .map(|r| r.0)
        .collect();
    loaded.extend(
        schema
            .tables
            .iter()
            .filter(|t| !loaded.contains(t))
            .cloned()
            .collect::<Vec<_>>(),
    );
    if !loaded.iter().any(|t| t == "reviews") {
        fail!(
            "this command reads ids from the table reviews, but runs have loaded no such table \
             into {url}, only {} (schema {}); name a database of reviews in --database-url, or \
             take the ids from files with targets --from DIR",
            loaded.join(", "),
            SchemaChoice::of_run(&schema).shown()
        );
    }
    Ok(())
}

/// The schema of a run, with the text that its file has now.
fn of_run(schema: &RunSchema, built_in: BuiltIn, events: &Events) -> Result<SchemaText> {
    let choice = SchemaChoice::of_run(schema);
    if let Some(file) = choice.file().filter(|file| !file.is_file()) {
        fail!(
            "the tables {} were seeded with the schema {}, which no longer exists; name a copy of \
             it: --schema FILE",
            schema.tables.join(", "),
            file.display()
        );
    }
    let text = SchemaText::of(choice, built_in)?;
    match text.hash != schema.hash {
        true => events.info(&format!(
            "schema: {}, with which {} were seeded; the file has changed since then, and its \
             present text is used",
            text.origin,
            schema.tables.join(", ")
        )),
        false => events.detail(&format!(
            "schema: {}, named by the ledger of the database",
            text.origin
        )),
    }
    Ok(text)
}

/// The schema in the current folder, or the built-in one.
fn default_schema(built_in: BuiltIn, events: &Events) -> Result<SchemaText> {
    let options = SchemaOptions {
        built_in,
        ..SchemaOptions::default()
    };
    SchemaText::read(&options, None, events)
}

/// For a run by an older version, which did not record its schema: the first schema that has its
/// tables.
fn guessed(tables: &[String], built_in: BuiltIn, events: &Events) -> Result<SchemaText> {
    let choice = SchemaChoice::new(None, None);
    let text = SchemaText::of(choice, built_in)?;
    let covers = |text: &SchemaText| {
        // a schema that only the server can parse is accepted here and checked later by the server
        let schema = parse(&text.sql, &text.origin);
        schema.map_or(true, |s| tables.iter().all(|t| s.named(t).is_some()))
    };
    if covers(&text) {
        return default_schema(built_in, events);
    }
    if built_in.is_some()
        && let compiled_in = SchemaText::of(SchemaChoice::CompiledIn, built_in)?
        && covers(&compiled_in)
    {
        events.info(&format!(
            "schema: the one compiled in, because {} lacks some of {}; --schema FILE names another",
            text.origin,
            tables.join(", ")
        ));
        return Ok(compiled_in);
    }
    fail!(
        "this database holds {}, loaded by an older version that did not note its schema, and {} lacks some of them; \
         name the schema that they were seeded with: --schema FILE",
        tables.join(", "),
        text.origin
    );
}
