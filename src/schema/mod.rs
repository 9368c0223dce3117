//! schema.sql: read (`parse`), read from a server (`inspect`), compared (`diff`) and carried out (`apply`).

pub mod apply;
pub mod diff;
pub mod engine;
pub mod expression;
pub mod inspect;
pub mod make;
pub mod obstacles;
pub mod order;
mod orphans;
pub mod parse;
pub mod predicate;
pub mod statements;

pub(crate) use orphans::{orphans, parent_table};

/// The schema.sql that is compiled in: the ratings & reviews service.
pub const DEFAULT: &str = include_str!("../../schema.sql");
