//! Explains why a run cannot start in tables that have rows: which run loaded the rows, and how
//! that run differs from this one.

use crate::error::Result;

use crate::schema_text::SchemaChoice;
use crate::seed::identity::Identity;
use crate::seed::server::Server;
use crate::verify::RAISED;
use model::shell::quoted;
use mysql::ledger::inputs::{RunInput, TableLoad};
use mysql::ledger::{Phase, Run};

const OTHER_CONTENT: &str = "whose files had other content";

/// The run that loaded the rows.
struct Loader {
    id: u64,
    started_at: String,
    is_unfinished: bool,
}

impl From<Run> for Loader {
    fn from(run: Run) -> Loader {
        Loader {
            id: run.id,
            started_at: run.started_at,
            is_unfinished: run.phase != Phase::Done,
        }
    }
}

/// Rows that prevent a run from starting.
pub(super) struct Obstacle {
    /// The run that loaded the rows; `None` if no run did.
    run: Option<Loader>,
    /// How that run differs from this one, as text.
    differs: String,
}

impl Obstacle {
    /// The rows of an unfinished run whose files have changed since.
    pub(super) fn of_other_content(run: Run) -> Obstacle {
        Obstacle {
            run: Some(run.into()),
            differs: OTHER_CONTENT.to_owned(),
        }
    }

    /// Finds the run that loaded the newest rows of the `filled` tables.
    pub(super) async fn find(
        server: &mut impl Server,
        this: &Identity<'_>,
        (loads, filled): (&[TableLoad], &[String]),
    ) -> Result<Obstacle> {
        if let Some(run) = super::unfinished(server).await? {
            let inputs = server.inputs_of(run.id).await?;
            let is_of_filled = inputs.iter().any(|input| filled.contains(&input.table));
            if inputs.is_empty() || is_of_filled {
                let differs = differs(server, this, (run.id, &inputs)).await?;
                let differs = match differs {
                    Some(differs) => differs,
                    None => other_run(server, this, &run).await?,
                };
                let run = Some(run.into());
                return Ok(Obstacle { run, differs });
            }
        }
        let of_filled = |load: &&TableLoad| filled.contains(&load.table.name);
        let Some(load) = loads.iter().rev().find(of_filled) else {
            return Ok(Obstacle {
                run: None,
                differs: String::new(),
            });
        };
        let inputs = server.inputs_of(load.run).await?;
        let differs = differs(server, this, (load.run, &inputs)).await?;
        Ok(Obstacle {
            differs: differs.unwrap_or_else(|| OTHER_CONTENT.to_owned()),
            run: Some(Loader {
                id: load.run,
                started_at: load.started_at.clone(),
                is_unfinished: load.phase != Phase::Done,
            }),
        })
    }

    /// The message: why nothing is loaded into the tables `filled`, and what to do.
    pub(super) async fn in_words(
        &self,
        server: &mut impl Server,
        filled: &[String],
    ) -> Result<String> {
        let verb = if filled.len() == 1 { "holds" } else { "hold" };
        let mut add = "add to them with --append".to_owned();
        let whose = match &self.run {
            None => "that reviewseed did not load".to_owned(),
            Some(run) if run.is_unfinished => {
                let command = command_of(server, run.id).await?;
                add = format!(
                    "finish that run before you add to them with --append (to resume it: {command})"
                );
                format!(
                    "of the unfinished run of {} UTC, {}",
                    run.started_at, self.differs
                )
            }
            Some(run) => format!("of the run of {} UTC, {}", run.started_at, self.differs),
        };
        Ok(format!(
            "{} in {} already {verb} rows, {whose}; nothing was changed: replace them with \
             --replace, {add}, or name another database in --database-url",
            filled.join(", "),
            server.place(),
        ))
    }
}

/// How a run differs from this one, as far as the ledger shows. `None` if it read the same tables
/// in the same way.
async fn differs(
    server: &mut impl Server,
    this: &Identity<'_>,
    (run, inputs): (u64, &[RunInput]),
) -> Result<Option<String>> {
    if inputs.is_empty() {
        let words = "made by an older version, which did not record how it read the files";
        return Ok(Some(words.to_owned()));
    }
    let (same_file, schema) = schema_of(server, this, run).await?;
    for table in &this.tables {
        let name = &table.input.table;
        let Some(input) = inputs.iter().find(|input| input.table == *name) else {
            return Ok(Some(format!("which did not load {name}{schema}")));
        };
        if input.format != table.input.format {
            let schema = if same_file { "" } else { &schema };
            return Ok(Some(format!(
                "which had other files ({name}: another size, header, delimiter, encoding or \
                 --max-record){schema}"
            )));
        }
        if input.columns != table.input.columns {
            return Ok(Some(format!(
                "which had other columns, types or column options, such as --decode, for \
                 {name}{schema}"
            )));
        }
    }
    Ok(None)
}

/// How an unfinished run differs from this one, although it read the same tables in the same way.
async fn other_run(server: &mut impl Server, this: &Identity<'_>, run: &Run) -> Result<String> {
    let inputs = server.inputs_of(run.id).await?;
    let names = this.names();
    if let Some(more) = inputs.iter().find(|input| !names.contains(&input.table)) {
        return Ok(format!("which loads {} too", more.table));
    }
    if server.appends(run.id).await? {
        return Ok("which adds rows with --append".to_owned());
    }
    let (_, schema) = schema_of(server, this, run.id).await?;
    Ok(format!(
        "which had other unique keys, foreign keys or CHECKs{schema}"
    ))
}

/// Whether a run had the same schema file. Also returns text for a message if that file, or its
/// content, differs.
async fn schema_of(
    server: &mut impl Server,
    this: &Identity<'_>,
    run: u64,
) -> Result<(bool, String)> {
    let (origin, hash) = &this.schema;
    let Some(schema) = server.schema_of(run).await? else {
        return Ok((true, String::new()));
    };
    let had = SchemaChoice::of_run(&schema);
    let same_file = had.shown() == *origin;
    let words = match (schema.hash == *hash, same_file) {
        (true, _) => String::new(),
        (false, true) => format!(" ({origin} has changed since)"),
        (false, false) => format!(
            " (it had the schema {}, this run has {origin}; --schema {} selects the former)",
            had.shown(),
            quoted(&had.option())
        ),
    };
    Ok((same_file, words))
}

/// The message that rows cannot be appended while a run is unfinished.
pub(super) async fn unfinished(server: &mut impl Server, run: &Run) -> Result<String> {
    let command = command_of(server, run.id).await?;
    Ok(format!(
        "the run of {} UTC in {} is unfinished (it ended in phase {}); rows that are appended now \
         could not be distinguished from its rows, so it could never be resumed; nothing was \
         changed: resume it first{RAISED}: {command}; or reload all tables with --replace instead \
         of --append",
        run.started_at,
        server.place(),
        run.phase.name(),
    ))
}

async fn command_of(server: &mut impl Server, run: u64) -> Result<String> {
    let command = server.command_of(run).await?;
    Ok(command.unwrap_or_else(|| "reviewseed seed DIR".to_owned()))
}
