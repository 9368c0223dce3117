//! Writes the rows of a row group: reads a few values of each column, then writes them row by row.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::Result;
use parquet::file::reader::FileReader;
use parquet::schema::types::SchemaDescriptor;

use super::value::Form;
use crate::parquet::{Remark, Unusual};

/// Rows that are read at a time.
const ROWS: usize = 1024;

/// How the rows of a file are written.
#[derive(Debug)]
pub(super) struct Plan {
    columns: Vec<Column>,
    /// What ends a row.
    end: Vec<u8>,
    remarks: Vec<Remark>,
}

/// A column that is written.
#[derive(Debug)]
struct Column {
    /// Its number in the file.
    number: usize,
    form: Form,
    /// The definition level of a value that is not NULL.
    defined: i16,
    /// What precedes a value: `,"name":`, with the braces of groups.
    before: Vec<u8>,
}

/// The values of a column in some rows.
struct Values {
    read: Read,
    levels: Vec<i16>,
    /// The next value in `read`.
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

impl Plan {
    pub(super) fn new(schema: &SchemaDescriptor) -> Plan {
        let (mut columns, mut remarks) = (Vec::new(), Vec::new());
        let mut open: Vec<String> = Vec::new();
        for (number, column) in schema.columns().iter().enumerate() {
            let path = column.path().parts();
            let mut remark = |what| {
                let column = path.join(".");
                remarks.push(Remark { column, what });
            };
            if column.max_rep_level() > 0 {
                remark(Unusual::Repeated);
                continue;
            }
            let form = Form::of(column);
            if form == Form::Hex {
                remark(Unusual::Bytes);
            }
            let (groups, name) = path.split_at(path.len() - 1);
            columns.push(Column {
                number,
                form,
                defined: column.max_def_level(),
                before: before(&open, groups, &name[0], columns.is_empty()),
            });
            open = groups.to_vec();
        }
        let mut end = vec![b'}'; open.len() + 1];
        end.push(b'\n');
        Plan {
            columns,
            end,
            remarks,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub(super) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Appends the rows of a group to `out`; `pass` is called between rows and may take the text
    /// away. Returns `false` as soon as `pass` does.
    pub(super) fn write(
        &self,
        file: &impl FileReader,
        group: usize,
        pass: &mut impl FnMut(&mut Vec<u8>) -> bool,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let reader = file.get_row_group(group)?;
        let mut readers = Vec::new();
        for column in &self.columns {
            readers.push(reader.get_column_reader(column.number)?);
        }
        let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
        let mut read = 0;
        while read < rows {
            let wanted = ROWS.min(rows - read);
            let mut values = Vec::with_capacity(self.columns.len());
            for reader in &mut readers {
                values.push(Values::read(reader, wanted)?);
            }
            for row in 0..wanted {
                for (column, values) in self.columns.iter().zip(&mut values) {
                    out.extend_from_slice(&column.before);
                    values.write(row, column, out);
                }
                out.extend_from_slice(&self.end);
                if !pass(out) {
                    return Ok(false);
                }
            }
            read += wanted;
        }
        Ok(true)
    }
}

/// What precedes the value of a column: the braces that close the groups before it, a comma, and
/// its name in the groups that it opens.
fn before(open: &[String], groups: &[String], name: &str, is_first: bool) -> Vec<u8> {
    let common = open.iter().zip(groups).take_while(|(a, b)| a == b).count();
    let mut text = "}".repeat(open.len() - common);
    text.push(if is_first { '{' } else { ',' });
    for group in &groups[common..] {
        text.push_str(&format!("{}:{{", json_text(group)));
    }
    text.push_str(&format!("{}:", json_text(name)));
    text.into_bytes()
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Values {
    fn read(reader: &mut ColumnReader, rows: usize) -> Result<Values> {
        let mut levels = Vec::new();
        let read = match reader {
            ColumnReader::BoolColumnReader(r) => Read::Bool(column(r, rows, &mut levels)?),
            ColumnReader::Int32ColumnReader(r) => Read::Int32(column(r, rows, &mut levels)?),
            ColumnReader::Int64ColumnReader(r) => Read::Int64(column(r, rows, &mut levels)?),
            ColumnReader::Int96ColumnReader(r) => Read::Int96(column(r, rows, &mut levels)?),
            ColumnReader::FloatColumnReader(r) => Read::Float(column(r, rows, &mut levels)?),
            ColumnReader::DoubleColumnReader(r) => Read::Double(column(r, rows, &mut levels)?),
            ColumnReader::ByteArrayColumnReader(r) => Read::Bytes(column(r, rows, &mut levels)?),
            ColumnReader::FixedLenByteArrayColumnReader(r) => {
                Read::Fixed(column(r, rows, &mut levels)?)
            }
        };
        Ok(Values {
            read,
            levels,
            next: 0,
        })
    }

    /// Writes the value of a row. Rows must be written in their order.
    fn write(&mut self, row: usize, column: &Column, out: &mut Vec<u8>) {
        if column.defined > 0 && self.levels.get(row) != Some(&column.defined) {
            out.extend_from_slice(b"null");
            return;
        }
        let at = self.next;
        self.next += 1;
        let form = column.form;
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

/// Reads the values of a column in some rows, and the definition levels.
fn column<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    levels: &mut Vec<i16>,
) -> Result<Vec<T::T>> {
    let mut values = Vec::with_capacity(rows);
    let mut read = 0;
    while read < rows {
        let (records, ..) = reader.read_records(rows - read, Some(levels), None, &mut values)?;
        if records == 0 {
            let words = "a column has fewer values than the row group has rows".to_owned();
            return Err(parquet::errors::ParquetError::EOF(words));
        }
        read += records;
    }
    Ok(values)
}
