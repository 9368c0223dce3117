//! Everything that is specific to ratings & reviews: the schema and the reads of the service,
//! made-up data (`generate`), the ids for load tests (`targets`) and a smoke test (`smoke`).

mod error;
pub mod generate;
mod random;
pub mod reads;
pub mod smoke;
pub mod targets;

pub use error::{Error, OtherError, Result};

/// The schema.sql that is compiled in: the tables of the ratings & reviews service.
pub const SCHEMA: &str = include_str!("../../../schema.sql");
