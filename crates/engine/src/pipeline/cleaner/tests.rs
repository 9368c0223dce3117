use proptest::prelude::*;

use super::*;
use input::Input;
use mysql_schema::parse::parse;

/// A column of a table that has each kind of column, nullable and not.
fn column(definition: &str) -> Column {
    let schema = parse(&format!("CREATE TABLE t (c {definition})"), "test").unwrap();
    schema.tables[0].columns[0].clone()
}

/// The result for a field, in words: the value or the rule.
fn cleaned(definition: &str, field: &str) -> String {
    let column = column(definition);
    let mut batch = Batch::new(Layout::new([&column.kind]), 0, 1, BatchSize::default());
    match clean_value(&column, field.as_bytes(), &mut batch) {
        Ok(()) => format!("{:?}", batch.pending_value(0)),
        Err(fault) => fault.rule.name().to_owned(),
    }
}

const SPELLINGS: [&str; 6] = ["", "null", "NULL", "nUlL", "\\N", "Null"];

const NOT_TEXT: [&str; 10] = [
    "INT",
    "BOOLEAN",
    "DECIMAL(5,2)",
    "FLOAT",
    "DOUBLE",
    "DATETIME(3)",
    "DATE",
    "TIME",
    "YEAR",
    "ENUM('a','b')",
];

#[test]
fn each_spelling_of_null_is_null_where_null_may_be() {
    for definition in NOT_TEXT
        .into_iter()
        .chain(["CHAR(9)", "VARCHAR(9)", "TEXT"])
    {
        for field in SPELLINGS {
            assert_eq!(cleaned(definition, field), "Null", "{definition} {field:?}");
        }
    }
}

#[test]
fn each_spelling_of_null_is_a_missing_value_where_null_may_not_be() {
    for definition in NOT_TEXT {
        for field in SPELLINGS.into_iter().chain(["  ", " null\t"]) {
            assert_eq!(
                cleaned(&format!("{definition} NOT NULL"), field),
                "missing_value",
                "{definition} {field:?}"
            );
        }
    }
}

#[test]
fn text_that_may_not_be_null_keeps_what_is_written() {
    for definition in ["CHAR(9) NOT NULL", "VARCHAR(9) NOT NULL", "TEXT NOT NULL"] {
        for field in SPELLINGS {
            assert_eq!(
                cleaned(definition, field),
                format!("{:?}", Value::Text(field))
            );
        }
    }
    assert_eq!(cleaned("VARCHAR(9)", " null"), "Text(\" null\")");
    assert_eq!(cleaned("VARCHAR(9)", "\\n"), "Text(\"\\\\n\")");
}

#[test]
fn blanks_around_mean_nothing_but_in_text() {
    for (definition, expected) in [
        ("INT", "Int(7)"),
        ("INT UNSIGNED", "UInt(7)"),
        ("DOUBLE", "Double(7.0)"),
        ("DECIMAL(3,1)", "Decimal(\"7.0\")"),
    ] {
        assert_eq!(cleaned(definition, " 7\t"), expected);
    }
    assert_eq!(cleaned("DATE", " 1970-01-02 "), "Date(1)");
    assert_eq!(cleaned("BOOLEAN", " Yes "), "Int(1)");
    assert_eq!(cleaned("VARCHAR(3)", " 7 "), "Text(\" 7 \")");
}

#[test]
fn a_member_that_is_spelt_like_null_is_a_member_where_null_may_not_be() {
    assert_eq!(cleaned("ENUM('null','a') NOT NULL", "null"), "Enum(1)");
    assert_eq!(cleaned("ENUM('null','a')", "null"), "Null");
    assert_eq!(cleaned("ENUM('','a') NOT NULL", ""), "Enum(1)");
}

#[test]
fn only_tinyint_1_with_a_sign_is_a_boolean() {
    assert_eq!(cleaned("TINYINT(1)", "true"), "Int(1)");
    assert_eq!(cleaned("TINYINT(1)", "2"), "not_a_boolean");
    assert_eq!(cleaned("TINYINT(4)", "true"), "not_an_integer");
    assert_eq!(cleaned("TINYINT(1) UNSIGNED", "2"), "UInt(2)");
}

/// Cleans the rows of a file whose table has signed and unsigned integers of several widths, and a
/// CHECK.
fn cleaner_of_integers(header: &str) -> Cleaner {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), format!("{header}\n")).unwrap();
    let table = "CREATE TABLE t (a INT UNSIGNED NOT NULL, b TINYINT, c BIGINT NOT NULL, CHECK (c BETWEEN 1 AND 100000000000000))";
    let schema = parse(table, "test").unwrap();
    let sources = input::open_all(&Input::folder(folder.path()), &schema, &[]).unwrap();
    Cleaner::new(&sources[0], 60)
}

#[test]
fn only_integers_in_the_table_s_order_are_read_at_once() {
    assert_eq!(
        cleaner_of_integers("a,b,c").greatest,
        Some(vec![u32::MAX.into(), 127, i64::MAX as u64])
    );
    for other in ["b,a,c", "a,b,c,d"] {
        assert_eq!(cleaner_of_integers(other).greatest, None, "{other}");
    }
}

proptest! {
    #[test]
    fn numbers_read_at_once_are_the_rows_that_they_are_by_field(text in "([1-9][0-9]{0,8},(0|[1-9][0-9]{0,2}),[1-9][0-9]{0,16}\r?\n|[0-9]{1,12},(-?[0-9]{1,2}|null|\"7\"|),[0-9]{1,2}\n|[0-9,\"\n\r\\-]{1,4}){0,20}") {
        let chunk = Chunk { offset: 6, line: 2, content: Content::Lines(text.into_bytes()), last: true };
        let at_once = cleaner_of_integers("a,b,c");
        let by_field = Cleaner { greatest: None, ..cleaner_of_integers("a,b,c") };
        let [at_once, by_field] = [at_once, by_field].map(|cleaner| {
            let cleaned = cleaner.clean(&chunk);
            let rows = cleaned.batch.all_rows().to_vec();
            let values: Vec<_> = (0..rows.len()).map(|row| [0, 1, 2].map(|column| format!("{:?}", cleaned.batch.value(row, column)))).collect();
            (rows, values, format!("{:?}", cleaned.rejections), cleaned.records, cleaned.stopped)
        });
        prop_assert_eq!(at_once, by_field);
    }
}
