use super::*;
use crate::schema::parse::parse;

const TABLE: &str = "CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9) NOT NULL, note VARCHAR(9), \
    kind INT NOT NULL DEFAULT 0, twice INT AS (kind * 2))";

fn header(start: &[u8]) -> Result<Header> {
    Header::parse(
        start,
        "t.csv",
        &parse(TABLE, "test").unwrap().tables[0],
        &Format::default(),
    )
}

fn refusal(start: &[u8]) -> String {
    header(start).unwrap_err().to_string()
}

#[test]
fn names_are_matched_in_any_order_and_dress() {
    let found = header(b"NOTE, id ,\"Name\"\n1,2,3\n").unwrap();
    assert_eq!(found.columns, [(0, 1), (1, 2), (2, 0)]);
    assert_eq!((found.fields, found.bytes, found.next_line), (3, 17, 2));
    assert_eq!(found.raw, b"NOTE, id ,\"Name\"\n");
    assert!(found.ignored.is_empty());
}

#[test]
fn what_stands_before_the_header_is_passed_over_and_counted() {
    let found = header(b"\xef\xbb\xbf\r\n\nname,id\r\n1,2\r\n").unwrap();
    assert_eq!((found.bytes, found.next_line), (15, 4));
    assert_eq!(found.raw, b"name,id\r\n", "without the byte order mark");
    let alone = header(b"name").unwrap();
    assert_eq!((alone.bytes, alone.next_line, alone.fields), (4, 1, 1));
    let old = header(b"id,name\r1,a\r").unwrap();
    assert_eq!(
        (old.bytes, old.next_line),
        (8, 1),
        "a lone carriage return is no line feed"
    );
}

#[test]
fn columns_that_the_table_lacks_or_computes_are_left_out_and_remembered() {
    let found = header(b"name,twice, remark ,,kind\n").unwrap();
    assert_eq!(found.columns, [(1, 0), (3, 4)]);
    assert_eq!(found.ignored, ["twice", "remark", ""]);
}

#[test]
fn columns_that_may_be_missing_may_be_missing() {
    assert!(header(b"name\n").is_ok());
    assert_eq!(
        refusal(b"id,note\n"),
        "t.csv: header has no column \"name\"; found \"id, note\""
    );
}

#[test]
fn a_header_that_names_a_column_twice_is_refused() {
    assert_eq!(
        refusal(b"name,id,NAME\n"),
        "t.csv: header names column \"name\" twice; found \"name, id, NAME\""
    );
    // what is left out anyway may come twice
    assert!(header(b"name,x,x\n").is_ok());
}

#[test]
fn a_first_line_of_data_is_no_header() {
    assert!(refusal(b"1,Ann,\n").starts_with(
        "t.csv: the first line is no header for table t; expected column names such as"
    ));
    let long = format!("{}\n", "x".repeat(5000));
    let message = refusal(long.as_bytes());
    assert!(message.ends_with("…\"") && message.len() < 400, "{message}");
}

#[test]
fn a_header_that_does_not_end_is_none() {
    let endless = vec![b'x'; HEADER_LIMIT];
    assert!(refusal(&endless).contains("no header found in the first 65536 bytes"));
    let quoted = [b"\"id".as_slice(), &vec![b'\n'; HEADER_LIMIT]].concat();
    assert!(refusal(&quoted[..HEADER_LIMIT]).contains("no header found"));
}

#[test]
fn a_quote_in_the_header_that_is_never_closed_is_no_header() {
    let message = refusal(b"id,\"name\n1,a\n");
    assert!(message.contains("t.csv"), "{message}");
}

#[test]
fn a_file_without_a_line_is_empty() {
    for start in [&b""[..], b"\xef\xbb\xbf", b"\r\n\r\n"] {
        assert!(refusal(start).contains("is empty"), "{start:?}");
    }
}

#[test]
fn utf_16_without_its_mark_is_recognised() {
    let written = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "id,name\n1,a\n".encode_utf16().flat_map(order).collect()
    };
    let said = refusal(&written(u16::to_le_bytes));
    assert!(said.ends_with("add --encoding utf-16le"), "{said}");
    let said = refusal(&written(u16::to_be_bytes));
    assert!(said.ends_with("add --encoding utf-16be"), "{said}");
}
