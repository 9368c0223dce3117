//! Hashes the values of keys that do not fit into an integer: text, bytes, dates, decimals, wide
//! integers. They are values of unique keys, of foreign keys, and of the columns to which foreign
//! keys refer.
//!
//! The hash has 128 bits and is computed from the bytes that the server stores: of texts after
//! cleaning, of other values in one fixed form. Equal bytes are equal under every collation, so an
//! equal hash means a duplicate. Different bytes may still be equal under a collation, which only
//! the server can decide. [`Hashing::is_decisive`] tells for which keys that cannot happen. Among
//! 2^24 keys, the probability that two different ones have the same hash is below 2^-80, so it is
//! neglected.

use xxhash_rust::xxh3::xxh3_128;

use model::batch::{Batch, Value};
use model::rejection::shown;
use model::schema::{Column, ColumnType, Index, IndexKey, Table};
use model::sqltext::{push_hex, push_plain};

/// How the values of a key are hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashing {
    columns: Vec<HashedColumn>,
    pub(super) names: Vec<String>,
    is_decisive: bool,
}

/// A column of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HashedColumn {
    /// Position of the column in the row.
    position: usize,
    /// If only a prefix is indexed: its length in characters, or in bytes for binary columns.
    prefix: Option<u32>,
    /// Whether trailing blanks of a text are disregarded.
    is_padded: bool,
}

impl Hashing {
    /// `None` if the file lacks a column of the key, or if the key contains an expression.
    pub(super) fn new(table: &Table, loaded: &[usize], index: &Index) -> Option<Hashing> {
        let mut columns = Vec::new();
        let mut names = Vec::new();
        let mut is_decisive = true;
        for part in &index.parts {
            let IndexKey::Column(name) = &part.key else {
                return None;
            };
            let number = table.column_index(name)?;
            let position = loaded.iter().position(|&column| column == number)?;
            let column = &table.columns[number];
            is_decisive &= match &column.kind {
                kind if kind.is_text() => comparison(column).is_some(),
                // two geometries may be equal although their bytes differ, so a hash of bytes is
                // not decisive
                kind => !matches!(kind, ColumnType::Geometry { .. }),
            };
            columns.push(HashedColumn {
                position,
                prefix: part.prefix,
                is_padded: comparison(column) == Some(TextComparison::PaddedBytes),
            });
            names.push(name.clone());
        }
        Some(Hashing {
            columns,
            names,
            is_decisive,
        })
    }

    /// For the columns of a foreign key, or for the columns that a foreign key refers to. `None` if
    /// the file lacks one of them.
    pub(super) fn of_columns(table: &Table, loaded: &[usize], names: &[String]) -> Option<Hashing> {
        let position = |name: &String| {
            let number = table.column_index(name)?;
            Some(HashedColumn {
                position: loaded.iter().position(|&column| column == number)?,
                prefix: None,
                is_padded: comparison(&table.columns[number]) == Some(TextComparison::PaddedBytes),
            })
        };
        Some(Hashing {
            columns: names.iter().map(position).collect::<Option<_>>()?,
            names: names.to_vec(),
            is_decisive: false,
        })
    }

    /// Whether the server also regards keys with different bytes as different.
    pub(super) fn is_decisive(&self) -> bool {
        self.is_decisive
    }

    /// The hash of a row's key. `None` if one of its values is NULL. `bytes` is a buffer.
    pub(super) fn hash(&self, batch: &Batch, row: usize, bytes: &mut Vec<u8>) -> Option<u128> {
        bytes.clear();
        for column in &self.columns {
            let prefix = column.prefix;
            match batch.value(row, column.position) {
                Value::Null => return None,
                Value::Text(text) => {
                    let text = prefix.map_or(text, |length| first_characters(text, length));
                    let text = match column.is_padded {
                        true => text.trim_end_matches(' '),
                        false => text,
                    };
                    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                    bytes.extend_from_slice(text.as_bytes());
                }
                Value::Bytes(value) => {
                    let end = prefix.map_or(value.len(), |length| value.len().min(length as usize));
                    bytes.extend_from_slice(&(end as u64).to_le_bytes());
                    bytes.extend_from_slice(&value[..end]);
                }
                Value::Decimal(digits) => {
                    bytes.extend_from_slice(&(digits.len() as u64).to_le_bytes());
                    bytes.extend_from_slice(digits.as_bytes());
                }
                // the server stores -0 and 0 as different bytes, but they are equal, so -0 is
                // hashed as 0
                Value::Double(v) => bytes.extend_from_slice(&(v + 0.0).to_bits().to_le_bytes()),
                Value::Int(v) | Value::DateTime(v) | Value::Date(v) | Value::Time(v) => {
                    bytes.extend_from_slice(&v.to_le_bytes());
                }
                Value::UInt(v) | Value::Set(v) => bytes.extend_from_slice(&v.to_le_bytes()),
                Value::Year(v) => bytes.extend_from_slice(&v.to_le_bytes()),
                Value::Enum(v) => bytes.extend_from_slice(&v.to_le_bytes()),
            }
        }
        Some(xxh3_128(bytes))
    }

