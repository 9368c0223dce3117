//! `seed`: loads files into a database.

use std::path::Path;

use anyhow::Result;

use super::{Exit, database, options};
use crate::cli::SeedArgs;
use crate::command_line::command_line;
use crate::next_steps;
use crate::report_files::{self, Details, data_set};
use crate::terminal;
use engine::options::SeedOptions;
use engine::seed::{Seeded, seed};
use input::shown;
use model::wording::chain;
use mysql::verify::Depth;

pub(super) async fn run(mut args: SeedArgs, config: Option<&Path>) -> Result<Exit> {
    report_files::prepare(&args.output.report)?;
    if args.draft {
        super::draft::before_seed(&mut args)?;
    }
    let phase = if args.dry_run { "check" } else { "load" };
    let terminal = options::terminal(phase, &args.output);
    let mut options = options::seed(&args, &terminal)?;
    let events = terminal.events();
    let interrupt = terminal::listen(&terminal)?;
    terminal.begins(&format!(
        "seed: files of {}, database {}",
        shown(&options.reading.input.directory),
        options.database
    ));
    options::warn_of_unread_settings(&options.reading.input.directory, config, &terminal);
    options.database = database::with_password(options.database, &terminal).await?;
    let mut seeded = seed(&options, &interrupt, &events).await;
    options.reading.rejects.clone_from(&seeded.rejects);
    seeded.report.next = next_steps::after_seed(&seeded.report, &options, &args.database);
    if seeded.verdict.is_ok() {
        // if the run failed, its error message names the next command
        terminal.next(&seeded.report.next);
    }
    let details = details(&options, &seeded);
    report_files::write(&args.output, &terminal, &seeded.report, &details)?;
    if seeded.verdict.is_ok() {
        terminal.conclude(&seeded.report);
    }
    terminal.clear();
    Ok(seeded.verdict?)
}

/// What the report's page says about this command.
fn details(options: &SeedOptions, seeded: &Seeded) -> Details {
    let mut settings = report_files::reading_settings(&options.reading);
    let verification = match seeded.report.verification {
        Some(Depth::Quick) => "quick: row counts, indexes and foreign keys",
        Some(Depth::Full) => "full: also checksums of all values, and all foreign keys",
        None => "none",
    };
    settings.push(("verification".to_string(), verification.to_string()));
    Details {
        command: "seed",
        subject: format!(
            "{} → {}",
            data_set(&options.reading),
            options.database.in_short()
        ),
        settings,
        rejects: Some(options.reading.rejects.display().to_string()),
        failure: seeded.verdict.as_ref().err().map(|error| chain(error)),
        command_line: command_line(),
        ..Details::default()
    }
}
