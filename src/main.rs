//! The entry point: parses the arguments, runs the command, prints its error, and exits.

use std::process::ExitCode;

use model::wording::chain;
use reviewseed::cli::{self, defaults};
use reviewseed::commands::{self, Exit};
use reviewseed::terminal::{self, LogFormat};

// the allocator of musl is slow with several threads, because they wait for each other, so mimalloc
// replaces it
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    terminal::begin();
    let parsed = defaults::parse();
    let format = match &parsed {
        Ok(cli) => cli.log_format(),
        Err(_) if cli::asks_for_json(std::env::args_os()) => LogFormat::Json,
        Err(_) => LogFormat::Text,
    };
    let code = match parsed.and_then(commands::run) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Err(error) => {
            print_error(format, &chain(error.as_ref()));
            ExitCode::from(terminal::exit_code_of_signal().unwrap_or(2))
        }
    };
    terminal::end();
    code
}

fn print_error(format: LogFormat, error: &str) {
    terminal::print_line(&match format {
        LogFormat::Text => format!("error: {error}"),
        LogFormat::Json => terminal::error_line(error),
    });
}
