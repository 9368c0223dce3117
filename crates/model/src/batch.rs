//! A batch: cleaned rows as typed values, in one compact block of memory. The cleaner fills it, and
//! a sink (SQL load or physical import) reads it.
//!
//! Each value is a cell of 8 bytes in `cells`: an integer, the bits of a floating-point number, or
//! the offset and length of a text in `texts` or of bytes in `bytes`. Separate flags mark NULL;
//! cells after the last NULL have no flag. The column's type says how to read a cell. A batch does
//! not depend on the format of the input file or of the sink.
//!
//! A rejected row stays in the batch and is marked as not alive, so row numbers still match the
//! records that the rows came from.

use std::sync::Arc;

use crate::schema::ColumnType;
// re-exported, because nearly all code that uses a batch uses its values too
pub use crate::value::Value;

/// How the 8 bytes of a cell are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellKind {
    Int,
    UInt,
    Double,
    Text,
    Decimal,
    DateTime,
    Date,
    Time,
    Year,
    Enum,
    Set,
    Bytes,
}

impl CellKind {
    fn of(column: &ColumnType) -> CellKind {
        match column {
            ColumnType::Integer { unsigned: true, .. } => CellKind::UInt,
            ColumnType::Integer { .. } | ColumnType::Boolean => CellKind::Int,
            ColumnType::Decimal { .. } => CellKind::Decimal,
            ColumnType::Float { .. } | ColumnType::Double { .. } => CellKind::Double,
            ColumnType::DateTime { .. } | ColumnType::Timestamp { .. } => CellKind::DateTime,
            ColumnType::Date => CellKind::Date,
            ColumnType::Time { .. } => CellKind::Time,
            ColumnType::Year => CellKind::Year,
            ColumnType::Char { .. }
            | ColumnType::VarChar { .. }
            | ColumnType::Text { .. }
            | ColumnType::Json
            | ColumnType::Inet4
            | ColumnType::Inet6
            | ColumnType::Uuid => CellKind::Text,
            ColumnType::Bit { .. } => CellKind::UInt,
            ColumnType::Set { .. } => CellKind::Set,
            ColumnType::Binary { .. }
            | ColumnType::VarBinary { .. }
            | ColumnType::Blob { .. }
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. } => CellKind::Bytes,
            // no file fills such a column, so no cell of this kind is read
            ColumnType::Unsupported { .. } => CellKind::Text,
            ColumnType::Enum { .. } => CellKind::Enum,
        }
    }
}

/// The place of a row in its file, and the hash that the row adds to the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Offset of the record's first byte from the batch's first byte.
    pub offset: u32,
    /// Length of the record in bytes, line end included.
    pub length: u32,
    /// Number of physical lines between the first line of the batch and that of the record.
    pub line: u32,
    /// Hash of the row's values, see `clean::checksum`.
    pub hash: u32,
    /// Whether the row is not rejected.
    pub alive: bool,
}

/// The record that contains a row as one of its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Offset of the record's first byte from the batch's first byte.
    pub offset: u32,
    /// Length of the record in bytes, line end included.
    pub length: u32,
    /// Position of the element in its array, from 1.
    pub element: u32,
}

/// The columns of a batch, in the schema's order. All batches of a file share one layout.
#[derive(Debug, Clone)]
pub struct Layout {
    kinds: Vec<CellKind>,
    precisions: Vec<u8>,
    texts: Vec<usize>,
}

impl Layout {
    /// The layout of the given column types.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a ColumnType>) -> Arc<Layout> {
        let (kinds, precisions): (Vec<CellKind>, Vec<u8>) = columns
            .into_iter()
            .map(|c| (CellKind::of(c), fraction_digits(c)))
            .unzip();
        let texts = (0..kinds.len())
            .filter(|&c| matches!(kinds[c], CellKind::Text | CellKind::Bytes))
            .collect();
        Arc::new(Layout {
            kinds,
            precisions,
            texts,
        })
    }

    /// Number of columns.
    #[inline]
    pub fn columns(&self) -> usize {
        self.kinds.len()
    }

    /// Positions of the columns with text or bytes. DECIMAL is not one of them.
    #[inline]
    pub fn texts(&self) -> &[usize] {
        &self.texts
    }

    /// Number of digits of the fractional second in a DATETIME, TIMESTAMP or TIME column. 0 for
    /// other types.
    #[inline]
    pub fn precision(&self, column: usize) -> u8 {
        self.precisions[column]
    }
}

fn fraction_digits(column: &ColumnType) -> u8 {
    match column {
        ColumnType::DateTime { precision }
        | ColumnType::Timestamp { precision }
        | ColumnType::Time { precision } => *precision,
        _ => 0,
    }
}

