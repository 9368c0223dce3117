//! Glue: each command turns plain settings into calls of the library, and its result into what people read.
//!
//! Nothing here knows clap, and nothing below knows about commands.

pub mod server;

/// How a command ended that was able to do its work; what could not be done is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: finished, but found something.
    Found,
}
