//! Tests that use the public door: they run the binary, against real servers, and look at exit codes first.
//!
//! `cargo test` and `cargo nextest` both work. The servers come from `scripts/servers`; see `harness`.

mod again;
mod append;
mod background;
mod checksums;
mod config;
mod data;
mod dirty;
mod docs;
mod examples;
mod failures;
mod harness;
mod independence;
mod inputs;
mod log;
mod lost_answer;
mod mending;
mod next_steps;
mod own_server;
mod physical;
mod precheck;
mod properties;
mod read_path;
mod redo_log;
mod refusals;
mod reindex;
mod reindex_failures;
mod reindex_hammer;
mod reindex_random;
mod reindex_reads;
mod reindex_several;
mod replace;
mod report_page;
mod round_trip;
mod schema;
mod security;
mod seed;
mod server;
mod smoke;
mod targets;
mod torture;
mod types;
mod usage;
mod variants;
mod verify;
