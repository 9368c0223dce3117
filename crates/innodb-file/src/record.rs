//! Records in the COMPACT and DYNAMIC formats: which fields stand in which order, for any table and
//! index of the supported types.
//!
//! A record is `[lengths of the variable fields, reversed][bits of NULLs, reversed][header, 5
//! bytes][fields]`. What stands before the header is called prefix here, what follows it data; the
//! header belongs to the page. A clustered record holds the primary key, the ids of a transaction,
//! and the other columns; a secondary one the key, then what of the primary key it lacks; a node
//! pointer the key that begins a page and the page's number.

use std::ops::Range;

use anyhow::{Context, Result, bail};

use super::key::KeyFormat;
use super::stored::Stored;
use model::batch::{Batch, Value};
use model::schema::Table;

/// Bytes of the header of a record.
pub const HEADER: usize = 5;
/// DB_TRX_ID and DB_ROLL_PTR.
pub const SYSTEM: [usize; 2] = [6, 7];
/// A record of this many bytes or more, header included, keeps some columns outside its page.
pub const TOO_LONG: usize = 8126;
/// Bytes of a page number at the end of a node pointer.
pub const CHILD: usize = 4;

/// A record without its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Lengths and NULLs.
    pub prefix: Vec<u8>,
    /// Fields.
    pub data: Vec<u8>,
}

impl Record {
    /// Bytes in a page.
    pub fn size(&self) -> usize {
        self.prefix.len() + HEADER + self.data.len()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.prefix.clear();
        self.data.clear();
    }
}

/// One field, as far as a reader of records must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldShape {
    /// Bytes of every value; `None` where the record says.
    pub width: Option<usize>,
    /// Whether the length takes two bytes from 128 on.
    pub long: bool,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Most bytes of a variable one.
    pub max_bytes: u32,
    /// Most characters of a text, 0 for others.
    pub max_characters: u32,
    /// Fewest bytes of a text.
    pub fill: usize,
}

impl FieldShape {
    pub(crate) fn fixed(width: usize) -> FieldShape {
        FieldShape {
            width: Some(width),
            long: false,
            nullable: false,
            max_bytes: 0,
            max_characters: 0,
            fill: 0,
        }
    }

    pub(crate) fn of(stored: &Stored, nullable: bool) -> FieldShape {
        match *stored {
            Stored::Text {
                max_bytes,
                max_characters,
                fill,
                long,
            } => FieldShape {
                width: None,
                long,
                nullable,
                max_bytes,
                max_characters,
                fill,
            },
            _ => FieldShape {
                nullable,
                ..FieldShape::fixed(stored.width().unwrap_or(0))
            },
        }
    }
}

/// The fields of the records of one kind of page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// In their order.
    pub fields: Vec<FieldShape>,
    /// Bytes of the NULL bits. Node pointers of a clustered index have those of its leaves.
    pub null_bytes: usize,
}

impl Shape {
    pub(crate) fn new(fields: Vec<FieldShape>) -> Shape {
        let nullable = fields.iter().filter(|f| f.nullable).count();
        Shape {
            fields,
            null_bytes: nullable.div_ceil(8),
        }
    }

