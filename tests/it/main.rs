//! Tests that use the public door: they run the binary, against real servers, and look at exit codes first.
//!
//! `cargo test` and `cargo nextest` both work. The servers come from `scripts/servers`; see `harness`.

mod examples;
mod harness;
mod properties;
mod server;
mod types;
mod variants;
