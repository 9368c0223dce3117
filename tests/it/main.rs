//! Tests of the public interface: they run the binary against real servers, and check exit codes
//! first.
//!
//! `cargo test` and `cargo nextest` both work. `scripts/servers` downloads the servers; see
//! `support::harness`.

mod commands;
mod docs;
mod draft;
mod house;
mod inputs;
mod physical;
mod records;
mod reindex;
mod reports;
mod resume;
mod schema;
mod seed;
mod support;
mod verify;
