//! The values that all crates of the program share. This crate reads no files, no server and no
//! clock.

pub mod batch;
pub mod diagnosis;
mod error_context;
pub mod flavour;
pub mod merged;
pub mod rejection;
pub mod report;
pub mod schema;
pub mod setting;
pub mod shell;
pub mod sqltext;
pub mod unfilled;
pub mod value;
pub mod wording;
