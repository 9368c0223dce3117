//! Checks constants, which are the values of columns that no field fills, before the first row.

use super::Cleaner;
use crate::error::{Result, fail};
use clean::clean_value;
use input::Source;
use input::header::ColumnSource;
use model::batch::{Batch, BatchSize, Layout, Value};

/// Checks that the constants of a file are valid values of their columns, and that they violate no
/// CHECK constraint that involves constants only.
///
/// # Errors
///
/// When a constant is not valid, because every row would then be rejected.
pub fn check_constants(source: &Source) -> Result<()> {
    let cleaner = Cleaner::new(source, 0);
    let table = &source.table.name;
    let mut values: Vec<Option<Batch>> = Vec::new();
    for (column, found) in &cleaner.columns {
        let ColumnSource::Constant(value) = found else {
            values.push(None);
            continue;
        };
        let mut batch = Batch::new(Layout::new([&column.kind]), 0, 1, BatchSize::default());
        if let Err(fault) = clean_value(column, value.as_bytes(), &mut batch) {
            fail!(
                "the constant \"{value}\" for column {} of table {table} is not valid: {}",
                column.name,
                fault.message
            );
        }
        values.push(Some(batch));
    }
    let constant = |column: usize| {
        let place = cleaner.position[column]?;
        values[place].as_ref()
    };
    for (expression, predicate) in &cleaner.checks {
        let columns = predicate.columns();
        if columns.is_empty() || !columns.iter().all(|c| constant(*c).is_some()) {
            continue;
        }
        let value = |column: usize| constant(column).map_or(Value::Null, |b| b.pending_value(0));
        if predicate.evaluate(&value) == Some(false) {
            let names = columns
                .iter()
                .map(|c| source.table.columns[*c].name.as_str());
            fail!(
                "table {table}: the constant for {} violates CHECK ({expression})",
                names.collect::<Vec<_>>().join(" and ")
            );
        }
    }
    Ok(())
}
