//! Headers whose names are not those of the columns, and what was set about them.

use super::*;
use crate::mapping::Rename;

const REVIEWS: &str = "CREATE TABLE r (id INT NOT NULL PRIMARY KEY, review_date DATE, user_name VARCHAR(9), stars INT, \
    source VARCHAR(9) NOT NULL DEFAULT 'web', doubled INT AS (stars * 2))";

fn parsed(schema: &str, header: &str, read: &TableInput) -> Result<Header, String> {
    let table = &parse(schema, "test").unwrap().tables[0];
    let start = format!("{header}\n");
    let header = Header::parse(start.as_bytes(), "r.csv", table, read);
    let header = header.map_err(|error| error.to_string())?;
    let fits = header.check_similar_names("r.csv", table);
    fits.map_err(|error| error.to_string())?;
    Ok(header)
}

fn by_names(header: &str) -> Result<Header, String> {
    parsed(REVIEWS, header, &TableInput::default())
}

/// With settings of the table.
fn set(settings: &[(&str, &[&str])]) -> TableInput {
    let mut read = TableInput::default();
    for (key, values) in settings {
        let values: Vec<_> = values.iter().map(|v| (*v).to_owned()).collect();
        read.set(key, &values).unwrap();
    }
    read
}

fn respelled(header: &Header) -> String {
    let pairs = header.respelled.iter();
    let pairs: Vec<_> = pairs
        .map(|(field, column)| format!("{field}={column}"))
        .collect();
    pairs.join(" ")
}

#[test]
fn names_match_apart_from_case_blanks_and_punctuation_and_that_is_said() {
    let found = by_names("ID,Review Date,userName,STARS.").unwrap();
    assert_eq!(filled(&found), [(0, 0), (1, 1), (2, 2), (3, 3)]);
    assert_eq!(
        respelled(&found),
        "Review Date=review_date userName=user_name STARS.=stars"
    );
    let found = by_names("REVIEW-DATE,id,review.date.utc").unwrap();
    assert_eq!(filled(&found), [(0, 1), (1, 0)]);
    assert_eq!(found.ignored, ["review.date.utc"]);
}

#[test]
fn an_exact_name_takes_precedence_over_one_that_is_spelled_otherwise() {
    let found = by_names("Review Date,id,review_date,Doubled_").unwrap();
    assert_eq!(filled(&found), [(0, 1), (1, 2)]);
    assert_eq!(
        found.ignored,
        ["Review Date", "Doubled_ (the server computes it)"]
    );
    assert!(found.respelled.is_empty());
}

#[test]
fn a_name_with_two_meanings_is_an_error_that_names_both() {
    let error = by_names("id,Review Date,review-date").unwrap_err();
    assert_eq!(
        error,
        "r.csv: field 2 \"Review Date\" and field 3 \"review-date\" may be meant for column \"review_date\"; \
         ignore all of these fields except one, for example with --set r.ignore=review-date"
    );
    let read = set(&[("ignore", &["review-date"])]);
    let found = parsed(REVIEWS, "id,Review Date,review-date", &read).unwrap();
    assert_eq!(filled(&found), [(0, 0), (1, 1)]);
    let two = "CREATE TABLE r (id INT PRIMARY KEY, userid INT, user_id INT)";
    for header in ["id,User Id", "id,user_id,User Id"] {
        let error = parsed(two, header, &TableInput::default()).unwrap_err();
        assert!(
            error.contains("\"User Id\" may be meant for column \"userid\" or \"user_id\"; say for which one with --rename 'User Id=COLUMN', or ignore the field with --set 'r.ignore=User Id'"),
            "{error}"
        );
    }
    assert!(parsed(two, "id,userId,user_id,User Id", &TableInput::default()).is_ok());
}

#[test]
fn a_renamed_field_fills_its_column() {
    let read = set(&[("rename", &["REVIEW_ID=id", "posted at=Review Date"])]);
    let found = parsed(REVIEWS, "review_id,Posted At,stars", &read).unwrap();
    assert_eq!(filled(&found), [(0, 0), (1, 1), (3, 2)]);
    assert!(found.respelled.is_empty(), "what was set is not said");
    // two columns exchange their names
    let read = set(&[("rename", &["stars=id", "id=stars"])]);
    let found = parsed(REVIEWS, "id,stars", &read).unwrap();
    assert_eq!(filled(&found), [(0, 1), (3, 0)]);
}

#[test]
fn a_rename_that_cannot_be_done_is_an_error_with_near_names() {
    let error = |header: &str, rename: &str| {
        parsed(REVIEWS, header, &set(&[("rename", &[rename])])).unwrap_err()
    };
    assert_eq!(
        error("REVIEW_ID,stars", "REVIEW_IDS=id"),
        "r.csv: rename REVIEW_IDS=id: the header has no field REVIEW_IDS; did you mean REVIEW_ID?"
    );
    assert!(error("a,b", "x=id").ends_with("no field x; it has \"a, b\""));
    assert!(
        error("id,when", "when=review_dat")
            .ends_with("table r has no column review_dat; did you mean review_date?")
    );
    assert!(
        error("id,x", "x=body")
            .ends_with("no column body; it has id, review_date, user_name, stars, source, doubled")
    );
    assert!(error("id,x", "x=doubled").contains("the server computes column doubled"));
    let twice = error("id,x,x,stars", "x=source");
    assert!(
        twice.contains("the header has x more than once, in fields 2 and 3; ")
            && twice.ends_with("--set r.fields=id,-,-,stars"),
        "{twice}"
    );
    let both = error("id,x", "x=id");
    assert!(
        both.contains("column \"id\" more than once, in fields 1 and 2"),
        "{both}"
    );
}

