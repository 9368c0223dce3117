//! The library behind the `reviewseed` binary: CSV files in, a complete, indexed, verified MySQL
//! database out.

pub mod cli;
mod command_line;
pub mod commands;
mod next_steps;
pub mod print;
mod report_files;
pub mod terminal;
