use std::path::Path;

use super::*;
use crate::open::open_all;
use crate::table_input::TableInput;
use mysql_schema::parse::parse;

const BOTH: &str = "CREATE TABLE a (id INT); CREATE TABLE b (id INT, v INT)";

/// Opens a folder with the JSON file `a.jsonl` and the CSV file `b.csv`.
fn opened(
    sql: &str,
    of_all: &[(&str, &str)],
    of_a: &[(&str, &str)],
    only: &[&str],
) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.jsonl", "{\"id\":1}\n");
    write("b.csv", "id;v\n1;2\n");
    let mut input = Input::folder(Path::new(folder.path()));
    for (key, value) in of_all {
        input.format.set(key, &[(*value).to_owned()]).unwrap();
    }
    let mut read = TableInput {
        format: input.format.clone(),
        ..TableInput::default()
    };
    for (key, value) in of_a {
        read.set(key, &[(*value).to_owned()]).unwrap();
    }
    input.tables.push(("A".to_owned(), read));
    let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
    let opened = open_all(&input, &parse(sql, "test").unwrap(), &only);
    opened.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn settings_of_the_dialect_for_a_json_file_are_an_error() {
    let semicolon = ("delimiter", ";");
    assert_eq!(opened(BOTH, &[semicolon], &[], &[]), Ok(()), "b uses it");
    let latin = ("encoding", "latin1");
    assert_eq!(opened(BOTH, &[semicolon], &[latin], &[]), Ok(()));
    let own = [("quote", "none"), ("no_header", "true")];
    let error = opened(BOTH, &[semicolon], &own, &[]).unwrap_err();
    assert!(
        error.contains("quote, no_header of table a: they apply only to delimited text"),
        "{error}"
    );
    assert!(error.ends_with("add --set a.format=csv"), "{error}");
}

#[test]
fn options_for_all_tables_are_an_error_if_no_file_is_delimited() {
    let all = [
        ("delimiter", ";"),
        ("skip_lines", "1"),
        ("encoding", "latin1"),
    ];
    assert_eq!(opened(BOTH, &all, &[], &["a"]), Ok(()), "they may be for b");
    let error = opened("CREATE TABLE a (id INT)", &all, &[], &[]).unwrap_err();
    let start = "--delimiter, --skip-lines: they apply only to delimited text, but no input file is of this kind";
    assert!(error.starts_with(start), "{error}");
    let encoding = &all[2..];
    assert_eq!(
        opened("CREATE TABLE a (id INT)", encoding, &[], &[]),
        Ok(())
    );
}
