//! Parses schema.sql without a server (`parse`), compares two schemas (`diff`) and evaluates CHECK
//! conditions (`predicate`). It opens no file and no connection.

pub mod catalogue;
pub mod check_name;
pub mod diff;
pub mod engine;
mod error;
pub mod executed;
pub mod expression;
pub mod obstacles;
pub mod order;
pub mod orphans;
pub mod parse;
pub mod predicate;
pub mod quote;
pub mod statements;

pub use error::Error;
