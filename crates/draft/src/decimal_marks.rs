//! Decides about columns whose numbers seem to have decimal commas while other columns of the same
//! file have decimal points. A file is written by one program, so `28,12` is then probably a list
//! of two numbers.

use input::dialect::Symbol;
use model::schema::ColumnType;

use crate::tables::DraftColumn;
use crate::types::{self, TypeOptions};

/// Makes columns with decimal commas texts if another column of the file has decimal points. Files
/// with semicolons between fields are left as they are: programs use them for decimal commas.
pub(crate) fn settle(columns: &mut [DraftColumn], delimiter: Symbol, options: TypeOptions) {
    if delimiter.bytes() == b";" || !columns.iter().any(has_points) {
        return;
    }
    for column in columns.iter_mut().filter(|column| has_commas(column)) {
        let name = &column.name;
        let settings = column.typed.settings.iter();
        let from: Vec<_> = settings
            .filter(|(key, _)| *key == "from")
            .cloned()
            .collect();
        column.typed = types::text(name, &column.profile, options);
        column.typed.settings.extend(from);
        column.typed.ambiguity = Some(
            "12,50 may be a number (decimal = \",\") or a list, because other columns of the file \
             have decimal points"
                .to_owned(),
        );
    }
}

/// Whether the numbers of a column are read with a decimal point and have fractions.
fn has_points(column: &DraftColumn) -> bool {
    let has_fractions = match column.typed.kind {
        ColumnType::Decimal { scale, .. } => scale > 0 && !column.profile.are_pointed,
        ColumnType::Double { .. } => true,
        _ => false,
    };
    has_fractions && decimal_of(column).is_none()
}

/// Whether a decimal comma was found in a column, and nothing else shows that its values are
/// numbers.
fn has_commas(column: &DraftColumn) -> bool {
    let mut settings = column.typed.settings.iter();
    let is_certain = settings.any(|(key, _)| matches!(*key, "thousands" | "strip"));
    let is_told = column.profile.told.format.numbers.decimal.is_some();
    decimal_of(column) == Some(",") && !is_certain && !is_told
}

fn decimal_of(column: &DraftColumn) -> Option<&str> {
    let mut settings = column.typed.settings.iter();
    let (_, values) = settings.find(|(key, _)| *key == "decimal")?;
    values.first().map(String::as_str)
}
