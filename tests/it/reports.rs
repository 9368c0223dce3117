//! The output of a run: the report, its page, the log, and the commands that it suggests.

mod log;
pub mod next_steps;
mod page;
mod suggested;
mod summary;
