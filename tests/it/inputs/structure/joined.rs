//! Files that were concatenated: byte order marks and headers in the middle.

use std::fs;

use super::checked;
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const ORDERS: &str = "CREATE TABLE orders (id INT NOT NULL PRIMARY KEY, placed DATE NOT NULL, note VARCHAR(20) NULL);";
const CODES: &str = "CREATE TABLE codes (code VARCHAR(10) NOT NULL PRIMARY KEY, n INT NOT NULL);";

const FIRST: &str = "\u{feff}id,placed,note\n1,2024-01-01,a\n2,2024-01-02,b\n";
const SECOND: &str = "\u{feff}id,placed,note\n3,2024-01-03,c\n4,2024-01-04,d\n";
const TAIL: &str = "\u{feff}3,2024-01-03,c\n4,2024-01-04,d\n";

fn checksum(files: &Files) -> serde_json::Value {
    files.reported("orders")["checksum"].clone()
}

#[test]
fn byte_order_marks_and_headers_in_the_middle_are_left_out_with_a_warning() {
    let files = Files::of_schema(ORDERS);
    let plain = format!("{FIRST}{}", TAIL.trim_start_matches('\u{feff}'));
    files.put("orders", &plain);
    let (code, read, loaded, said) = checked(&files, "orders", &[]);
    assert_eq!((code, read, loaded), (Some(0), 4, 4));
    assert!(!said.contains("warning"), "{said}");
    let expected = checksum(&files);
    let header = "warning: orders: left out 1 record that repeats the header, first at csv/orders.csv:4: id,placed,note";
    let mark = "warning: orders: left out 1 byte order mark (U+FEFF) within the file, first at csv/orders.csv:4: <U+FEFF>";
    for (text, warnings) in [
        (format!("{FIRST}{SECOND}"), &[header, mark][..]),
        (format!("{FIRST}{}", &SECOND[3..]), &[header]),
        (
            format!(
                "{FIRST}{}",
                SECOND.replacen("id,placed", "\"ID\",Placed", 1)
            ),
            &["repeats the header", mark],
        ),
        (format!("{FIRST}{TAIL}"), &[mark]),
        (
            format!("{FIRST}{TAIL}\u{feff}\u{feff}\n\u{feff}"),
            &["4 byte order marks"],
        ),
        (
            format!("\u{feff}\n{FIRST}{TAIL}").replace('\n', "\r\n"),
            &["1 byte order mark"],
        ),
    ] {
        files.put("orders", &text);
        for batch in ["16", "40", "1M"] {
            let (code, read, loaded, said) = checked(&files, "orders", &["--batch-size", batch]);
            assert_eq!((code, read, loaded), (Some(0), 4, 4), "{text:?}: {said}");
            assert_eq!(checksum(&files), expected, "{text:?}");
            for warning in warnings {
                assert!(said.contains(warning), "{text:?}: {warning} in {said}");
            }
        }
    }
}

#[test]
fn a_part_may_begin_with_a_byte_order_mark_with_or_without_a_header() {
    let files = Files::of_schema(ORDERS);
    for second in [SECOND, TAIL] {
        // the first part may lack its last line end
        for first in [FIRST, FIRST.trim_end()] {
            fs::write(files.path("csv/orders-1.csv"), first).unwrap();
            fs::write(files.path("csv/orders-2.csv"), second).unwrap();
            let (code, read, loaded, said) = checked(&files, "orders", &[]);
            assert_eq!((code, read, loaded), (Some(0), 4, 4), "{said}");
            assert!(!said.contains("warning"), "{said}");
        }
    }
    let wrong = format!("{TAIL}x,2024-01-05,e\n");
    fs::write(files.path("csv/orders-2.csv"), &wrong).unwrap();
    checked(&files, "orders", &[]);
    let reason = &files.reasons("orders")[0];
    assert_eq!((&reason.file[..], reason.line), ("csv/orders-2.csv", 3));
    assert_eq!(reason.byte_offset, wrong.find('x').unwrap() as u64);
    // without headers
    fs::write(files.path("csv/orders-1.csv"), "\u{feff}1,2024-01-01,a\n").unwrap();
    fs::write(files.path("csv/orders-2.csv"), TAIL).unwrap();
    let (code, read, loaded, said) = checked(&files, "orders", &["--no-header"]);
    assert_eq!((code, read, loaded), (Some(0), 3, 3), "{said}");
}

