//! Writes the rows of a row group: reads some values of each column, then writes these rows.

use std::collections::HashSet;
use std::ops::Range;

use parquet::basic::Compression;
use parquet::errors::Result;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::FileReader;
use parquet::schema::types::{SchemaDescriptor, Type};

use super::nested::{Nested, has_list};
use super::value::Form;
use super::values::{Values, damaged};
use crate::parquet::{Remark, Unusual};

/// Maximum number of rows that are read at a time.
const ROWS: usize = 1024;

/// Target size in bytes of the rows that are read at a time.
const BYTES: usize = 8 << 20;

/// How the rows of a file are written as JSON.
#[derive(Debug)]
pub(super) struct Plan {
    parts: Vec<Part>,
    remarks: Vec<Remark>,
}

/// A part of a row.
#[derive(Debug)]
enum Part {
    Flat(Column),
    /// A top-level column that contains lists or maps.
    Nested(Nested),
}

/// A column of the file outside lists and maps.
#[derive(Debug)]
struct Column {
    /// Number of the column in the file.
    number: usize,
    form: Form,
    /// The groups around the column, outermost first.
    groups: Vec<Group>,
    /// How many of these groups also contain the previous column.
    common: usize,
    /// The name of the column, as `"name":`.
    name: Vec<u8>,
}

/// A group of columns, written as an object.
#[derive(Debug)]
struct Group {
    /// The definition level from which on the group is not NULL.
    defined: i16,
    /// The name of the group, as `"name":`.
    name: Vec<u8>,
}

/// The state while a row is written.
#[derive(Default)]
struct Row {
    /// Number of columns that were written.
    columns: usize,
    /// Number of groups that are open.
    open: usize,
    /// If the last group is NULL: the number of groups around it. The columns of this group are not
    /// written.
    within_null: Option<usize>,
}

impl Plan {
    pub(super) fn new(schema: &SchemaDescriptor) -> Plan {
        let mut plan = Plan {
            parts: Vec::new(),
            remarks: Vec::new(),
        };
        plan.remark_repeated_names(schema.root_schema(), "");
        let mut number = 0;
        for field in schema.root_schema().get_fields() {
            let part = match has_list(field) {
                true => {
                    let nested = Nested::new(field, number, schema);
                    number = nested.leaves.end;
                    Part::Nested(nested)
                }
                false => {
                    let first = number;
                    number += leaves(field);
                    let mut last: &[String] = &[];
                    for number in first..number {
                        last = plan.add_flat(number, schema, last);
                    }
                    continue;
                }
            };
            plan.parts.push(part);
        }
        for column in schema.columns() {
            if Form::of(column) == Form::Hex {
                plan.remark(column.path().parts().join("."), Unusual::Bytes);
            }
        }
        plan
    }

