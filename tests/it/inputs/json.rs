//! JSON Lines and JSON arrays as input: the same rows, rules, rejects and resumption as CSV.

mod examples;
mod rejects;

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers};

use super::packing::{Packing, pack};

const TABLES: &str = "
    CREATE TABLE shops (
        id INT NOT NULL PRIMARY KEY,
        name VARCHAR(20) NULL,
        note TEXT NULL,
        price DECIMAL(30,10) NULL,
        opened DATETIME(3) NULL,
        is_open BOOLEAN NULL,
        kind ENUM('a', 'b') NULL,
        more JSON NULL,
        stars INT NOT NULL DEFAULT 7
    );";

/// Puts a file under its whole name.
fn put(files: &Files, name: &str, content: impl AsRef<[u8]>) {
    fs::write(files.path("csv").join(name), content).unwrap();
}

fn shops(scratch: &Scratch, columns: &str) -> String {
    scratch.value(&format!(
        "SELECT GROUP_CONCAT(CONCAT_WS('/', {columns}) ORDER BY id SEPARATOR ' ') FROM shops"
    ))
}

on_both_servers! {
    fn values_of_json_are_loaded_as_fields_of_csv_are(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLES), Scratch::new(server));
        put(&files, "shops.jsonl", concat!(
            "\u{feff}{\"id\": 1, \"na-me\": \"Ann \\\"\\u00e9\\\"\\n\", \"note\": \"\", \"price\": 12345678901234567890.0123456789, \"opened\": 1300000346022, \"is_open\": true, \"kind\": \"a\", \"more\": {\"b\": [1, \"x\"]}, \"other\": 1}\r\n",
            "\n",
            "{\"id\": \"2\", \"na-me\": \"NULL\", \"note\": \"\\\\N\", \"price\": \"1.5\", \"opened\": \"2024-02-29 10:11:12.5\", \"is_open\": \"no\", \"kind\": null, \"more\": \"x\"}\n",
            "{\"id\": 3}",
        ));
        files.seed(&scratch, &["--verify", "full"]).exits(0)
            .says("shops: header names are read as columns: \"na-me\" = name")
            .says("shops: columns left out: other");
        assert_eq!(
            shops(&scratch, "id, HEX(name), CONCAT('<', note, '>'), price, opened, is_open, kind, stars"),
            "1/416E6E2022C3A9220A/<>/12345678901234567890.0123456789/2011-03-13 07:12:26.022/1/a/7 \
             2/4E554C4C/<\\N>/1.5000000000/2024-02-29 10:11:12.500/0/7 3/7"
        );
        assert_eq!(
            shops(&scratch, "id, JSON_EXTRACT(more, '$.b[1]'), JSON_TYPE(more)"),
            "1/\"x\"/OBJECT 2/STRING 3"
        );
        let report = files.reported("shops");
        assert_eq!((report["read"].as_u64(), report["loaded"].as_u64()), (Some(3), Some(3)));
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn arrays_and_packed_files_give_the_rows_of_plain_lines(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLES), Scratch::new(server));
        let records: Vec<String> = (0..500)
            .map(|id| format!("{{\"id\": {id}, \"name\": \"n,{id}]\", \"more\": [{id}, {{}}]}}"))
            .collect();
        let lines = records.join("\n");
        put(&files, "shops.ndjson", &lines);
        files.seed(&scratch, &["--batch-size", "4K"]).exits(0);
        let expected = files.reported("shops")["checksum"].clone();
        fs::remove_file(files.path("csv/shops.ndjson")).unwrap();
        let pretty = format!("[\n  {}\n]\n", records.join(",\n  ").replace(", \"", ",\n    \""));
        let inputs: Vec<(&str, Vec<u8>)> = vec![
            ("shops.json", pretty.clone().into_bytes()),
            ("shops.json", lines.clone().into_bytes()),
            ("shops.json.gz", pack(Packing::Gzip, pretty.as_bytes())),
            ("shops.jsonl.zst", pack(Packing::Zstd, lines.as_bytes())),
        ];
        for (name, bytes) in inputs {
            put(&files, name, bytes);
            files.check(&["--batch-size", "4K"]).exits(0);
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--batch-size", "4K", "--verify", "full"]).exits(0);
            assert_eq!(files.reported("shops")["checksum"], expected, "{name}");
            fs::remove_file(files.path("csv").join(name)).unwrap();
        }
        // several files, of which one lacks its last line end
        let (first, second) = records.split_at(200);
        put(&files, "shops-1.jsonl", first.join("\n"));
        put(&files, "shops-2.jsonl", second.join("\n"));
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "0"]).exits(0);
        assert_eq!(scratch.value("SELECT CONCAT(COUNT(*), '/', SUM(id), '/', SUM(LENGTH(name))) FROM shops"), "500/124750/2890");
    }
}

