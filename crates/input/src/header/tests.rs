use super::*;
use crate::format::Format;
use mysql_schema::parse::parse;

mod mapping;

const TABLE: &str = "CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9) NOT NULL, note VARCHAR(9), \
    kind INT NOT NULL DEFAULT 0, twice INT AS (kind * 2))";

fn header(start: &[u8]) -> Result<Header> {
    let table = &parse(TABLE, "test").unwrap().tables[0];
    Header::parse(start, "t.csv", table, &TableInput::default())
}

/// The columns that fields fill: (column, field).
fn filled(header: &Header) -> Vec<(usize, usize)> {
    let columns = header.columns.iter();
    let fields = columns.filter_map(|(column, source)| match source {
        ColumnSource::Field(field) => Some((*column, *field)),
        ColumnSource::Constant(_) => None,
    });
    fields.collect()
}

fn error_of(start: &[u8]) -> String {
    header(start).unwrap_err().to_string()
}

#[test]
fn names_match_in_any_order_and_case() {
    let found = header(b"NOTE, id ,\"Name\"\n1,2,3\n").unwrap();
    assert_eq!(filled(&found), [(0, 1), (1, 2), (2, 0)]);
    assert_eq!((found.fields, found.bytes, found.next_line), (3, 17, 2));
    assert_eq!(found.raw, b"NOTE, id ,\"Name\"\n");
    assert!(found.ignored.is_empty());
}

#[test]
fn names_that_begin_with_a_blank_or_have_other_letters_than_ascii_match() {
    let sql = "CREATE TABLE t (` id` INT, id INT, `größe` INT, ` Год` INT)";
    let table = &parse(sql, "test").unwrap().tables[0];
    let columns = |start: &str| {
        let read = TableInput::default();
        filled(&Header::parse(start.as_bytes(), "t.csv", table, &read).unwrap())
    };
    assert_eq!(
        columns("GRÖSSE, id,id,ГОД\n"),
        [(0, 1), (1, 2), (3, 3)],
        "ß has no capital letter that case folding finds"
    );
    assert_eq!(columns("ГОД,id, GRÖßE\n"), [(1, 1), (2, 2), (3, 0)]);
}

