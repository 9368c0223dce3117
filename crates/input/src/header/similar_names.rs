//! Finds ignored fields that are probably meant for a column that no field fills.
//!
//! Two names are similar if they differ only in punctuation (`cost $` and `cost`) or by a typing
//! error. A field is also taken for a column if it has the position of that column in schema.sql
//! and every other field has the position of its own column. A false alarm only costs the user an
//! option, but a column that silently stays empty costs its values.

use super::members;
use super::{ColumnSource, FillValue, Header};
use model::schema::{IndexKey, Table};
use model::shell::quoted;

/// Words shorter than this are not compared for typing errors, because they often differ on purpose
/// (`lat`, `lon`).
const SHORTEST: usize = 4;
/// Words of at least this length may have two typing errors.
const LONG: usize = 8;

/// Text to append to the error about missing columns: the fields that have a similar name, or else
/// those that may be meant.
pub(super) fn of_missing(
    table: &str,
    missing: &[&str],
    unknown_fields: &[(usize, String)],
) -> String {
    let mut words = String::new();
    for column in missing {
        let unknown = || unknown_fields.iter();
        let mut found: Vec<_> = unknown()
            .filter(|(_, name)| are_alike(name, column))
            .collect();
        let mut verb = "looks like";
        if found.is_empty() {
            verb = "may be";
            found.extend(unknown().filter(|(_, name)| is_likely(table, name, column)));
        }
        if found.is_empty() && missing.len() == 1 && unknown_fields.len() == 1 {
            found.extend(unknown_fields);
        }
        for (field, name) in &found {
            words.push_str(&format!(
                "; field {} \"{name}\" {verb} \"{column}\": if it is that column, add {}",
                field + 1,
                rename(name, column)
            ));
        }
        if found.is_empty() && !unknown_fields.is_empty() {
            let column = quoted(&format!("FIELD={column}"));
            words.push_str(&format!(
                "; if a field is that column, add --rename {column}"
            ));
        }
    }
    words
}

/// Adds a note to ignored fields that may be meant for a column that no field fills.
pub(super) fn with_likely(header: &mut Header, table: &Table) {
    for (_, name) in &header.unknown_fields {
        if let Some(words) = members::within(header, table, name) {
            for ignored in header.ignored.iter_mut().filter(|ignored| *ignored == name) {
                ignored.clone_from(&words);
            }
            continue;
        }
        let mut columns = header.unfilled.iter();
        let Some(column) = columns.find(|column| is_likely(&table.name, name, &column.name)) else {
            continue;
        };
        let words = format!(
            "{name} (if it is column \"{}\", add {})",
            column.name,
            rename(name, &column.name)
        );
        for ignored in header.ignored.iter_mut().filter(|ignored| *ignored == name) {
            ignored.clone_from(&words);
        }
    }
}

/// Words that say what kind of value a column has, but not which column it is.
const GENERAL: [&str; 8] = ["id", "no", "num", "code", "key", "date", "name", "type"];

/// Whether a field may be meant for a column. One of the two names must have additional words
/// (`REVIEW` and `review_text`) or additional digits at its end (`reviewid2` and `review_id`).
fn is_likely(table: &str, field: &str, column: &str) -> bool {
    let (field, column) = (words(field), words(column));
    let (fewer, more) = match field.len() <= column.len() {
        true => (&field, &column),
        false => (&column, &field),
    };
    if fewer.is_empty() {
        return false;
    }
    let table = words(table);
    let is_of_table = |word: &String| {
        table
            .iter()
            .any(|name| name == word || name.trim_end_matches('s') == word)
    };
    let rest: Vec<&String> = more.iter().filter(|word| !fewer.contains(word)).collect();
    let are_general = fewer.iter().all(|word| GENERAL.contains(&word.as_str()));
    let has_all = fewer.iter().all(|word| more.contains(word));
    if has_all && (!are_general || rest.iter().all(|word| is_of_table(word))) {
        return true;
    }
    let (short, long) = (fewer.concat(), more.concat());
    let without_digits = |name: &str| {
        name.trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let digits = |name: &str| name.len() - without_digits(name).len();
    short.chars().count() >= SHORTEST
        && without_digits(&short) == without_digits(&long)
        && (digits(&short) == 0) != (digits(&long) == 0)
}

/// The words of a name in lower case. A capital letter after a small one begins a new word.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (was_small && character.is_uppercase()) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            let at = words.len() - 1;
            words[at].extend(character.to_lowercase());
        }
        was_small = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A message about a field that matches no column because its name is not UTF-8.