on_both_servers! {
    fn an_interrupted_run_is_resumed_and_rows_are_appended(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLES), Scratch::new(server));
        let good = |id: u32| format!("{{\"id\": {id}, \"name\": \"{}\"}}\n", "x".repeat(10));
        let lines: String = (0..2000).map(good).collect();
        // the run stops at the budget, when batches are loaded already
        let broken: String = (0..300).map(|_| "{\n").collect();
        put(&files, "shops.jsonl", format!("{lines}{broken}"));
        let small = ["--batch-size", "2K", "--max-rejects", "250"];
        files.seed(&scratch, &small).exits(1);
        let more = ["--batch-size", "2K", "--max-rejects", "300", "--verify", "full"];
        files.seed(&scratch, &more).exits(0).says("resum");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM shops"), "2000");
        assert_eq!(files.rejected("shops").len(), 300);
        assert_eq!(files.rejected("shops")[0], (2001, "invalid_json".to_owned()));
        put(&files, "shops.jsonl", good(2000) + &good(1));
        files.seed(&scratch, &["--append", "--max-rejects", "1"]).exits(0);
        assert_eq!(files.rejected("shops"), [(2, "duplicate_key".to_owned())]);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM shops"), "2001");
    }
}

fn checked(name: &str, content: &str, options: &[&str]) -> Ran {
    let files = Files::of_schema(TABLES);
    put(&files, name, content);
    files.check(options)
}

#[test]
fn a_file_in_another_format_than_its_name_says_is_an_error_with_the_setting() {
    let record = "{\"id\": 1}\n";
    checked("shops.csv", record, &[]).exits(2).says(
        "it looks like JSON with an object on each line: if it is, add --set shops.format=jsonl",
    );
    checked("shops.csv", record, &["--set", "shops.format=jsonl"]).exits(0);
    checked("shops.csv", "[{\"id\": 1}]", &[])
        .exits(2)
        .says("it looks like a JSON array: if it is, add --set shops.format=json");
    checked(
        "shops.csv",
        "[{\"id\": 1}]",
        &["--set", "shops.format=json"],
    )
    .exits(0);
    checked("shops.jsonl", "[{\"id\": 1}]", &[])
        .exits(2)
        .says("if the file is an array of objects, add --set shops.format=json");
    checked("shops.jsonl", "id,name\n1,x\n", &[])
        .exits(2)
        .says("it looks like the header of a CSV file: add --set shops.format=csv");
    checked(
        "shops.jsonl",
        "id,name\n1,x\n",
        &["--set", "shops.format=csv"],
    )
    .exits(0);
    checked("shops.jsonl", "{\n  \"id\": 1\n}\n", &[])
        .exits(2)
        .says("jq -c");
    checked(
        "shops.csv",
        "id\n1\n",
        &["--set", "shops.name.from=$.user.name"],
    )
    .exits(2)
    .says("but the file is read as CSV");
}

#[test]
fn an_array_that_does_not_end_is_an_incomplete_file() {
    for content in ["[{\"id\": 1}", "[{\"id\": 1},", "[{\"id\": 1}, {\"id"] {
        checked("shops.json", content, &[])
            .exits(2)
            .says("the file's JSON array does not end");
    }
}

