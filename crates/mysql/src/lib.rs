//! Everything that talks to a MySQL or MariaDB server: connections, prechecks, reading and changing
//! schemas, the ledger, LOAD DATA and INSERT, physical import, verification.
//!
//! A [`db::Database`] opens the sessions. Functions that take a connection do not change its
//! settings, and leave transactions to the caller, unless their documentation says otherwise. All
//! functions return an [`Error`] if they fail.

pub mod apply;
pub mod cluster;
pub mod collations;
mod column_sql;
#[allow(
    clippy::disallowed_types,
    reason = "its types wrap those of the clients"
)]
pub mod db;
pub mod engines;
pub mod error;
pub mod existing;
pub mod generated;
pub mod insert;
pub mod inspect;
pub mod json_rules;
pub mod ledger;
pub mod local_infile;
pub mod make;
pub mod merge;
pub mod orphans;
pub mod physical;
pub mod precheck;
pub mod prepare;
pub mod resume;
pub mod retry;
pub mod server_error;
pub mod session_settings;
pub mod storage_engines;
pub mod sync;
pub mod target;
mod test_rows;
pub mod throttle;
pub mod verify;

pub use error::{Error, Result};
