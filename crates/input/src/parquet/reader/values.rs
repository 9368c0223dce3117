//! The values of one column for some rows. Their levels say which values are NULL and where lists
//! begin.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::{ParquetError, Result};

use super::value::Form;

/// The values of one column for some rows.
pub(super) struct Values {
    read: Read,
    /// The definition levels. Empty if no value can be NULL.
    definitions: Vec<i16>,
    /// The repetition levels. Empty if there is one value for each row.
    repetitions: Vec<i16>,
    /// The definition level of a value that is not NULL.
    defined: i16,
    /// Position of the next level.
    at: usize,
    /// Position of the next value in `read`.
    next: usize,
}

/// Values by their physical types.
enum Read {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

impl Values {
    /// Reads the values of the next rows. `defined` is the definition level of a value that is not
    /// NULL.
    pub(super) fn read(reader: &mut ColumnReader, defined: i16, rows: usize) -> Result<Values> {
        let (read, levels) = match reader {
            ColumnReader::BoolColumnReader(r) => read(r, rows, Read::Bool),
            ColumnReader::Int32ColumnReader(r) => read(r, rows, Read::Int32),
            ColumnReader::Int64ColumnReader(r) => read(r, rows, Read::Int64),
            ColumnReader::Int96ColumnReader(r) => read(r, rows, Read::Int96),
            ColumnReader::FloatColumnReader(r) => read(r, rows, Read::Float),
            ColumnReader::DoubleColumnReader(r) => read(r, rows, Read::Double),
            ColumnReader::ByteArrayColumnReader(r) => read(r, rows, Read::Bytes),
            ColumnReader::FixedLenByteArrayColumnReader(r) => read(r, rows, Read::Fixed),
        }?;
        Ok(Values {
            read,
            definitions: levels.definitions,
            repetitions: levels.repetitions,
            defined,
            at: 0,
            next: 0,
        })
    }

    /// The definition level of the next value.
    pub(super) fn next_definition(&self) -> i16 {
        match self.defined {
            0 => 0,
            _ => self.definitions.get(self.at).copied().unwrap_or(0),
        }
    }

    /// The repetition level of the next value. After the last value it is 0, as for a new row.
    pub(super) fn next_repetition(&self) -> i16 {
        self.repetitions.get(self.at).copied().unwrap_or(0)
    }

    /// Whether all levels have been used.
    pub(super) fn are_written(&self) -> bool {
        self.definitions.is_empty() || self.definitions.len() == self.at
    }

    /// Skips the next value.
    pub(super) fn skip(&mut self) {
        self.next += usize::from(self.next_definition() == self.defined);
        self.at += 1;
    }

    /// Writes the next value.
    pub(super) fn write_next(&mut self, form: Form, out: &mut Vec<u8>) {
        let at = self.next;
        let is_null = self.next_definition() != self.defined;
        self.skip();
        if is_null {
            out.extend_from_slice(b"null");
            return;
        }
        match &self.read {
            Read::Bool(values) => form.write_bool(values[at], out),
            Read::Int32(values) => form.write_integer(values[at].into(), out),
            Read::Int64(values) => form.write_integer(values[at], out),
            Read::Int96(values) => form.write_int96(&values[at], out),
            Read::Float(values) => form.write_float(values[at], out),
            Read::Double(values) => form.write_double(values[at], out),
            Read::Bytes(values) => form.write_bytes(values[at].data(), out),
            Read::Fixed(values) => form.write_bytes(values[at].data(), out),
        }
    }
}

pub(super) fn damaged(words: &str) -> ParquetError {
    ParquetError::EOF(words.to_owned())
}

/// The levels of the values of a column.
#[derive(Default)]
struct Levels {
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

/// Reads the values of one column for this many rows.
fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    of: impl Fn(Vec<T::T>) -> Read,
) -> Result<(Read, Levels)> {
    let mut values = Vec::with_capacity(rows);
    let mut levels = Levels::default();
    let mut read = 0;
    while read < rows {
        let (records, ..) = reader.read_records(
            rows - read,
            Some(&mut levels.definitions),
            Some(&mut levels.repetitions),
            &mut values,
        )?;
        if records == 0 {
            return Err(damaged(
                "a column has fewer values than the row group has rows",
            ));
        }
        read += records;
    }
    Ok((of(values), levels))
}
