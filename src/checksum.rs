//! The checksum of a table's rows, computed alike on the client and by the server.
//!
//! A row is written as one text: the values that are not text, and the byte lengths of those that are, then the texts
//! themselves, all joined by `#`. The lengths make the text unambiguous. Its hash is CRC-32 (ISO-HDLC, as in zlib and in MySQL's
//! `CRC32`) taken twice, the second time over the decimal digits of the first: CRC-32 alone is linear, so that values
//! swapped between two rows could cancel out. The checksum of a table is the sum of its rows' hashes modulo 2^64, so the
//! order of the rows does not matter and parts can be added up.

mod digits;

use digits::DigitsHash;
use model::batch::{Layout, Value};
use model::schema::{Column, ColumnType};
use model::sqltext::{
    DOUBLE_IN_SQL, SMALL, push_double_as_json, push_int, push_plain, small_digits,
};
use mysql_schema::quote::quote_identifier;

/// Stands for NULL where a value or a length would be.
const NULL: &[u8] = b"N";

/// Hashes rows one after the other, reusing its buffer.
#[derive(Debug)]
pub struct RowHasher {
    /// The row's text, and behind it what is left of longer ones: how far it goes is known to [`RowHasher::hash`] alone, for a length that is
    /// kept in memory costs more than the digits of an id.
    text: Vec<u8>,
    /// A value that is more than a small number.
    word: Vec<u8>,
    /// Cloned for each hash, for a new one asks every time what the processor can do.
    crc: crc32fast::Hasher,
    of_digits: &'static DigitsHash,
}

impl Default for RowHasher {
    fn default() -> RowHasher {
        RowHasher::new()
    }
}

impl RowHasher {
    /// A hasher with empty buffers.
    pub fn new() -> RowHasher {
        RowHasher {
            text: Vec::new(),
            word: Vec::new(),
            crc: crc32fast::Hasher::new(),
            of_digits: digits::table(),
        }
    }

    /// Hash of the row whose values `value` gives by column.
    #[inline]
    pub fn hash<'a>(&mut self, layout: &Layout, value: impl Fn(usize) -> Value<'a>) -> u32 {
        let Self { text, word, .. } = self;
        let mut end = 0;
        for column in 0..layout.columns() {
            let value = value(column);
            let small = match value {
                Value::UInt(v) => u32::try_from(v).ok(),
                Value::Int(v) => u32::try_from(v).ok(),
                Value::Enum(v) => Some(v),
                Value::Text(text) => u32::try_from(text.len()).ok(),
                _ => None,
            };
            if let Some(small) = small.filter(|v| *v < SMALL) {
                let (digits, count) = small_digits(small);
                let room = end..end + digits.len();
                make_room(text, room.end);
                text[room].copy_from_slice(&digits);
                end += count;
            } else {
                word.clear();
                match value {
                    Value::Null => word.extend_from_slice(NULL),
                    Value::Text(text) => push_int(word, text.len()),
                    Value::Double(v) => push_double_as_json(word, v),
                    plain => push_plain(word, plain, layout.precision(column)),
                }
                end = put(text, end, word);
            }
            end = put(text, end, b"#");
        }
        for &column in layout.texts() {
            if let Value::Text(of) = value(column) {
                end = put(text, end, of.as_bytes());
                end = put(text, end, b"#");
            }
        }
        // the last one joins nothing
        self.hash_of_text(end.saturating_sub(1))
    }

    /// Hash of a row of integers alone, whose text is how they stand in the file but for what is between them: the first `length` of `bytes`,
    /// which are digits and commas. They are taken by eights, so `None` where `bytes` end before the last eight do.
    #[inline]
    pub fn hash_of_numbers(&mut self, bytes: &[u8], length: usize) -> Option<u32> {
        let whole = length.next_multiple_of(8);
        let bytes = bytes.get(..whole)?;
        make_room(&mut self.text, whole);
        for (to, from) in self.text.chunks_exact_mut(8).zip(bytes.chunks_exact(8)) {
            let from = u64::from_le_bytes(from.try_into().ok()?);
            // of the two, digits alone have this bit
            let commas = !(from >> 4) & u64::from_le_bytes([1; 8]);
            let joined = from ^ (commas * u64::from(b',' ^ b'#'));
            to.copy_from_slice(&joined.to_le_bytes());
        }
        Some(self.hash_of_text(length))
    }

    #[inline]
    fn hash_of_text(&self, length: usize) -> u32 {
        let mut crc = self.crc.clone();
        crc.update(&self.text[..length]);
        self.of_digits.hash(crc.finalize())
    }
}

#[inline]
fn make_room(text: &mut Vec<u8>, end: usize) {
    if text.len() < end {
        text.resize(end.next_power_of_two().max(256), 0);
    }
}

