use proptest::prelude::*;

use super::*;
use clean::clean_value;
use input::Input;
use model::batch::Value;
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
    let table = "CREATE TABLE t (a INT UNSIGNED NOT NULL, b TINYINT, c BIGINT NOT NULL, CHECK (c BETWEEN 1 AND 100000000000000))";
    cleaner(table, header, &[])
}

/// Cleans the rows of a file that is set to be read in this way.
fn cleaner(table: &str, header: &str, settings: &[(&str, &str)]) -> Cleaner {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), format!("{header}\n")).unwrap();
    let schema = parse(table, "test").unwrap();
    let mut input = Input::folder(folder.path());
    for (key, value) in settings {
        let set = input.format.set(key, &[(*value).to_owned()]);
        set.unwrap();
    }
    let sources = input::open_all(&input, &schema, &[]).unwrap();
    Cleaner::new(&sources[0], 60)
}

/// The accepted rows and rejected rules of a file, after its header.
fn outcome(cleaner: &Cleaner, text: &str) -> (Vec<String>, Vec<&'static str>) {
    let cleaned = clean(cleaner, text);
    let columns = cleaner.columns.len();
    let row = |row| {
        let values = (0..columns).map(|column| format!("{:?}", cleaned.batch.value(row, column)));
        values.collect::<Vec<_>>().join(" ")
    };
    let rows = (0..cleaned.batch.len()).map(row).collect();
    let rules = cleaned.rejections.iter().map(|r| r.rule.name());
    (rows, rules.collect())
}

fn clean(cleaner: &Cleaner, text: &str) -> Cleaned {
    cleaner.clean(&Chunk {
        offset: 6,
        line: 2,
        content: Content::Lines(text.as_bytes().to_vec()),
        last: true,
    })
}

#[test]
fn an_empty_or_quoted_field_is_a_text_where_the_dialect_has_another_mark_for_null() {
    let table = "CREATE TABLE t (a VARCHAR(9), b VARBINARY(9), c SET('x'), d INT, e ENUM('x'))";
    let text = |settings: &[(&str, &str)], line: &str| {
        let (rows, rules) = outcome(&cleaner(table, "a,b,c,d,e", settings), line);
        [rows, rules.iter().map(|r| (*r).to_owned()).collect()]
            .concat()
            .join("; ")
    };
    let null = "Null Null Null Null Null";
    assert_eq!(text(&[], ",\"\",NULL,\"\",\"NULL\"\n"), null);
    let mysql = [("dialect", "mysql")];
    assert_eq!(text(&mysql, "\\N,\\N,\\N,\\N,\\N\n"), null);
    assert_eq!(
        text(&mysql, "\"\",\"\",\"\",,\\N\n"),
        "Text(\"\") Bytes([]) Set(0) Null Null"
    );
    assert_eq!(
        text(&mysql, "null,,,NULL,NULL\n"),
        "Text(\"null\") Bytes([]) Set(0) Null Null"
    );
    assert_eq!(text(&mysql, "a,,,1,\"\"\n"), "not_in_enum");
    let postgres = [("dialect", "postgres")];
    assert_eq!(text(&postgres, ",,,,\n"), null);
    assert_eq!(
        text(&postgres, "\"\",\"\",\"\",\"\",x\n"),
        "Text(\"\") Bytes([]) Set(0) Null Enum(1)"
    );
    assert_eq!(
        text(&postgres, "\\N,,,,\n"),
        "Text(\"\\\\N\") Null Null Null Null"
    );
    let quoted = [("empty_quoted", "text")];
    assert_eq!(
        text(&quoted, "\"null\",\"\",NULL,\"\",\"\"\n"),
        "Text(\"null\") Bytes([]) Null Null Null"
    );
}

#[test]
fn a_field_that_is_null_is_missing_where_null_may_not_be() {
    let table = "CREATE TABLE t (a VARCHAR(9) NOT NULL, b INT NOT NULL)";
    let mysql = cleaner(table, "a,b", &[("dialect", "mysql")]);
    let (rows, rules) = outcome(&mysql, "\\N,1\na,\\N\n,1\nNULL,1\n\"NULL\",1\n");
    assert_eq!(rows, ["Text(\"\") Int(1)", "Text(\"NULL\") Int(1)"]);
    assert_eq!(rules, ["missing_value"; 3]);
    let postgres = cleaner(table, "a,b", &[("dialect", "postgres")]);
    assert_eq!(outcome(&postgres, ",1\n").1, ["missing_value"]);
}

