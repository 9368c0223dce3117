//! The other commands, the command line itself, and what must never get out of it.

mod closed_output;
mod config;
mod limits;
mod log_ins;
mod mistakes;
mod security;
mod server;
mod smoke;
mod smoke_http;
mod targets;
mod terminal;
mod upkeep;
mod usage;
