//! Writes the rows of a row group: reads a few values of each column, then writes them row by row.

use parquet::basic::Compression;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::Result;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::FileReader;
use parquet::schema::types::{SchemaDescriptor, Type};

use super::value::Form;
use crate::parquet::{Remark, Unusual};

/// Rows that are read at a time, at most.
const ROWS: usize = 1024;

/// Bytes of these rows, if all rows are as long as they are on average.
const BYTES: usize = 8 << 20;

/// How the rows of a file are written.
#[derive(Debug)]
pub(super) struct Plan {
    columns: Vec<Column>,
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
    /// The groups around it, outermost first.
    groups: Vec<Group>,
    /// How many of these the column before it is in.
    common: usize,
    /// Its name, as `"name":`.
    name: Vec<u8>,
}

/// A group of columns, written as an object.
#[derive(Debug)]
struct Group {
    /// The definition level of a group that is not NULL.
    defined: i16,
    /// Its name, as `"name":`.
    name: Vec<u8>,
}

/// Where a row is that is being written.
#[derive(Default)]
struct Row {
    /// Number of columns that were written.
    columns: usize,
    /// Number of groups that are open.
    open: usize,
    /// The number of groups around the last group, which is NULL. Its columns are not written.
    within_null: Option<usize>,
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
        let mut last: &[String] = &[];
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
                groups: self::groups(schema.get_column_root(number), groups),
                common: last.iter().zip(groups).take_while(|(a, b)| a == b).count(),
                name: member(&name[0]),
            });
            last = groups;
        }
        Plan { columns, remarks }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The column of a row group whose compression is not read, in words.
    pub(super) fn unreadable(&self, group: &RowGroupMetaData) -> Option<String> {
        self.columns.iter().find_map(|column| {
            let chunk = group.column(column.number);
            let words = match chunk.compression() {
                Compression::BROTLI(_) => "Brotli",
                Compression::LZO => "LZO",
                _ => return None,
            };
            Some(format!(
                "column {} is compressed with {words}",
                chunk.column_path().string()
            ))
        })
    }

    /// Number of bytes of a row that are not values: names, commas, braces and quotes.
    pub(super) fn name_bytes(&self) -> u64 {
        let names = self.columns.iter().map(|column| column.name.len() + 3);
        3 + names.sum::<usize>() as u64
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
        let bytes = usize::try_from(reader.metadata().total_byte_size()).unwrap_or(usize::MAX);
        let at_a_time = rows_at_a_time(rows, bytes);
        let mut read = 0;
        while read < rows {
            let wanted = at_a_time.min(rows - read);
            let mut values = Vec::with_capacity(self.columns.len());
            for reader in &mut readers {
                values.push(Values::read(reader, wanted)?);
            }
            for row in 0..wanted {
                let mut written = Row::default();
                for (column, values) in self.columns.iter().zip(&mut values) {
                    written.write(column, values, row, out);
                }
                written.end(out);
                if !pass(out) {
                    return Ok(false);
                }
            }
            read += wanted;
        }
        Ok(true)
    }
}

/// How many rows of a row group are read at a time, so that long values do not fill the memory.
fn rows_at_a_time(rows: usize, bytes: usize) -> usize {
    let average = (bytes / rows.max(1)).max(1);
    (BYTES / average).clamp(1, ROWS)
}

/// The groups of these names below a column of the file, and that column itself.
fn groups(root: &Type, names: &[String]) -> Vec<Group> {
    let (mut groups, mut defined) = (Vec::new(), 0);
    let mut at = Some(root);
    for (depth, name) in names.iter().enumerate() {
        if depth > 0 {
            let fields = at.map_or(&[][..], |group| group.get_fields());
            let mut fields = fields.iter().map(|field| &**field);
            at = fields.find(|field| field.name() == name);
        }
        defined += i16::from(at.is_some_and(Type::is_optional));
        groups.push(Group {
            defined,
            name: member(name),
        });
    }
    groups
}

fn member(name: &str) -> Vec<u8> {
    format!("{}:", serde_json::Value::from(name)).into_bytes()
}

impl Row {
    /// Writes the value of the next column in this row of `values`.
    fn write(&mut self, column: &Column, values: &mut Values, row: usize, out: &mut Vec<u8>) {
        if self.within_null.is_some_and(|depth| column.common > depth) {
            return;
        }
        self.within_null = None;
        while self.open > column.common {
            out.push(b'}');
            self.open -= 1;
        }
        out.push(if self.columns == 0 { b'{' } else { b',' });
        self.columns += 1;
        for group in &column.groups[column.common..] {
            out.extend_from_slice(&group.name);
            if values.level(row, column) < group.defined {
                out.extend_from_slice(b"null");
                self.within_null = Some(self.open);
                return;
            }
            out.push(b'{');
            self.open += 1;
        }
        out.extend_from_slice(&column.name);
        values.write(row, column, out);
    }

    fn end(self, out: &mut Vec<u8>) {
        out.extend(std::iter::repeat_n(b'}', self.open + 1));
        out.push(b'\n');
    }
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

    /// The definition level of a row.
    fn level(&self, row: usize, column: &Column) -> i16 {
        match column.defined {
            0 => 0,
            _ => self.levels.get(row).copied().unwrap_or(0),
        }
    }

    /// Writes the value of a row. Rows must be written in their order.
    fn write(&mut self, row: usize, column: &Column, out: &mut Vec<u8>) {
        if self.level(row, column) != column.defined {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_long_rows_are_read_at_a_time() {
        assert_eq!(rows_at_a_time(2_000_000, 90 << 20), ROWS);
        assert_eq!(rows_at_a_time(4000, 4000 * 300_000), 27);
        assert_eq!(rows_at_a_time(3, 300 << 20), 1);
        assert_eq!(rows_at_a_time(0, 0), ROWS);
    }
}