#[test]
fn blank_lines_and_byte_order_marks_before_the_header_are_skipped() {
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
fn fields_that_are_no_column_or_a_computed_one_are_ignored_and_listed() {
    let found = header(b"name,twice, remark ,,kind\n").unwrap();
    assert_eq!(filled(&found), [(1, 0), (3, 4)]);
    assert_eq!(
        found.ignored,
        [
            "twice (the server computes it)",
            "remark",
            "column 4 (no name)"
        ]
    );
}

fn mistaken(start: &[u8]) -> Option<String> {
    let table = &parse(TABLE, "test").unwrap().tables[0];
    let error = header(start).unwrap().check_similar_names("t.csv", table);
    error.err().map(|e| e.to_string())
}

#[test]
fn columns_that_no_field_fills_are_listed_with_the_value_that_they_get() {
    let found = header(b"name\n").unwrap();
    let words = unfilled_in_words(&found.unfilled);
    assert_eq!(
        words,
        "note (NULL in every row), kind (the DEFAULT in every row), id (numbered by the server)"
    );
    let absent = TableInput {
        format: Format {
            header: HeaderLine::Absent,
            ..Format::default()
        },
        ..TableInput::default()
    };
    let table = &parse(TABLE, "test").unwrap().tables[0];
    let all = Header::parse(b"1,2\n", "t.csv", table, &absent).unwrap();
    assert!(all.unfilled.is_empty());
}

#[test]
fn a_column_of_a_foreign_key_is_not_left_to_auto_increment() {
    let sql = "CREATE TABLE p (id INT PRIMARY KEY); \
               CREATE TABLE c (id INT AUTO_INCREMENT PRIMARY KEY, n INT, CONSTRAINT of_p FOREIGN KEY (id) REFERENCES p (id), \
               FOREIGN KEY (id) REFERENCES c (id), FOREIGN KEY (n) REFERENCES c (id));\
               CREATE TABLE d (id INT AUTO_INCREMENT PRIMARY KEY, n INT, FOREIGN KEY (id) REFERENCES d (id), FOREIGN KEY (n) REFERENCES d (id))";
    let schema = parse(sql, "test").unwrap();
    let read = |table: &str, start: &[u8]| {
        Header::parse(
            start,
            "t.csv",
            schema.table(table).unwrap(),
            &TableInput::default(),
        )
    };
    let error = read("c", b"n\n").unwrap_err().to_string();
    assert!(
        error.contains("no column \"id\": the server would number it, but it belongs to the foreign key of_p to p"),
        "{error}"
    );
    assert!(read("c", b"n,id\n").is_ok());
    assert!(read("d", b"n\n").is_ok(), "each row is its own parent");
}

#[test]
fn a_field_with_nearly_the_name_of_an_unfilled_column_is_an_error() {
    assert_eq!(
        mistaken(b"name,id,Note $\n").unwrap(),
        "t.csv: field 3 \"Note $\" and column \"note\" of table t seem to mean the same, but their names differ, so the column would \
         stay empty; if they do, add --rename 'Note $=note'; to ignore a field, add --set 't.ignore=Note $'"
    );
    assert!(mistaken(b"name,knid\n").unwrap().contains("\"kind\""));
    let both = mistaken(b"name,notes,kinds\n").unwrap();
    assert!(
        both.contains("\"note\", field 3 \"kinds\" and column \"kind\""),
        "{both}"
    );
    assert!(
        both.contains("add --rename notes=note --rename kinds=kind; ")
            && both.ends_with("add --set t.ignore=notes --set t.ignore=kinds"),
        "{both}"
    );
    assert_eq!(mistaken(b"name,id,\n"), None, "a field without name");
    // a second spelling of a filled column, and the name of a computed column, are no error
    assert_eq!(mistaken(b"name,note,note_\n"), None);
    assert_eq!(mistaken(b"name,note,note_,notes\n"), None);
    assert_eq!(mistaken(b"name,twice,remark\n"), None);
}

#[test]
fn a_field_at_the_position_of_an_unfilled_column_is_an_error() {
    let said = mistaken(b"id,name,remark,kind\n").unwrap();
    assert!(
        said.contains("field 3 \"remark\" and column \"note\""),
        "{said}"
    );
    assert_eq!(mistaken(b"name,id,remark,kind\n"), None, "another order");
    assert_eq!(mistaken(b"id,name,remark\n"), None, "fewer fields");
}

#[test]
fn a_header_that_fills_only_the_key_is_an_error() {
    let keys = "CREATE TABLE t (a INT, b INT, weight INT, made DATE DEFAULT '2020-01-01', PRIMARY KEY (a, b))";
    let table = &parse(keys, "test").unwrap().tables[0];
    let said = |start: &[u8]| {
        let header = Header::parse(start, "t.csv", table, &TableInput::default()).unwrap();
        let error = header.check_similar_names("t.csv", table);
        error.err().map(|e| e.to_string())
    };
    let words = said(b"b,a,score\n").unwrap();
    assert!(
        words.contains("only the primary key of table t: no column is named \"score\", and no field is named \"weight\""),
        "{words}"
    );
    assert_eq!(said(b"b,a\n"), None, "nothing is left out");
    assert_eq!(said(b"b,a,,\n"), None, "what is left out has no name");
    assert_eq!(said(b"b,a,weight,score\n"), None);
}

#[test]
fn a_missing_column_is_reported_with_the_field_that_looks_like_it() {
    let said = error_of(b"id,Nmae,note\n");
    assert!(
        said.ends_with("no column \"name\"; found \"id, Nmae, note\"; field 2 \"Nmae\" looks like \"name\": if it is that column, add --rename Nmae=name"),
        "{said}"
    );
}

#[test]
fn nullable_columns_may_be_absent_from_the_header() {
    assert!(header(b"name\n").is_ok());
    assert_eq!(
        error_of(b"id,note\n"),
        "t.csv: the header has no column \"name\"; found \"id, note\""
    );
}

#[test]
fn a_header_that_names_a_column_twice_is_an_error() {
    assert_eq!(
        error_of(b"name,id,NAME\n"),
        "t.csv: the header names column \"name\" more than once, in fields 1 and 3; found \"name, id, NAME\"; \
         name the columns of the fields by position, with - for a field that is to be ignored: --set t.fields=name,id,-"
    );
    let both = error_of(b"id,name,note,ID,NAME\n");
    assert!(
        both.contains("column \"id\" more than once, in fields 1 and 4, column \"name\" more than once, in fields 2 and 5;"),
        "{both}"
    );
    assert!(header(b"id,name,note,,\n").is_ok());
    // an ignored name may occur twice
    assert!(header(b"name,x,x\n").is_ok());
}

#[test]
fn a_first_line_of_data_is_not_a_header() {
    assert!(error_of(b"1,Ann,\n").starts_with(
        "t.csv: the first line is not a header for table t; expected column names such as"
    ));
    let long = format!("{}\n", "x".repeat(5000));
    let message = error_of(long.as_bytes());
    assert!(message.ends_with("…\"") && message.len() < 400, "{message}");
}

#[test]
fn a_header_without_an_end_is_an_error() {
    let endless = vec![b'x'; HEADER_LIMIT];
    assert!(error_of(&endless).contains("the first 65536 bytes contain no complete header line"));
    let quoted = [b"\"id".as_slice(), &vec![b'\n'; HEADER_LIMIT]].concat();
    assert!(error_of(&quoted[..HEADER_LIMIT]).contains("contain no complete header line"));
}

#[test]
fn an_unclosed_quote_in_the_header_is_an_error() {
    let message = error_of(b"id,\"name\n1,a\n");
    assert!(message.contains("t.csv"), "{message}");
}

#[test]
fn a_file_without_a_line_is_reported_as_empty() {
    for start in [&b""[..], b"\xef\xbb\xbf", b"\r\n\r\n"] {
        assert!(error_of(start).contains("is empty"), "{start:?}");
    }
}

#[test]
fn utf_16_without_a_byte_order_mark_is_recognised() {
    let written = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "id,name\n1,a\n".encode_utf16().flat_map(order).collect()
    };
    let said = error_of(&written(u16::to_le_bytes));
    assert!(said.ends_with("add --encoding utf-16le"), "{said}");
    let said = error_of(&written(u16::to_be_bytes));
    assert!(said.ends_with("add --encoding utf-16be"), "{said}");
}

