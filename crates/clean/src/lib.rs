//! Checks values and rows against the rules of a schema: one file per rule, keys, and the checksum
//! of a row. It does no I/O, except for a temporary file if there are many keys.

pub mod address;
pub mod bit;
pub mod boolean;
pub mod bytes;
pub mod charset;
pub mod checksum;
pub mod diagnosis;
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

pub use diagnosis::diagnose;
use model::batch::Batch;
use model::rejection::Rule;
use model::schema::Column;

/// Why a value or a row is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that is violated.
    pub rule: Rule,
    /// What was expected, as a message for the user.
    pub message: String,
}

impl Fault {
    /// Makes a fault with its message.
    pub fn new(rule: Rule, message: impl Into<String>) -> Fault {
        Fault {
            rule,
            message: message.into(),
        }
    }
}

/// Converts one field to a value of its column's type and adds it to the batch.
///
/// # Errors
///
/// The rule that the field violates; the batch is unchanged. If the field is accepted with other
/// settings, the message ends with these settings.
#[inline]
pub fn clean_value(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    value::clean_value(column, field, batch).map_err(|fault| with_hint(column, field, fault))
}

#[cold]
fn with_hint(column: &Column, field: &[u8], mut fault: Fault) -> Fault {
    if let Some(hint) = diagnosis::hint(column, field) {
        fault.message = format!("{}; {hint}", fault.message);
    }
    fault
}