#[test]
fn a_record_without_values_is_left_out_only_if_the_table_cannot_hold_it() {
    let left_out = |table: &str, settings: &[(&str, &str)], text: &str| {
        let cleaner = cleaner(table, "a,b", settings);
        let cleaned = clean(&cleaner, text);
        let blank = cleaned.signs.seen(Sign::Blank).map_or(0, |seen| seen.count);
        (cleaned.records, blank)
    };
    let needs = "CREATE TABLE t (a INT NOT NULL, b TEXT NOT NULL)";
    assert_eq!(left_out(needs, &[], "1,x\n,\n , \t\n,,,\n  \n"), (1, 4));
    assert_eq!(left_out(needs, &[], "\"\",\n,x\n"), (2, 0));
    assert_eq!(left_out(needs, &[("dialect", "mysql")], ",\n"), (0, 1));
    for holds in [
        "CREATE TABLE t (a INT, b TEXT)",
        "CREATE TABLE t (a VARCHAR(9) NOT NULL, b TEXT NOT NULL)",
        "CREATE TABLE t (a VARCHAR(9) NOT NULL, b INT)",
    ] {
        assert_eq!(left_out(holds, &[], ",\n"), (1, 0), "{holds}");
        assert_eq!(left_out(holds, &[], ",,\n"), (1, 0), "{holds}");
    }
    let null = "CREATE TABLE t (a VARCHAR(9) NOT NULL, b INT)";
    assert_eq!(left_out(null, &[("dialect", "postgres")], ",\n"), (0, 1));
}

#[test]
fn comments_are_left_out_and_counted() {
    let table = "CREATE TABLE t (a INT NOT NULL, b INT)";
    let cleaner = cleaner(table, "a,b", &[("comment", "#")]);
    let cleaned = clean(&cleaner, "#x\n1,2\n\n# \"y\n3,4\n");
    assert_eq!(cleaned.batch.len(), 2);
    let seen = cleaned.signs.seen(Sign::Comment).unwrap();
    assert_eq!((seen.count, seen.line, seen.example.as_str()), (2, 2, "#x"));
}

#[test]
fn only_integers_in_the_table_s_order_are_read_at_once() {
    assert_eq!(
        cleaner_of_integers("a,b,c").ranges,
        Some(vec![
            (0, u32::MAX.into()),
            (0, 127),
            (1, 100_000_000_000_000)
        ])
    );
    for other in ["b,a,c", "a,b,c,d"] {
        assert_eq!(cleaner_of_integers(other).ranges, None, "{other}");
    }
}

#[test]
fn a_range_of_a_check_narrows_what_is_read_by_a_shortcut() {
    let of = |checks: &str| {
        let table = format!("CREATE TABLE t (a TINYINT, b BOOLEAN, {checks})");
        let cleaner = cleaner(&table, "a,b", &[]);
        let Shortcut::Integer { least, greatest } = cleaner.shortcuts[0].1 else {
            panic!("{:?}", cleaner.shortcuts);
        };
        (least, greatest, cleaner.checked_by_shortcuts)
    };
    assert_eq!(of("CHECK (a BETWEEN 3 AND 200)"), (3, 127, true));
    assert_eq!(of("CHECK (a BETWEEN -5 AND 9)"), (0, 9, true));
    // no number from 0 on
    assert_eq!(of("CHECK (a BETWEEN -5 AND -1)"), (1, 0, true));
    let two = "CHECK (a BETWEEN 3 AND 9), CHECK (a BETWEEN 5 AND 20)";
    assert_eq!(of(two), (5, 9, true));
    assert_eq!(of("CHECK (a <> 4)"), (0, 127, false));
    assert_eq!(of("CHECK (b BETWEEN 0 AND 0)"), (0, 127, false));
    let both = "CHECK (a BETWEEN 3 AND 9), CHECK (a <> 4)";
    assert_eq!(of(both), (3, 9, false));
}

