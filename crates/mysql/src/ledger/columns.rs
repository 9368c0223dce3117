//! The columns that a file fills, which the ledger stores as one text: the names are separated by
//! commas. A comma or a backslash within a name has a backslash before it.

/// Writes columns as one text.
pub(super) fn listed(columns: &[String]) -> String {
    let escaped = |name: &String| name.replace('\\', "\\\\").replace(',', "\\,");
    let escaped: Vec<String> = columns.iter().map(escaped).collect();
    escaped.join(",")
}

/// Reads columns from one text.
pub(super) fn of_list(text: &str) -> Vec<String> {
    let mut columns = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let last = columns.len() - 1;
        match character {
            ',' => columns.push(String::new()),
            '\\' => {
                // older versions did not escape backslashes, so a backslash before another
                // character is kept
                let escaped = characters.next_if(|next| matches!(next, ',' | '\\'));
                columns[last].push(escaped.unwrap_or('\\'));
            }
            other => columns[last].push(other),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_with_commas_and_backslashes_are_read_as_written() {
        for names in [
            &["a"][..],
            &["c,d", "e"],
            &["\\", ",", "a\\,b\\"],
            &["", "x"],
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(of_list(&listed(&names)), names);
        }
        assert_eq!(of_list("a\\b,c"), ["a\\b", "c"]);
    }
}
