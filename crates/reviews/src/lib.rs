//! What is about ratings & reviews: the schema and the reads of the service, made-up data, the ids
//! for load tests, and a smoke test.

pub mod generate;
mod random;
pub mod reads;
pub mod smoke;
pub mod targets;

/// The schema.sql that is compiled in: the ratings & reviews service.
pub const SCHEMA: &str = include_str!("../../../schema.sql");