/// The result for a chunk, for comparison.
fn result(cleaner: &Cleaner, text: &str) -> impl PartialEq + std::fmt::Debug + use<> {
    let cleaned = clean(cleaner, text);
    let rows = cleaned.batch.all_rows().to_vec();
    let of_row = |row| -> Vec<String> {
        let columns = 0..cleaned.batch.layout().columns();
        columns
            .map(|column| format!("{:?}", cleaned.batch.value(row, column)))
            .collect()
    };
    let values: Vec<_> = (0..rows.len()).map(of_row).collect();
    (
        rows,
        values,
        cleaned.rejections,
        cleaned.records,
        cleaned.stopped,
    )
}

proptest! {
    #[test]
    fn numbers_with_other_delimiters_are_the_rows_that_they_are_with_commas(text in "([0-9]{1,9},(0|[1-9][0-9]{0,2}|),[1-9][0-9]{0,16}\r?\n){0,20}", delimiter in proptest::sample::select(&[";", "\t", "|", "::"][..]), dialect in proptest::sample::select(&["unix", "mysql", "spark"][..])) {
        let table = "CREATE TABLE t (a INT UNSIGNED NOT NULL, b TINYINT, c BIGINT NOT NULL)";
        let commas = clean(&cleaner(table, "a,b,c", &[]), &text);
        let header = "a,b,c".replace(',', delimiter);
        let settings = [("delimiter", delimiter), ("dialect", dialect)];
        let others = clean(&cleaner(table, &header, &settings), &text.replace(',', delimiter));
        prop_assert_eq!(others.batch.checksum(), commas.batch.checksum());
        prop_assert_eq!(others.records, commas.records);
        prop_assert_eq!(others.rejections.len(), commas.rejections.len());
    }

    #[test]
    fn numbers_read_at_once_are_the_rows_that_they_are_by_field(text in "([1-9][0-9]{0,8},(0|[1-9][0-9]{0,2}),[1-9][0-9]{0,16}\r?\n|[0-9]{1,12},(-?[0-9]{1,2}|null|\"7\"|),[0-9]{1,2}\n|[0-9,\"\n\r\\-]{1,4}){0,20}") {
        let at_once = cleaner_of_integers("a,b,c");
        let by_field = Cleaner { ranges: None, ..cleaner_of_integers("a,b,c") };
        prop_assert_eq!(result(&at_once, &text), result(&by_field, &text));
    }

    #[test]
    fn fields_read_by_shortcuts_have_the_values_that_the_rules_give_them(rows in proptest::collection::vec((
        "-?[0-9]{1,9}|\"[0-9]{1,3}\"|null|[0-9]{10,20}",
        "[0-9]|-[0-9]|[0-9]{2,3}|00|",
        "true|false|True|1|0|",
        "[a-z]{0,6}|é{0,5}|null|\\\\N|\"a,\"\"b\"|\"x\ny\"|\"null\"",
        "[0-9]{13}|[0-9]{10,12}|[0-9]{14}|null|2020-01-02",
    ), 0..8)) {
        let table = "CREATE TABLE t (a BIGINT, b TINYINT NOT NULL CHECK (b BETWEEN -3 AND 12), c BOOLEAN, d VARCHAR(5), e DATETIME(3), CHECK (a <> 7))";
        let shortcuts = cleaner(table, "a,b,c,d,e", &[]);
        let mut rules = cleaner(table, "a,b,c,d,e", &[]);
        for (_, shortcut) in &mut rules.shortcuts {
            *shortcut = Shortcut::Absent;
        }
        rules.checked_by_shortcuts = false;
        let text: String = rows.iter().map(|(a, b, c, d, e)| format!("{a},{b},{c},{d},{e}\n")).collect();
        prop_assert_eq!(result(&shortcuts, &text), result(&rules, &text));
    }
}

#[test]
fn bytes_that_are_no_text_are_told_by_their_columns() {
    let table = "CREATE TABLE t (a INT, b VARBINARY(20), c VARCHAR(9))";
    let cleaner = cleaner(table, "a,b,c", &[]);
    for (record, places) in [
        (&b"1,\x01\xff\xfe,x\n"[..], (true, false)),
        (b"x,\xff,x\n", (true, false)),
        (b"1,0x00,M\xfcller\n", (false, true)),
        (b"1,\xff,M\xfcller\n", (true, true)),
        (b"1,\xff\n", (false, true)),
    ] {
        assert_eq!(cleaner.places_of_bad_bytes(record), places, "{record:?}");
    }
}
