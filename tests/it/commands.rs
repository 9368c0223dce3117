//! The commands except `check`, `seed`, `verify`, `reindex` and `draft`; the command line itself;
//! and secrets that must not be disclosed.

mod closed_output;
mod config;
mod killed_start;
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
