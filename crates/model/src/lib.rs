//! Values that all parts of the program share. No I/O, no server, no files.

pub mod batch;
pub mod flavour;
pub mod rejection;
pub mod report;
pub mod schema;
pub mod shell;
pub mod sqltext;
pub mod unfilled;
pub mod value;
pub mod wording;