#[test]
fn a_rename_for_all_tables_applies_where_it_can() {
    let mut read = TableInput::default();
    let rename = |text: &str| Rename::parse(text).unwrap();
    read.mapping.renames_of_all = vec![rename("K=id"), rename("nothing=stars"), rename("x=body")];
    let found = parsed(REVIEWS, "k,x,source", &read).unwrap();
    assert_eq!(
        (filled(&found), &found.ignored[..]),
        (vec![(0, 0), (4, 2)], &["x".to_owned()][..])
    );
    // that of the table precedes it
    read.mapping.renames = vec![rename("k=stars")];
    assert_eq!(
        filled(&parsed(REVIEWS, "k,id", &read).unwrap()),
        [(0, 1), (3, 0)]
    );
}

#[test]
fn fields_are_named_by_position_with_a_header_or_without() {
    let read = set(&[("fields", &["id, -, review date,", "", "stars"])]);
    assert!(
        parsed(REVIEWS, "a,b", &read).is_err(),
        "a comma in a list of several"
    );
    let read = set(&[("fields", &["id,-,review date,,stars"])]);
    let found = parsed(REVIEWS, "Why?,Why?,x,y,id", &read).unwrap();
    assert_eq!(filled(&found), [(0, 0), (1, 2), (3, 4)]);
    assert_eq!(
        found.ignored,
        ["Why? (ignored on purpose)", "y (ignored on purpose)"]
    );
    assert_eq!((found.bytes, found.fields), (17, 5));
    let mut absent = read.clone();
    absent.format.header = HeaderLine::Absent;
    let found = parsed(REVIEWS, "1,x,2020-01-01,y,5", &absent).unwrap();
    assert_eq!(filled(&found), [(0, 0), (1, 2), (3, 4)]);
    assert_eq!((found.bytes, found.fields), (0, 5));
    assert_eq!(found.ignored[0], "column 2 (ignored on purpose)");
    let error = |fields: &str, header: &str| {
        parsed(REVIEWS, header, &set(&[("fields", &[fields])])).unwrap_err()
    };
    assert!(error("id,stars", "a,b,c").contains("has 2 names, but the header has 3: \"a, b, c\""));
    assert!(error("id,star", "a,b").contains("no column star; did you mean stars?"));
    assert!(error("id,ID", "a,b").contains("names column id more than once"));
    assert!(error("stars,-", "a,b").ends_with("has no column \"id\", which needs a value"));
}

#[test]
fn names_cannot_be_set_for_files_without_header() {
    for setting in [("rename", "a=id"), ("ignore", "a")] {
        let mut read = set(&[(setting.0, &[setting.1])]);
        read.format.header = HeaderLine::Absent;
        let error = parsed(REVIEWS, "1", &read).unwrap_err();
        assert!(
            error.contains("have no header") && error.contains("r.fields="),
            "{error}"
        );
    }
}

#[test]
fn fields_that_are_ignored_on_purpose_are_no_error_and_are_listed() {
    assert!(by_names("id,user_nmae").is_err());
    let read = set(&[("ignore", &["user_nmae", "Review Date", "not there"])]);
    let found = parsed(REVIEWS, "id,user_nmae,review_date,other,stars", &read).unwrap();
    assert_eq!(
        found.ignored,
        [
            "user_nmae (ignored on purpose)",
            "review_date (ignored on purpose)",
            "other"
        ]
    );
    assert_eq!(found.unfilled.len(), 3);
}

#[test]
fn a_constant_fills_its_column_in_every_row() {
    let mut read = TableInput::default();
    read.mapping.set_constant("Source", "first");
    read.mapping.set_constant("source", "kaggle");
    let constant = (4, ColumnSource::Constant("kaggle".into()));
    let found = parsed(REVIEWS, "id,stars,source", &read).unwrap();
    assert_eq!(found.columns[2], constant);
    assert_eq!(found.ignored, ["source (its column has a constant value)"]);
    assert!(found.unfilled.iter().all(|u| u.name != "source"));
    // a file without header lacks the column
    read.format.header = HeaderLine::Absent;
    let found = parsed(REVIEWS, "1,2020-01-01,a,5", &read).unwrap();
    assert_eq!((found.fields, &found.columns[4]), (4, &constant));
    read.format.header = HeaderLine::Present;
    for (key, value) in [("rename", "x=source"), ("fields", "id,source")] {
        let mut read = read.clone();
        read.set(key, &[value.to_owned()]).unwrap();
        let error = parsed(REVIEWS, "id,x", &read).unwrap_err();
        assert!(error.contains("constant value"), "{error}");
    }
    read.mapping.set_constant("doubled", "1");
    assert!(
        parsed(REVIEWS, "id", &read)
            .unwrap_err()
            .contains("the server computes")
    );
}

