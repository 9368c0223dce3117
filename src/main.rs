//! The program on one screen: parse, run, print the chain, exit code.

use std::process::ExitCode;

use reviewseed::cli::defaults;
use reviewseed::commands::{self, Exit};
use reviewseed::report;

fn main() -> ExitCode {
    match defaults::parse().and_then(commands::run) {
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
