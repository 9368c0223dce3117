//! Keys: the primary one, and secondary ones with what they lack of it.
//!
//! Keys have fixed-width parts only. Their sort key is a string of bytes of fixed width that
//! compares as the server compares the parts: a byte for NULL where the part may be NULL, the
//! stored bytes, all of it inverted where the part is DESC. A secondary record can be written from
//! its sort key alone.

use anyhow::Result;

use super::record::{CHILD, FieldShape, Record, Shape};
use super::stored::Stored;
use model::batch::{Batch, Value};
use model::schema::{Column, Index, IndexKey, Table};

/// One part of a key: its column, and how it sorts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// Position of the column in a batch.
    pub column: usize,
    stored: Stored,
    width: usize,
    nullable: bool,
    descending: bool,
}

/// A key: the primary one, or a secondary one with what it lacks of the primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFormat {
    parts: Vec<KeyPart>,
    /// Bytes of its sort keys.
    pub width: usize,
}

impl KeyFormat {
    /// The key of an index over columns that a file fills; `loaded` are the positions of these in
    /// the table. Says why when it cannot be written.
    ///
    /// # Errors
    ///
    /// With the reason.
    pub fn new(table: &Table, loaded: &[usize], index: &Index) -> Result<KeyFormat, String> {
        let mut parts = Vec::new();
        for part in &index.parts {
            let name = match &part.key {
                IndexKey::Column(name) => name,
                IndexKey::Expression(text) => return Err(format!("({text}) is an expression")),
            };
            if part.prefix.is_some() {
                return Err(format!("it holds a prefix of {name}"));
            }
            let position = table
                .column_index(name)
                .ok_or_else(|| format!("there is no column {name}"))?;
            let column = loaded
                .iter()
                .position(|c| *c == position)
                .ok_or_else(|| format!("{name} is not in the file"))?;
            let of: &Column = &table.columns[position];
            let stored = Stored::of(&of.kind);
            let width = match stored.width() {
                Some(width) if stored.sorts_as_bytes() => width,
                _ => {
                    return Err(format!(
                        "{name} is {}, whose order is the server's",
                        of.kind
                    ));
                }
            };
            parts.push(KeyPart {
                column,
                stored,
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

    /// A secondary key with what it lacks of the primary one, in that one's order and direction.
    pub fn with_primary(mut self, primary: &KeyFormat) -> KeyFormat {
        for part in &primary.parts {
            if !self.parts.iter().any(|p| p.column == part.column) {
                self.parts.push(part.clone());
            }
        }
        KeyFormat::of(self.parts)
    }

    /// Whether a part may be NULL.
    pub fn is_nullable(&self) -> bool {
        self.parts.iter().any(|p| p.nullable)
    }

    /// Bytes of the key's fields when none is NULL.
    pub fn data_width(&self) -> usize {
        self.parts.iter().map(|p| p.width).sum()
    }

    /// The fields of a secondary record.
    pub fn shape(&self) -> Shape {
        let fields = self.parts.iter();
        Shape::new(
            fields
                .map(|p| FieldShape::of(&p.stored, p.nullable))
                .collect(),
        )
    }

    /// The fields of a node pointer that begins with this key; `null_bytes` those of the leaves.
    pub fn node_shape(&self, null_bytes: usize) -> Shape {
        let mut fields = self.shape().fields;
        fields.push(FieldShape::fixed(CHILD));
        Shape { fields, null_bytes }
    }

    /// Appends the sort key of a row.
    ///
    /// # Errors
    ///
    /// When a value is not of its column's type.
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
                    part.stored.put(value, out)?;
                }
            }
            if part.descending {
                out[begin..].iter_mut().for_each(|byte| *byte = !*byte);
            }
        }
        Ok(())
    }

    /// Appends the sort key of a record whose fields, in the order of the key, `field` gives.
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

    /// The secondary record of a sort key.
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

    /// Positions in a batch of the columns, part by part.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().map(|p| p.column)
    }
}
