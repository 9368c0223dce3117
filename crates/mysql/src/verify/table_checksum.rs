//! Computes the number that `CHECKSUM TABLE` returns, from the rows that are sent to the server.
//!
//! The server reads each row into the record format of its SQL layer and takes CRC-32 over the NULL
//! bits and then over each field. The checksum of the table is the sum of these CRCs modulo 2^32,
//! so the sums of batches can be added. The server needs a third of the time that the checksum in
//! SQL takes.
//!
//! This checksum covers tables of which the file fills all columns, with integers, BOOLEAN,
//! DECIMAL, FLOAT, DOUBLE, DATE, TIME, DATETIME, TIMESTAMP, YEAR, ENUM, SET, BIT, texts in utf8mb4
//! and binary strings. [`probe`](super::probe) shows whether a server computes the same number for
//! a table; if it does not, or if the numbers for the loaded rows differ, the checksum in SQL
//! decides.

use innodb_file::column_format::ColumnFormat;
use model::batch::{Batch, Value};
use model::flavour::Flavour;
use model::schema::{Column, Table};
use model::sqltext::civil;

/// Computes the checksums of a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChecksum {
    flavour: Flavour,
    fields: Vec<Field>,
    /// The bytes of the NULL bits of a row without NULL. Unused bits are set.
    no_nulls: Vec<u8>,
}

/// The first NULL bit of a record. It depends on the types of the columns and on the ROW_FORMAT
/// that was written when the table was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstBit {
    /// The bit marks deleted rows, and is always set.
    Reserved,
    /// The bit belongs to the first nullable column.
    OfColumn,
}

