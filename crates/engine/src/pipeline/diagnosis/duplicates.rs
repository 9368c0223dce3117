//! Diagnoses records with the key of an earlier record, if they are most of the rejected records.

use super::{EXAMPLES, example};
use input::Source;
use model::diagnosis::Diagnosis;
use model::rejection::Rejection;

/// The records that were rejected as duplicates of one key.
#[derive(Debug)]
pub(super) struct Duplicates {
    /// The columns of the key.
    columns: String,
    records: u64,
    /// Offset, line and value of the first of these records.
    first: Vec<(u64, u64, String)>,
}

/// Adds a record that has the key of an earlier record.
pub(super) fn add(all: &mut Vec<Duplicates>, rejection: &Rejection) {
    let Some(columns) = &rejection.column else {
        return;
    };
    let known = all.iter().position(|known| known.columns == *columns);
    let at = known.unwrap_or_else(|| {
        all.push(Duplicates {
            columns: columns.clone(),
            records: 0,
            first: Vec::new(),
        });
        all.len() - 1
    });
    let of_key = &mut all[at];
    of_key.records += 1;
    if of_key.first.len() < EXAMPLES {
        let place = (rejection.offset, rejection.line, rejection.value.clone());
        of_key.first.push(place);
    }
}

/// The diagnoses of keys whose duplicates are at least half of `rejected`, the number of rejected
/// records. `appended` says whether the table had rows before the run.
pub(super) fn diagnoses(
    all: &[Duplicates],
    rejected: u64,
    (source, appended): (&Source, bool),
) -> Vec<Diagnosis> {
    let cause = match appended {
        true => "records with the key of an earlier record or of a row in the table",
        false => "records with the key of an earlier record (the key is not unique in the file)",
    };
    let are_most = all.iter().filter(|of_key| of_key.records * 2 >= rejected);
    let diagnosis = |of_key: &Duplicates| {
        let examples = of_key.first.iter();
        let examples =
            examples.map(|(offset, line, value)| example(source, *offset, *line, value.as_bytes()));
        Diagnosis {
            column: Some(of_key.columns.clone()),
            cause: cause.to_owned(),
            records: of_key.records,
            examined: of_key.records,
            rejected: of_key.records,
            examples: examples.collect(),
            settings: Vec::new(),
            caution: None,
        }
    };
    are_most.map(diagnosis).collect()
}