#[test]
fn a_byte_order_mark_within_a_field_is_kept_with_a_warning_and_shown() {
    let files = Files::of_schema(ORDERS);
    files.put(
        "orders",
        "id,placed,note\n1,2024-01-01,a\u{feff}b\n2,\u{feff}2024-01-02,b\n",
    );
    let (code, read, loaded, said) = checked(&files, "orders", &[]);
    assert_eq!((code, read, loaded), (Some(1), 2, 1));
    let warning = "warning: orders: kept 2 byte order marks (U+FEFF) within fields as text, first at csv/orders.csv:2: ";
    assert!(said.contains(warning), "{said}");
    assert_eq!(files.reasons("orders")[0].value, "<U+FEFF>2024-01-02");
    let warnings = files.reported("orders")["warnings"].clone();
    assert!(
        warnings[0]
            .as_str()
            .unwrap()
            .starts_with("orders: kept 2 byte order marks")
    );
}

#[test]
fn a_header_in_the_middle_is_recognised_among_texts_too_but_not_guessed_in_a_single_column() {
    let files = Files::of_schema("CREATE TABLE t (a VARCHAR(9) NOT NULL, b VARCHAR(9) NOT NULL);");
    files.put("t", "a,b\nx,y\na,b\nz,b\na,z\n");
    let (code, read, loaded, said) = checked(&files, "t", &[]);
    assert_eq!((code, read, loaded), (Some(0), 3, 3), "{said}");
    assert!(
        said.contains("left out 1 record that repeats the header, first at csv/t.csv:3: a,b"),
        "{said}"
    );
    let files = Files::of_schema("CREATE TABLE words (word VARCHAR(9) NOT NULL);");
    files.put("words", "word\nthe\nword\nis\n");
    let (code, read, loaded, said) = checked(&files, "words", &[]);
    assert_eq!((code, read, loaded), (Some(0), 3, 3), "{said}");
    assert!(
        said.contains("whose value equals the header as data, first at csv/words.csv:3: word"),
        "{said}"
    );
}

on_both_servers! {
    fn a_key_after_a_byte_order_mark_is_stored_without_it(server: Server) {
        let (files, scratch) = (Files::of_schema(CODES), Scratch::new(server));
        files.put("codes", "\u{feff}code,n\nA1,1\n\u{feff}B2,2\nC3,3\n");
        files.seed(&scratch, &["--verify", "full"]).exits(0).says("left out 1 byte order mark (U+FEFF) within the file");
        assert_eq!(scratch.value("SELECT CAST(n AS CHAR) FROM codes WHERE code = 'B2'"), "2");
    }
}

#[test]
fn the_bytes_of_a_raw_column_are_no_sign_of_another_dialect() {
    let files =
        Files::of_schema("CREATE TABLE t (id INT NOT NULL, b VARBINARY(20), c VARCHAR(9));");
    files.put("t", "id,b,c\n1,\u{feff}x\\,y\n2,\"a\u{feff},\\\\\",z\n");
    let raw = ["--decode", "t.b=raw"];
    let (code, read, loaded, said) = checked(&files, "t", &raw);
    assert_eq!((code, read, loaded), (Some(0), 2, 2), "{said}");
    assert!(!said.contains("warning"), "{said}");
    files.put("t", "id,b,c\n1,\u{feff}x,\u{feff}y\n");
    let (_, _, _, said) = checked(&files, "t", &raw);
    assert!(
        said.contains("kept 1 byte order mark (U+FEFF) within fields"),
        "{said}"
    );
}
