//! The program on one screen: parse, run, print the chain, exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use reviewseed::cli::{Cli, Command};
use reviewseed::commands::{self, Outcome};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(error) => {
            // nothing is left to do when stderr is closed
            let _ = writeln!(io::stderr(), "reviewseed: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Server(server) => {
            let (action, options) = server.resolve();
            commands::server::run(action, &options, &mut io::stdout(), &mut io::stderr())
        }
    }
}
