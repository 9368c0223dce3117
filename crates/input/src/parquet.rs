//! Parquet files. If the program is built with the feature `parquet`, `reader` reads them as a text
//! of JSON Lines.

#[cfg_attr(not(feature = "parquet"), path = "parquet/absent.rs")]
mod reader;

pub(super) use reader::ParquetFile;

/// The first and the last bytes of a Parquet file.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

/// The first bytes of a Parquet file with an encrypted footer.
pub(super) const ENCRYPTED: &[u8; 4] = b"PARE";

/// A column that may be misread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The names on the path to the column, joined by dots.
    pub(super) column: String,
    pub(super) what: Unusual,
}

/// Why a column may be misread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "no file can be read")
)]
pub(super) enum Unusual {
    /// Another column of the same group has the same name.
    Twice,
    /// The column contains bytes, and its type does not say whether they are text.
    Bytes,
}
