//! Phase 1, read: turns the files of a folder into records with their places.
//!
//! * `locate` finds the files of each table, by `file_names` or by `pattern`. `missing_files` and
//!   `similar_path` write the messages if a file does not exist. Without a schema, `file_groups`
//!   decides which files are one table.
//! * `input_file` opens one file, `decode` decompresses and decodes it, and `stream` joins the
//!   files of a table to one text.
//! * `header` matches the first record with the table's columns; `mapping` holds the settings for
//!   that.
//! * `json` takes values out of JSON records by their paths.
//! * `format` holds the settings about how files are read. `dialect` is their result for one file,
//!   and `lines` finds where its lines end. `beginning` and `preamble` read the start of a file.
//! * `chunks` cuts the text into chunks of about one batch. It cuts where a record most probably
//!   ends.
//! * `records` parses a chunk and finds structure faults.
//!
//! A cut is only a guess. The consumer of the chunks (the pipeline) processes them in order. If a
//! chunk ends within a record, the consumer carries that part over to the next chunk. So the result
//! is that of one parse from the first byte to the last.

mod archive;
mod beginning;
pub mod chunks;
mod decode;
pub mod dialect;
mod error;
mod faults;
mod file_groups;
mod file_names;
pub mod format;
pub mod header;
mod input_file;
mod json;
mod lines;
mod locate;
pub mod mapping;
mod misread;
mod missing_files;
mod near;
mod open;
mod other_kinds;
mod parquet;
mod pattern;
mod preamble;
pub mod records;
mod similar_path;
mod source;
mod storage;
mod stream;
mod table_files;
mod table_input;
mod text_size;
mod unused_settings;

pub use beginning::Comments;
pub use error::{Error, Result};
pub use file_groups::{FileGroup, FileOrigin, FileStart, Folder};
pub use json::{
    Extract, OtherNames, Path as JsonPath, RecordsPath, Wrapped, arrays_of_objects, is_python,
    words_of_python,
};
pub use locate::{Input, archive_contains, files_without_table, tables_present};
pub use near::{is_same_loosely, loose};
pub use open::{open_all, use_server_names};
pub use similar_path::not_found;
pub use source::{Place, Source};
pub use storage::shown;
pub use stream::Stream;
pub use table_input::TableInput;
pub use text_size::TextSize;

/// Default of the maximum length of a record, in bytes.
pub const DEFAULT_MAX_RECORD: usize = 1 << 20;
