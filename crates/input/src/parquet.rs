//! Parquet files. They are read as a text of JSON Lines (`reader`), if the program is built with
//! the feature `parquet`.

#[cfg_attr(not(feature = "parquet"), path = "parquet/absent.rs")]
mod reader;

pub(super) use reader::ParquetFile;

/// What a Parquet file begins and ends with.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// What one with an encrypted footer begins with.
pub(super) const ENCRYPTED: &[u8; 4] = b"PARE";

/// What is wrong with a column: another one of its group has the same name, or its type does not
/// say whether its bytes are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The column's path, with dots.
    pub(super) column: String,
    pub(super) what: Unusual,
}

/// What is unusual about a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "no file can be read")
)]
pub(super) enum Unusual {
    /// Another column of the same group has its name.
    Twice,
    /// It has bytes; whether they are text is not said.
    Bytes,
}
