//! Fields in the format of their column.

mod properties;

use std::sync::Arc;

use model::batch::{BatchSize, Layout};
use mysql_schema::parse::parse;

use super::*;

/// A nullable column of this SQL type with settings.
fn column(sql: &str, settings: &[(&str, &str)]) -> Column {
    let mut schema = parse(&format!("CREATE TABLE t (c {sql})"), "t.sql").unwrap();
    let mut column = schema.tables.remove(0).columns.remove(0);
    let mut format = ValueFormat::default();
    for (key, value) in settings {
        let values: Vec<String> = value.split('|').map(str::to_owned).collect();
        format.set(key, &values).unwrap();
    }
    format.check(&column.kind).unwrap();
    column.format = Some(Arc::new(format));
    column
}

/// What is stored for a field, as a test writes it.
fn read(column: &Column, field: &str) -> Result<String, Fault> {
    let mut batch = Batch::new(Layout::new([&column.kind]), 0, 1, BatchSize::default());
    crate::clean_value(column, field.as_bytes(), &mut batch)?;
    Ok(match batch.pending_value(0) {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) | Value::Decimal(text) => text.to_owned(),
        Value::Double(number) => number.to_string(),
        value => {
            let mut out = Vec::new();
            model::sqltext::push_plain(&mut out, value, 0);
            String::from_utf8(out).unwrap()
        }
    })
}

#[track_caller]
fn reads(sql: &str, settings: &[(&str, &str)], values: &[(&str, &str)]) {
    let column = column(sql, settings);
    for (field, expected) in values {
        let found = read(&column, field).map_err(|fault| fault.message);
        assert_eq!(
            found.as_deref(),
            Ok(*expected),
            "{sql} {settings:?} {field}"
        );
    }
}

#[track_caller]
fn rejects(sql: &str, settings: &[(&str, &str)], fields: &[&str]) {
    let column = column(sql, settings);
    for field in fields {
        assert!(read(&column, field).is_err(), "{sql} {settings:?} {field}");
    }
}

#[test]
fn a_decimal_comma_leaves_no_meaning_to_the_point() {
    let comma = [("decimal", ",")];
    reads(
        "DECIMAL(8,2)",
        &comma,
        &[
            ("1,5", "1.50"),
            ("-0,25", "-0.25"),
            ("12", "12.00"),
            (",5", "0.50"),
            ("1,5e1", "15.00"),
        ],
    );
    rejects(
        "DECIMAL(8,2)",
        &comma,
        &["1.5", "1.234,5", "1,2,3", "-", "x", ",", "1,5e", "1 5"],
    );
    reads("DOUBLE", &comma, &[("0,1", "0.1"), ("1e3", "1000")]);
    reads("INT", &comma, &[("34,0", "34"), ("7", "7")]);
    rejects("INT", &comma, &["34,5", "34.0"]);
}

#[test]
fn groups_of_thousands_must_be_well_formed() {
    reads(
        "DECIMAL(12,2)",
        &[("decimal", ","), ("thousands", ".")],
        &[
            ("1.234.567,8", "1234567.80"),
            ("1234567,8", "1234567.80"),
            ("999", "999.00"),
            ("-1.000", "-1000.00"),
        ],
    );
    rejects(
        "DECIMAL(12,2)",
        &[("thousands", ".")],
        &[
            "1.5",
            "1.23",
            "1234.567",
            "1.2345",
            ".123",
            "1..234",
            "1.234.",
            "1,234.5",
            "1.234,5.6",
        ],
    );
    reads(
        "INT",
        &[("thousands", ".")],
        &[
            ("1.234", "1234"),
            ("12.345.678", "12345678"),
            ("1.234,0", "1234"),
        ],
    );
    reads(
        "INT",
        &[("thousands", ",")],
        &[("1,234", "1234"), ("12,345.0", "12345")],
    );
    rejects(
        "INT",
        &[("thousands", ",")],
        &["1,23", "1,2345", "12,34,567", "1,234.5", ",123"],
    );
    // blanks that look alike, and apostrophes
    for text in [
        "1 234 567",
        "1\u{a0}234\u{a0}567",
        "1\u{202f}234\u{202f}567",
    ] {
        reads("INT", &[("thousands", " ")], &[(text, "1234567")]);
        reads("INT", &[("thousands", "\u{a0}")], &[(text, "1234567")]);
    }
    rejects(
        "INT",
        &[("thousands", " ")],
        &["1 234\u{a0}567", "1  234", "1 23"],
    );
    reads(
        "INT",
        &[("thousands", "'")],
        &[("1'234", "1234"), ("1\u{2019}234", "1234")],
    );
    reads("INT", &[("thousands", "_")], &[("1_234", "1234")]);
}

