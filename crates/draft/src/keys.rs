//! Finds the primary key of each table: a column or a combination of columns without duplicate or
//! missing values.

use model::schema::ColumnType;

use crate::error::Result;
use crate::names::{joined, key_word, words};
use crate::passes::{self, KeyColumn, fields};
use crate::scan::Scan;
use crate::table_names::TableNames;
use crate::tables::{DraftColumn, DraftTable, PrimaryKey, Uniqueness};

/// Maximum number of columns that combinations are formed from.
const MOST_MEMBERS: usize = 7;
/// Maximum number of columns of one combination.
const MOST_COLUMNS: usize = 4;
/// Maximum number of combinations that are tried.
const MOST_COMBINATIONS: usize = 60;
/// Percentage of distinct values from which a column is checked for uniqueness. It is below 100
/// because the number of distinct values is an estimate.
const LEAST_DISTINCT: u64 = 90;

/// Maximum number of characters of a text column in a combination.
const LONGEST_MEMBER: usize = 64;

/// Maximum number of bytes of an InnoDB index key.
const LONGEST_KEY: u32 = 3072;

/// Maximum number of columns in the second search for a combination. The second search also tries
/// columns whose names do not suggest a key.
const MOST_PARTS: usize = 8;

/// Limits of a column whose name does not suggest a key: most distinct values, and most characters
/// of a text.
const MOST_VALUES_OF_PART: u64 = 50;
const LONGEST_PART: usize = 16;

/// Names for a generated key column; the first free one is used.
const GENERATED: [&str; 4] = ["id", "row_id", "generated_id", "reviewseed_id"];

/// Finds the keys of a table. `columns` are the columns of the table with their declared types.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn find(
    scan: &Scan<'_>,
    table: &mut DraftTable,
    columns: &[KeyColumn],
    names: &TableNames,
) -> Result<()> {
    let unique = unique_columns(scan, table, columns)?;
    if table.rows() > 0 {
        if let Some(at) = single(table, &unique, names) {
            table.key = PrimaryKey::Columns(vec![at]);
        } else if let Some(several) = combination(scan, table, columns)? {
            // a column that is unique alone needs no other columns
            let alone = several.iter().copied().find(|at| unique.contains(at));
            table.key = PrimaryKey::Columns(alone.map_or(several, |at| vec![at]));
        }
    }
    let mut all = 0..table.columns.len();
    table.nearly_key = all.find(|at| !unique.contains(at) && is_broken_id(table, *at));
    let key = table.key_columns().to_vec();
    table.unique = unique
        .into_iter()
        .filter(|at| key != [*at] && is_named_like_key(&table.columns[*at].name))
        .map(|at| (at, Uniqueness::Proposed))
        .collect();
    Ok(())
}

/// Makes the column to which foreign keys refer the primary key, if the key was chosen only because
/// its values happen to be distinct: it is neither the first column nor named after its table, and
/// nothing refers to it.
pub(crate) fn prefer_referenced(tables: &mut [DraftTable], names: &[TableNames]) {
    let referenced: Vec<(usize, Vec<usize>)> = tables
        .iter()
        .flat_map(|table| &table.foreign_keys)
        .map(|key| (key.parent, key.parent_columns.clone()))
        .collect();
    for (number, (table, names)) in tables.iter_mut().zip(names).enumerate() {
        let [key] = table.key_columns() else {
            continue;
        };
        let key = *key;
        let is_referenced = |at: usize| referenced.contains(&(number, vec![at]));
        let is_chosen = key == 0 || names.are_of_key(&table.columns[key].name);
        let others = table.unique.iter();
        let mut others = others.filter(|(_, uniqueness)| *uniqueness == Uniqueness::Declared);
        let other = others.find(|(at, _)| is_referenced(*at)).map(|(at, _)| *at);
        let Some(other) = other.filter(|_| !is_chosen && !is_referenced(key)) else {
            continue;
        };
        if !table.columns[other].typed.nullable {
            table.key = PrimaryKey::Columns(vec![other]);
            table.unique.retain(|(at, _)| *at != other);
        }
    }
}