    /// Adds a column that is not in a list. `last` are the groups of the previous column, which is
    /// within the same top-level field. Returns the groups of the added column.
    fn add_flat<'s>(
        &mut self,
        number: usize,
        schema: &'s SchemaDescriptor,
        last: &[String],
    ) -> &'s [String] {
        let column = &schema.columns()[number];
        let path = column.path().parts();
        let (groups, name) = path.split_at(path.len() - 1);
        self.parts.push(Part::Flat(Column {
            number,
            form: Form::of(column),
            groups: self::groups(schema.get_column_root(number), groups),
            common: last.iter().zip(groups).take_while(|(a, b)| a == b).count(),
            name: member(&name[0]),
        }));
        groups
    }

    fn remark(&mut self, column: String, what: Unusual) {
        self.remarks.push(Remark { column, what });
    }

    /// Remarks on names that several fields of a group have.
    fn remark_repeated_names(&mut self, group: &Type, path: &str) {
        let mut seen = HashSet::new();
        for field in group.get_fields() {
            let name = match path {
                "" => field.name().to_owned(),
                path => format!("{path}.{}", field.name()),
            };
            if !field.is_primitive() {
                self.remark_repeated_names(field, &name);
            }
            if !seen.insert(field.name()) {
                self.remark(name, Unusual::Twice);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The first column of a row group whose compression is not supported, in words.
    pub(super) fn unreadable(&self, group: &RowGroupMetaData) -> Option<String> {
        group.columns().iter().find_map(|chunk| {
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

    /// Approximate number of bytes of a row besides its values: names, commas, braces and quotes.
    pub(super) fn name_bytes(&self) -> u64 {
        let names = self.parts.iter().map(|part| part.name().len() + 3);
        3 + names.sum::<usize>() as u64
    }

    pub(super) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Appends the rows of a group to `out`. Calls `pass` after each row, which may empty `out`.
    /// Returns `false` as soon as `pass` does.
    pub(super) fn write(
        &self,
        file: &impl FileReader,
        group: usize,
        pass: &mut impl FnMut(&mut Vec<u8>) -> bool,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let reader = file.get_row_group(group)?;
        let mut readers = Vec::new();
        let schema = file.metadata().file_metadata().schema_descr();
        for part in &self.parts {
            let of_part = part.numbers().map(|at| {
                let defined = schema.column(at).max_def_level();
                Ok((reader.get_column_reader(at)?, defined))
            });
            readers.push(of_part.collect::<Result<Vec<_>>>()?);
        }
        let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
        let bytes = usize::try_from(reader.metadata().total_byte_size()).unwrap_or(usize::MAX);
        let at_a_time = rows_at_a_time(rows, bytes);
        let mut read = 0;
        while read < rows {
            let wanted = at_a_time.min(rows - read);
            let mut values = Vec::with_capacity(self.parts.len());
            for readers in &mut readers {
                let of_part = readers
                    .iter_mut()
                    .map(|(reader, defined)| Values::read(reader, *defined, wanted));
                values.push(of_part.collect::<Result<Vec<_>>>()?);
            }
            for _ in 0..wanted {
                let mut written = Row::default();
                for (part, values) in self.parts.iter().zip(&mut values) {
                    match part {
                        Part::Flat(column) => written.write(column, &mut values[0], out),
                        Part::Nested(nested) => written.write_nested(nested, values, out),
                    }
                }
                written.end(out);
                if !pass(out) {
                    return Ok(false);
                }
            }
            if !values.iter().flatten().all(Values::are_written) {
                return Err(damaged(
                    "the columns of a list have different numbers of values",
                ));
            }
            read += wanted;
        }
        Ok(true)
    }
}

impl Part {
    /// The name of the part, as `"name":`.
    fn name(&self) -> &[u8] {
        match self {
            Part::Flat(column) => &column.name,
            Part::Nested(nested) => &nested.name,
        }
    }

    /// The columns of the file from which the part is written.
    fn numbers(&self) -> Range<usize> {
        match self {
            Part::Flat(column) => column.number..column.number + 1,
            Part::Nested(nested) => nested.leaves.clone(),
        }
    }
}

/// Number of columns of the file within a field.
fn leaves(field: &Type) -> usize {
    match field.is_primitive() {
        true => 1,
        false => field.get_fields().iter().map(|inner| leaves(inner)).sum(),
    }
}

/// Number of rows to read at a time: fewer if rows are long, to limit the memory.
fn rows_at_a_time(rows: usize, bytes: usize) -> usize {
    let average = (bytes / rows.max(1)).max(1);
    (BYTES / average).clamp(1, ROWS)
}

/// The groups with these names, from a top-level field down.
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

/// The name of a member as JSON, with a colon.
pub(super) fn member(name: &str) -> Vec<u8> {
    format!("{}:", serde_json::Value::from(name)).into_bytes()
}

impl Row {
    /// Writes the next value of this column, which is the next column of the row.
    fn write(&mut self, column: &Column, values: &mut Values, out: &mut Vec<u8>) {
        if self.within_null.is_some_and(|depth| column.common > depth) {
            return values.skip();
        }
        self.begin(column.common, out);
        for group in &column.groups[column.common..] {
            out.extend_from_slice(&group.name);
            if values.next_definition() < group.defined {
                out.extend_from_slice(b"null");
                self.within_null = Some(self.open);
                return values.skip();
            }
            out.push(b'{');
            self.open += 1;
        }
        out.extend_from_slice(&column.name);
        values.write_next(column.form, out);
    }

    /// Writes the next value of this top-level column, which contains lists.
    fn write_nested(&mut self, nested: &Nested, values: &mut [Values], out: &mut Vec<u8>) {
        self.begin(0, out);
        out.extend_from_slice(&nested.name);
        nested.write(values, out);
    }

    /// Begins a member within the first `groups` open groups. Closes the other open groups.
    fn begin(&mut self, groups: usize, out: &mut Vec<u8>) {
        self.within_null = None;
        while self.open > groups {
            out.push(b'}');
            self.open -= 1;
        }
        out.push(if self.columns == 0 { b'{' } else { b',' });
        self.columns += 1;
    }

    fn end(self, out: &mut Vec<u8>) {
        out.extend(std::iter::repeat_n(b'}', self.open + 1));
        out.push(b'\n');
    }
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
