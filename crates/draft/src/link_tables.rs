//! Tables that link two others, such as `film_category`, which links films and categories.
//!
//! If every film in the files happens to have one category, the film alone is unique. The name of
//! the table says that a film may have more, so the key is made of both columns.

use crate::table_names::TableNames;
use crate::tables::{DraftTable, PrimaryKey};

/// Widens the key of each table whose name consists of the names of two parents: the columns of
/// both foreign keys become the primary key, instead of one of them.
pub(crate) fn widen(tables: &mut [DraftTable]) {
    let names: Vec<String> = tables.iter().map(|t| t.name().to_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let names = TableNames::of_all(&names);
    let is_parent = |at: usize| {
        let mut keys = tables.iter().flat_map(|table| &table.foreign_keys);
        keys.any(|key| key.parent == at)
    };
    let wide = (0..tables.len()).filter(|at| !is_parent(*at));
    let wide = wide.filter_map(|at| Some((at, both(&tables[at], &names[at], &names)?)));
    let wide: Vec<(usize, Vec<usize>)> = wide.collect();
    for (at, columns) in wide {
        tables[at].key = PrimaryKey::Columns(columns);
    }
}

/// The foreign key columns to the two tables that the table's name mentions; `None` unless one of
/// these columns is the primary key.
fn both(table: &DraftTable, own: &TableNames, names: &[TableNames]) -> Option<Vec<usize>> {
    let [only] = table.key_columns() else {
        return None;
    };
    let parent_of = |at: usize| {
        let mut keys = table.foreign_keys.iter();
        let key = keys.find(|key| key.columns == [at] && key.inclusion.orphans == 0)?;
        Some(&names[key.parent])
    };
    let first = parent_of(*only)?;
    let is_of_both = |other: &TableNames| {
        let mut pairs = first
            .whole
            .iter()
            .flat_map(|a| other.whole.iter().map(move |b| (a, b)));
        pairs.any(|(a, b)| {
            own.whole.contains(&[a.as_str(), b].concat())
                || own.whole.contains(&[b.as_str(), a].concat())
        })
    };
    let may_be = |at: &usize| {
        let column = &table.columns[*at];
        at != only && !column.typed.nullable && column.is_key_type()
    };
    let mut others = (0..table.columns.len()).filter(may_be);
    let other = others.find(|at| parent_of(*at).is_some_and(is_of_both))?;
    Some(vec![(*only).min(other), (*only).max(other)])
}
