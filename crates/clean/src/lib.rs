//! Values and rows by the rules of a schema: one file per rule, keys, and the checksum of a row.
//! Pure.

pub mod boolean;
pub mod checksum;
pub mod enumeration;
pub mod integer;
pub mod keys;
pub mod number;
pub mod text;
pub mod time;
pub mod timestamp;
pub mod value;

use model::rejection::Rule;
pub use value::clean_value;

/// Why a value is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that it violates.
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