pub(super) fn not_utf_8(unknown_fields: &[(usize, String)], table: &Table) -> Option<String> {
    let mut fields = unknown_fields.iter();
    let (field, name) = fields.find(|(_, name)| name.contains(char::REPLACEMENT_CHARACTER))?;
    let setting = |text: String| quoted(&format!("{}.{text}", table.name));
    Some(format!(
        "the name of field {} has bytes that are not UTF-8: \"{name}\"; if the file is in windows-1252, add --set {}; to ignore the field, add --set {}",
        field + 1,
        setting("encoding=windows-1252".to_owned()),
        setting(format!("ignore={name}"))
    ))
}

/// The option that maps a field to a column.
fn rename(field: &str, column: &str) -> String {
    format!("--rename {}", quoted(&format!("{field}={column}")))
}

/// The option that ignores a field.
fn ignore(table: &Table, field: &str) -> String {
    let setting = format!("{}.ignore={field}", table.name);
    format!("--set {}", quoted(&setting))
}

/// The error about ignored fields that are probably meant for a column that would stay empty.
pub(super) fn mistaken(header: &Header, table: &Table) -> Option<String> {
    if !header.unfilled.is_empty()
        && let Some(words) = not_utf_8(&header.unknown_fields, table)
    {
        return Some(words);
    }
    let pairs = pairs(header, table);
    if pairs.is_empty() {
        return nothing_but_the_key(header, table);
    }
    let in_words = |(field, name, column): &(usize, &str, String)| {
        format!("field {} \"{name}\" and column \"{column}\"", field + 1)
    };
    let words: Vec<_> = pairs.iter().map(in_words).collect();
    let renames: Vec<_> = pairs.iter().map(|(_, name, c)| rename(name, c)).collect();
    let mut ignored: Vec<_> = pairs
        .iter()
        .map(|(_, name, _)| ignore(table, name))
        .collect();
    ignored.dedup();
    Some(format!(
        "{} of table {} seem to mean the same, but their names differ, so the column would stay empty; if they do, add {}; to ignore a field, add {}",
        words.join(", "),
        table.name,
        renames.join(" "),
        ignored.join(" ")
    ))
}

/// Ignored fields, each with the column for which it is probably meant.
fn pairs<'a>(header: &'a Header, table: &Table) -> Vec<(usize, &'a str, String)> {
    let filled: Vec<&str> = header
        .columns
        .iter()
        .map(|(column, _)| table.columns[*column].name.as_str())
        .collect();
    // JSON members have no order
    let in_order = match header.extract {
        None => in_the_schema_s_order(header, table),
        Some(_) => None,
    };
    let mut pairs = Vec::new();
    for (field, name) in &header.unknown_fields {
        // a field that is another spelling of a filled column is not meant for another column
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

/// The columns that can be loaded, if there are as many fields and each matched field is at the
/// position of its column.
fn in_the_schema_s_order<'a>(header: &Header, table: &'a Table) -> Option<Vec<&'a str>> {
    let has_constant = |at: usize| {
        let mut columns = header.columns.iter();
        columns.any(|(column, source)| *column == at && matches!(source, ColumnSource::Constant(_)))
    };
    let columns = table.columns.iter().enumerate();
    let given = columns.filter(|(at, c)| !c.generated && !has_constant(*at));
    let given: Vec<&str> = given.map(|(_, c)| c.name.as_str()).collect();
    let in_place = |(column, source): &(usize, ColumnSource)| match source {
        ColumnSource::Field(field) => {
            given.get(*field) == Some(&table.columns[*column].name.as_str())
        }
        ColumnSource::Constant(_) => true,
    };
    (given.len() == header.fields && header.columns.iter().all(in_place)).then_some(given)
}