/// The first name for a generated key that no column of the table has.
pub(crate) fn generated_name(columns: &[String]) -> String {
    let is_taken = |name: &str| columns.iter().any(|c| input::is_same_loosely(c, name));
    let mut names = GENERATED.iter();
    let free = names.find(|name| !is_taken(name));
    free.map_or_else(|| "_id".repeat(8), |name| (*name).to_owned())
}

/// Whether the name of a unique column suggests that its values must be unique.
fn is_named_like_key(name: &str) -> bool {
    let words = words(name);
    let is_one = |word: &String| {
        matches!(
            word.as_str(),
            "email" | "mail" | "username" | "login" | "handle"
        )
    };
    key_word(&words).is_some() || words.iter().any(is_one)
}

/// The columns that have no duplicate and no missing values.
fn unique_columns(
    scan: &Scan<'_>,
    table: &DraftTable,
    columns: &[KeyColumn],
) -> Result<Vec<usize>> {
    let rows = table.rows();
    let mut unique = Vec::new();
    let mut open = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        let is_complete = !column.typed.nullable && column.is_key_type() && rows > 0;
        if !is_complete {
            continue;
        }
        let integers = &column.profile.integers;
        if integers.set().is_some() && column.profile.tried == 0 {
            if integers.are_unique() && integers.count == rows {
                unique.push(at);
            }
            continue;
        }
        let (distinct, is_exact) = column.distinct();
        let may_be = match is_exact && column.profile.integers.count == 0 {
            true => distinct == rows,
            false => distinct * 100 >= rows * LEAST_DISTINCT,
        };
        let is_wanted = at == 0 || is_named_like_key(&column.name) || rows <= 100_000;
        if may_be && is_wanted {
            open.push(at);
        }
    }
    if !open.is_empty() {
        let groups: Vec<Vec<usize>> = open.iter().map(|at| vec![*at]).collect();
        let answers = passes::unique(scan, &table.opened.source, columns, &groups)?;
        let found = open.iter().zip(answers).filter(|(_, is_unique)| *is_unique);
        unique.extend(found.map(|(at, _)| *at));
        unique.sort_unstable();
    }
    Ok(unique)
}

/// Chooses the primary key among the unique columns: a column named `id`, else one named after the
/// table, else the first column if it is named like a key, else any column named like a key, else a
/// text column that has the name of the table, else the first column.
fn single(table: &DraftTable, unique: &[usize], names: &TableNames) -> Option<usize> {
    let of = |test: &dyn Fn(usize, &DraftColumn) -> bool| {
        let mut columns = unique.iter().copied();
        columns.find(|at| test(*at, &table.columns[*at]))
    };
    let is_id = |_: usize, column: &DraftColumn| joined(&words(&column.name)) == "id";
    let is_own = |_: usize, column: &DraftColumn| names.are_of_key(&column.name);
    let is_named = |_: usize, column: &DraftColumn| key_word(&words(&column.name)).is_some();
    // a number that has the table's name is an amount, such as the salary of `salaries`
    let is_as_table = |_: usize, column: &DraftColumn| {
        column.typed.kind.is_text() && names.whole.contains(&joined(&words(&column.name)))
    };
    let is_first = |at: usize, _: &DraftColumn| at == 0;
    let is_first_named = |at: usize, column: &DraftColumn| at == 0 && is_named(at, column);
    of(&is_id)
        .or_else(|| of(&is_own))
        .or_else(|| of(&is_first_named))
        .or_else(|| of(&is_named))
        .or_else(|| of(&is_as_table))
        .or_else(|| of(&is_first))
}

