//! Values whose text a type would not give back.

use super::{shown, typed_as};
use crate::types::TypeOptions;

#[test]
fn whole_numbers_of_any_length_keep_their_digits() {
    let long = |digits: usize| "7".repeat(digits);
    for (values, kind) in [
        (vec![long(39), long(38)], "decimal(39,0)"),
        (vec![long(65), "5".to_owned()], "decimal(65,0)"),
        (vec![long(66), "5".to_owned()], "varchar(128)"),
        (vec![format!("1{}", "0".repeat(70))], "varchar(128)"),
        (vec![format!("{}.5", long(40))], "decimal(41,1)"),
        (vec![format!("0.{}", long(25))], "decimal(26,25)"),
        (vec![format!("0.{}", long(40))], "varchar(64)"),
        (vec!["1.2345678901234567890e+05".to_owned()], "varchar(64)"),
        (vec!["1e-400".to_owned()], "varchar(64)"),
        (vec!["0.12345678901234567".to_owned()], "decimal(18,17)"),
        (vec!["0.1234567890123456".to_owned()], "double"),
    ] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(shown("x", &values), kind, "{values:?}");
    }
    let notes = typed_as("x", &[&long(66)], TypeOptions::default()).notes;
    assert!(notes[0].contains("66 digits"), "{notes:?}");
}

