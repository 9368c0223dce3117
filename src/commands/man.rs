//! `reviewseed man [DIR]`: writes the manual pages, made from the definition of the command line.

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_mangen::Man;

use super::Exit;
use crate::cli::{Cli, ManArgs};
use crate::print::print_data;

pub(super) fn run(args: &ManArgs) -> Result<Exit> {
    match &args.directory {
        None => {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            print_data(&String::from_utf8(page)?)?;
        }
        Some(directory) => {
            let cannot = || {
                format!(
                    "cannot write the manual pages into {}; name a folder that exists or can be made",
                    directory.display()
                )
            };
            std::fs::create_dir_all(directory).with_context(cannot)?;
            clap_mangen::generate_to(Cli::command(), directory).with_context(cannot)?;
        }
    }
    Ok(Exit::Done)
}
