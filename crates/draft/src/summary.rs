//! Warnings and summaries of the drafted tables for the caller.

use model::rejection::Rule;
use model::wording::counted;

use crate::TableSummary;
use crate::tables::{DraftColumn, DraftForeignKey, DraftTable};

/// The warning about broken records of a table.
pub(crate) fn broken(table: &DraftTable) -> Option<String> {
    let (line, flaw) = table.structure.first?;
    let file = table.opened.source.path.display();
    let rule = flaw.rule();
    let hint = match rule {
        Rule::RecordTooLarge => {
            "add a larger --max-record, such as 64M, to this and later commands"
        }
        _ => "`reviewseed check` with the drafted schema shows all of them",
    };
    Some(format!(
        "{}: {} cannot be read as rows, the first at {file}:{line} ({}); {hint}",
        table.name(),
        counted(table.structure.broken, "record", "records"),
        rule.name(),
    ))
}

/// The warning about records of several lines that look like several records.
pub(crate) fn joined(table: &DraftTable) -> Option<String> {
    let line = table.structure.first_joined?;
    let file = table.opened.source.path.display();
    Some(format!(
        "{}: {} of several lines may be several records, the first at {file}:{line}: if the program \
         that wrote the file does not enclose fields in quotes, add --quote none",
        table.name(),
        counted(table.structure.joined, "record", "records"),
    ))
}

/// The warning about values that are not UTF-8.
pub(crate) fn not_utf8(table: &DraftTable) -> Option<String> {
    let mut bad = table.columns.iter().map(|column| &column.profile.bad);
    let first = bad.find_map(|bad| bad.first())?;
    let shown: String = String::from_utf8_lossy(first).chars().take(40).collect();
    let place = table.opened.first_bad.as_ref();
    let place = place.map_or(String::new(), |place| format!(", the first at {place}"));
    Some(format!(
        "{}: some values are not UTF-8, such as \"{shown}\"{place}: `seed` rejects the records \
         with them; if the whole file is in another encoding, set --encoding NAME",
        table.name()
    ))
}

/// The warnings about columns whose values are partly lost, or may have another meaning.
pub(crate) fn of_columns(table: &DraftTable) -> Vec<String> {
    let of = |column: &DraftColumn| {
        let warnings = column.typed.warnings.iter();
        let said = warnings.map(|words| format!("{}.{}: {words}", table.name(), column.name));
        said.collect::<Vec<String>>()
    };
    table.columns.iter().flat_map(of).collect()
}

/// The warning about a column that is named like the key but has duplicate values.
pub(crate) fn repeated_key(table: &DraftTable) -> Option<String> {
    let at = table.nearly_key?;
    let column = &table.columns[at];
    let (distinct, is_exact) = column.distinct();
    let about = if is_exact { "" } else { "about " };
    Some(format!(
        "{}: {} is named like the key, but its {} have {about}{}, so it is not a key; with PRIMARY \
         KEY ({}) in the schema, `reviewseed check` lists the records with duplicate keys",
        table.name(),
        column.name,
        counted(table.rows(), "row", "rows"),
        counted(distinct, "distinct value", "distinct values"),
        column.name,
    ))
}

/// The warning about a guessed encoding.
pub(crate) fn guess(table: &DraftTable) -> Option<String> {
    let words = table.opened.guess.as_ref()?;
    Some(format!("{}: {words}", table.name()))
}

/// The warning about names in JSON records that are not columns.
pub(crate) fn left_out(table: &DraftTable) -> Option<String> {
    let names = &table.opened.left_out;
    (!names.is_empty()).then(|| {
        format!(
            "{}: these members of JSON records get no column, because their names cannot be names \
             of columns, and draft only renames members that occur in the first records: {}",
            table.name(),
            names.join(", ")
        )
    })
}

/// The summary of a table.
pub(crate) fn summary(table: &DraftTable, tables: &[DraftTable]) -> TableSummary {
    let name = |at: &usize| table.columns[*at].name.clone();
    let shown = |key: &DraftForeignKey| {
        let parent = &tables[key.parent];
        let columns: Vec<String> = key.columns.iter().map(name).collect();
        let names = key.parent_columns.iter();
        let names: Vec<String> = names
            .map(|at| format!("{}.{}", parent.name(), parent.columns[*at].name))
            .collect();
        format!("{} → {}", columns.join(", "), names.join(", "))
    };
    let (whole, with_orphans): (Vec<_>, Vec<_>) = table
        .foreign_keys
        .iter()
        .partition(|key| key.inclusion.orphans == 0);
    let ambiguous = table.columns.iter();
    TableSummary {
        name: table.name().to_owned(),
        rows: table.rows(),
        columns: table.columns.len(),
        key: table.key_columns().iter().map(name).collect(),
        foreign_keys: whole.into_iter().map(shown).collect(),
        orphans: with_orphans
            .into_iter()
            .map(|key| (shown(key), key.inclusion.orphans))
            .collect(),
        ambiguous: ambiguous
            .filter_map(|c| Some((c.name.clone(), c.typed.ambiguity.clone()?)))
            .collect(),
    }
}
