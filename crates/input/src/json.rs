//! JSON input: takes the values of a record by their paths.
//!
//! A record is a JSON object (RFC 8259). `path` parses paths to values. `extract` takes the wanted
//! values out of a record; it uses `scan`, which finds where values end, and `unescape`. `flaw` has
//! the messages about broken records, and `keys` lists the names in records. `array` turns a file
//! that is one array into a text of records, and `document` a file with an array below a name.
//! `python` recognises records that are not JSON.

mod array;
mod document;
mod extract;
mod flaw;
mod keys;
mod path;
mod python;
mod scan;
mod unescape;
mod wrapped;

pub(crate) use array::{ArrayReader, NoArray};
pub(crate) use document::DocumentReader;
pub use document::{RecordsPath, arrays_of_objects};
pub use extract::Extract;
pub(crate) use extract::{Element, Extracted, Form, IsFilled, Kind, Spellings, Wanted};
pub(crate) use keys::Keys;
pub use keys::OtherNames;
pub use path::{Base, Path, Step};
pub use python::{is_python, words_of_python};
#[cfg(feature = "parquet")]
pub(crate) use scan::is_document;
pub use wrapped::Wrapped;
