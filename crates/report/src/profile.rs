//! Statistics of the accepted rows of a table. They are collected while rows are loaded, if an HTML
//! report is wanted.
//!
//! The schema alone decides which statistics a column gets. Columns with few possible values are
//! counted by value. For foreign keys and the first columns of indexes, the number of rows per
//! value is counted. Points in time are counted by month, texts by length, and other numbers by
//! magnitude.
//!
//! Memory is bounded for every input. All statistics have a fixed size, except months, of which the
//! types allow about 120,000. [`PerValue`] keeps a sample of fixed size. The statistics do not
//! depend on the order of the rows.

mod bars;
mod months;
mod numbers;
mod per_value;
mod values;

use model::batch::{Batch, Value};
use model::schema::{Column, ColumnType, IndexKey, IndexKind, Table};

pub use bars::Bars;
pub use months::Months;
pub use numbers::{Integers, Lengths, Numbers};
pub use per_value::PerValue;
pub use values::Values;

/// Integers of at most this many bits are counted by value.
const SMALL: u8 = 8;

/// Statistics of the rows of one table.
#[derive(Debug, Clone)]
pub struct TableProfile {
    /// Table name.
    pub name: String,
    /// Number of rows that were added.
    pub rows: u64,
    /// The columns that the table's files fill, in the order in which batches have them.
    pub columns: Vec<ColumnProfile>,
}

/// Statistics of one column.
#[derive(Debug, Clone)]
pub struct ColumnProfile {
    /// Column name.
    pub name: String,
    /// The type in the words of the schema.
    pub kind: String,
    /// The column that a foreign key of this column refers to, as `table.column`.
    pub refers_to: Option<String>,
    /// Number of rows with NULL.
    pub nulls: u64,
    /// Statistics of the column's values.
    pub shape: Shape,
}

/// Statistics of a column's values.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Number of rows for each of a few values.
    Values(Values),
    /// Number of rows for each month.
    Months(Months),
    /// Number of rows per value: how many values have one row, two rows, and so on.
    PerValue(PerValue),
    /// Lengths of texts, in characters.
    Lengths(Lengths),
    /// Magnitudes of integers.
    Integers(Integers),
    /// Smallest and largest value of a unique integer.
    Unique(Integers),
    /// Smallest value, largest value and mean of other numbers.
    Numbers(Numbers),
    /// No statistics; only NULLs are counted.
    Unseen,
}

impl TableProfile {
    /// Empty statistics for a table whose file fills the columns at these positions.
    pub fn new(table: &Table, filled: impl Iterator<Item = usize>) -> TableProfile {
        let columns = filled.map(|at| &table.columns[at]);
        TableProfile {
            name: table.name.clone(),
            rows: 0,
            columns: columns.map(|c| ColumnProfile::new(table, c)).collect(),
        }
    }

    /// Counts the rows of a batch that are not rejected.
    pub fn add(&mut self, batch: &Batch) {
        for row in batch.live_rows() {
            self.rows += 1;
            for (at, column) in self.columns.iter_mut().enumerate() {
                column.add(batch.value(row, at));
            }
        }
    }
}

impl ColumnProfile {
    fn new(table: &Table, column: &Column) -> ColumnProfile {
        let leads = table
            .foreign_keys
            .iter()
            .find(|f| f.columns == [column.name.clone()]);
        ColumnProfile {
            name: column.name.clone(),
            kind: column.kind.to_string(),
            refers_to: leads.map(|f| format!("{}.{}", f.parent(), f.parent_columns[0])),
            nulls: 0,
            shape: Shape::of(table, column),
        }
    }

    fn add(&mut self, value: Value<'_>) {
        if value == Value::Null {
            self.nulls += 1;
            return;
        }
        match &mut self.shape {
            Shape::Values(values) => values.add(value),
            Shape::Months(months) => months.add(value),
            Shape::PerValue(per_value) => per_value.add(integer(value)),
            Shape::Lengths(lengths) => lengths.add(value),
            Shape::Integers(integers) | Shape::Unique(integers) => integers.add(integer(value)),
            Shape::Numbers(numbers) => numbers.add(value),
            Shape::Unseen => {}
        }
    }
}

impl Shape {
    fn of(table: &Table, column: &Column) -> Shape {
        match &column.kind {
            ColumnType::Boolean => Shape::Values(Values::of_booleans()),
            ColumnType::Enum { members } => Shape::Values(Values::of_members(members)),
            ColumnType::Integer { .. } if is_unique(table, &column.name) => {
                Shape::Unique(Integers::default())
            }
            ColumnType::Integer { bits, .. } if *bits <= SMALL => {
                Shape::Values(Values::of_small_integers())
            }
            ColumnType::Integer { .. } if groups_rows(table, &column.name) => {
                Shape::PerValue(PerValue::default())
            }
            ColumnType::Integer { .. } => Shape::Integers(Integers::default()),
            ColumnType::Year => Shape::Values(Values::of_years()),
            ColumnType::DateTime { .. } | ColumnType::Timestamp { .. } | ColumnType::Date => {
                Shape::Months(Months::default())
            }
            ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. } => {
                Shape::Lengths(Lengths::default())
            }
            ColumnType::Decimal { .. } | ColumnType::Float { .. } | ColumnType::Double { .. } => {
                Shape::Numbers(Numbers::default())
            }
            ColumnType::Bit { bits: 1 } => Shape::Values(Values::of_booleans()),
            _ => Shape::Unseen,
        }
    }
}

/// Whether a column has a primary or unique key of its own, so that no two rows share a value.
fn is_unique(table: &Table, column: &str) -> bool {
    table.indexes.iter().any(|index| {
        matches!(index.kind, IndexKind::Primary | IndexKind::Unique)
            && index.parts.len() == 1
            && index.parts[0].key == IndexKey::Column(column.to_string())
    })
}

/// Whether rows are looked up by this column: it is part of a foreign key, or the first column of
/// an index.
fn groups_rows(table: &Table, column: &str) -> bool {
    let referring = table
        .foreign_keys
        .iter()
        .any(|f| f.columns.iter().any(|c| c == column));
    let leading = table.indexes.iter().any(|index| {
        let first = index.parts.first();
        first.is_some_and(|part| part.key == IndexKey::Column(column.to_string()))
    });
    referring || leading
}

/// The value of an integer column; 0 for any other value.
fn integer(value: Value<'_>) -> i128 {
    match value {
        Value::Int(v) => v.into(),
        Value::UInt(v) => v.into(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