/// Size of a batch. The expected size is reserved in advance, so that buffers need not be
/// reallocated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchSize {
    /// Number of rows.
    pub rows: usize,
    /// Number of bytes of texts and binary values.
    pub bytes: usize,
}

/// Cleaned rows of one chunk of a file.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Position of the batch in its file, from 0.
    pub number: u32,
    /// Offset in the file of the first byte of the batch.
    pub start: u64,
    /// Offset in the file of the byte after the batch.
    pub end: u64,
    /// Physical line of the first byte of the batch, from 1.
    pub line: u64,
    layout: Arc<Layout>,
    cells: Vec<u64>,
    /// For each cell, whether it is NULL. Cells without an entry are not NULL.
    nulls: Vec<bool>,
    texts: String,
    bytes: Vec<u8>,
    rows: Vec<Row>,
    /// The record of each row, if rows are elements of records. Otherwise empty.
    parents: Vec<Parent>,
    alive: usize,
    /// Sum of the hashes of the rows that are not rejected.
    checksum: u64,
}

impl Batch {
    /// Makes an empty batch for a chunk that begins at byte `start` and line `line` of its file.
    /// Reserves memory for a batch of the size `expected`.
    pub fn new(layout: Arc<Layout>, start: u64, line: u64, expected: BatchSize) -> Batch {
        let cells = expected.rows * layout.columns();
        Batch {
            number: 0,
            start,
            end: start,
            line,
            layout,
            cells: Vec::with_capacity(cells),
            nulls: Vec::new(),
            texts: String::with_capacity(expected.bytes),
            // few tables have binary values, so no memory is reserved for them
            bytes: Vec::new(),
            rows: Vec::with_capacity(expected.rows),
            parents: Vec::new(),
            alive: 0,
            checksum: 0,
        }
    }

    /// The columns of the batch.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Number of rows that are not rejected.
    pub fn len(&self) -> usize {
        self.alive
    }

    /// Whether the batch has no row to load.
    pub fn is_empty(&self) -> bool {
        self.alive == 0
    }

    /// Size of the batch, rejected rows included.
    pub fn size(&self) -> BatchSize {
        BatchSize {
            rows: self.rows.len(),
            bytes: self.texts.len() + self.bytes.len(),
        }
    }

    /// All rows that were added, rejected ones included.
    pub fn all_rows(&self) -> &[Row] {
        &self.rows
    }

    /// Positions of the rows that are not rejected, in file order.
    pub fn live_rows(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.rows
            .iter()
            .enumerate()
            .filter_map(|(i, row)| row.alive.then_some(i))
    }

    /// The record that contains a row as one of its elements. `None` if rows are whole records.
    pub fn parent(&self, row: usize) -> Option<Parent> {
        self.parents.get(row).copied()
    }

    /// Sets the record that contains the last added row as one of its elements. It must be set for
    /// every row or for none.
    pub fn set_parent(&mut self, parent: Parent) {
        self.parents.push(parent);
        debug_assert_eq!(self.parents.len(), self.rows.len());
    }

    /// Marks a row as rejected: it keeps its position but is neither loaded nor counted.
    pub fn reject(&mut self, row: usize) {
        let row = &mut self.rows[row];
        if std::mem::replace(&mut row.alive, false) {
            self.alive -= 1;
            self.checksum = self.checksum.wrapping_sub(row.hash.into());
        }
    }

    /// Sum of the hashes of the rows that are not rejected.
    pub fn checksum(&self) -> u64 {
        self.checksum
    }

