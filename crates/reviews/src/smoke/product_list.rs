//! The products that the test asks for: from a file that `targets` wrote, or the last tenth of a
//! database.

use std::path::Path;

use mysql::db::MySqlConnection;

use crate::error::{Error, Result};
use crate::targets::{Portion, Selection, TargetKind, Weight, database};

/// Reads product ids: one or more numbers in a line (formats `ids` and `repeated`), or the column
/// product_id of a file with a header (formats `csv` and `table`).
///
/// # Errors
///
/// When the file cannot be read, is empty, or has a line without a product id.
pub fn read(file: &Path) -> Result<Vec<u64>> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(Error::io(|| format!("cannot read {name}")))?;
    parse(&text).map_err(|error| Error::ProductList {
        what: format!(
            "{name} is not a list of products; make one with `reviewseed targets -o FILE`"
        ),
        source: Box::new(error),
    })
}

/// The last tenth of the products, as `targets` selects it; empty when there are no reviews.
///
/// # Errors
///
/// The same as for [`database::select`].
pub async fn last_tenth(connection: &mut MySqlConnection) -> Result<Vec<u64>> {
    let selection = Selection {
        target: TargetKind::Product,
        portion: Portion::TENTH,
        limit: None,
        weight: Weight::Once,
    };
    let mut products = Vec::new();
    database::select(
        connection,
        selection,
        database::LONGEST_WALK,
        &mut |entry| {
            products.push(entry.product);
            Ok(())
        },
    )
    .await?;
    Ok(products)
}

fn parse(text: &str) -> Result<Vec<u64>> {
    let fields = |line| str::split(line, [',', '\t']).map(|f: &str| f.trim().trim_matches('"'));
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .peekable();
    let column = match lines.peek() {
        Some((_, first)) if first.contains(|c: char| c.is_ascii_alphabetic()) => {
            let column = fields(first).position(|f| f == "product_id");
            let column = column.ok_or_else(|| {
                Error::Content(format!(
                    "its first line \"{first}\" has no column product_id"
                ))
            })?;
            lines.next();
            Some(column)
        }
        _ => None,
    };
    let mut products = Vec::new();
    for (number, line) in lines {
        let wrong = || Error::Content(format!("line {}: \"{line}\" has no product id", number + 1));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_that_targets_writes_are_read() {
        for text in [
            "5\n7\n7\n",
            "5\n7,7\n",
            "product_id\n5\n7\n7\n",
            "product_id\tmax_id\n5\t9\n7\t8\n7\t8",
            "a,product_id\r\n1,5\r\n\r\n1,7\r\n1,7",
        ] {
            assert_eq!(parse(text).unwrap(), [5, 7, 7], "{text:?}");
        }
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
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
