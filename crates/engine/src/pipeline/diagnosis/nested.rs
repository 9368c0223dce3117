//! Diagnoses columns whose values are within objects: suggests the path to the value.

use super::columns::Values;
use super::{EXAMPLES, example};
use clean::clean_value;
use input::{Source, Wrapped};
use model::batch::{Batch, BatchSize, Layout};
use model::diagnosis::in_toml;
use model::diagnosis::{Diagnosis, SuggestedSetting};
use model::schema::Column;

/// The diagnosis of a column whose rejected values are objects, each with one value that the column
/// accepts; otherwise `None`.
pub(super) fn diagnosis(column: &Column, values: &Values, source: &Source) -> Option<Diagnosis> {
    let texts = values.texts();
    let mut steps: Option<String> = None;
    for (text, _) in &texts {
        let wrapped = Wrapped::parse(text.as_bytes())?;
        if !is_read(column, &wrapped.value) {
            return None;
        }
        if *steps.get_or_insert_with(|| wrapped.steps.clone()) != wrapped.steps {
            return None;
        }
    }
    let steps = steps?;
    let mut columns = source.table.columns.iter();
    let at = columns.position(|other| other.name == column.name)?;
    let path = format!("{}{steps}", source.header.path_of(at)?);
    let places = texts.iter().flat_map(|(text, seen)| {
        let first = seen.first.iter();
        first.map(move |place| (*place, *text))
    });
    let mut places: Vec<((u64, u64), &str)> = places.collect();
    places.sort_unstable();
    let examples = places.iter().take(EXAMPLES);
    let examples =
        examples.map(|((offset, line), text)| example(source, *offset, *line, text.as_bytes()));
    let examined: u64 = texts.iter().map(|(_, seen)| seen.count).sum();
    Some(Diagnosis {
        column: Some(column.name.clone()),
        cause: "objects in which MongoDB writes one value".to_owned(),
        records: examined,
        examined,
        rejected: values.rejected,
        examples: examples.collect(),
        settings: vec![vec![SuggestedSetting {
            key: "from".to_owned(),
            value: in_toml(&path),
        }]],
        caution: None,
    })
}

/// Whether the column accepts a value.
fn is_read(column: &Column, value: &str) -> bool {
    let layout = Layout::new([&column.kind]);
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    clean_value(column, value.as_bytes(), &mut batch).is_ok()
}
