//! Replaces `reader` in builds without the feature `parquet`.

use std::io;
use std::sync::Arc;

use super::Remark;
use crate::decode::Reader;
use crate::error::{Result, fail};
use crate::storage::Storage;

/// A Parquet file. The type has no values, because this build cannot open such a file.
#[derive(Debug)]
pub(crate) enum ParquetFile {}

impl ParquetFile {
    /// Returns an error, because this build cannot read Parquet files.
    pub(crate) fn open(_: &Arc<dyn Storage>, _: (u64, u64), name: &str) -> Result<ParquetFile> {
        fail!(
            "{name} is a Parquet file, but this reviewseed was built without the feature parquet; build it with `cargo build --release --features parquet`, or convert the file to CSV"
        );
    }

    pub(crate) fn remarks(&self) -> &[Remark] {
        match *self {}
    }

    pub(crate) fn text_bytes(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn text(&self) -> io::Result<Reader> {
        match *self {}
    }
}
