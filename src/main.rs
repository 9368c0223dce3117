//! The program on one screen: parse, run, print the chain, exit code.

use std::process::ExitCode;

use clap::Parser;
use reviewseed::cli::{self, Cli};
use reviewseed::commands::{self, Exit};
use reviewseed::progress::{self, Event, Kind, LogFormat};
use reviewseed::report;

fn main() -> ExitCode {
    progress::begin();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) if usage.use_stderr() && cli::asks_for_json(std::env::args_os()) => {
            print_error(LogFormat::Json, &usage.render().to_string());
            return ExitCode::from(2);
        }
        Err(usage) => usage.exit(),
    };
    let format = cli.log_format();
    match commands::run(cli) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Err(error) => {
            print_error(format, &report::chain(&error));
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where an error is printed"
)]
fn print_error(format: LogFormat, error: &str) {
    match format {
        LogFormat::Text => eprintln!("error: {error}"),
        LogFormat::Json => {
            let error = error.trim().trim_start_matches("error: ");
            eprintln!("{}", Event::new("run", Kind::Error, error).to_json());
        }
    }
}
