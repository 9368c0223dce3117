//! Checks values and rows against the rules of a schema: one file per rule, keys, and the checksum
//! of a row. No I/O, except a temporary file for many keys.

pub mod address;
pub mod bit;
pub mod boolean;
pub mod bytes;
pub mod charset;
pub mod checksum;
pub mod enumeration;
pub mod geometry;
pub mod integer;
pub mod json;
pub mod keys;
pub mod number;
pub mod set;
pub mod text;
pub mod time;
pub mod timestamp;
pub mod uuid;
pub mod value;
pub mod vector;

use model::rejection::Rule;
pub use value::clean_value;

/// Why a value or a row is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that is violated.
    pub rule: Rule,
    /// What was expected.
    pub message: String,
}

impl Fault {
    /// A fault with its explanation.
    pub fn new(rule: Rule, message: impl Into<String>) -> Fault {
        Fault {
            rule,
            message: message.into(),
        }
    }
}
