//! `targets`: writes the ids for load tests, which come from the database or from the CSV files.

mod files;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};

use super::{Exit, database, options};
use crate::cli::TargetsArgs;
use crate::terminal::{Terminal, Verbosity};
use engine::cancel::Stop;
use engine::cores;
use engine::database::resolve;
use engine::event::Events;
use engine::pipeline::{self, AfterReading, OverBudget};
use engine::rejects::Budget;
use engine::schema_text::SchemaText;
use engine::seeded;
use files::PipelineRows;
use input::DEFAULT_MAX_RECORD;
use model::report::Next;
use mysql::db;
use mysql_schema::obstacles;
use mysql_schema::parse::parse;
use reviews::targets::{Counts, Job};

/// Number of bytes of input per batch when files are read. No transaction depends on it.
const BATCH_BYTES: usize = 2 << 20;

pub(super) async fn run(args: TargetsArgs) -> Result<Exit> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let terminal = Arc::new(Terminal::new("targets", verbosity));
    let events = terminal.events();
    let mut job = Job::prepare(&args.options())?;
    let written = match &args.from {
        Some(directory) => from_files(&args, directory, &mut job, &events)?,
        None => from_database(&args, &mut job, (&terminal, &events)).await?,
    };
    let written = match written {
        Err(reviews::Error::ReaderClosed) => return Ok(Exit::Done),
        written => written?,
    };
    let summary = job.summary(written);
    let script = job.commit()?;
    events.info(&format!("targets: {summary}"));
    if let Some(script) = script {
        script.write()?;
        let path = script.path.display();
        events.info(&format!("targets: the test is in {path}"));
        terminal.next(&[Next::new("run the test", script.command.clone())]);
    }
    Ok(Exit::Done)
}

/// The outer error is about the connection, the inner one about the selection of ids.
async fn from_database(
    args: &TargetsArgs,
    job: &mut Job,
    (terminal, events): (&Terminal, &Events),
) -> Result<reviews::Result<Counts>> {
    if !args.files.map.is_empty() {
        bail!(
            "--map names a file, but the ids come from the database; add --from DIR to take them from files"
        );
    }
    let database = database::existing(&args.database, terminal).await?;
    let (url, _) = resolve(&database, events).await?;
    let mut connection = db::connect(&url).await?;
    seeded::of_reviews(&mut connection, &url, events).await?;
    let written = job.write_from_database(&mut connection).await;
    db::close(connection).await;
    Ok(written)
}

/// The outer error is about the schema, the inner one about the files and the selection of ids.
fn from_files(
    args: &TargetsArgs,
    directory: &Path,
    job: &mut Job,
    events: &Events,
) -> Result<reviews::Result<Counts>> {
    let text = SchemaText::read(
        &options::schema(args.schema.as_deref()),
        Some(directory),
        events,
    )?;
    let mut schema = parse(&text.sql, &text.origin)?;
    options::settings_of_files(&args.files).apply(&mut schema, &[])?;
    obstacles::check_types(&schema)?;
    let settings = pipeline::Settings {
        threads: cores(),
        batch_bytes: BATCH_BYTES,
        max_record: DEFAULT_MAX_RECORD,
        // only `check` and `seed` limit the number of rejected records
        budget: Budget::Percent(100.0),
        over_budget: OverBudget::Stop,
        after_reading: AfterReading::Nothing,
        carried: None,
        rejects: None,
        in_flight: cores() + 2,
        missing: HashMap::new(),
        excerpts: HashMap::new(),
        existing: HashMap::new(),
        table_checksums: HashMap::new(),
        digests: HashMap::new(),
        stop: Stop::default(),
    };
    let input = options::input(directory, &args.files)?;
    Ok(job.write_from_files(&mut PipelineRows {
        input: &input,
        schema: &schema,
        settings: &settings,
        events,
    }))
}