impl FirstBit {
    /// Both values, in the order in which they should be tried. The first one is that of a table
    /// that was created without ROW_FORMAT.
    pub fn likely_first(table: &Table) -> [FirstBit; 2] {
        match table.columns.iter().any(varies) {
            true => [FirstBit::OfColumn, FirstBit::Reserved],
            false => [FirstBit::Reserved, FirstBit::OfColumn],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    /// Position of the column in the batch.
    column: usize,
    format: ColumnFormat,
    /// The NULL bit of a nullable column: number of its byte, and the bit.
    null_bit: Option<(usize, u8)>,
}

impl TableChecksum {
    /// The checksums of a table that the server describes as `table`. `loaded` has the names of the
    /// columns that the rows hold, in the order of the rows.
    ///
    /// # Errors
    ///
    /// With the reason why the table is not covered.
    pub fn new(
        flavour: Flavour,
        table: &Table,
        loaded: &[&str],
        first: FirstBit,
    ) -> Result<TableChecksum, String> {
        if table.system_versioned {
            return Err("the table is WITH SYSTEM VERSIONING".to_owned());
        }
        let reserved = usize::from(first == FirstBit::Reserved);
        let mut bits = reserved;
        let mut fields = Vec::new();
        for column in &table.columns {
            let position = loaded.iter().position(|name| *name == column.name);
            let position = position.ok_or(format!("column {} is not in the file", column.name))?;
            covers(flavour, column)?;
            fields.push(Field {
                column: position,
                format: ColumnFormat::of(&column.kind),
                null_bit: column.nullable.then(|| (bits / 8, 1 << (bits % 8))),
            });
            bits += usize::from(column.nullable);
        }
        if bits > reserved && bits.is_multiple_of(8) {
            // with 8, 16, … NULL bits, the server treats all bits of the last byte as unused
            return Err(
                "the server's checksum does not cover NULL in the table's last columns".to_owned(),
            );
        }
        let mut no_nulls = vec![0; bits.div_ceil(8)];
        if let Some(last) = no_nulls.last_mut() {
            *last = 0xff << (bits % 8);
        }
        if let (FirstBit::Reserved, Some(bits)) = (first, no_nulls.first_mut()) {
            *bits |= 1;
        }
        Ok(TableChecksum {
            flavour,
            fields,
            no_nulls,
        })
    }

    /// The sum over the rows of a batch that are not rejected; `None` if a value does not match the
    /// type of its column.
    pub fn of(&self, batch: &Batch) -> Option<u32> {
        let crc = crc32fast::Hasher::new();
        let mut record = Vec::new();
        let mut sum = 0u32;
        for row in batch.live_rows() {
            self.write(batch, row, &mut record)?;
            let mut crc = crc.clone();
            crc.update(&record);
            sum = sum.wrapping_add(crc.finalize());
        }
        Some(sum)
    }

    /// Writes the bytes of a row that the checksum covers.
    fn write(&self, batch: &Batch, row: usize, record: &mut Vec<u8>) -> Option<()> {
        record.clear();
        record.extend_from_slice(&self.no_nulls);
        for field in &self.fields {
            let value = batch.value(row, field.column);
            if let Value::Null = value {
                let (byte, bit) = field.null_bit?;
                record[byte] |= bit;
                if self.flavour == Flavour::MySql {
                    put_null(&field.format, record);
                }
            } else {
                put(&field.format, value, record)?;
            }
        }
        Some(())
    }
}

/// Whether a row's length varies with the value of a column.
fn varies(column: &Column) -> bool {
    matches!(
        ColumnFormat::of(&column.kind),
        ColumnFormat::VaryingBytes { .. } | ColumnFormat::Text { fill: 0, .. }
    )
}

/// Whether a column's values have the same bytes here and in the server.
fn covers(flavour: Flavour, column: &Column) -> Result<(), String> {
    let name = &column.name;
    if !ColumnFormat::is_written(&column.kind) {
        return Err(format!("column {name} has type {}", column.kind));
    }
    if column.kind.is_text() && column.charset.as_deref() != Some("utf8mb4") {
        let charset = column.charset.as_deref().unwrap_or("unknown");
        return Err(format!("the character set of column {name} is {charset}"));
    }
    // such columns are not covered, because for NULL, MySQL uses the bytes of the default
    if flavour == Flavour::MySql && column.nullable && column.default.is_some() {
        return Err(format!(
            "column {name} can be NULL and has a default other than NULL"
        ));
    }
    Ok(())
}

/// Appends a value in the format of a record in the server's SQL layer: numbers are little-endian,
/// and CHAR has its full length.
fn put(format: &ColumnFormat, value: Value<'_>, record: &mut Vec<u8>) -> Option<()> {
    let mut put_low = |number: u64, bytes: usize| {
        record.extend_from_slice(&number.to_le_bytes()[..bytes]);
    };
    match (format, value) {
        (ColumnFormat::Integer { bytes, .. }, Value::UInt(v)) => put_low(v, *bytes),
        (ColumnFormat::Integer { bytes, .. }, Value::Int(v)) => put_low(v as u64, *bytes),
        (ColumnFormat::Enum { bytes }, Value::Enum(v)) => put_low(v.into(), *bytes),
        (ColumnFormat::Set { bytes }, Value::Set(v)) => put_low(v, *bytes),
        (ColumnFormat::Date, Value::Date(days)) => {
            let (year, month, day) = civil(days);
            put_low(u64::from(year << 9 | month << 5 | day), 3);
        }
        (ColumnFormat::Text { fill: 0, .. }, Value::Text(text)) => {
            record.extend_from_slice(text.as_bytes());
        }
        (ColumnFormat::Text { max_bytes, .. }, Value::Text(text)) => {
            let end = record.len() + *max_bytes as usize;
            record.extend_from_slice(text.as_bytes());
            record.resize(end, b' ');
        }
        (format, value) => format.put(value, record).ok()?,
    }
    Some(())
}

/// Appends the bytes that MySQL has for a field that is NULL: those of 0 or of an empty text.
fn put_null(format: &ColumnFormat, record: &mut Vec<u8>) {
    match format {
        ColumnFormat::VaryingBytes { .. } | ColumnFormat::Text { fill: 0, .. } => {}
        ColumnFormat::Text { max_bytes, .. } => {
            record.resize(record.len() + *max_bytes as usize, b' ');
        }
        fixed => {
            let begin = record.len();
            record.resize(begin + fixed.width().unwrap_or(0), 0);
            let is_shifted = matches!(
                fixed,
                ColumnFormat::Decimal { .. }
                    | ColumnFormat::DateTime { .. }
                    | ColumnFormat::Time { .. }
            );
            if let (true, Some(first)) = (is_shifted, record.get_mut(begin)) {
                *first = 0x80;
            }
        }
    }
}

#[cfg(test)]
mod tests;
