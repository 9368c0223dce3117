//! schema.sql: read (`parse`), read from a server (`inspect`), compared (`diff`) and carried out (`apply`).

pub mod apply;
pub mod engines;
pub mod inspect;
pub mod make;

/// The schema.sql that is compiled in: the ratings & reviews service.
pub const DEFAULT: &str = include_str!("../../schema.sql");
