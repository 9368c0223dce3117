//! Physical import on the server's side: whether a server and a table allow it, the import itself,
//! and cleaning up after a crash.

pub mod accepted;
pub mod check;
pub mod export;
pub mod fitness;
pub mod host;
pub mod import;
pub mod probe;
pub mod recover;
