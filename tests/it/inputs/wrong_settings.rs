//! Files for which a setting seems to help, but would change or lose accepted records. `check` does
//! not add the setting to the configuration, and names the true cause.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::Ran;

const TABLE: &str = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(60), b VARCHAR(30), \
     c DECIMAL(9,2), d DATE);";

/// The output of `check --write-config`, and what it wrote.
fn checked(content: &[u8]) -> (Files, Ran, String) {
    let files = Files::of_schema(TABLE);
    files.put("t", content);
    let config = files.path("found.toml");
    let options = [
        "--config",
        config.to_str().unwrap(),
        "--max-rejects",
        "100%",
    ];
    fs::write(&config, "").unwrap();
    let ran = files.check(&[&options[..], &["--write-config"]].concat());
    let written = fs::read_to_string(&config).unwrap();
    (files, ran, written)
}

#[track_caller]
fn adds_nothing(content: &[u8], cause: &str) -> Ran {
    let (_, ran, written) = checked(content);
    assert!(ran.stderr.contains(cause), "{}", ran.stderr);
    assert_eq!(written, "", "{}", ran.stderr);
    ran
}

#[test]
fn quotes_that_enclose_accepted_fields_do_not_become_text() {
    let cause = "t: 1 rejected record: quotes within quoted fields are not doubled";
    adds_nothing(
        b"id,a,b\n1,\"x\",a\n2,\"y, z\",b\n3,\"bad \"inner\" quote\",c\n",
        cause,
    );
    // without such a field, quotes may be text; but then those of accepted values are text too
    let ran = adds_nothing(
        b"id,a,b\n1,\"x\",a\n2,\"Rome\" in Rome,b\n",
        "quotes are text, and nothing encloses fields",
    );
    assert!(
        ran.stderr.contains("\n# quote = \"none\"\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("quotes around accepted values"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_with_lf_does_not_become_one_with_crlf() {
    let (_, ran, written) = checked(b"id,a,b\n1,x,y\n2,Paris\nFrance,y\n3,Rome,z\n");
    let cause = "t: all 2 rejected records: line ends in fields that are not in quotes";
    assert!(ran.stderr.contains(cause), "{}", ran.stderr);
    assert_eq!(written, "");
    adds_nothing(
        b"id,a,b\n1,x,y\n2,Paris, France,y\n",
        "t: 1 rejected record: more fields than the header has",
    );
}

#[test]
fn the_encoding_of_single_records_is_not_that_of_the_file() {
    let cause =
        "bytes that are not UTF-8; another encoding for the file would change accepted records";
    adds_nothing(b"id,a\n1,gr\xc3\xb6\xc3\x9fe\n2,caf\xe9\n3,x\n", cause);
}

#[test]
fn an_encoding_in_which_words_have_signs_or_capitals_within_is_not_taken() {
    let cause = "the file is not in UTF-8, and its encoding is not clear";
    // the code page 437 of DOS
    adds_nothing(b"id,a\n1,M\x81ller\n2,B\x84cker\n3,x\n", cause);
    // Mac OS Roman
    let ran = adds_nothing(b"id,a\n1,Caf\x8e cr\x8fme\n2,M\x9fller\n3,x\n", cause);
    assert!(
        ran.stderr.contains("\n# encoding = \"macintosh\"\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_record_that_was_cut_off_is_not_padded() {
    let cause = "# only you know whether this is right: a record that was cut off looks the same";
    adds_nothing(b"id,a,b\n1,x,y\n2,x,y\n3,x\n", cause);
    // not even a suggestion if others have delimiters for empty fields, or if the file ends within
    // the record
    let ran = adds_nothing(b"id,a,b\n1,x,\n2,x,y\n3,x\n4,y\n", "field_count 2");
    assert!(!ran.stderr.contains("short_rows"), "{}", ran.stderr);
    let ran = adds_nothing(b"id,a,b\n1,x,y\n2,x,y\n3,x", "field_count 1");
    assert!(!ran.stderr.contains("short_rows"), "{}", ran.stderr);
}

#[test]
fn a_decimal_mark_that_accepted_values_contradict_is_not_taken() {
    adds_nothing(
        b"id,c\n1,\"1,5\"\n2,2.5\n",
        "numbers with a decimal comma, but a setting for them would reject \"2.5\"",
    );
}

#[test]
fn the_settings_of_all_wrong_columns_are_found_at_once() {
    let content = "id;a;b;c;d\r\n1;M\u{fc}ller;x;1.234,50 \u{80};31.12.2023\r\n\
                   2;Maier;y;12,5 \u{80};NA\r\n3;\u{d6}z;z;7,00- \u{80};03.04.2024\r\n";
    // Latin-1 with the euro sign of windows-1252
    let bytes: Vec<u8> = content.chars().map(|c| c as u8).collect();
    let files = Files::of_schema(TABLE);
    files.put("t", &bytes);
    let config = files.path("found.toml");
    fs::write(&config, "[tables.t]\ndelimiter = \";\"\n").unwrap();
    let options = ["--config", config.to_str().unwrap()];
    files
        .check(&[&options[..], &["--write-config"]].concat())
        .exits(1);
    let written = fs::read_to_string(&config).unwrap();
    let read = files.check(&options);
    assert_eq!(read.code, Some(0), "{written}\n{}", read.stderr);
    assert_eq!(files.reported("t")["loaded"], 3);
    assert!(written.contains("encoding = \"windows-1252\""), "{written}");
    assert!(written.contains("date_order = \"dmy\""), "{written}");
}

#[test]
fn values_in_another_dialect_may_need_settings_too() {
    let content = b"id,a,b,c,d\n'1','x, y','b','1','31/12/2023'\n'2','z','b','2','30/12/2023'\n";
    let (files, ran, written) = checked(content);
    let config = files.path("found.toml");
    let read = files.check(&["--config", config.to_str().unwrap()]);
    assert_eq!(read.code, Some(0), "{written}\n{}", ran.stderr);
    assert_eq!(files.reported("t")["loaded"], 2);
}

#[test]
fn records_with_another_delimiter_or_more_fields_than_the_header_name_the_cause() {
    adds_nothing(
        b"id,a,b\n1;x;y\n2;Rome;z\n3;Bonn;z\n",
        "t: all 3 rejected records: the fields of the records are separated by semicolons, but those of the header are not",
    );
    adds_nothing(
        b"id,a,b\n1,x,y,z\n2,Rome,z,w\n3,Bonn,z,w\n",
        "t: all 3 rejected records: the records have 4 fields, but the header has only 3 names",
    );
}