#[test]
fn json_with_numbers_that_mysql_rounds_is_a_text() {
    for (value, kind) in [
        (r#"{"n": 12345678901234567890123}"#, "text"),
        (r#"{"n": 18446744073709551615, "m": 0.1}"#, "json"),
        (r#"[0.12345678901234567890]"#, "text"),
        (
            r#"{"n": "12345678901234567890123\" 1.2345678901234567890", "m": 1e5}"#,
            "json",
        ),
    ] {
        assert_eq!(shown("x", &[value]), kind, "{value}");
    }
}

#[test]
fn dates_and_epoch_milliseconds_are_moments() {
    let mixed = &["2023-01-01T00:00:00Z", "1700000000000"][..];
    assert_eq!(shown("x", mixed), "datetime(3)");
    assert_eq!(shown("x", &["2023-01-01T00:00:00Z", "17"]), "varchar(64)");
    assert_eq!(shown("timestamp", &["789652009", "964982703"]), "datetime");
}

#[test]
fn a_sign_after_the_digits_is_no_silent_part_of_a_number() {
    assert_eq!(shown("x", &["10,000+", "1,000,000+"]), "varchar(64)");
    let notes = typed_as("x", &["1,250.50", "5.25-"], TypeOptions::default()).notes;
    assert_eq!(notes, ["a minus after the digits makes a number negative"]);
}

#[test]
fn codes_with_the_letter_e_are_no_numbers() {
    for (values, kind) in [
        (&["10e0", "12"][..], "varchar(64) ambiguous"),
        (&["1E5", "9e9"], "varchar(64) ambiguous"),
        (&["1e5", "0.5"], "double"),
        (&["1e+05", "3"], "double"),
        (&["1e-07"], "double"),
        (&["1e20"], "double"),
        (&["1e05", "2e05"], "varchar(64) ambiguous"),
        (&["10e0", "-1"], "double"),
    ] {
        assert_eq!(shown("x", values), kind, "{values:?}");
    }
}

#[test]
fn numbers_with_uneven_zeros_may_be_versions() {
    for (name, values, kind) in [
        ("x", &["1.10", "1.2"][..], "varchar(64) ambiguous"),
        ("x", &["1.10", "1.20", "3"], "decimal(3,2)"),
        ("x", &["1.0", "2.25"], "decimal(3,2)"),
        ("x", &["1.0", "2"], "decimal(2,1)"),
        ("x", &["-1.10", "1.2"], "decimal(3,2)"),
        ("x", &["1.10500", "1.2"], "decimal(6,5)"),
        ("x", &["1.10", "1.2", "1.05"], "decimal(3,2)"),
        ("x", &["250.00", "401.9"], "varchar(64) ambiguous"),
        ("icd_code", &["250.1", "401.9"], "varchar(64) ambiguous"),
        ("price", &["1.10", "1.2"], "decimal(3,2)"),
        ("app_version", &["1.1", "1.2"], "varchar(64) ambiguous"),
        ("app_version", &["1", "2"], "tinyint unsigned"),
        ("x", &["1,10", "1,2"], "varchar(64) ambiguous"),
        ("x", &["$1.10", "$1.2"], "decimal(3,2) strip=$"),
        ("x", &["2023.1.2", "2022.3.1"], "varchar(64) ambiguous"),
        ("x", &["2023.01.02", "2022.03.01"], "date"),
    ] {
        assert_eq!(shown(name, values), kind, "{name} {values:?}");
    }
    let notes = typed_as("price", &["1.10", "1.2"], TypeOptions::default()).notes;
    assert!(notes[0].contains("stores all with 2 decimals"), "{notes:?}");
}

#[test]
fn words_for_true_and_false_belong_together() {
    for (values, kind) in [
        (&["yes", "No"][..], "tinyint(1)"),
        (&["T", "F", "t"], "tinyint(1)"),
        (&["T", "N"], "varchar(64) ambiguous"),
        (&["Y", "No"], "varchar(64) ambiguous"),
        (&["1", "no"], "varchar(64) ambiguous"),
        (&["1", "0", "true", "false"], "tinyint(1)"),
        (&["F", "F"], "varchar(64)"),
        (&["true"], "tinyint(1)"),
    ] {
        assert_eq!(shown("x", values), kind, "{values:?}");
    }
    let notes = typed_as("x", &["yes", "No"], TypeOptions::default()).notes;
    assert_eq!(notes, ["yes, no are stored as 1 and 0"]);
}

#[test]
fn times_of_two_parts_are_hours_and_minutes_only_if_nothing_else_can_be_meant() {
    for (name, values, kind) in [
        ("opens", &["08:30", "18:00"][..], "time"),
        ("x", &["10:30:00", "25:10:00"], "time"),
        ("x", &["3:45", "1:02:03"], "varchar(64) ambiguous"),
        ("x", &["3:45", "59:30"], "varchar(64) ambiguous"),
        ("track_length", &["3:45", "4:01"], "varchar(64) ambiguous"),
        ("x", &["3:45 PM", "4:01 am"], "time"),
    ] {
        assert_eq!(shown(name, values), kind, "{name} {values:?}");
    }
}

#[test]
fn what_a_date_loses_is_said() {
    let notes = |values: &[&str]| {
        typed_as("x", values, TypeOptions::default())
            .notes
            .join("; ")
    };
    for (values, words) in [
        (&["2024-01-01T10:00:00+02:00"][..], "offsets from UTC"),
        (
            &["2024-01-01T10:00:00Z", "2024-01-01 11:00"],
            "taken as UTC",
        ),
        (&["2024-01-01", "2024-01-01 11:00"], "00:00:00"),
        (&["2024-01-01 10:00:00.1234567"], "rounded"),
        (&["10:00:00.1234567"], "rounded"),
        (&["10:00", "11:30"], "hours and minutes"),
    ] {
        assert!(
            notes(values).contains(words),
            "{values:?}: {}",
            notes(values)
        );
    }
    for values in [
        &["2024-01-01T10:00:00Z"][..],
        &["2024-01-01T10:00:00+00:00"],
        &["2024-01-01 10:00:00.1230000"],
        &["2024-01-01"],
    ] {
        assert_eq!(notes(values), "", "{values:?}");
    }
    assert_eq!(
        shown("x", &["2024-01-01T10:00:00+02:00", "2024-01-01T10:00:00"]),
        "varchar(64) ambiguous"
    );
}

#[test]
fn words_for_null_are_said_with_their_counts() {
    let notes = |values: &[&str]| typed_as("x", values, TypeOptions::default()).notes;
    let values = ["1", "NA", "NA", "2", "-", "NA", "NA", "7"];
    assert_eq!(
        notes(&values),
        ["read as NULL by the setting \"null\": \"-\" (1), \"NA\" (4)"]
    );
}