#[test]
fn a_constant_makes_up_for_a_column_that_no_field_fills() {
    let schema = "CREATE TABLE r (id INT NOT NULL PRIMARY KEY, source VARCHAR(9) NOT NULL)";
    let mut read = TableInput::default();
    assert!(parsed(schema, "id", &read).is_err());
    read.mapping.set_constant("source", "a");
    assert_eq!(parsed(schema, "id", &read).unwrap().columns.len(), 2);
}

#[test]
fn a_header_below_a_title_is_found() {
    let found = |text: &str| by_names(text).unwrap_err();
    let error = found("Overview\nfrom:,2019\n\nid,Review Date,stars\n1,2020-01-01,5");
    assert!(
        error.ends_with("; line 4 looks like the header: add --skip-lines 3"),
        "{error}"
    );
    let error = found("\n\nOverview;x\nid;stars");
    assert!(
        error.ends_with("line 4 looks like the header: add --skip-lines 3 --delimiter ';'"),
        "{error}"
    );
    let late = format!("{}id,stars\n", "title\n".repeat(20));
    assert!(
        !found(&late).contains("skip-lines"),
        "only the first lines are looked at"
    );
}

#[test]
fn a_first_line_of_data_is_recognised() {
    let texts = "CREATE TABLE r (code CHAR(3) NOT NULL, name VARCHAR(9) NOT NULL)";
    let error =
        |schema: &str, line: &str| parsed(schema, line, &TableInput::default()).unwrap_err();
    let no_header = "it looks like a data row: if the files have no header, add --no-header";
    assert!(error(texts, "A32,Airbus").ends_with(no_header));
    assert!(error(texts, "A32;Airbus").ends_with("add --no-header --delimiter ';'"));
    assert!(!error(texts, "Airbus").contains("add"));
    let days = "CREATE TABLE r (day DATE NOT NULL, price DECIMAL(9,2) NOT NULL)";
    assert!(error(days, "2020-01-01,9.50").ends_with(no_header));
    let error = error(days, "x,2020-01-01,9.50");
    assert!(
        error.ends_with("a data row of 3 fields: if the file has no header, name the column of each field: add --set r.no_header=true --set r.fields=COLUMN,-,COLUMN"),
        "{error}"
    );
}

#[test]
fn delimiters_of_several_characters_and_quotes_as_text_are_recognised() {
    let movies = "CREATE TABLE r (id INT NOT NULL PRIMARY KEY, name VARCHAR(9) NOT NULL)";
    let error = |text: &str| parsed(movies, text, &TableInput::default()).unwrap_err();
    for (text, options) in [
        ("1::Toys: part 2", "add --no-header --delimiter ::"),
        ("1||Toys", "add --no-header --delimiter '||'"),
        ("1|Toys", "add --no-header --delimiter '|'"),
        ("1\u{1}Toys", "add --no-header --delimiter '\\x01'"),
        ("id::name", "separated by \"::\": add --delimiter ::"),
        (
            "1\t\"Rome\n2\tB",
            "add --no-header --delimiter tab --quote none",
        ),
        // between tabs, the quote is within a field
        ("1\tA,\"Rome\n2\tB", "add --no-header --delimiter tab"),
    ] {
        let error = error(text);
        assert!(error.ends_with(options), "{text:?}: {error}");
    }
}

#[test]
fn a_header_in_a_comment_is_found_and_names_the_fields() {
    let error = by_names("# reviews\n#id\tREVIEW-DATE\tmore\tstars\n1\t2020-01-01\tx\t5\n");
    let error = error.unwrap_err();
    let options = "line 2 looks like a header that is a comment: add --set 'r.comment=#' --set r.no_header=true --set r.fields=id,review_date,-,stars --set r.delimiter=tab";
    assert!(error.ends_with(options), "{error}");
    let first = by_names("#id,stars\n1,5\n").unwrap_err();
    assert!(first.contains("line 1 looks like a header"), "{first}");
}

#[test]
fn a_name_that_is_not_utf_8_asks_for_the_encoding() {
    let schema = "CREATE TABLE r (id INT NOT NULL PRIMARY KEY, größe INT)";
    let table = &parse(schema, "test").unwrap().tables[0];
    let header = Header::parse(b"id,gr\xf6\xdfe\n", "r.csv", table, &TableInput::default());
    let error = header.unwrap().check_similar_names("r.csv", table);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("the name of field 2 has bytes that are not UTF-8")
            && error.contains("add --set r.encoding=windows-1252; to ignore"),
        "{error}"
    );
    let schema = "CREATE TABLE r (id INT NOT NULL PRIMARY KEY, größe INT NOT NULL)";
    let table = &parse(schema, "test").unwrap().tables[0];
    let header = Header::parse(b"id,gr\xf6\xdfe\n", "r.csv", table, &TableInput::default());
    let error = header.unwrap_err().to_string();
    assert!(
        error.contains("add --set r.encoding=windows-1252"),
        "{error}"
    );
}
