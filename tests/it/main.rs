//! Tests that use the public door: they run the binary, against real servers, and look at exit
//! codes first.
//!
//! `cargo test` and `cargo nextest` both work. The servers come from `scripts/servers`; see
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
