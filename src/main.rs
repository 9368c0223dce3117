//! The program on one screen: parse, run, print the chain, exit code.

use std::process::ExitCode;

use reviewseed::cli::defaults;
use reviewseed::commands::{self, Exit};

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

/// What failed and why, once: some libraries repeat their cause's words in their own message.
#[expect(
    clippy::print_stderr,
    reason = "the one place where an error is printed"
)]
fn print_chain(error: &anyhow::Error) {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    eprintln!("error: {line}");
}
