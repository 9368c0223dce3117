//! What a server needs for a physical import: judged, given the files, and cleared after a crash.

pub mod check;
pub mod fitness;
pub mod host;
pub mod import;
pub mod recover;
