//! JSON as input: the values of a record by paths.
//!
//! A record is a JSON object (RFC 8259). `path` parses where a value is, `extract` takes the wanted
//! values out of a record, `keys` lists what records have.

mod extract;
mod keys;
mod path;

pub(crate) use extract::{Extract, Extracted, FieldKind, Flaw};
pub(crate) use keys::Keys;
pub use path::{Base, Path};