/// Puts bytes at a place and gives the place behind them.
#[inline]
fn put(text: &mut Vec<u8>, at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    make_room(text, end);
    text[at..end].copy_from_slice(bytes);
    end
}

/// The checksum as reports print it.
pub fn to_hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// What a row counts for in the server's sum when the server cannot compute its hash: more than all hashes of a table together.
const NO_HASH: u128 = 10u128.pow(30);

/// The select list by which a server computes row count and sum of hashes of the given columns:
/// `COUNT(*), COALESCE(SUM(COALESCE(CRC32(CRC32(…)), …)), 0)`. The sum is exact (DECIMAL); [`Sum::parse`] reads it.
///
/// CONCAT_WS gives NULL for a row that is longer than the server's max_allowed_packet. SUM leaves a NULL out, so such a row
/// would count as zero; instead it adds [`NO_HASH`], and the caller asks for it with [`select_list_of_wide_rows`].
pub fn select_list(columns: &[&Column]) -> String {
    format!(
        "COUNT(*), COALESCE(SUM(COALESCE(CRC32(CRC32({})),{NO_HASH})),0)",
        text_of_row(columns)
    )
}

/// What a server answers to [`select_list`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// The sum of the hashes modulo 2^64.
    pub checksum: u64,
    /// Rows whose hash the server could not compute; they are not in the sum.
    pub wide_rows: u64,
}

impl Sum {
    /// Reads the digits of the sum; `None` when they are no whole number.
    pub fn parse(digits: &str) -> Option<Sum> {
        let places = NO_HASH.ilog10() as usize;
        let (wide, hashes) = digits.split_at(digits.len().saturating_sub(places));
        let hashes: u128 = hashes.parse().ok()?;
        Some(Sum {
            checksum: hashes as u64,
            wide_rows: match wide {
                "" => 0,
                wide => wide.parse().ok()?,
            },
        })
    }
}

/// The select list and the condition by which a server gives the rows whose hash it cannot compute, a value each column.
/// [`WideRow`] hashes them.
pub fn select_list_of_wide_rows(columns: &[&Column]) -> (String, String) {
    let items = columns.iter().map(|column| match column.kind.is_text() {
        // no function touches it, because each may give NULL for a value of that length
        true => quote_identifier(&column.name),
        false => format!("CONCAT({})", value_or_length(column)),
    });
    let items: Vec<String> = items.collect();
    let condition = format!("{} IS NULL", text_of_row(columns));
    (items.join(","), condition)
}

/// Hashes a row from the values that the server gave for [`select_list_of_wide_rows`].
#[derive(Debug, Default)]
pub struct WideRow {
    /// Values and lengths, then the texts: the two halves of the row's text, `#` after each part.
    values: Vec<u8>,
    texts: Vec<u8>,
}

impl WideRow {
    /// Adds the value of a column; columns come in their order.
    pub fn push(&mut self, column: &Column, value: Option<&[u8]>) {
        match value {
            None => self.values.extend_from_slice(NULL),
            Some(text) if column.kind.is_text() => {
                push_int(&mut self.values, text.len());
                self.texts.extend_from_slice(text);
                self.texts.push(b'#');
            }
            Some(value) => self.values.extend_from_slice(value),
        }
        self.values.push(b'#');
    }

    /// The hash of the row.
    pub fn hash(mut self) -> u32 {
        // the last one joins nothing
        match self.texts.is_empty() {
            true => self.values.pop(),
            false => self.texts.pop(),
        };
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.values);
        crc.update(&self.texts);
        crc32fast::hash(crc.finalize().to_string().as_bytes())
    }
}

/// The text of a row in SQL.
fn text_of_row(columns: &[&Column]) -> String {
    let mut parts: Vec<String> = columns.iter().map(|c| value_or_length(c)).collect();
    for column in columns.iter().filter(|c| c.kind.is_text()) {
        parts.push(in_utf8(column, &quote_identifier(&column.name)));
    }
    format!("CONCAT_WS('#',{})", parts.join(","))
}

/// What stands for a column before the texts: its value, or the length of its text.
fn value_or_length(column: &Column) -> String {
    let name = match column.zero_filled {
        // the number alone, as the client writes it
        true => format!("({}+0)", quote_identifier(&column.name)),
        false => quote_identifier(&column.name),
    };
    let value = match &column.kind {
        ColumnType::Enum { .. } => format!("{name}+0"),
        // a FLOAT alone shows six digits only
        ColumnType::Float { .. } => DOUBLE_IN_SQL.replace("{}", &format!("{name}+0e0")),
        ColumnType::Double { .. } => DOUBLE_IN_SQL.replace("{}", &name),
        kind if kind.is_text() => format!("LENGTH({})", in_utf8(column, &name)),
        _ => name.clone(),
    };
    match column.nullable {
        true => format!("IF({name} IS NULL,'N',{value})"),
        false => value,
    }
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
