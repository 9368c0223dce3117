//! The commands. Each one converts its arguments to options, calls the engine, and returns an exit
//! code. The crates that they call do not depend on clap.

mod check;
mod clean;
mod completions;
mod config;
mod database;
mod doctor;
mod draft;
mod explain;
mod generate;
mod man;
mod options;
mod password;
mod reindex;
mod seed;
mod server;
mod smoke;
mod targets;
mod verify;

use anyhow::Result;

use crate::cli::{Cli, Command};

pub use engine::Verdict as Exit;

/// Runs a command.
///
/// # Errors
///
/// When the command fails.
pub fn run(cli: Cli) -> Result<Exit> {
    if cli.command.starts_threads() {
        engine::check_limits()?;
    }
    match cli.command {
        Command::Seed(args) => in_tokio(seed::run(*args, cli.config.as_deref())),
        Command::Check(args) => check::run(*args, cli.config.as_deref()),
        Command::Draft(args) => draft::run(&args, cli.config.as_deref()),
        Command::Verify(args) => in_tokio(verify::run(*args)),
        Command::Reindex(args) => in_tokio(reindex::run(*args)),
        Command::Generate(args) => generate::run(&args),
        Command::Server(args) => in_tokio(server::run(args)),
        Command::Targets(args) => in_tokio(targets::run(*args)),
        Command::Smoke(args) => in_tokio(smoke::run(*args)),
        Command::Doctor(args) => in_tokio(doctor::run(*args)),
        Command::Explain(args) => explain::run(&args),
        Command::Clean(args) => in_tokio(clean::run(*args)),
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
    // a run that stops at once does not wait for the threads that read files or build indexes
    runtime.shutdown_background();
    exit
}
