//! schema.sql: read (`parse`), read from a server (`inspect`), compared (`diff`) and carried out (`apply`).

/// The schema.sql that is compiled in: the ratings & reviews service.
pub const DEFAULT: &str = include_str!("../../schema.sql");
