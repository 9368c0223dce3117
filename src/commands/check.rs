//! `check`: the pipeline of `seed` with a sink that counts, so that the two cannot disagree about a
//! row.

use std::time::Instant;

use anyhow::{Context, Result};

use super::reports::{self, Details};
use super::schema_text::SchemaText;
use super::settings;
use super::typed::command_line;
use super::{Exit, next};
use crate::cli::CheckArgs;
use crate::progress;
use engine::pipeline::{self, OverBudget};
use mysql_schema::engine::Engines;
use mysql_schema::obstacles::SchemaFile;
use mysql_schema::parse::{self, ParsedSchema};
use report::{Outcome, Report};

pub(super) fn run(mut args: CheckArgs) -> Result<Exit> {
    reports::prepare(&args.output)?;
    let progress = settings::progress("check", &args.output);
    let text = SchemaText::of_files(&args.reading, &progress)?
        .with_engine(args.reading.engine.as_deref(), &progress)?;
    let script = text.script(&progress)?;
    let ParsedSchema { schema, faults } = parse::parse_script(&script, &text.origin);
    let (input, tables) = settings::input(&args.reading)?;
    let read = SchemaFile {
        origin: &text.origin,
        script: &script,
        schema: &schema,
        faults: &faults,
    };
    let sources = input::open_all(&input, &schema, &tables);
    let sources = settings::judged(read, &tables, sources, &Engines::default(), &progress)?;
    settings::say_what_is_of_no_table(&args.reading, &schema, &progress)?;
    let asked = args.reading.rejects.clone();
    settings::choose_rejects(&mut args.reading, &sources, &progress)?;
    let mut settings = settings::pipeline(&args.reading, 0)?;
    settings.over_budget = OverBudget::ReadOn;
    progress.expect_tables(&sources);

    let mut report = Report::default();
    let began = Instant::now();
    let again = || {
        progress.say("check: rows refer to rows of the same table that do not exist; reading the files again to reject them");
        progress.expect_tables(&sources);
    };
    let results = pipeline::count(&sources, settings.clone(), &progress, again)?;
    report.phase("check", began.elapsed(), progress::elapsed());
    let failure = reports::counted(&results, &mut report, &args.reading, &progress);
    if let Some(words) = reports::left_to_server(&results) {
        progress.say(&format!("check: {words}"));
    }
    let exit = match report.outcome {
        Outcome::Clean => Exit::Done,
        _ => Exit::Found,
    };
    settings::remove_if_unused(&args.reading, &asked);
    report.next = next::after_reading(&report, &args.reading, None);
    progress.next(&report.next);
    let details = Details {
        command: "check",
        settings: reports::reading_settings(&args.reading, settings.threads),
        rejects: Some(args.reading.rejects.display().to_string()),
        command_line: command_line(),
        failure,
        ..Details::default()
    };
    reports::write(&args.output, &progress, &report, &details)
        .context("the check itself is done")?;
    Ok(exit)
}
