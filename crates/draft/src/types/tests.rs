mod exact;

use std::sync::Arc;

use input::dialect::FieldKind;

use super::*;
use crate::profile::{Known, Piece};

fn typed_as(name: &str, values: &[&str], options: TypeOptions) -> Typed {
    let known = Known::default();
    let mut profile = Profile::default();
    for chunk in values.chunks(3) {
        let mut piece = Piece::new(&known, &Arc::default());
        for value in chunk {
            piece.add(value.as_bytes(), FieldKind::Plain);
        }
        profile.merge(piece.finish(), &known, 1 << 20);
    }
    profile.settle();
    choose(name, &profile, options)
}

fn shown(name: &str, values: &[&str]) -> String {
    let typed = typed_as(name, values, TypeOptions::default());
    let mut words = vec![typed.kind.to_string()];
    words.extend(typed.nullable.then(|| "null".to_owned()));
    for (key, values) in &typed.settings {
        words.push(format!("{key}={}", values.join("|")));
    }
    words.extend(typed.ambiguity.map(|_| "ambiguous".to_owned()));
    words.join(" ")
}

#[test]
fn numbers_have_the_smallest_type_with_headroom() {
    for (values, kind) in [
        (&["1", "5"][..], "tinyint unsigned"),
        (&["1", "200"], "smallint unsigned"),
        (&["-1", "60"], "tinyint"),
        (&["-100", "5"], "smallint"),
        (&["2023", "1999"], "smallint unsigned"),
        (&["70000", "NA"], "int unsigned null null=NA"),
        (&["4000000000", "1"], "bigint unsigned"),
        (&["18446744073709551615", "1"], "bigint unsigned"),
        (&["1.5", "22", "-3.25"], "decimal(4,2)"),
        (&["0.5", ""], "decimal(2,1) null"),
        (&["1e-7", "3"], "double"),
        (&["0.30000000000000004", "1.5"], "double"),
        (&["0", "1"], "tinyint(1)"),
        (&["1", "1"], "tinyint unsigned"),
        (&["true", "FALSE"], "tinyint(1)"),
        (&["true", "true"], "tinyint(1)"),
        (&["Y", "N", "-"], "tinyint(1) null null=-"),
    ] {
        assert_eq!(shown("x", values), kind, "{values:?}");
    }
    assert_eq!(shown("review_id", &["1", "5"]), "int unsigned");
}

#[test]
fn whole_numbers_with_a_zero_after_the_point_are_integers_if_some_are_missing() {
    for (name, values, kind) in [
        ("age", &["34.0", "", "41.0"][..], "tinyint unsigned null"),
        (
            "age",
            &["34.0", "NaN", "1.0"],
            "tinyint unsigned null null=NaN",
        ),
        ("user_id", &["34.0", "41.0"], "int unsigned"),
        ("rating", &["5.0", "4.0"], "decimal(2,1)"),
        ("rating", &["5.0", "4.5", ""], "decimal(2,1) null"),
        ("flag", &["1.0", "0.0", ""], "tinyint unsigned null"),
        ("price", &["12.0", "1.234"], "decimal(5,3)"),
        ("mixed", &["12.0", "1,5"], "varchar(64)"),
        ("at", &["1588687728.0", ""], "int unsigned null"),
        ("version", &["1.0", "2.0", "3.0b"], "varchar(64)"),
    ] {
        assert_eq!(shown(name, values), kind, "{name} {values:?}");
    }
}

#[test]
fn a_point_in_a_json_number_is_a_decimal_point() {
    let known = Known::default();
    let kind = |field: FieldKind| {
        let mut piece = Piece::new(&known, &Arc::default());
        for value in ["1.234", "5.600"] {
            piece.add(value.as_bytes(), field);
        }
        let mut profile = Profile::default();
        profile.merge(piece.finish(), &Known::default(), 1 << 20);
        choose("x", &profile, TypeOptions::default())
            .kind
            .to_string()
    };
    assert_eq!(kind(FieldKind::Literal), "decimal(4,3)");
    assert_eq!(kind(FieldKind::Value), "varchar(64)");
}

#[test]
fn digits_that_a_type_loses_are_said() {
    let notes = |values: &[&str]| typed_as("x", values, TypeOptions::default()).notes;
    for values in [
        ["2024-01-01 10:00:00.123456789", "2024-01-01 10:00:00"],
        ["0.1111111111111111111111111111111111111", "2.5"],
    ] {
        let notes = notes(&values);
        assert!(notes.len() == 1 && notes[0].contains("round"), "{notes:?}");
    }
    for values in [
        ["2024-01-01 10:00:00.123456", "2024-01-01 10:00:00"],
        ["0.30000000000000004", "2.5"],
    ] {
        assert_eq!(notes(&values), [] as [&str; 0]);
    }
}

#[test]
fn a_column_without_values_may_be_null() {
    assert_eq!(shown("x", &[]), "varchar(255) null");
    assert_eq!(shown("x", &["", ""]), "varchar(255) null");
}

