//! Phase 1, read: the files of a folder as records with their place.
//!
//! * `locate` finds the files of each table. `missing_files` and `similar_path` write the messages
//!   if one does not exist.
//! * `input_file` opens one file, `decode` decompresses and decodes it, and `stream` joins the
//!   files of a table to one text.
//! * `header` matches the first record with the table's columns.
//! * `chunks` cuts the text into chunks of about one batch. It cuts where a record most probably
//!   ends.
//! * `records` parses a chunk and finds structure faults.
//!
//! A cut is only a guess. The consumer of the chunks (the pipeline) takes them in order and carries
//! over the end of a chunk that is not a whole record. So the result is that of one parse from the
//! first byte to the last.

mod archive;
pub mod chunks;
mod decode;
mod error;
pub mod format;
pub mod header;
mod input_file;
mod json;
mod locate;
mod missing_files;
mod open;
pub mod records;
mod similar_path;
mod source;
mod storage;
mod stream;
mod table_input;
mod text_size;

pub use error::{Error, Result};
pub use locate::{Input, archive_contains, files_without_table, tables_present};
pub use open::{open_all, use_server_names};
pub use source::{Place, Source};
pub use storage::shown;
pub use stream::Stream;
pub use table_input::TableInput;
pub use text_size::TextSize;

/// Default of the longest record that is accepted, in bytes.
pub const DEFAULT_MAX_RECORD: usize = 1 << 20;
