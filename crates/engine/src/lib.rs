//! The engine: loads files into a database, as a library.
//!
//! [`seed::seed`] loads files, [`check::check`] judges them without a database, [`verify`] compares
//! a database with the loaded rows, and [`reindex`] changes indexes and keys to those of a schema.
//! Each takes plain [`options`] and emits [`event`]s; none of them knows a command line or a
//! terminal.

mod again;
pub mod cancel;
pub mod check;
pub mod cleaning;
pub mod database;
pub mod doctor;
mod error;
pub mod event;
pub mod interrupt;
pub mod load;
mod loaded;
mod machine;
pub mod options;
pub mod pipeline;
mod reading;
pub mod redo_log;
pub mod reindex;
pub mod rejects;
mod requirements;
pub mod schema_text;
pub mod seed;
pub mod seeded;
pub mod settings;
pub mod verify;

pub use error::{Error, Result};
pub use machine::{check_limits, cores};

/// How a command ended if it had no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The command is done, without findings.
    Done,
    /// The command is done, with findings: rejected records, an exceeded budget, or a difference.
    Found,
}