/// Chooses the smallest unique combination of columns. Among combinations of one size, it prefers
/// the one with the fewest columns of measured values, then the one with the leading columns.
fn combination(
    scan: &Scan<'_>,
    table: &DraftTable,
    columns: &[KeyColumn],
) -> Result<Option<Vec<usize>>> {
    let all = 0..table.columns.len();
    let likely: Vec<usize> = all
        .clone()
        .filter(|at| may_be_member(table, *at))
        .take(MOST_MEMBERS)
        .collect();
    let found = combination_of(scan, table, columns, &combinations(&likely))?;
    if found.is_some() {
        return Ok(found);
    }
    // second search: a column with few values, such as the half of a season, may distinguish the
    // rows of one parent
    let is_part = |at: &usize| likely.contains(at) || may_be_part(table, *at);
    let members: Vec<usize> = all.filter(is_part).take(MOST_PARTS).collect();
    let mut groups = combinations(&members);
    let is_named = |at: &usize| key_word(&words(&table.columns[*at].name)).is_some();
    groups
        .retain(|group| group.iter().any(is_named) && group.iter().any(|at| !likely.contains(at)));
    combination_of(scan, table, columns, &groups)
}

/// The first of these combinations that is unique.
fn combination_of(
    scan: &Scan<'_>,
    table: &DraftTable,
    columns: &[KeyColumn],
    groups: &[Vec<usize>],
) -> Result<Option<Vec<usize>>> {
    let rows = table.rows();
    let may_be_unique = |group: &Vec<usize>| {
        let distinct = group
            .iter()
            .map(|at| table.columns[*at].distinct().0.max(1));
        let product = distinct.fold(1u64, u64::saturating_mul);
        product.saturating_mul(100) >= rows.saturating_mul(LEAST_DISTINCT)
    };
    let mut groups: Vec<Vec<usize>> = groups.to_vec();
    let measures = |group: &Vec<usize>| {
        let columns = group.iter().map(|at| &table.columns[*at]);
        columns
            .filter(|column| is_measure(&column.name, &column.typed.kind))
            .count()
    };
    groups.sort_by_key(|group| (group.len(), measures(group)));
    let is_short = |group: &Vec<usize>| {
        let bytes = group
            .iter()
            .map(|at| key_bytes(&table.columns[*at].typed.kind));
        bytes.sum::<u32>() <= LONGEST_KEY
    };
    groups.retain(|group| may_be_unique(group) && is_short(group));
    groups.truncate(MOST_COMBINATIONS);
    if groups.is_empty() {
        return Ok(None);
    }
    let answers = passes::unique(scan, &table.opened.source, columns, &groups)?;
    let mut found = groups.into_iter().zip(answers);
    Ok(found
        .find(|(_, is_unique)| *is_unique)
        .map(|(group, _)| group))
}

/// Maximum number of bytes that a value of this type takes in an index.
fn key_bytes(kind: &ColumnType) -> u32 {
    match kind {
        ColumnType::VarChar { length } | ColumnType::Char { length } => 4 * length,
        ColumnType::Binary { length } => *length,
        _ => 8,
    }
}

/// Words for a place in an order or a part of time; such columns number the rows of one parent.
const ORDINALS: [&str; 30] = [
    "sequence",
    "sequential",
    "seq",
    "ordering",
    "order",
    "ordinal",
    "position",
    "rank",
    "index",
    "idx",
    "line",
    "item",
    "row",
    "step",
    "stint",
    "round",
    "lap",
    "stop",
    "version",
    "revision",
    "date",
    "year",
    "season",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "period",
];

/// Whether the name or the type of a column suggests that it is part of a key.
fn is_likely_member(name: &str, kind: &ColumnType) -> bool {
    let words = words(name);
    let is_ordinal = || words.iter().any(|word| ORDINALS.contains(&word.as_str()));
    let is_day = *kind == ColumnType::Date;
    let is_number = matches!(kind, ColumnType::Integer { .. });
    key_word(&words).is_some() || is_day || (is_number && is_ordinal())
}

/// Whether a column is a measured value, such as a salary, and therefore hardly part of a key.
fn is_measure(name: &str, kind: &ColumnType) -> bool {
    let may_be = matches!(
        kind,
        ColumnType::Integer { .. } | ColumnType::DateTime { .. }
    );
    may_be && !is_likely_member(name, kind)
}

