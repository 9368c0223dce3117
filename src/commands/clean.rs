//! `clean`: removes the tables of the ledger from a database.

use model::wording::counted;
use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::{Exit, database};
use crate::cli::CleanArgs;
use crate::command_line;
use crate::terminal::{self, Terminal, Verbosity};
use engine::cleaning::{Cleaning, Unfinished};

pub(super) async fn run(args: CleanArgs) -> Result<Exit> {
    let terminal = Arc::new(Terminal::new("clean", Verbosity::Normal));
    let events = terminal.events();
    let choice = database::existing(&args.database, &terminal).await?;
    let unfinished = match args.forget_unfinished {
        true => Unfinished::Forget,
        false => Unfinished::Keep,
    };
    let cleaning = Cleaning::prepare(&choice, unfinished, &events).await?;
    let url = cleaning.url().to_string();
    for database in cleaning.other_databases() {
        terminal.info(&format!(
            "warning: an interrupted run has left the database {database}, which is not removed: \
             finish that run, or drop the database"
        ));
    }
    let tables = cleaning.tables();
    if tables.is_empty() {
        terminal.info(&format!(
            "✓ {url} has no table of reviewseed; nothing was removed"
        ));
        return Ok(Exit::Done);
    }
    terminal.info(&format!("clean: tables of reviewseed in {url}:"));
    for table in tables {
        terminal.info(&format!("  {table}"));
    }
    if !args.yes && !confirmed(tables.len())? {
        terminal.info("! nothing was removed");
        return Ok(Exit::Found);
    }
    let number = tables.len();
    for setting in cleaning.remove().await? {
        terminal.info(&format!("clean: restored the global setting {setting}"));
    }
    terminal.info(&format!(
        "✓ removed {}; the rows that were loaded stay",
        counted(number as u64, "table", "tables")
    ));
    Ok(Exit::Done)
}

/// Asks the user to confirm that the tables are removed.
fn confirmed(tables: usize) -> Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let line = command_line::typed().and("yes", None);
        bail!(
            "nothing was removed, because there is no terminal on which to confirm the removal; to remove these tables without a question: {}",
            command_line::text_of(line)
        );
    }
    terminal::print_prompt(&format!(
        "remove {}? The rows stay. [y/N] ",
        counted(tables as u64, "table", "tables")
    ));
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("cannot read your answer, so nothing was removed; --yes removes the tables without a question")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
