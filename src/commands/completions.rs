//! `reviewseed completions SHELL`: prints the script that completes commands and options, made from
//! the definition of the command line.

use anyhow::Result;
use clap::CommandFactory;

use super::Exit;
use crate::cli::{Cli, CompletionsArgs};
use crate::print::print_data;

pub(super) fn run(args: &CompletionsArgs) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "reviewseed", &mut script);
    print_data(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
