//! Formats of keys: the primary key, and secondary keys with the primary key columns that they
//! lack.
//!
//! All parts of a key have a fixed width. A sort key is a byte string of fixed width that compares
//! as the server compares the key: for each part, one byte that marks NULL (if the part is
//! nullable) and the stored bytes, all inverted if the part is DESC. The record of a secondary
//! index can be written from its sort key alone.

use crate::error::Result;

use super::column_format::ColumnFormat;
use super::record::{CHILD, FieldShape, Record, Shape};
use model::batch::{Batch, Value};
use model::schema::{Column, Index, IndexKey, Table};

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// Position of the column in a batch.
    pub column: usize,
    format: ColumnFormat,
    width: usize,
    nullable: bool,
    descending: bool,
}

/// The format of a primary key, or of a secondary key with the primary key columns that it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFormat {
    parts: Vec<KeyPart>,
    /// Width of the sort keys in bytes.
    pub width: usize,
}

impl KeyFormat {
    /// The key of an index. `loaded` are the positions in the table of the columns that the input
    /// file fills.
    ///
    /// # Errors
    ///
    /// With the reason why the index cannot be written.
    pub fn new(table: &Table, loaded: &[usize], index: &Index) -> Result<KeyFormat, String> {
        let mut parts = Vec::new();
        for part in &index.parts {
            let name = match &part.key {
                IndexKey::Column(name) => name,
                IndexKey::Expression(text) => {
                    return Err(format!("the index is on the expression ({text})"));
                }
            };
            if part.prefix.is_some() {
                return Err(format!("the index is on a prefix of column {name}"));
            }
            let position = table
                .column_index(name)
                .ok_or_else(|| format!("there is no column {name}"))?;
            let column = loaded
                .iter()
                .position(|c| *c == position)
                .ok_or_else(|| format!("the input file does not fill column {name}"))?;
            let of: &Column = &table.columns[position];
            let format = ColumnFormat::of(&of.kind);
            let width = match format.width() {
                Some(width) if format.sorts_as_bytes() => width,
                _ => {
                    return Err(format!(
                        "column {name} has type {}, which only the server can sort",
                        of.kind
                    ));
                }
            };
            parts.push(KeyPart {
                column,
                format,
                width,
                nullable: of.nullable,
                descending: part.descending,
            });
        }
        Ok(KeyFormat::of(parts))
    }

    fn of(parts: Vec<KeyPart>) -> KeyFormat {
        let width = parts
            .iter()
            .map(|p| p.width + usize::from(p.nullable))
            .sum();
        KeyFormat { parts, width }
    }

    /// Appends the primary key columns that a secondary key lacks, with their direction.
    pub fn with_primary(mut self, primary: &KeyFormat) -> KeyFormat {
        for part in &primary.parts {
            if !self.parts.iter().any(|p| p.column == part.column) {
                self.parts.push(part.clone());
            }
        }
        KeyFormat::of(self.parts)
    }

    /// Whether any part may be NULL.
    pub fn is_nullable(&self) -> bool {
        self.parts.iter().any(|p| p.nullable)
    }

    /// Width in bytes of the key's fields if none is NULL.
    pub fn data_width(&self) -> usize {
        self.parts.iter().map(|p| p.width).sum()
    }

    /// The fields of a secondary record.
    pub fn shape(&self) -> Shape {
        let fields = self.parts.iter();
        Shape::new(
            fields
                .map(|p| FieldShape::of(&p.format, p.nullable))
                .collect(),
        )
    }

    /// The fields of a node pointer that starts with this key. `null_bytes` is
    /// [`Shape::null_bytes`] of the leaves.
    pub fn node_shape(&self, null_bytes: usize) -> Shape {
        let mut fields = self.shape().fields;
        fields.push(FieldShape::fixed(CHILD));
        Shape { fields, null_bytes }
    }

    /// Appends the sort key of a row.
    ///
    /// # Errors
    ///
    /// When a value does not have the type of its column.
    pub fn push_sort_key(&self, batch: &Batch, row: usize, out: &mut Vec<u8>) -> Result<()> {
        for part in &self.parts {
            let begin = out.len();
            match batch.value(row, part.column) {
                Value::Null if part.nullable => {
                    out.extend(std::iter::repeat_n(0, part.width + 1));
                }
                value => {
                    if part.nullable {
                        out.push(1);
                    }
                    part.format.put(value, out)?;
                }
            }
            if part.descending {
                out[begin..].iter_mut().for_each(|byte| *byte = !*byte);
            }
        }
        Ok(())
    }

    /// Appends the sort key of a record. `field(n)` returns the field of the n-th part of the key;
    /// `None` is NULL.
    pub fn push_sort_key_of<'p>(
        &self,
        field: impl Fn(usize) -> Option<&'p [u8]>,
        out: &mut Vec<u8>,
    ) {
        for (at, part) in self.parts.iter().enumerate() {
            let begin = out.len();
            match field(at) {
                Some(bytes) => {
                    if part.nullable {
                        out.push(1);
                    }
                    out.extend_from_slice(bytes);
                }
                None => out.extend(std::iter::repeat_n(0, part.width + 1)),
            }
            if part.descending {
                out[begin..].iter_mut().for_each(|byte| *byte = !*byte);
            }
        }
    }

    /// Writes the record of a secondary index for a sort key.
    pub fn record_of(&self, key: &[u8], record: &mut Record) {
        record.clear();
        let nullable = self.parts.iter().filter(|p| p.nullable).count();
        record.prefix.resize(nullable.div_ceil(8), 0);
        let (mut at, mut bit) = (0, 0);
        for part in &self.parts {
            let turned = if part.descending { 0xff } else { 0 };
            if part.nullable {
                let null = key[at] ^ turned == 0;
                at += 1;
                if null {
                    let byte = record.prefix.len() - 1 - bit / 8;
                    record.prefix[byte] |= 1 << (bit % 8);
                }
                bit += 1;
                if null {
                    at += part.width;
                    continue;
                }
            }
            let bytes = key[at..at + part.width].iter();
            record.data.extend(bytes.map(|byte| byte ^ turned));
            at += part.width;
        }
    }

    /// For each part, the position of its column in a batch.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().map(|p| p.column)
    }
}