    /// The hashes of a batch's live rows. Keys that contain NULL have no hash.
    pub(super) fn hashes(&self, batch: &Batch) -> Vec<u128> {
        let mut bytes = Vec::new();
        let mut hashes = Vec::with_capacity(batch.len());
        for row in batch.live_rows() {
            hashes.extend(self.hash(batch, row, &mut bytes));
        }
        hashes
    }

    /// The values of a row's key, for messages.
    pub(super) fn describe(&self, batch: &Batch, row: usize) -> String {
        let columns: Vec<usize> = self.columns.iter().map(|c| c.position).collect();
        describe_columns(batch, row, &columns)
    }
}

/// The values of some columns of a row, for messages.
pub(super) fn describe_columns(batch: &Batch, row: usize, columns: &[usize]) -> String {
    let value = |column: &usize| match batch.value(row, *column) {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) => shown(text.as_bytes()),
        Value::Bytes(bytes) => {
            let mut text = b"0x".to_vec();
            push_hex(&mut text, bytes);
            shown(&text)
        }
        plain => {
            let mut text = Vec::new();
            push_plain(&mut text, plain, batch.layout().precision(*column));
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    values.join(", ")
}

/// What the hashes of a foreign key's values tell about its parents. If the hash of a value is
/// found, its parent always exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// If a hash is not found, the parent may still exist, because the server may regard different
    /// bytes as equal.
    Found,
    /// If a hash is not found, the parent does not exist.
    FoundAndMissing,
}

impl Certainty {
    /// `None` if the values of these columns cannot be compared by their hashes.
    pub(super) fn of(child: &Column, parent: &Column) -> Option<Certainty> {
        use ColumnType as Type;
        let (of_child, of_parent) = (&child.kind, &parent.kind);
        if of_child.is_text() && of_parent.is_text() {
            let is_char = |kind: &Type| matches!(kind, Type::Char { .. });
            let is_certain = is_char(of_child) == is_char(of_parent)
                && comparison(child).is_some()
                && comparison(child) == comparison(parent);
            return Some(match is_certain {
                true => Certainty::FoundAndMissing,
                false => Certainty::Found,
            });
        }
        match (of_child, of_parent) {
            (Type::VarBinary { .. }, Type::VarBinary { .. }) => Some(Certainty::FoundAndMissing),
            (Type::Binary { .. } | Type::VarBinary { .. }, parent) if parent.is_binary() => {
                Some(match of_child == parent {
                    true => Certainty::FoundAndMissing,
                    false => Certainty::Found,
                })
            }
            (Type::Float { .. } | Type::Double { .. }, parent) if of_child == parent => {
                Some(Certainty::Found)
            }
            (
                Type::Json | Type::Geometry { .. } | Type::Vector { .. } | Type::Unsupported { .. },
                _,
            ) => None,
            (child, parent) => (child == parent).then_some(Certainty::FoundAndMissing),
        }
    }
}

/// How a collation compares texts, if it compares their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextComparison {
    Bytes,
    /// Trailing blanks are disregarded.
    PaddedBytes,
}

/// `None` if the collation of the column may regard different bytes as equal.
fn comparison(column: &Column) -> Option<TextComparison> {
    match column.collation.as_deref()? {
        "utf8mb4_0900_bin" | "utf8mb4_nopad_bin" | "utf8mb3_nopad_bin" => {
            Some(TextComparison::Bytes)
        }
        "utf8mb4_bin" | "utf8mb3_bin" | "latin1_bin" | "ascii_bin" => {
            Some(TextComparison::PaddedBytes)
        }
        _ => None,
    }
}

fn first_characters(text: &str, length: u32) -> &str {
    match text.char_indices().nth(length as usize) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_counted_in_characters() {
        assert_eq!(first_characters("äöü", 2), "äö");
        assert_eq!(first_characters("ab", 2), "ab");
        assert_eq!(first_characters("", 2), "");
    }
}