/// Returns an error if only the primary key would be filled although other fields and columns
/// exist.
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
        .filter(|c| matches!(c.gets, FillValue::Null | FillValue::NullUnlessNamed));
    let empty: Vec<_> = empty.map(|c| format!("\"{}\"", c.name)).collect();
    if !only_key || empty.is_empty() || header.unknown_fields.is_empty() {
        return None;
    }
    let fields = header.unknown_fields.iter();
    let (skipped, ignored): (Vec<_>, Vec<_>) = fields
        .map(|(_, name)| (format!("\"{name}\""), ignore(table, name)))
        .unzip();
    Some(format!(
        "the file fills only the primary key of table {}: no column is named {}, and no field is named {}; say which field is which column with --rename FIELD=COLUMN, or ignore the fields: {}",
        table.name,
        skipped.join(", "),
        empty.join(", "),
        ignored.join(" ")
    ))
}

/// A name in lower case, without punctuation.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn are_alike(a: &str, b: &str) -> bool {
    let (bare_a, bare_b) = (bare(a), bare(b));
    if bare_a.is_empty() || bare_b.is_empty() {
        return false;
    }
    if bare_a == bare_b || is_named_number(&bare_a, &bare_b) || is_named_number(&bare_b, &bare_a) {
        return true;
    }
    let words = |name: &str| -> Vec<String> {
        let words = name.split(|c: char| !c.is_alphanumeric());
        words.filter(|w| !w.is_empty()).map(bare).collect()
    };
    let (words_a, words_b) = (words(a), words(b));
    match words_a.len() == words_b.len() {
        // word by word, so that start_x is not similar to start_y
        true => words_a
            .iter()
            .zip(&words_b)
            .all(|(a, b)| differ_by_a_slip(a, b)),
        false => differ_by_a_slip(&bare_a, &bare_b),
    }
}

/// Whether `digits` is a number and `other` is the same number after letters (`1960` and `y1960`).
/// Many programs do not accept a number as a name, so columns are often renamed that way.
fn is_named_number(digits: &str, other: &str) -> bool {
    let rest = other.trim_start_matches(char::is_alphabetic);
    digits.bytes().all(|b| b.is_ascii_digit()) && rest.len() < other.len() && rest == digits
}

/// Whether two words are equal except for one or two typing errors. Their digits and their first
/// letters must be equal.
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
    fn a_field_may_be_meant_for_a_column_with_more_words_or_without_digits() {
        for (field, column) in [
            ("REVIEW", "review_text"),
            ("reviewText", "review"),
            ("reviewid2", "review_id"),
            ("REVIEW_ID", "id"),
            ("id", "review_id"),
        ] {
            assert!(is_likely("reviews", field, column), "{field} {column}");
        }
        for (field, column) in [
            ("id", "product_id"),
            ("line_1", "line_2"),
            ("date", "created_date"),
            ("score", "weight"),
            ("x1", "x"),
            ("-", "review"),
        ] {
            assert!(!is_likely("reviews", field, column), "{field} {column}");
        }
    }

    #[test]
    fn names_that_differ_in_punctuation_or_by_a_typing_error_are_similar() {
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
            ("1960", "y1960"),
            ("1960", "year_1960"),
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
            ("1960", "y1961"),
            ("60", "y1960"),
        ] {
            assert!(!are_alike(a, b) && !are_alike(b, a), "{a} {b}");
        }
    }
}
