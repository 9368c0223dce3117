//! `doctor`: checks what `seed` needs.

use std::sync::Arc;

use anyhow::{Context, Result};
use serde::Serialize;

use super::{Exit, database, options};
use crate::cli::DoctorArgs;
use crate::print::print_data;
use crate::terminal::{Terminal, Verbosity};
use engine::doctor::{DoctorOptions, examine};
use engine::event::Events;
use model::wording::chain;
use mysql::precheck::{Checks, Level};

/// A check in the JSON output.
#[derive(Serialize)]
struct Found<'a> {
    name: &'a str,
    level: &'static str,
    words: String,
}

pub(super) async fn run(args: DoctorArgs) -> Result<Exit> {
    let terminal = Arc::new(Terminal::new("doctor", Verbosity::Normal));
    let chosen = database::existing(&args.database, &terminal).await;
    let doctor = DoctorOptions {
        database: chosen.map_err(|error| chain(error.as_ref())),
        server: database::private_server(&args.database),
        schema: options::schema(args.schema.as_deref()),
    };
    let checks = examine(&doctor, &Events::ignored()).await;
    match args.json {
        true => print_json(&checks)?,
        false => {
            print_data(&table(&checks))?;
            terminal.info(&conclusion(&checks));
        }
    }
    Ok(match checks.have_failed() {
        true => Exit::Found,
        false => Exit::Done,
    })
}

/// A line for each check.
fn table(checks: &Checks) -> String {
    let width = checks.iter().map(|check| check.name.len()).max();
    let width = width.unwrap_or(0);
    let line = |check: &mysql::precheck::Check| {
        let words = check.found();
        format!("{}  {:<width$}  {words}\n", check.level.name(), check.name)
    };
    checks.iter().map(line).collect()
}

fn conclusion(checks: &Checks) -> String {
    let count = |level| checks.of(level).count();
    match (count(Level::Fail), count(Level::Warn)) {
        (0, 0) => format!("✓ all {} checks passed", checks.passed()),
        (0, 1) => format!("✓ {} checks passed, 1 warning", checks.passed()),
        (0, n) => format!("✓ {} checks passed, {n} warnings", checks.passed()),
        (failed, _) => format!("✗ {failed} of {} checks failed", checks.iter().count()),
    }
}

fn print_json(checks: &Checks) -> Result<()> {
    #[derive(Serialize)]
    struct Examined<'a> {
        passed: bool,
        checks: Vec<Found<'a>>,
    }
    let found = checks.iter().map(|check| Found {
        name: check.name,
        level: check.level.name(),
        words: check.found(),
    });
    let json = serde_json::to_string_pretty(&Examined {
        passed: !checks.have_failed(),
        checks: found.collect(),
    });
    let json = json.context("cannot write the checks as JSON")?;
    print_data(&format!("{json}\n"))?;
    Ok(())
}
