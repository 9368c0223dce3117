//! Columns that no field of a file fills: what they hold in every row instead.

use serde::Serialize;

use crate::schema::Column;

/// A column that no field fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfilled {
    /// Its name.
    pub name: String,
    /// What each row gets.
    pub gets: Gets,
}

/// What a column that no field fills holds in each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gets {
    /// NULL.
    Null,
    /// The DEFAULT of the column.
    Default,
    /// A number that the server gives.
    AutoIncrement,
}

impl Unfilled {
    /// A column of a table, as it is when no field fills it.
    pub fn new(column: &Column) -> Unfilled {
        let gets = match (column.auto_increment, &column.default) {
            (true, _) => Gets::AutoIncrement,
            (false, Some(_)) => Gets::Default,
            (false, None) => Gets::Null,
        };
        Unfilled {
            name: column.name.clone(),
            gets,
        }
    }
}

/// `town, cost (NULL in every row), created (its DEFAULT in every row)`.
pub fn unfilled_in_words(columns: &[Unfilled]) -> String {
    let kinds = [
        (Gets::Null, "NULL in every row"),
        (Gets::Default, "the DEFAULT in every row"),
        (Gets::AutoIncrement, "numbered by the server"),
    ];
    let of_kind = |(kind, words): (Gets, &str)| {
        let names = columns.iter().filter(|c| c.gets == kind);
        let names: Vec<_> = names.map(|c| c.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} ({words})", names.join(", ")))
    };
    let groups: Vec<_> = kinds.into_iter().filter_map(of_kind).collect();
    groups.join(", ")
}