#[test]
fn signs_of_currencies_and_parentheses_are_removed() {
    let dollars = [
        ("strip", "$€%"),
        ("thousands", ","),
        ("parentheses", "true"),
    ];
    reads(
        "DECIMAL(9,2)",
        &dollars,
        &[
            ("$5", "5.00"),
            ("-$5", "-5.00"),
            ("$-5", "-5.00"),
            ("$ 5", "5.00"),
            ("5 €", "5.00"),
            ("5\u{a0}€", "5.00"),
            ("50%", "50.00"),
            ("($1,234.50)", "-1234.50"),
            ("$(1,234.50)", "-1234.50"),
            ("(12.50) €", "-12.50"),
            ("( 12.50 )", "-12.50"),
            ("+$5", "5.00"),
            ("(0)", "0.00"),
            ("7", "7.00"),
        ],
    );
    rejects(
        "DECIMAL(9,2)",
        &dollars,
        &[
            "$", "()", "(-5)", "-(5)", "(5", "5)", "5$5", "£5", "--5", "$$-", "- 5",
        ],
    );
    rejects("DECIMAL(9,2)", &[("strip", "$")], &["(5)"]);
    let commas = [("decimal", ","), ("strip", "€")];
    reads(
        "DECIMAL(9,2)",
        &commas,
        &[
            ("5,10-", "-5.10"),
            ("5,10 -", "-5.10"),
            ("5,10- €", "-5.10"),
            ("5,10+", "5.10"),
            ("\u{2212}5,10 €", "-5.10"),
        ],
    );
    rejects(
        "DECIMAL(9,2)",
        &commas,
        &["-5,10-", "(5,10-)", "5-10", "-", "5,10--"],
    );
    // without a setting, a number is what the servers take for one
    rejects("DECIMAL(9,2)", &[], &["5.10-", "\u{2212}5.10"]);
    reads(
        "INT",
        &[("strip", "EUR")],
        &[("5 EUR", "5"), ("EUR 5", "5"), ("EUR5", "5")],
    );
}

#[test]
fn a_scale_multiplies_exactly() {
    reads(
        "DECIMAL(12,4)",
        &[("strip", "%"), ("scale", "0.01")],
        &[
            ("50%", "0.5000"),
            ("0.07 %", "0.0007"),
            ("-12.5%", "-0.1250"),
            ("1e2", "1.0000"),
            ("0", "0.0000"),
        ],
    );
    rejects(
        "DECIMAL(12,4)",
        &[("scale", "0.01")],
        &["0.001", "1e", "1e9999999999", "1e30"],
    );
    reads(
        "INT",
        &[("scale", "1000")],
        &[("1.5", "1500"), ("2", "2000"), ("0.001", "1")],
    );
    rejects("INT", &[("scale", "1000")], &["0.0001", "1.23456"]);
    reads(
        "DECIMAL(25,3)",
        &[("scale", "3.6")],
        &[
            ("99999999999999999", "359999999999999996.400"),
            ("2.5", "9.000"),
        ],
    );
    // as a binary product it would be 0.07000000000000001
    reads(
        "DOUBLE",
        &[("scale", "0.01")],
        &[("7", "0.07"), ("1e2", "1")],
    );
    rejects("DOUBLE", &[("scale", "0.01")], &["1e400"]);
}

#[test]
fn digits_are_rounded_half_away_from_zero_if_that_is_set() {
    let round = [("round", "true")];
    reads(
        "DECIMAL(8,2)",
        &round,
        &[
            ("34.7999992", "34.80"),
            ("0.07200000000000001", "0.07"),
            ("9.8", "9.80"),
            ("0.005", "0.01"),
            ("-0.005", "-0.01"),
            ("0.0049999", "0.00"),
            ("-0.001", "0.00"),
            ("999999.994", "999999.99"),
            ("99.995", "100.00"),
            ("1.5e-3", "0.00"),
            ("5e-3", "0.01"),
            ("5e-4", "0.00"),
        ],
    );
    rejects(
        "DECIMAL(8,2)",
        &round,
        &["999999.995", "1000000", "x", "1e9"],
    );
    reads("DECIMAL(3,3)", &round, &[("0.9994", "0.999")]);
    rejects("DECIMAL(3,3)", &round, &["0.9995"]);
    reads(
        "DECIMAL(5,0)",
        &round,
        &[("0.5", "1"), ("-1.5", "-2"), ("1.4", "1")],
    );
    let column = column(
        "DECIMAL(8,2)",
        &[("round", "true"), ("decimal", ","), ("null", "-999,999")],
    );
    let rounded = |field: &str| is_rounded(&column, field.as_bytes());
    assert!(rounded("1,005") && rounded(" 1,0049 "));
    for field in [
        "1,50",
        "1,500",
        "",
        "null",
        "-999,999",
        "x",
        "1.005",
        "99999999,001",
    ] {
        assert!(!rounded(field), "{field}");
    }
}