    /// The value in this row and column.
    #[inline]
    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        let at = row * self.layout.columns() + column;
        self.cell(at, column)
    }

    /// A value of an integer column, a signed value as its two's complement bits. `None` for NULL.
    #[inline]
    pub fn integer(&self, row: usize, column: usize) -> Option<u64> {
        let at = row * self.layout.columns() + column;
        (!self.is_null(at)).then(|| self.cells[at])
    }

    /// All values of an integer column, as [`Batch::integer`] returns them. `None` if a row is
    /// rejected or any value of the batch is NULL.
    #[inline]
    pub fn all_integers(&self, column: usize) -> Option<impl Iterator<Item = u64> + '_> {
        let are_all = self.alive == self.rows.len() && self.nulls.is_empty();
        let columns = self.layout.columns();
        let complete = &self.cells[..self.rows.len() * columns];
        let from_column = complete.get(column..).unwrap_or_default();
        are_all.then(|| from_column.iter().step_by(columns.max(1)).copied())
    }

    #[inline(always)]
    fn is_null(&self, at: usize) -> bool {
        self.nulls.get(at) == Some(&true)
    }

    /// Changes a value of an integer column. A signed value is given as its two's complement bits.
    /// The caller must then set the hash of the row.
    pub fn set_integer(&mut self, row: usize, column: usize, value: u64) {
        let at = row * self.layout.columns() + column;
        self.cells[at] = value;
        if let Some(is_null) = self.nulls.get_mut(at) {
            *is_null = false;
        }
    }

    /// Changes the hash of a row whose values were changed.
    pub fn set_hash(&mut self, row: usize, hash: u32) {
        let row = &mut self.rows[row];
        let before = std::mem::replace(&mut row.hash, hash);
        if row.alive {
            let without = self.checksum.wrapping_sub(before.into());
            self.checksum = without.wrapping_add(hash.into());
        }
    }

    /// A value of the pending row, to which values are being added.
    #[inline]
    pub fn pending_value(&self, column: usize) -> Value<'_> {
        self.value(self.rows.len(), column)
    }

    #[inline(always)]
    fn cell(&self, at: usize, column: usize) -> Value<'_> {
        if self.is_null(at) {
            return Value::Null;
        }
        let cell = self.cells[at];
        match self.layout.kinds[column] {
            CellKind::Int => Value::Int(cell as i64),
            CellKind::UInt => Value::UInt(cell),
            CellKind::Double => Value::Double(f64::from_bits(cell)),
            CellKind::Text => Value::Text(self.text(cell)),
            CellKind::Decimal => Value::Decimal(self.text(cell)),
            CellKind::DateTime => Value::DateTime(cell as i64),
            CellKind::Date => Value::Date(cell as i64),
            CellKind::Time => Value::Time(cell as i64),
            CellKind::Year => Value::Year(cell as u16),
            CellKind::Enum => Value::Enum(cell as u32),
            CellKind::Set => Value::Set(cell),
            CellKind::Bytes => Value::Bytes(self.bytes(cell)),
        }
    }

    #[inline]
    fn text(&self, cell: u64) -> &str {
        &self.texts[range(cell)]
    }

    fn bytes(&self, cell: u64) -> &[u8] {
        &self.bytes[range(cell)]
    }

    /// Adds the next value of the pending row. The caller must follow the order and types of the
    /// layout.
    #[inline(always)]
    pub fn push(&mut self, value: Value<'_>) {
        let cell = match value {
            Value::Null => {
                self.mark_null();
                0
            }
            Value::Int(v) | Value::DateTime(v) | Value::Date(v) | Value::Time(v) => v as u64,
            Value::UInt(v) | Value::Set(v) => v,
            Value::Double(v) => v.to_bits(),
            Value::Year(v) => u64::from(v),
            Value::Enum(v) => u64::from(v),
            Value::Text(text) | Value::Decimal(text) => {
                let offset = self.texts.len() as u64;
                self.texts.push_str(text);
                offset << 32 | text.len() as u64
            }
            Value::Bytes(bytes) => {
                let offset = self.bytes.len() as u64;
                self.bytes.extend_from_slice(bytes);
                offset << 32 | bytes.len() as u64
            }
        };
        self.cells.push(cell);
    }

    /// Marks the next cell as NULL.
    fn mark_null(&mut self) {
        let at = self.cells.len();
        if self.nulls.capacity() == 0 {
            self.nulls.reserve(self.cells.capacity());
        }
        self.nulls.resize(at, false);
        self.nulls.push(true);
    }

    /// Adds all values of the pending row at once. All columns must be integers. Signed values are
    /// given as their two's complement bits.
    #[inline]
    pub fn push_integers(&mut self, values: impl ExactSizeIterator<Item = u64>) {
        self.cells.extend(values);
    }

    /// Removes the values of the pending row.
    pub fn abandon_row(&mut self) {
        let complete = self.rows.len() * self.layout.columns();
        // texts of the abandoned row stay in `texts`, but no cell refers to them
        self.cells.truncate(complete);
        self.nulls.truncate(complete);
    }

    /// Completes the pending row. `offset` is relative to the start of the batch.
    #[inline]
    pub fn finish_row(&mut self, offset: u32, length: u32, line: u32, hash: u32) {
        debug_assert_eq!(
            self.cells.len(),
            (self.rows.len() + 1) * self.layout.columns()
        );
        self.rows.push(Row {
            offset,
            length,
            line,
            hash,
            alive: true,
        });
        self.alive += 1;
        self.checksum = self.checksum.wrapping_add(hash.into());
    }
}

/// The range in `texts` or `bytes` to which a cell refers.
#[inline]
fn range(cell: u64) -> std::ops::Range<usize> {
    let (offset, length) = ((cell >> 32) as usize, (cell & 0xffff_ffff) as usize);
    offset..offset + length
}

#[cfg(test)]
mod tests;
