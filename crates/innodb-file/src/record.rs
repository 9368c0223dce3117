//! Records in the COMPACT and DYNAMIC formats: the fields and their order, for any table and index
//! of the supported types.
//!
//! A record is `[lengths of the variable fields, reversed][NULL bits, reversed][header, 5
//! bytes][fields]`. The bytes before the header are called prefix here, those after it data. The
//! page writes the header.
//!
//! * A clustered record has the primary key, the transaction ids, and the other columns.
//! * A secondary record has the key, then the primary key columns that it lacks.
//! * A node pointer has the first key of a page, then the number of that page.

use std::ops::Range;

use crate::error::{Context, Result, damaged};

use super::column_format::ColumnFormat;
use super::key::KeyFormat;
use model::batch::{Batch, Value};
use model::schema::Table;

/// Size of a record's header in bytes.
pub const HEADER: usize = 5;
/// Sizes of DB_TRX_ID and DB_ROLL_PTR in bytes.
pub const SYSTEM: [usize; 2] = [6, 7];
/// DB_TRX_ID and DB_ROLL_PTR of each row. They say that transaction 0 inserted the row. All
/// transactions see rows of transaction 0, so the server looks for no older version of the row. An
/// import replaces both fields.
const INSERTED: [u8; SYSTEM[0] + SYSTEM[1]] = [0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0];
/// Size in bytes, header included. InnoDB stores some columns of a record on other pages if the
/// record has this size or more.
pub const TOO_LONG: usize = 8126;
/// Size in bytes of the page number at the end of a node pointer.
pub const CHILD: usize = 4;

/// A record without its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Lengths and NULL bits.
    pub prefix: Vec<u8>,
    /// The fields.
    pub data: Vec<u8>,
}

impl Record {
    /// Size in a page in bytes, header included.
    pub fn size(&self) -> usize {
        self.prefix.len() + HEADER + self.data.len()
    }

    /// Removes all bytes.
    pub fn clear(&mut self) {
        self.prefix.clear();
        self.data.clear();
    }
}

/// What a reader of records must know about one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldShape {
    /// Size of every value in bytes; `None` if each record stores the length of its value.
    pub width: Option<usize>,
    /// Whether lengths of 128 and more are stored in two bytes.
    pub long: bool,
    /// Whether the field may be NULL.
    pub nullable: bool,
    /// Maximum length in bytes of a variable field.
    pub max_bytes: u32,
    /// Maximum number of characters of a text; `None` for other types.
    pub max_characters: Option<u32>,
    /// Minimum number of bytes of a text.
    pub fill: usize,
}

impl FieldShape {
    pub(crate) fn fixed(width: usize) -> FieldShape {
        FieldShape {
            width: Some(width),
            long: false,
            nullable: false,
            max_bytes: 0,
            max_characters: None,
            fill: 0,
        }
    }

    pub(crate) fn of(format: &ColumnFormat, nullable: bool) -> FieldShape {
        match *format {
            ColumnFormat::Text {
                max_bytes,
                max_characters,
                fill,
                long,
            } => FieldShape {
                width: None,
                long,
                nullable,
                max_bytes,
                max_characters: Some(max_characters),
                fill,
            },
            ColumnFormat::VaryingBytes { max_bytes, long } => FieldShape {
                width: None,
                long,
                nullable,
                max_bytes,
                ..FieldShape::fixed(0)
            },
            _ => FieldShape {
                nullable,
                ..FieldShape::fixed(format.width().unwrap_or(0))
            },
        }
    }
}

/// The fields of the records on one kind of page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The fields in order.
    pub fields: Vec<FieldShape>,
    /// Number of bytes that hold the NULL bits. Their number is the same in the node pointers and
    /// in the leaves of a clustered index.
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

    /// Finds the fields of the record whose data begins at `origin`; `None` is NULL. Returns the
    /// start of the prefix.
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
                    let first =
                        next().context("the length of a field is stored outside the page")?;
                    if field.long && first & 0x80 != 0 {
                        if first & 0x40 != 0 {
                            damaged!("a field is stored outside its page");
                        }
                        let low =
                            next().context("the length of a field is stored outside the page")?;
                        usize::from(first & 0x3f) << 8 | usize::from(low)
                    } else {
                        usize::from(first)
                    }
                }
            };
            let end = at + length;
            if end > page.len() {
                damaged!("a field ends outside its page");
            }
            fields.push(Some(at..end));
            at = end;
        }
        Ok(lengths)
    }
}

/// End of the record whose data begins at `origin`.
pub fn end_of(fields: &[Option<Range<usize>>], origin: usize) -> usize {
    let last = fields.iter().flatten().last();
    last.map_or(origin, |field| field.end)
}

/// The format of the records of a clustered index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFormat {
    /// For each column: its position in the batch (`None`: not in the input file, so NULL), its
    /// format, and whether it is nullable.
    columns: Vec<(Option<usize>, ColumnFormat, bool)>,
    key_columns: usize,
    /// The primary key.
    pub key: KeyFormat,
}

impl RowFormat {
    /// The format of the rows of a table. The input file fills the columns at the positions
    /// `loaded`; the other columns are NULL.
    pub fn new(table: &Table, loaded: &[usize], key: KeyFormat) -> RowFormat {
        let of = |position: usize| {
            let column = &table.columns[position];
            (
                loaded.iter().position(|c| *c == position),
                ColumnFormat::of(&column.kind),
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
            .map(|(_, format, nullable)| FieldShape::of(format, *nullable))
            .collect();
        let after_key = self.key_columns..self.key_columns;
        fields.splice(after_key, SYSTEM.map(FieldShape::fixed));
        Shape::new(fields)
    }

    /// Encodes a row as a record.
    ///
    /// # Errors
    ///
    /// When a value does not have the type of its column.
    pub fn encode(&self, batch: &Batch, row: usize, record: &mut Record) -> Result<()> {
        record.clear();
        // lengths and NULL bits are collected in the order of the fields, and reversed at the end
        let nullable = self.columns.iter().filter(|(.., n)| *n).count();
        let null_bytes = nullable.div_ceil(8);
        record.prefix.resize(null_bytes, 0);
        let mut bit = 0;
        for (at, (column, format, nullable)) in self.columns.iter().enumerate() {
            if at == self.key_columns {
                record.data.extend(INSERTED);
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
            format.put(value, &mut record.data)?;
            if let ColumnFormat::Text { long, .. } | ColumnFormat::VaryingBytes { long, .. } =
                format
            {
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
            record.data.extend(INSERTED);
        }
        record.prefix.reverse();
        Ok(())
    }
}