#[test]
fn what_has_two_readings_stays_a_text() {
    for (values, kind) in [
        (&["1.234", "5.678"][..], "varchar(64) ambiguous"),
        (&["1.234", "5.6"], "decimal(4,3)"),
        (&["1.234", "0.678"], "decimal(4,3)"),
        (&["1.234", "1500"], "decimal(7,3)"),
        (&["1.234.567", "5.678"], "int unsigned thousands=."),
        (&["1,234", "5,678"], "varchar(64) ambiguous"),
        (&["1,5", "2,75"], "decimal(3,2) decimal=,"),
        (&["1,234.50", "2"], "decimal(6,2) thousands=,"),
        (&["1.234,50", "2"], "decimal(6,2) decimal=, thousands=."),
        (&["$5.00", "$1,234.50"], "decimal(6,2) thousands=, strip=$"),
        (&["03/04/2023", "05/06/2023"], "varchar(64) ambiguous"),
        (&["03/04/2023", "25/06/2023"], "date date_order=dmy"),
        (&["03/04/2023", "06/25/2023"], "date date_order=mdy"),
        (&["25/04/2023", "06/25/2023"], "varchar(64)"),
        (&["31/12/68", "01/02/03"], "varchar(64) ambiguous"),
        (
            &["25/04/2023 10:00", "26/04/2023 9:30"],
            "datetime date_order=dmy",
        ),
    ] {
        assert_eq!(shown("x", values), kind, "{values:?}");
    }
}

#[test]
fn dates_times_uuids_and_json_are_recognised() {
    let id = "550e8400-e29b-41d4-a716-446655440000";
    for (values, kind) in [
        (
            &["2024-01-31", "0000-00-00"][..],
            "date null null=0000-00-00",
        ),
        (&["2024-01-31 10:00:00", "2024-01-31"], "datetime"),
        (&["2024-01-31T10:00:00.123Z"], "datetime(3)"),
        (&["10:30:00", "23:59:01"], "time"),
        (
            &["31/Jan/2024:10:00:00 +0000"],
            "datetime date_format=%d/%b/%Y:%H:%M:%S %z",
        ),
        (&[id, id], "char(36)"),
        (&["{\"a\": 1}", "[1]"], "json"),
        (&["{\"a\": 1}", "{a"], "varchar(64)"),
    ] {
        assert_eq!(shown("x", values), kind, "{values:?}");
    }
    let binary = TypeOptions {
        uuids: Uuids::Binary,
        ..TypeOptions::default()
    };
    let typed = typed_as("x", &[id], binary);
    assert_eq!(typed.kind, ColumnType::Binary { length: 16 });
    assert_eq!(typed.settings, [("decode", vec!["uuid".to_owned()])]);
}

#[test]
fn numbers_are_points_in_time_only_if_the_name_says_so() {
    let millis = &["1607788495627", "1630822507573"][..];
    assert_eq!(shown("date", millis), "datetime(3)");
    assert_eq!(shown("n", millis), "bigint unsigned");
    assert_eq!(
        shown("createdAt", &["1607788495", "1630822507"]),
        "datetime"
    );
    assert_eq!(shown("day", &["20240131", "20231231"]), "date");
    assert_eq!(shown("day", &["20240131", "20231331"]), "int unsigned");
}

#[test]
fn texts_have_lengths_in_steps_and_codes_have_theirs() {
    let codes = ["DE", "FR", "IT", "DE", "FR", "IT", "ES", "PT"];
    assert_eq!(shown("country", &codes), "char(2)");
    let words = ["red", "tan", "red", "tan", "red", "tan", "red", "tan"];
    assert_eq!(shown("color", &words), "varchar(64)");
    let zips = [
        "01234", "12345", "23456", "34567", "45678", "56789", "67890", "78901",
    ];
    assert_eq!(shown("zip", &zips), "char(5)");
    let long = "x".repeat(70_000);
    assert_eq!(shown("x", &["a", &long[..65]]), "varchar(128)");
    assert_eq!(shown("x", &["a", &long[..5000]]), "text");
    assert_eq!(shown("x", &["a", &long]), "mediumtext");
    assert_eq!(shown("x", &["", "null"]), "varchar(255) null");
    let enums = TypeOptions {
        enums: Enums::Enums,
        ..TypeOptions::default()
    };
    let typed = typed_as("color", &words, enums);
    assert_eq!(typed.kind.to_string(), "enum('red','tan')");
}

#[test]
fn numbers_with_different_units_stay_texts_with_a_comment() {
    for values in [
        &["\u{20ac}100.00", "$100.00", "\u{a3}5.00", "100.00"][..],
        &["$5", "5%"],
        &["1.234,50 \u{20ac}", "1.000,00 $", "2"],
        &["$1,234", "\u{a5}5,678"],
    ] {
        let typed = typed_as("amount", values, TypeOptions::default());
        let words = typed.ambiguity.clone().unwrap_or_default();
        assert!(words.contains("different units"), "{values:?}: {words}");
        assert!(
            typed.kind.is_text() && typed.settings.is_empty(),
            "{values:?}"
        );
    }
    for (values, kind) in [
        (&["$5.00", "7"][..], "decimal(3,2) strip=$"),
        (&["5%", "7%"], "tinyint unsigned strip=%"),
    ] {
        assert_eq!(shown("amount", values), kind, "{values:?}");
    }
}
