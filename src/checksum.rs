//! The checksum of a table's rows, computed alike on the client and by the server.
//!
//! A row is written as one text: the values that are not text, and the byte lengths of those that are, then the texts
//! themselves, all joined by `#`. The lengths make the text unambiguous. Its hash is CRC-32 (ISO-HDLC, as in zlib and in MySQL's
//! `CRC32`) taken twice, the second time over the decimal digits of the first: CRC-32 alone is linear, so that values
//! swapped between two rows could cancel out. The checksum of a table is the sum of its rows' hashes modulo 2^64, so the
//! order of the rows does not matter and parts can be added up.

use crate::batch::{Layout, Value};
use crate::db::quote_identifier;
use crate::schema::{Column, ColumnType};
use crate::sqltext::{DOUBLE_IN_SQL, push_double_as_json, push_int, push_plain};

/// Stands for NULL where a value or a length would be.
const NULL: &[u8] = b"N";

/// Hashes rows one after the other, reusing its buffer.
#[derive(Debug, Default)]
pub struct RowHasher {
    text: Vec<u8>,
    digits: Vec<u8>,
    /// Cloned for each hash, for a new one asks every time what the processor can do.
    crc: crc32fast::Hasher,
}

impl RowHasher {
    /// A hasher with empty buffers.
    pub fn new() -> RowHasher {
        RowHasher::default()
    }

    /// Hash of the row whose values `value` gives by column.
    #[inline]
    pub fn hash<'a>(&mut self, layout: &Layout, value: impl Fn(usize) -> Value<'a>) -> u32 {
        self.text.clear();
        for column in 0..layout.columns() {
            if column > 0 {
                self.text.push(b'#');
            }
            match value(column) {
                Value::Null => self.text.extend_from_slice(NULL),
                Value::Text(text) => push_int(&mut self.text, text.len()),
                Value::Double(v) => push_double_as_json(&mut self.text, v),
                plain => push_plain(&mut self.text, plain, layout.precision(column)),
            }
        }
        for &column in layout.texts() {
            if let Value::Text(text) = value(column) {
                self.text.push(b'#');
                self.text.extend_from_slice(text.as_bytes());
            }
        }
        self.digits.clear();
        let crc = self.crc_of(&self.text);
        push_int(&mut self.digits, crc);
        self.crc_of(&self.digits)
    }

    #[inline]
    fn crc_of(&self, bytes: &[u8]) -> u32 {
        let mut crc = self.crc.clone();
        crc.update(bytes);
        crc.finalize()
    }
}

/// The checksum as reports print it.
pub fn to_hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// The select list by which a server computes row count and checksum of the given columns:
/// `COUNT(*), COALESCE(SUM(CRC32(CRC32(…))), 0)`. The sum is exact (DECIMAL); take it modulo 2^64.
pub fn select_list(columns: &[&Column]) -> String {
    let mut parts = Vec::new();
    for column in columns {
        let name = quote_identifier(&column.name);
        let value = match &column.kind {
            ColumnType::Enum { .. } => format!("{name}+0"),
            // a FLOAT alone shows six digits only
            ColumnType::Float { .. } => DOUBLE_IN_SQL.replace("{}", &format!("{name}+0e0")),
            ColumnType::Double { .. } => DOUBLE_IN_SQL.replace("{}", &name),
            kind if kind.is_text() => format!("LENGTH({})", in_utf8(column, &name)),
            _ => name.clone(),
        };
        parts.push(if column.nullable {
            format!("IF({name} IS NULL,'N',{value})")
        } else {
            value
        });
    }
    for column in columns.iter().filter(|c| c.kind.is_text()) {
        parts.push(in_utf8(column, &quote_identifier(&column.name)));
    }
    format!(
        "COUNT(*), COALESCE(SUM(CRC32(CRC32(CONCAT_WS('#',{})))),0)",
        parts.join(",")
    )
}

/// Texts are hashed in UTF-8, whatever the column stores.
fn in_utf8(column: &Column, name: &str) -> String {
    match column.charset.as_deref() {
        None | Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii") => name.to_string(),
        Some(_) => format!("CONVERT({name} USING utf8mb4)"),
    }
}

#[cfg(test)]
mod tests;