#[test]
fn words_for_null_and_truth_are_those_of_the_column() {
    reads(
        "INT",
        &[("null", "NA|-")],
        &[("NA", "NULL"), (" - ", "NULL"), ("", "NULL"), ("7", "7")],
    );
    rejects("INT", &[("null", "NA")], &["na", "N/A", "-"]);
    rejects("INT NOT NULL", &[("null", "NA")], &["NA", ""]);
    reads(
        "VARCHAR(9)",
        &[("null", "NA")],
        &[("NA", "NULL"), (" NA", " NA"), ("na", "na")],
    );
    reads(
        "DATE",
        &[("null", "00/00/0000"), ("date_order", "dmy")],
        &[("00/00/0000", "NULL"), ("1/2/2020", "2020-02-01")],
    );
    for sql in ["BOOLEAN", "BIT(1)"] {
        let words = [("true_values", "ja|sí|0"), ("false_values", "nein|1")];
        reads(
            sql,
            &words,
            &[
                ("JA", "1"),
                ("Nein", "0"),
                ("SÍ", "1"),
                ("yes", "1"),
                ("0", "1"),
                ("1", "0"),
                ("", "NULL"),
            ],
        );
        rejects(sql, &words, &["oui", "2", "j"]);
    }
    let fault = read(&column("BOOLEAN", &[("true_values", "ja")]), "oui").unwrap_err();
    assert!(fault.message.contains(", or ja"), "{}", fault.message);
}

#[test]
fn texts_are_changed_only_as_their_column_says() {
    reads(
        "VARCHAR(9)",
        &[("trim", "true")],
        &[("  a b\t", "a b"), ("\u{a0}x\u{a0}", "x"), ("   ", "NULL")],
    );
    reads(
        "VARCHAR(9)",
        &[("case", "lower")],
        &[(" ÀB ", " àb "), ("", "NULL")],
    );
    reads(
        "TEXT NOT NULL",
        &[("case", "upper"), ("trim", "true")],
        &[(" straße ", "STRASSE"), ("  ", "")],
    );
    reads("VARCHAR(2)", &[("trim", "true")], &[("  ab  ", "ab")]);
    reads(
        "VARCHAR(9)",
        &[("trim", "true"), ("null", "NA")],
        &[(" NA ", "NULL"), ("na", "na")],
    );
    reads(
        "VARCHAR(9)",
        &[("case", "upper"), ("trim", "true"), ("null", "none")],
        &[(" none", "NULL"), ("None", "NONE")],
    );
    reads(
        "VARCHAR(9)",
        &[("keep_null", "true")],
        &[
            ("Null", "Null"),
            ("NULL", "NULL"),
            ("", "NULL"),
            ("\\N", "NULL"),
        ],
    );
    let mut batch = Batch::new(
        Layout::new([&ColumnType::VarChar { length: 9 }]),
        0,
        1,
        BatchSize::default(),
    );
    let trimmed = column("VARCHAR(9)", &[("trim", "true")]);
    let fault = crate::clean_value(&trimmed, b" \xff ", &mut batch).unwrap_err();
    assert_eq!(fault.rule, Rule::NotUtf8);
}

#[test]
fn blanks_that_are_significant_stay_when_a_column_has_words_for_null() {
    let mut raw = column("VARBINARY(9)", &[("null", "NA")]);
    raw.decode = model::schema::Decode::Raw;
    let mut batch = Batch::new(Layout::new([&raw.kind]), 0, 1, BatchSize::default());
    crate::clean_value(&raw, b" a ", &mut batch).unwrap();
    assert_eq!(batch.pending_value(0), Value::Bytes(b" a "));
    reads(
        "ENUM('a', ' a')",
        &[("null", "NA")],
        &[(" a", "2"), ("a", "1"), ("NA ", "NULL")],
    );
}

#[test]
fn dates_times_and_years_are_read_in_their_style() {
    reads(
        "DATE",
        &[("date_order", "dmy")],
        &[
            ("3/4/2023", "2023-04-03"),
            ("2023-04-03", "2023-04-03"),
            ("", "NULL"),
        ],
    );
    reads(
        "DATETIME",
        &[("date_format", "%d.%m.%Y|%d.%m.%Y %H:%M")],
        &[
            ("3.4.2023", "2023-04-03 00:00:00"),
            ("3.4.2023 7:05", "2023-04-03 07:05:00"),
        ],
    );
    reads(
        "TIMESTAMP",
        &[("date_order", "mdy")],
        &[("3/4/2023 1:00 PM", "2023-03-04 13:00:00")],
    );
    rejects(
        "TIMESTAMP",
        &[("date_order", "mdy")],
        &["3/4/1960", "3/4/2040"],
    );
    reads("TIME", &[("date_format", "%H%M")], &[("0705", "07:05:00")]);
    rejects("TIME", &[("date_format", "%H%M")], &["07:05", "705"]);
    reads(
        "YEAR",
        &[("pivot", "50")],
        &[("49", "2049"), ("50", "1950"), ("2001", "2001")],
    );
    let mut zero = column("DATE", &[("date_order", "dmy")]);
    assert!(
        read(&zero, "0000-00-00")
            .unwrap_err()
            .message
            .contains("--zero-dates null")
    );
    zero.zero_dates = model::schema::ZeroDates::Null;
    assert_eq!(read(&zero, "0000-00-00").as_deref(), Ok("NULL"));
}
