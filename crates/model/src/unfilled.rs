//! Columns that no field of a file fills, and the value that they get instead.

use serde::Serialize;

use crate::schema::Column;
use crate::wording::first_names;

/// A column that no field fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfilled {
    /// The name of the column.
    pub name: String,
    /// The value that the column gets in each row.
    pub gets: FillValue,
}

/// The value of a column that no field fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FillValue {
    /// NULL.
    Null,
    /// The column's DEFAULT.
    Default,
    /// NULL. But if a JSON record after the first ones has a member of this name, its value is
    /// used.
    NullUnlessNamed,
    /// The server's next AUTO_INCREMENT number.
    AutoIncrement,
}

impl Unfilled {
    /// Decides which value a column gets that no field fills.
    pub fn new(column: &Column) -> Unfilled {
        let gets = match (column.auto_increment, &column.default) {
            (true, _) => FillValue::AutoIncrement,
            (false, Some(_)) => FillValue::Default,
            (false, None) => FillValue::Null,
        };
        Unfilled {
            name: column.name.clone(),
            gets,
        }
    }
}

/// Describes the columns; if there are many, only the first ones: `town, cost (NULL in every row),
/// created (the DEFAULT in every row)`.
pub fn unfilled_in_words(columns: &[Unfilled]) -> String {
    let kinds = [
        (FillValue::Null, "NULL in every row"),
        (
            FillValue::NullUnlessNamed,
            "NULL, unless a later record names the column",
        ),
        (FillValue::Default, "the DEFAULT in every row"),
        (FillValue::AutoIncrement, "numbered by the server"),
    ];
    let of_kind = |(kind, words): (FillValue, &str)| {
        let names = columns.iter().filter(|c| c.gets == kind);
        let names: Vec<_> = names.map(|c| c.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} ({words})", first_names(&names)))
    };
    let groups: Vec<_> = kinds.into_iter().filter_map(of_kind).collect();
    groups.join(", ")
}
