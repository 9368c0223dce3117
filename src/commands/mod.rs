//! The commands: glue between what was typed and the library. Nothing below this module sees clap.

mod check;
mod completions;
mod config;
mod database;
mod generate;
mod loaded;
mod man;
mod members;
mod next;
mod password;
mod redo_log;
mod reindex;
mod reports;
mod schema_on_server;
mod schema_text;
mod seed;
mod seeded;
mod server;
mod settings;
mod smoke;
mod targets;
mod typed;
mod verify;

use anyhow::Result;

use crate::cli::{Cli, Command};

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing to complain about.
    Done,
    /// Finished, but found something.
    Found,
}

/// Runs a command.
///
/// # Errors
///
/// When the command could not do its work.
pub fn run(cli: Cli) -> Result<Exit> {
    match cli.command {
        Command::Seed(args) => in_tokio(seed::run(*args)),
        Command::Check(args) => check::run(*args),
        Command::Verify(args) => in_tokio(verify::run(*args)),
        Command::Reindex(args) => in_tokio(reindex::run(*args)),
        Command::Generate(args) => generate::run(&args),
        Command::Server(args) => in_tokio(server::run(args)),
        Command::Targets(args) => in_tokio(targets::run(*args)),
        Command::Smoke(args) => in_tokio(smoke::run(args)),
        Command::Config(args) => config::run(&args, cli.config.as_deref()),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

fn in_tokio(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let exit = runtime.block_on(command);
    // whoever stops at once does not wait for the threads that read or build
    runtime.shutdown_background();
    exit
}
