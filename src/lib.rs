//! The library that the `reviewseed` binary uses: it loads CSV files into a complete, indexed and
//! verified MySQL database.

pub mod cli;
mod command_line;
pub mod commands;
mod draft_files;
mod masking;
mod next_steps;
pub mod print;
mod report_files;
mod smoke_page;
mod suggested_settings;
pub mod terminal;
