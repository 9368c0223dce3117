//! schema.sql, read without a server (`parse`); two schemas compared (`diff`); CHECK conditions
//! judged (`predicate`). Pure.

pub mod check_name;
pub mod diff;
pub mod engine;
pub mod expression;
pub mod obstacles;
pub mod order;
pub mod orphans;
pub mod parse;
pub mod predicate;
pub mod quote;
pub mod statements;