/// Whether a column may be one of several in a key: no value is missing, and the column is either
/// one of the first three, or its name suggests a key or a place in an order.
fn may_be_member(table: &DraftTable, at: usize) -> bool {
    let column = &table.columns[at];
    let (distinct, _) = column.distinct();
    let is_key = is_likely_member(&column.name, &column.typed.kind);
    let text = &column.profile.text;
    let is_code = !column.typed.kind.is_text() || text.most_characters <= LONGEST_MEMBER;
    let may_be = !column.typed.nullable && column.is_key_type() && distinct > 1;
    may_be && (is_key || at < 3) && is_code && !is_broken_id(table, at)
}

/// Whether a column has few distinct values, which may distinguish the rows of one parent.
fn may_be_part(table: &DraftTable, at: usize) -> bool {
    let column = &table.columns[at];
    let (distinct, _) = column.distinct();
    let is_short = match column.typed.kind {
        ColumnType::Char { .. } | ColumnType::VarChar { .. } => {
            column.profile.text.most_characters <= LONGEST_PART
        }
        ColumnType::Integer { .. } => true,
        _ => false,
    };
    let is_complete = !column.typed.nullable && column.is_key_type();
    at < MOST_PARTS && is_complete && is_short && (2..=MOST_VALUES_OF_PART).contains(&distinct)
}

/// Whether a column is named as the key of its table and nearly all of its values are distinct.
/// Then the duplicates are faults in the data, and no combination with this column is a key.
fn is_broken_id(table: &DraftTable, at: usize) -> bool {
    let column = &table.columns[at];
    let is_id = TableNames::of_all(&[table.name()])[0].are_of_key(&column.name);
    let (distinct, _) = column.distinct();
    is_id
        && table.rows() > 1
        && distinct < table.rows()
        && distinct * 100 >= table.rows() * LEAST_DISTINCT
}

/// All combinations of two to four of these columns, smaller ones first.
fn combinations(members: &[usize]) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    let mut current: Vec<Vec<usize>> = members.iter().map(|at| vec![*at]).collect();
    for _ in 1..MOST_COLUMNS {
        let longer = current.iter().flat_map(|group| {
            let last = group.last().copied().unwrap_or_default();
            let more = members.iter().filter(move |at| **at > last);
            more.map(move |at| [&group[..], &[*at]].concat())
        });
        current = longer.collect();
        all.extend(current.iter().cloned());
    }
    all
}

/// The columns of a table in the form in which a pass hashes them.
pub(crate) fn key_columns(
    table: &DraftTable,
    declared: &[model::schema::Column],
) -> Vec<KeyColumn> {
    let fields = fields(&table.opened.source);
    let columns = fields.into_iter().zip(declared);
    columns
        .map(|(field, column)| KeyColumn {
            field,
            column: column.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_in_the_order_of_their_size_and_of_the_columns() {
        let all = combinations(&[0, 2, 5]);
        assert_eq!(all, [vec![0, 2], vec![0, 5], vec![2, 5], vec![0, 2, 5]]);
        assert!(combinations(&[1]).is_empty());
    }

    #[test]
    fn places_in_an_order_are_likely_in_a_key_and_measured_values_are_not() {
        let number = ColumnType::Integer {
            bits: 32,
            unsigned: true,
        };
        for (name, is_likely) in [
            ("stop_sequence", true),
            ("ordering", true),
            ("month", true),
            ("dept_no", true),
            ("salary", false),
            ("amount", false),
        ] {
            assert_eq!(is_likely_member(name, &number), is_likely, "{name}");
            assert_eq!(is_measure(name, &number), !is_likely, "{name}");
        }
        assert!(is_likely_member("from", &ColumnType::Date));
        assert!(is_measure("at", &ColumnType::DateTime { precision: 0 }));
        assert!(!is_measure("title", &ColumnType::VarChar { length: 64 }));
    }

    #[test]
    fn a_generated_key_has_a_name_that_no_column_has() {
        assert_eq!(generated_name(&["a".to_owned()]), "id");
        assert_eq!(generated_name(&["ID".to_owned()]), "row_id");
    }
}
