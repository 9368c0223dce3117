//! `check`: checks the files without a database.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Exit, options};
use crate::cli::CheckArgs;
use crate::cli::defaults::FILE;
use crate::command_line::{command_line, command_line_of_dry_run};
use crate::next_steps;
use crate::report_files::{self, Details, data_set};
use crate::suggested_settings;
use engine::check::check;
use input::shown;
use model::report::Report;

pub(super) fn run(args: CheckArgs, config: Option<&Path>) -> Result<Exit> {
    report_files::prepare(&args.output.report)?;
    let terminal = options::terminal("check", &args.output);
    let mut reading = options::check(&args)?;
    let mut report = Report::default();
    let folder = shown(&reading.input.directory).into_owned();
    terminal.begins(&format!("check: files of {folder}"));
    options::warn_of_unread_settings(&reading.input.directory, config, &terminal);
    let checked = check(
        &mut reading,
        &command_line_of_dry_run(),
        &terminal.events(),
        &mut report,
    )?;
    report.next = next_steps::after_check(&report, &reading);
    if args.write_config {
        let path = config.unwrap_or(Path::new(FILE));
        let written = suggested_settings::write(path, &report)?;
        terminal.info(&written.message);
        if written.settings > 0 {
            report.next = next_steps::after_new_settings();
        }
    }
    terminal.next(&report.next);
    let spent = checked.over_budget.iter().map(ToString::to_string);
    let spent: Vec<_> = spent.collect();
    let details = Details {
        command: "check",
        subject: data_set(&reading),
        settings: report_files::reading_settings(&reading),
        rejects: Some(reading.rejects.display().to_string()),
        command_line: command_line(),
        failure: (!spent.is_empty()).then(|| spent.join("; ")),
        ..Details::default()
    };
    report_files::write(&args.output, &terminal, &report, &details)
        .context("the check is complete, but its report was not written")?;
    terminal.conclude(&report);
    Ok(checked.verdict)
}
