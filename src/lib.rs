//! The library behind the `reviewseed` binary: CSV files in, a complete, indexed, verified MySQL database out.

pub mod batch;
pub mod cli;
pub mod commands;
pub mod db;
pub mod generate;
pub mod schema;
pub mod server;