    /// Finds the fields of the record whose data begin at `origin`; `None` is NULL. Gives where the
    /// prefix begins.
    ///
    /// # Errors
    ///
    /// When a length is impossible.
    pub fn parse(
        &self,
        page: &[u8],
        origin: usize,
        fields: &mut Vec<Option<Range<usize>>>,
    ) -> Result<usize> {
        fields.clear();
        let nulls = origin
            .checked_sub(HEADER)
            .context("a record begins before its page")?;
        let mut lengths = nulls
            .checked_sub(self.null_bytes)
            .context("a record begins before its page")?;
        let mut bit = 0;
        let mut at = origin;
        for field in &self.fields {
            if field.nullable {
                let byte = page[nulls - 1 - bit / 8];
                let null = byte >> (bit % 8) & 1 == 1;
                bit += 1;
                if null {
                    fields.push(None);
                    continue;
                }
            }
            let length = match field.width {
                Some(width) => width,
                None => {
                    let mut next = || {
                        lengths = lengths.checked_sub(1)?;
                        page.get(lengths).copied()
                    };
                    let first = next().context("a length stands outside the page")?;
                    if field.long && first & 0x80 != 0 {
                        if first & 0x40 != 0 {
                            bail!("a field is stored outside its page");
                        }
                        let low = next().context("a length stands outside the page")?;
                        usize::from(first & 0x3f) << 8 | usize::from(low)
                    } else {
                        usize::from(first)
                    }
                }
            };
            let end = at + length;
            if end > page.len() {
                bail!("a field ends outside its page");
            }
            fields.push(Some(at..end));
            at = end;
        }
        Ok(lengths)
    }
}

/// Where a record ends whose data begin at `origin`.
pub fn end_of(fields: &[Option<Range<usize>>], origin: usize) -> usize {
    let last = fields.iter().flatten().last();
    last.map_or(origin, |field| field.end)
}

/// The records of a clustered index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFormat {
    /// Position in the batch; `None`: not in the file, and NULL.
    columns: Vec<(Option<usize>, Stored, bool)>,
    key_columns: usize,
    /// The primary key.
    pub key: KeyFormat,
}

impl RowFormat {
    /// The rows of a table of whose columns a file fills `loaded`; the others are NULL.
    pub fn new(table: &Table, loaded: &[usize], key: KeyFormat) -> RowFormat {
        let of = |position: usize| {
            let column = &table.columns[position];
            (
                loaded.iter().position(|c| *c == position),
                Stored::of(&column.kind),
                column.nullable,
            )
        };
        let first: Vec<usize> = key.columns().map(|c| loaded[c]).collect();
        let rest = (0..table.columns.len()).filter(|c| !first.contains(c));
        RowFormat {
            columns: first.iter().copied().chain(rest).map(of).collect(),
            key_columns: first.len(),
            key,
        }
    }

    /// The fields of a row.
    pub fn shape(&self) -> Shape {
        let mut fields: Vec<FieldShape> = self
            .columns
            .iter()
            .map(|(_, stored, nullable)| FieldShape::of(stored, *nullable))
            .collect();
        let after_key = self.key_columns..self.key_columns;
        fields.splice(after_key, SYSTEM.map(FieldShape::fixed));
        Shape::new(fields)
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// When a value is not of its column's type.
    pub fn encode(&self, batch: &Batch, row: usize, record: &mut Record) -> Result<()> {
        record.clear();
        // lengths in the order of the fields first, then NULL bits; all is turned round in the end
        let nullable = self.columns.iter().filter(|(.., n)| *n).count();
        let null_bytes = nullable.div_ceil(8);
        record.prefix.resize(null_bytes, 0);
        let mut bit = 0;
        for (at, (column, stored, nullable)) in self.columns.iter().enumerate() {
            if at == self.key_columns {
                // any ids do: the import writes its own
                record.data.extend([0; SYSTEM[0] + SYSTEM[1]]);
            }
            let value = column.map_or(Value::Null, |c| batch.value(row, c));
            if *nullable {
                if matches!(value, Value::Null) {
                    record.prefix[bit / 8] |= 1 << (bit % 8);
                    bit += 1;
                    continue;
                }
                bit += 1;
            }
            let begin = record.data.len();
            stored.put(value, &mut record.data)?;
            if let Stored::Text { long, .. } = stored {
                let length = record.data.len() - begin;
                if length < 128 || !long {
                    record.prefix.push(length as u8);
                } else {
                    record.prefix.push(0x80 | (length >> 8 & 0x3f) as u8);
                    record.prefix.push(length as u8);
                }
            }
        }
        if self.columns.len() == self.key_columns {
            record.data.extend([0; SYSTEM[0] + SYSTEM[1]]);
        }
        record.prefix.reverse();
        Ok(())
    }
}