#[test]
fn a_header_is_read_in_the_dialect_of_the_file() {
    let table = &parse(TABLE, "test").unwrap().tables[0];
    let of = |settings: &[(&str, &str)], start: &[u8]| {
        let mut read = TableInput::default();
        for (key, value) in settings {
            read.set(key, &[(*value).to_owned()]).unwrap();
        }
        Header::parse(start, "t.csv", table, &read)
    };
    let found = of(
        &[("quote", "'"), ("delimiter", "::")],
        b"'na''me'::'name'::id\n1",
    );
    let found = found.unwrap();
    assert_eq!(
        (found.fields, found.bytes, filled(&found)),
        (3, 21, vec![(0, 2), (1, 1)])
    );
    assert_eq!(found.names(), ["na'me", "name", "id"]);
    let found = of(&[("dialect", "mysql")], b"\"na\\\nme\",name\n1,2\n").unwrap();
    assert_eq!((found.next_line, found.names()[0].as_str()), (3, "na\nme"));
    let absent = of(&[("dialect", "mysqldump-tab")], b"1\t2\n").unwrap();
    assert_eq!((absent.bytes, absent.fields), (0, 4));
    let error = of(&[], b"'id','name'\n").unwrap_err().to_string();
    assert!(
        error.ends_with("its names are in single quotes: add --quote \"'\""),
        "{error}"
    );
    let error = of(&[("quote", ",")], b"id,name\n").unwrap_err().to_string();
    assert_eq!(error, "t.csv: delimiter and quote are both \",\"");
}
