//! The library behind the `reviewseed` binary: CSV files in, a complete, indexed, verified MySQL database out.

pub mod cli;
pub mod commands;
pub mod generate;
pub mod print;
pub mod profile;
pub mod progress;
mod random;
pub mod reads;
pub mod report;
pub mod schema;
pub mod smoke;
pub mod targets;