#[test]
fn files_of_both_formats_are_ambiguous() {
    let files = Files::of_schema(TABLES);
    put(&files, "shops.csv", "id\n1\n");
    put(&files, "shops.jsonl", "{\"id\": 1}\n");
    files
        .check(&[])
        .exits(2)
        .says("table shops has several files: shops.csv, shops.jsonl");
    let both = [
        "--map",
        "shops=csv/shops.csv",
        "--map",
        "shops=csv/shops.jsonl",
    ];
    files
        .check(&both)
        .exits(2)
        .says("are not in the same format");
}

#[test]
fn names_in_the_records_are_matched_like_a_header() {
    checked("shops.jsonl", "{\"ID \": 1, \"names\": 2}\n", &[])
        .exits(2)
        .says("\"names\" and column \"name\"");
    checked("shops.jsonl", "{\"name\": 1}\n", &[])
        .exits(2)
        .says("the list of names in the records has no column \"id\"");
    checked("shops.jsonl", "{\"nr\": 1}\n", &["--rename", "nr=id"]).exits(0);
    checked(
        "shops.jsonl",
        "{\"a\": {\"b c\": 1}}\n",
        &["--set", "shops.id.from=$.a['b c']"],
    )
    .exits(0);
    for (set, words) in [
        ("shops.id.from=a.b", "begins with neither $ nor @"),
        ("shops.id.from=@.b", "--set 'shops.each=$.ARRAY'"),
        ("shops.each=@.b", "does not begin with $"),
        (
            "shops.fields=id",
            "is for files whose fields have positions",
        ),
    ] {
        checked("shops.jsonl", "{\"id\": 1}\n", &["--set", set])
            .exits(2)
            .says(words);
    }
    // a file without records fits every table
    checked("shops.jsonl", "\n", &[]).exits(0);
}

#[test]
fn a_name_that_only_a_late_record_has_is_found_or_the_record_is_rejected() {
    let files = Files::of_schema(TABLES);
    let mut lines: String = (0..1200).map(|id| format!("{{\"id\": {id}}}\n")).collect();
    lines.push_str("{\"id\": 1200, \"note\": \"late\"}\n{\"id\": 1201, \"stars\": 3}\n");
    put(&files, "shops.jsonl", &lines);
    files.check(&["--max-rejects", "1"]).exits(1);
    let reasons = files.reasons("shops");
    assert_eq!((reasons.len(), reasons[0].line), (1, 1202));
    assert!(
        reasons[0]
            .message
            .contains("columns.stars.from = \"$.stars\""),
        "{}",
        reasons[0].message
    );
    files.check(&["--set", "shops.stars.from=$.stars"]).exits(1);
}

#[test]
fn a_late_record_with_a_name_in_another_spelling_is_rejected_because_its_value_would_be_lost() {
    let files = Files::of_schema(TABLES);
    let mut lines: String = (0..1200)
        .map(|id| format!("{{\"id\": {id}, \"name\": \"n\"}}\n"))
        .collect();
    lines.push_str("{\"id\": 1200, \"Name\": \"x\"}\n{\"id\": 1201, \"isOpen\": true}\n");
    put(&files, "shops.jsonl", &lines);
    files.check(&["--max-rejects", "2"]).exits(1);
    let reasons = files.reasons("shops");
    let places: Vec<_> = reasons.iter().map(|reason| reason.line).collect();
    assert_eq!(places, [1201, 1202]);
    let path = "columns.is_open.from = \"$.isOpen\"";
    assert!(reasons[1].message.contains(path), "{}", reasons[1].message);
}

#[test]
fn arrays_that_were_concatenated_are_read_and_other_text_after_an_array_is_an_error() {
    let two = "[{\"id\": 1}]\n\u{feff}[{\"id\": 2},\n{\"id\": 3}]\n";
    let files = Files::of_schema(TABLES);
    put(&files, "shops.json", two);
    files.check(&["--report", "report.json"]).exits(0);
    assert_eq!(files.reported("shops")["read"].as_u64(), Some(3));
    checked("shops.json", "[{\"id\": 1}]\n{\"id\": 2}\n", &[])
        .exits(2)
        .says("follows in line 2");
}
