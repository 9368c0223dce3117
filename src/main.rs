//! The program on one screen: parse, run, print the chain, exit code.

use std::process::ExitCode;

use clap::Parser;
use reviewseed::cli::Cli;
use reviewseed::commands::{self, Exit};
use reviewseed::report;

fn main() -> ExitCode {
    match commands::run(Cli::parse()) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Err(error) => {
            print_chain(&error);
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where an error is printed"
)]
fn print_chain(error: &anyhow::Error) {
    eprintln!("error: {}", report::chain(error));
}
