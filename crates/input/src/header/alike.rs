//! Which field that is left out seems to be meant for which column that nothing fills.
//!
//! Names are alike when they differ in punctuation alone (`value` and `value_`, `cost $` and
//! `cost`) or by a slip of the pen. A field that is where its column is in schema.sql, with all
//! others in their places, is taken for that column too. A false alarm costs an edit of the header;
//! a column that stays empty unnoticed costs its values.

use super::Header;
use model::schema::{IndexKey, Table};

/// Words of fewer letters differ by a letter on purpose (`lat`, `lon`).
const SHORTEST: usize = 4;
/// Words of so many letters may have two slips.
const LONG: usize = 8;

/// What to say of columns that are missing although a field has nearly their name; to follow on an
/// error.
pub(super) fn of_missing(missing: &[&str], strangers: &[(usize, String)]) -> String {
    let mut words = String::new();
    for column in missing {
        let alike = strangers.iter().filter(|(_, name)| are_alike(name, column));
        for (field, name) in alike {
            words.push_str(&format!(
                "; field {} \"{name}\" looks like \"{column}\": rename it in the header, or the column in schema.sql",
                field + 1
            ));
        }
    }
    words
}

/// What is wrong with a header that leaves a field out and a column empty that seem to be the same.
pub(super) fn mistaken(header: &Header, table: &Table) -> Option<String> {
    let pairs = pairs(header, table);
    if !pairs.is_empty() {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(field, name, column)| {
                format!("field {} \"{name}\" and column \"{column}\"", field + 1)
            })
            .collect();
        return Some(format!(
            "{} of table {} seem to be the same, but the names differ, so the column would stay empty; {HOW}",
            pairs.join(", "),
            table.name
        ));
    }
    nothing_but_the_key(header, table)
}

/// What to do about names that differ. Both the file and the schema can be right, and then there
/// must be a way on, too.
const HOW: &str = "rename the field in the header, or the column in schema.sql; to leave a field out, empty its name in the header";

/// Fields that are left out, each with a column that seems to be meant.
fn pairs<'a>(header: &'a Header, table: &Table) -> Vec<(usize, &'a str, String)> {
    let filled: Vec<&str> = header
        .columns
        .iter()
        .map(|(column, _)| table.columns[*column].name.as_str())
        .collect();
    let in_order = in_the_schema_s_order(header, table);
    let mut pairs = Vec::new();
    for (field, name) in &header.strangers {
        // a second spelling of a column that is filled is no other column
        if filled.iter().any(|column| bare(column) == bare(name)) {
            continue;
        }
        for column in &header.unfilled {
            let in_its_place = in_order.as_ref().is_some_and(|c| c[*field] == column.name);
            if in_its_place || are_alike(name, &column.name) {
                pairs.push((*field, name.as_str(), column.name.clone()));
            }
        }
    }
    pairs
}

/// The columns that can be given, if there are as many fields and every field that fills a column
/// is in its place.
fn in_the_schema_s_order<'a>(header: &Header, table: &'a Table) -> Option<Vec<&'a str>> {
    let given = table.columns.iter().filter(|c| !c.generated);
    let given: Vec<&str> = given.map(|c| c.name.as_str()).collect();
    let in_place = |(column, field): &(usize, usize)| {
        given.get(*field) == Some(&table.columns[*column].name.as_str())
    };
    (given.len() == header.fields && header.columns.iter().all(in_place)).then_some(given)
}

/// A table of which only the primary key would be filled, while fields are left out and columns
/// stay NULL.
fn nothing_but_the_key(header: &Header, table: &Table) -> Option<String> {
    let key = table.primary_key()?;
    let is_of_key = |name: &str| {
        let mut parts = key.parts.iter();
        parts.any(|part| matches!(&part.key, IndexKey::Column(column) if column == name))
    };
    let mut filled = header.columns.iter().map(|(c, _)| &table.columns[*c].name);
    let only_key = filled.all(|name| is_of_key(name));
    let empty = header
        .unfilled
        .iter()
        .filter(|c| c.gets == super::Gets::Null);
    let empty: Vec<_> = empty.map(|c| format!("\"{}\"", c.name)).collect();
    if !only_key || empty.is_empty() || header.strangers.is_empty() {
        return None;
    }
    let left_out = header
        .strangers
        .iter()
        .map(|(_, name)| format!("\"{name}\""));
    let left_out: Vec<_> = left_out.collect();
    Some(format!(
        "the header fills nothing but the primary key of table {}: no column is called {}, and no field {}; {HOW}",
        table.name,
        left_out.join(", "),
        empty.join(", ")
    ))
}

/// A name without case and punctuation.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn are_alike(a: &str, b: &str) -> bool {
    let (bare_a, bare_b) = (bare(a), bare(b));
    if bare_a.is_empty() || bare_b.is_empty() {
        return false;
    }
    if bare_a == bare_b {
        return true;
    }
    let words = |name: &str| -> Vec<String> {
        let words = name.split(|c: char| !c.is_alphanumeric());
        words.filter(|w| !w.is_empty()).map(bare).collect()
    };
    let (words_a, words_b) = (words(a), words(b));
    match words_a.len() == words_b.len() {
        // all of them, so that start_x is not taken for start_y
        true => words_a
            .iter()
            .zip(&words_b)
            .all(|(a, b)| differ_by_a_slip(a, b)),
        false => differ_by_a_slip(&bare_a, &bare_b),
    }
}

/// Whether two words are the same but for a slip or two. Numbers and the first letter are taken to
/// be meant.
fn differ_by_a_slip(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let digits = |word: &str| -> String { word.chars().filter(char::is_ascii_digit).collect() };
    let length = a.chars().count().min(b.chars().count());
    let slips = if length < LONG { 1 } else { 2 };
    length >= SHORTEST
        && digits(a) == digits(b)
        && a.chars().next() == b.chars().next()
        && strsim::damerau_levenshtein(a, b) <= slips
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_that_differ_in_punctuation_or_by_a_slip() {
        for (a, b) in [
            ("value", "value_"),
            ("cost $", "cost"),
            ("Review Id", "review_id"),
            ("reviewId", "review-id"),
            ("e.mail", "email"),
            ("reviewer_nmae", "reviewer_name"),
            ("photo", "photos"),
            ("recomended", "recommended"),
            ("user_name", "usernme"),
        ] {
            assert!(are_alike(a, b) && are_alike(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("city", "town"),
            ("lat", "lon"),
            ("start_x", "start_y"),
            ("address1", "address2"),
            ("line_1", "line_2"),
            ("name", "game"),
            ("min_temp", "max_temp"),
            ("created_at", "updated_at"),
            ("$", "€"),
            ("", "x"),
            ("id", "ix"),
        ] {
            assert!(!are_alike(a, b) && !are_alike(b, a), "{a} {b}");
        }
    }
}
