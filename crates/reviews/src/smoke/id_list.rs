//! The ids that the test asks for: from a file that `targets` wrote, or the last tenth of a
//! database.

use std::path::Path;

use mysql::db::MySqlConnection;

use crate::error::{Error, Result};
use crate::targets::{Portion, Selection, TargetKind, Weight, database};

/// Reads ids: one or more numbers in a line (formats `ids` and `repeated`), the column with this
/// kind of ids in a file with a header (formats `csv` and `table`), or JSON (formats `json`,
/// `ndjson` and `k6`).
///
/// # Errors
///
/// When the file cannot be read, is empty, or has a line without an id.
pub fn read(file: &Path, kind: TargetKind) -> Result<Vec<u64>> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(Error::io(|| format!("cannot read {name}")))?;
    parse(&text, kind).map_err(|error| Error::IdList {
        what: match kind {
            TargetKind::Product => format!(
                "{name} is not a list of products; make one with `reviewseed targets -o FILE`"
            ),
            other => format!(
                "{name} is not a list of ids; make one with `reviewseed targets --of {} -o FILE`",
                other.name()
            ),
        },
        source: Box::new(error),
    })
}

/// The last tenth of the products or reviews, as `targets` selects it; empty when there are no
/// reviews.
///
/// # Errors
///
/// The same as for [`database::select`].
pub async fn last_tenth(connection: &mut MySqlConnection, kind: TargetKind) -> Result<Vec<u64>> {
    let selection = Selection {
        target: kind,
        portion: Portion::TENTH,
        limit: None,
        weight: Weight::Once,
    };
    let mut ids = Vec::new();
    database::select(
        connection,
        selection,
        database::LONGEST_WALK,
        &mut |entry| {
            ids.push(match kind {
                TargetKind::Product => entry.product,
                TargetKind::Review | TargetKind::Characteristic => entry.id,
            });
            Ok(())
        },
    )
    .await?;
    Ok(ids)
}

fn parse(text: &str, kind: TargetKind) -> Result<Vec<u64>> {
    // some editors write a byte order mark
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['[', '{']) {
        return parse_json(text, kind);
    }
    let fields = |line| str::split(line, [',', '\t']).map(|f: &str| f.trim().trim_matches('"'));
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .peekable();
    let column = match lines.peek() {
        Some((_, first)) if first.contains(|c: char| c.is_ascii_alphabetic()) => {
            let column = fields(first).position(|f| f == kind.name());
            let column = column.ok_or_else(|| {
                Error::Content(format!(
                    "the first line \"{first}\" has no column {}",
                    kind.name()
                ))
            })?;
            lines.next();
            Some(column)
        }
        _ => None,
    };
    let mut products = Vec::new();
    for (number, line) in lines {
        let wrong = || {
            Error::Content(format!(
                "line {}: \"{line}\" has no {}",
                number + 1,
                kind.name()
            ))
        };
        let wanted = fields(line)
            .skip(column.unwrap_or(0))
            .take(column.map_or(usize::MAX, |_| 1));
        let before = products.len();
        for field in wanted {
            products.push(field.parse().map_err(|_| wrong())?);
        }
        if products.len() == before {
            return Err(wrong());
        }
    }
    match products.is_empty() {
        true => Err(Error::Content("it is empty".to_owned())),
        false => Ok(products),
    }
}

/// Parses ids in JSON (formats `json`, `ndjson` and `k6`): numbers, or objects with the name of
/// this kind of ids, in arrays or one after another.
fn parse_json(text: &str, kind: TargetKind) -> Result<Vec<u64>> {
    use serde_json::{Deserializer, Value};
    let mut ids = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| {
            Error::Content(format!(
                "the file begins like JSON, but is not JSON: {error}; a list can have the formats \
                 ids, repeated, csv, table, json, ndjson and k6"
            ))
        })?;
        let entries = match value {
            Value::Array(entries) => entries,
            entry => vec![entry],
        };
        for entry in entries {
            let id = entry.as_u64().or_else(|| entry.get(kind.name())?.as_u64());
            let wrong = || {
                let number = ids.len() + 1;
                Error::Content(format!("entry {number}: {entry} has no {}", kind.name()))
            };
            ids.push(id.ok_or_else(wrong)?);
        }
    }
    match ids.is_empty() {
        true => Err(Error::Content("it is empty".to_owned())),
        false => Ok(ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_that_targets_writes_are_read() {
        for text in [
            "5\n7\n7\n",
            "5\n7,7\n",
            "product_id\n5\n7\n7\n",
            "\u{feff}product_id\n5\n7\n7\n",
            "\u{feff}5\n7\n7",
            "product_id\tmax_id\n5\t9\n7\t8\n7\t8",
            "a,product_id\r\n1,5\r\n\r\n1,7\r\n1,7",
            "[5,7,\n7]\n",
            "[{\"product_id\": 5, \"max_id\": 9}, {\"product_id\": 7}, {\"product_id\": 7}]",
            "{\"product_id\": 5}\n{\"product_id\": 7}\n{\"product_id\": 7}\n",
        ] {
            assert_eq!(
                parse(text, TargetKind::Product).unwrap(),
                [5, 7, 7],
                "{text:?}"
            );
        }
    }

    #[test]
    fn ids_of_reviews_are_read_from_their_column() {
        let read = |text| parse(text, TargetKind::Review);
        assert_eq!(read("product_id,review_id\n1,5\n2,6\n").unwrap(), [5, 6]);
        assert_eq!(read("5\n6\n").unwrap(), [5, 6]);
        let error = read("product_id\n5\n").unwrap_err().to_string();
        assert!(error.contains("no column review_id"), "{error}");
    }

    #[test]
    fn what_is_not_a_list_is_an_error_with_its_line() {
        for (text, reason) in [
            ("", "empty"),
            ("product_id\n", "empty"),
            ("review_id\n5\n", "has no column"),
            ("5\nx\n", "line 2"),
            ("a,product_id\n1\n", "line 2"),
            ("5\n-7\n", "line 2"),
            ("[]", "empty"),
            (
                "[5, {\"review_id\": 7}]",
                "entry 2: {\"review_id\":7} has no product_id",
            ),
            ("[5,", "begins like JSON, but is not JSON"),
        ] {
            let error = format!("{:#}", parse(text, TargetKind::Product).unwrap_err());
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
