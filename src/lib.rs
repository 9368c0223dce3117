//! The library behind the `reviewseed` binary: CSV files in, a complete, indexed, verified MySQL
//! database out.

pub mod cli;
pub mod commands;
pub mod print;
pub mod progress;
