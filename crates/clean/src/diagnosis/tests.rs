use std::sync::Arc;

use mysql_schema::parse::parse;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;

/// A column of this SQL type.
fn column(sql: &str) -> Column {
    let mut schema = parse(&format!("CREATE TABLE t (c {sql})"), "t.sql").unwrap();
    schema.tables.remove(0).columns.remove(0)
}

/// The settings of a cause in words, alternatives with "or".
fn settings(cause: &Cause) -> String {
    match cause.settings.is_empty() {
        true => "none".to_owned(),
        false => alternatives(&cause.settings),
    }
}

#[track_caller]
fn is_diagnosed(sql: &str, values: &[&str], expected: &[&str]) {
    let counted: Vec<Counted<'_>> = values.iter().map(|value| (*value, 1)).collect();
    let causes = diagnose(&column(sql), &counted, &[]);
    let found: Vec<String> = causes.iter().map(settings).collect();
    assert_eq!(found, expected, "{causes:#?}");
    assert!(causes.iter().all(|cause| !cause.words.is_empty()));
}

#[track_caller]
fn is_hinted(sql: &str, value: &str, expected: &str) {
    let found = hint(&column(sql), value.as_bytes());
    assert_eq!(found.as_deref().unwrap_or("none"), expected, "{value}");
}

#[test]
fn words_for_null_are_named_beside_values_with_two_possible_settings() {
    is_diagnosed(
        "DECIMAL(5,2)",
        &["98%", "N/A", "100%"],
        &[
            "strip = \"%\" or strip = \"%\", scale = 0.01",
            "null = \"N/A\"",
        ],
    );
}

#[test]
fn lists_of_python_in_a_json_column_are_not_words_for_null() {
    let list = "['email', 'phone']";
    let counted = [(list, 3), ("{u'a': 1}", 1)];
    let causes = diagnose(&column("JSON"), &counted, &[]);
    assert_eq!(causes.len(), 1, "{causes:#?}");
    assert_eq!(causes[0].kind, CauseKind::Python);
    assert!(causes[0].settings.is_empty());
}

#[test]
fn no_value_of_a_column_of_bytes_is_a_word_for_null() {
    for sql in ["VARBINARY(20)", "BINARY(20)", "BLOB", "BIT(4)", "POINT"] {
        for value in ["\u{1}\0\u{ff}", "zz!", "n/a"] {
            let causes = diagnose(&column(sql), &[(value, 40)], &[]);
            let kinds: Vec<CauseKind> = causes.iter().map(|cause| cause.kind).collect();
            assert!(
                !kinds.contains(&CauseKind::NullWords),
                "{sql} {value:?}: {causes:#?}"
            );
        }
    }
    is_diagnosed("VARBINARY(20)", &["\u{1}\0\u{ff}"], &["decode = \"raw\""]);
    is_diagnosed("BIT(7)", &["\u{1}", "\u{1f}"], &["decode = \"raw\""]);
    // as they are, the accepted bytes would be other ones
    let causes = diagnose(&column("VARBINARY(20)"), &[("\u{1}\0", 40)], &["0x41"]);
    assert!(
        causes.iter().all(|cause| cause.settings.is_empty()),
        "{causes:#?}"
    );
}

#[test]
fn a_word_that_is_not_printable_is_no_word_for_null() {
    for value in ["\u{1}", "a\0b", "\u{200b}x", "\u{fffd}"] {
        let causes = diagnose(&column("INT"), &[(value, 40)], &[]);
        assert!(causes.is_empty(), "{value:?}: {causes:#?}");
    }
    let causes = diagnose(&column("INT"), &[("leer", 40)], &[]);
    assert_eq!(settings(&causes[0]), "null = \"leer\"");
    assert_eq!(causes[0].kind, CauseKind::FrequentWord);
}

#[test]
fn another_word_in_an_enum_is_no_word_for_null() {
    for sql in ["ENUM('new', 'old')", "SET('new', 'old')"] {
        let causes = diagnose(&column(sql), &[("Newish", 40)], &[]);
        assert!(causes.is_empty(), "{sql}: {causes:#?}");
        let causes = diagnose(&column(sql), &[("N/A", 40)], &[]);
        assert_eq!(settings(&causes[0]), "null = \"N/A\"", "{sql}");
    }
}

#[test]
fn one_day_after_the_twelfth_decides_the_order() {
    is_diagnosed(
        "DATE",
        &["03/04/2023", "25/12/2019"],
        &["date_order = \"dmy\""],
    );
    is_diagnosed(
        "DATE",
        &["03/04/2023", "12/25/2019"],
        &["date_order = \"mdy\""],
    );
    is_diagnosed(
        "DATETIME",
        &["03/04/2023 10:00", "04.05.2023"],
        &["date_order = \"dmy\" or \"mdy\""],
    );
    // dates that are the same in both orders decide nothing, and need no decision
    is_diagnosed("DATE", &["04/04/2023"], &["date_order = \"dmy\""]);
    is_diagnosed(
        "DATE",
        &["25/12/99", "01/02/20"],
        &["date_order = \"dmy\", pivot = 70"],
    );
    is_diagnosed(
        "DATE",
        &["31-Jul-99"],
        &["date_order = \"dmy\", pivot = 70"],
    );
    is_diagnosed("DATE", &["Jul 31 18"], &["pivot = 70"]);
    is_diagnosed(
        "DATE",
        &["04/01/19"],
        &["date_order = \"dmy\" or \"mdy\" or \"ymd\", pivot = 70"],
    );
}

#[test]
fn both_orders_in_one_form_have_no_setting_unless_one_is_rare() {
    let values = ["25/12/2019", "12/25/2019", "04/01/19", "31-Jul-18"];
    is_diagnosed("DATE", &values, &["none"]);
    let causes = diagnose(
        &column("DATE"),
        &[("25/12/2019", 1), ("12/25/2019", 1), ("x1", 3)],
        &[],
    );
    assert_eq!((causes[0].count, causes[0].total), (2, 5));
    assert!(
        causes[0].words.contains("in one column"),
        "{}",
        causes[0].words
    );

    let causes = diagnose(
        &column("DATE"),
        &[("25/12/2019", 99), ("01/02/2020", 5), ("12/25/2019", 1)],
        &[],
    );
    let found: Vec<_> = causes
        .iter()
        .map(|cause| (settings(cause), cause.count))
        .collect();
    assert_eq!(
        found,
        [
            ("date_order = \"dmy\"".to_owned(), 104),
            ("none".to_owned(), 1)
        ]
    );
    assert_eq!(causes[0].example, "25/12/2019");
}

#[test]
fn formats_that_programs_use_are_known() {
    is_diagnosed(
        "DATE",
        &["25122019", "01022020"],
        &["date_format = \"%d%m%Y\""],
    );
    is_diagnosed(
        "DATE",
        &["01022013"],
        &["date_format = \"%d%m%Y\" or \"%m%d%Y\""],
    );
    is_diagnosed(
        "DATETIME",
        &["2013110412"],
        &["date_format = \"%Y%m%d%H\" or \"%s\""],
    );
    is_diagnosed(
        "DATETIME",
        &["Tue Jul 31 10:00:00 2018"],
        &["date_format = \"%a %b %e %H:%M:%S %Y\""],
    );
    is_diagnosed(
        "DATETIME",
        &["31/Jul/2018:10:00:00 +0200"],
        &["date_format = \"%d/%b/%Y:%H:%M:%S %z\""],
    );
    is_diagnosed(
        "DATETIME",
        &["01JAN2020:10:11:12"],
        &["date_format = \"%d%b%Y:%H:%M:%S\""],
    );
    is_diagnosed(
        "DATE",
        &["990131"],
        &["date_format = \"%y%m%d\", pivot = 70"],
    );
    is_diagnosed("TIME", &["0705", "2359"], &["date_format = \"%H%M\""]);
    is_diagnosed("YEAR", &["70", "05"], &["pivot = 70"]);
}

#[test]
fn the_style_of_numbers_is_found_from_all_values() {
    is_diagnosed("DECIMAL(8,2)", &["1,5", "2,25"], &["decimal = \",\""]);
    is_diagnosed(
        "DECIMAL(8,2)",
        &["1,5", "1.234,5"],
        &["decimal = \",\", thousands = \".\""],
    );
    is_diagnosed(
        "DECIMAL(8,2)",
        &["1,234.50", "12,345"],
        &["thousands = \",\""],
    );
    is_diagnosed(
        "DOUBLE",
        &["1,234"],
        &["decimal = \",\" or thousands = \",\""],
    );
    is_diagnosed("INT", &["1,234", "5,678"], &["thousands = \",\""]);
    is_diagnosed("INT", &["1.234", "1.234.567"], &["thousands = \".\""]);
    is_diagnosed(
        "INT",
        &["1 234", "1\u{a0}234\u{a0}567"],
        &["thousands = \" \""],
    );
    is_diagnosed(
        "DECIMAL(8,2)",
        &["1'234,5"],
        &["decimal = \",\", thousands = \"'\""],
    );
    is_diagnosed(
        "DECIMAL(8,2)",
        &["$5", "$1,234.50", "(12.50)", "($1.00)"],
        &["strip = \"$\", thousands = \",\", parentheses = true"],
    );
    is_diagnosed(
        "DECIMAL(8,2)",
        &["5 €", "12,50 EUR"],
        &["strip = \"€EUR\", decimal = \",\""],
    );
    is_diagnosed(
        "DECIMAL(8,2)",
        &["1.200,00-", "5,10"],
        &["decimal = \",\", thousands = \".\""],
    );
    // the sign of such amounts is in the letters
    is_diagnosed("DECIMAL(8,2)", &["300.00 DR", "1.00 CR"], &[]);
    is_diagnosed("INT", &["50%"], &["strip = \"%\""]);
    is_diagnosed("DECIMAL(5,4)", &["50%"], &["strip = \"%\", scale = 0.01"]);
    is_diagnosed(
        "DECIMAL(8,4)",
        &["50%", "7%"],
        &["strip = \"%\" or strip = \"%\", scale = 0.01"],
    );
    is_diagnosed("INT", &["41.5", "7.25", "abc", "inf"], &[]);
}

#[test]
fn digits_are_rounded_only_if_nothing_else_reads_the_value() {
    is_diagnosed(
        "DECIMAL(8,2)",
        &["34.7999992", "0.07200000000000001"],
        &["round = true"],
    );
    is_diagnosed(
        "DECIMAL(8,2)",
        &["1,5", "34,7999992"],
        &["decimal = \",\"", "round = true"],
    );
    is_diagnosed("DECIMAL(4,2)", &["1234.5"], &[]);
    let causes = diagnose(&column("DECIMAL(8,2)"), &[("1.005", 1)], &[]);
    assert_eq!(causes[0].kind, CauseKind::Digits);
}

#[test]
fn words_that_mean_no_value_are_found_in_nullable_columns() {
    is_diagnosed("INT", &["NA"], &["null = \"NA\""]);
    is_diagnosed(
        "DOUBLE",
        &["N/A", "NaN", "-", "inf"],
        &["null = [\"-\", \"N/A\", \"NaN\"]"],
    );
    is_diagnosed(
        "DATE",
        &["nil", "25/12/2019"],
        &["date_order = \"dmy\"", "null = \"nil\""],
    );
    is_diagnosed("ENUM('a')", &["?"], &["null = \"?\""]);
    is_diagnosed("DATE", &["0000-00-00"], &["null = \"0000-00-00\""]);
    is_diagnosed("INT NOT NULL", &["NA"], &["none"]);
    let causes = diagnose(&column("INT NOT NULL"), &[("NA", 7)], &[]);
    assert!(causes[0].words.contains("NOT NULL"), "{}", causes[0].words);
    // a word that the list does not have, if most records have it
    let causes = diagnose(&column("INT"), &[("keine", 90), ("x", 2), ("y", 3)], &[]);
    assert_eq!(
        (settings(&causes[0]).as_str(), causes[0].count),
        ("null = \"keine\"", 90)
    );
    assert_eq!(diagnose(&column("INT"), &[("keine", 1), ("x", 1)], &[]), []);
}

/// The settings of the causes, in a column with accepted values.
fn beside(sql: &str, accepted: &[&str], values: &[&str]) -> Vec<String> {
    let counted: Vec<Counted<'_>> = values.iter().map(|value| (*value, 1)).collect();
    let causes = diagnose(&column(sql), &counted, accepted);
    causes.iter().map(settings).collect()
}

#[test]
fn a_setting_must_read_the_accepted_values_too() {
    assert_eq!(beside("DECIMAL(8,2)", &["2.5"], &["1,5"]), ["none"]);
    let causes = diagnose(&column("DECIMAL(8,2)"), &[("1,5", 1)], &["2.5"]);
    assert!(
        causes[0].words.contains("would reject \"2.5\""),
        "{}",
        causes[0].words
    );
    assert_eq!(
        beside("DECIMAL(8,2)", &["2"], &["1,5"]),
        ["decimal = \",\""]
    );
    // they also decide between alternatives
    assert_eq!(
        beside("DOUBLE", &["2.5"], &["1,234"]),
        ["thousands = \",\""]
    );
    assert_eq!(
        beside(
            "DATETIME",
            &["2020-01-02", "2020-01-02 03:04:05"],
            &["2020:01:02 03:04:05"]
        ),
        ["date_format = [\"%Y:%m:%d %H:%M:%S\", \"%F\", \"%F %T\"]"]
    );
    assert_eq!(
        beside("DATE", &["2020-01-02"], &["25/12/2019"]),
        ["date_order = \"dmy\""]
    );
}

#[test]
fn a_setting_must_not_change_the_accepted_values() {
    for (sql, accepted, rejected, setting) in [
        (
            "DECIMAL(12,3)",
            "1.234",
            "1.234,56",
            "decimal = \",\", thousands = \".\"",
        ),
        ("INT", "1.000", "2.500", "thousands = \".\""),
    ] {
        assert_eq!(beside(sql, &[accepted], &[rejected]), ["none"], "{sql}");
        let causes = diagnose(&column(sql), &[(rejected, 1)], &[accepted]);
        let words = &causes[0].words;
        let told =
            format!("with {setting}, \"{accepted}\", which is accepted, would be another value");
        assert!(words.contains(&told), "{words}");
    }
    // the seconds since 1970 decide that the other values are no milliseconds
    let dates = beside("DATETIME", &["1700000000"], &["202311041230"]);
    assert!(
        dates.iter().all(|settings| !settings.contains("%Q")),
        "{dates:?}"
    );
    assert_eq!(beside("VARCHAR(3)", &[" a"], &["abc  "]), ["none"]);
}

#[test]
fn words_of_a_column_are_kept_when_others_are_added() {
    let mut column = column("INT");
    let mut format = ValueFormat::default();
    format.set("null", &["NA".to_owned()]).unwrap();
    column.format = Some(Arc::new(format));
    let causes = diagnose(&column, &[("-", 1), ("NA", 1)], &[]);
    assert_eq!(settings(&causes[0]), "null = [\"NA\", \"-\"]");
    assert_eq!(causes[0].total, 1, "NA is read already");
}

#[test]
fn other_words_for_true_and_false_are_known() {
    is_diagnosed(
        "BOOLEAN",
        &["ja", "nein"],
        &["true_values = \"ja\", false_values = \"nein\""],
    );
    is_diagnosed("BIT(1)", &["on"], &["true_values = \"on\""]);
    is_diagnosed(
        "BOOLEAN",
        &["-1", "N/A"],
        &["true_values = \"-1\"", "null = \"N/A\""],
    );
    is_diagnosed("BOOLEAN", &["2", "-3"], &["small_integers = true"]);
    is_diagnosed("BOOLEAN", &["200", "x7"], &[]);
}

#[test]
fn a_sign_after_the_digits_is_read_with_a_setting_of_numbers() {
    is_diagnosed("INT", &["5-", "17-"], &["decimal = \".\""]);
    is_diagnosed("DECIMAL(5,2)", &["5,10-"], &["decimal = \",\""]);
    is_diagnosed("DECIMAL(5,2)", &["$5.10-"], &["strip = \"$\""]);
    is_hinted("INT", "5-", "sign after the digits? decimal = \".\"");
    is_diagnosed("INT", &["5-6", "x-"], &[]);
}

#[test]
fn names_of_time_zones_have_no_setting() {
    let column = column("DATETIME");
    let values = ["2020-01-02 03:04:05 PDT", "2020-01-02 03:04:05 CEST"];
    let causes = diagnose(&column, &values.map(|value| (value, 1)), &[]);
    assert!(causes[0].words.contains("are ambiguous"), "{causes:?}");
    assert!(causes[0].settings.is_empty());
    assert_eq!((causes.len(), causes[0].count), (1, 2));
}

#[test]
fn blanks_around_a_text_are_found() {
    is_diagnosed("VARCHAR(3)", &["abc   ", "  abc"], &["trim = true"]);
    is_diagnosed("VARCHAR(3)", &["abcd"], &[]);
}

#[test]
fn a_hint_is_a_question_with_the_settings() {
    is_hinted("DATE", "25/12/2019", "day first? date_order = \"dmy\"");
    is_hinted(
        "DATE",
        "03/04/2023",
        "day first or month first? date_order = \"dmy\" or \"mdy\"",
    );
    is_hinted("DATE", "2023-02-30", "none");
    is_hinted("DATE", "yesterday", "none");
    is_hinted("INT", "1,234", "separator of thousands? thousands = \",\"");
    is_hinted("INT", "34.5", "none");
    is_hinted("INT", "NA", "no value? null = \"NA\"");
    is_hinted("INT NOT NULL", "NA", "none");
    is_hinted("DECIMAL(5,2)", "1.005", "round it? round = true");
    is_hinted("DECIMAL(5,2)", "$1.00", "currency sign? strip = \"$\"");
    is_hinted("BOOLEAN", "ja", "true or false? true_values = \"ja\"");
    is_hinted("BOOLEAN", "maybe", "none");
    is_hinted("INT", &"9".repeat(99), "none");
    assert_eq!(hint(&column("INT"), b"\xff"), None);
}

#[test]
fn the_message_of_a_rejected_value_ends_with_the_hint() {
    let column = column("DATE");
    let layout = model::batch::Layout::new([&column.kind]);
    let mut batch = model::batch::Batch::new(layout, 0, 1, model::batch::BatchSize::default());
    let fault = crate::clean_value(&column, b"25/12/2019", &mut batch).unwrap_err();
    assert!(
        fault.message.ends_with("; day first? date_order = \"dmy\""),
        "{}",
        fault.message
    );
}

const VALUES: [&str; 24] = [
    "NA",
    "-",
    "1,234",
    "1.234",
    "1,5",
    "1.234,5",
    "$5",
    "(5)",
    "50%",
    "5 EUR",
    "1'234",
    "25/12/2019",
    "12/25/2019",
    "03/04/2023",
    "31-Jul-18",
    "04/01/19",
    "25122019",
    "2013110412",
    "ja",
    "nein",
    "x",
    "1.005",
    "0705",
    "70",
];

proptest! {
    /// What a diagnosis promises: with the settings of all causes that leave no choice, exactly the
    /// values that they explain are read.
    #[test]
    fn the_settings_of_a_diagnosis_read_what_it_explains(
        values in subsequence(&VALUES[..], 0..12),
        sql in proptest::sample::select(&["INT", "DECIMAL(9,2)", "DOUBLE", "DATE", "DATETIME(3)", "TIME", "YEAR", "BOOLEAN"][..]),
    ) {
        let column = column(sql);
        let counted: Vec<Counted<'_>> = values.iter().map(|value| (*value, 1)).collect();
        let causes = diagnose(&column, &counted, &[]);
        let mut trial = Trial::new(&column);
        let total: u64 = values.iter().filter(|value| trial.read(&ValueFormat::default(), value).is_none()).count() as u64;
        prop_assert!(causes.iter().map(|cause| cause.count).sum::<u64>() <= total);
        for cause in &causes {
            prop_assert_eq!(cause.total, total);
            prop_assert!(cause.count > 0 && values.contains(&cause.example.as_str()));
        }
        let mut format = ValueFormat::default();
        for cause in causes.iter().filter(|cause| cause.settings.len() == 1) {
            for setting in &cause.settings[0] {
                format.set(setting.key, &setting.values).unwrap();
            }
        }
        prop_assert!(format.check(&column.kind).is_ok());
        let plain = ValueFormat::default();
        let read: Vec<&&str> = values.iter().filter(|value| {
            trial.read(&plain, value).is_none() && trial.read(&format, value).is_some()
        }).collect();
        let sure = causes.iter().filter(|cause| cause.settings.len() == 1);
        prop_assert!(read.len() as u64 >= sure.map(|cause| cause.count).sum::<u64>(), "{:?} {:?}", causes, read);
    }
}

#[test]
fn dates_in_both_orders_are_read_by_formats_if_their_forms_differ() {
    let values = [
        "25/12/2019",
        "12/25/2019 22:00",
        "31-Jul-18",
        "04/01/19",
        "01/02/2020",
    ];
    let counted = values.map(|value| (value, 1));
    let accepted = ["2015/01/01", "Jan 1 2000", "20200102"];
    let causes = diagnose(&column("DATE"), &counted, &accepted);
    let formats = "date_format = [\"%d/%m/%Y\", \"%m/%d/%Y %H:%M\", \"%d-%b-%y\", \"%Y/%m/%d\", \"%b %d %Y\", \"%Y%m%d\"], pivot = 70";
    assert_eq!(settings(&causes[0]), formats, "{causes:#?}");
    assert_eq!((causes[0].count, causes[0].total), (4, 5));
    // a value that nothing but the column's own reading reads
    let causes = diagnose(&column("DATE"), &counted, &["1577836800"]);
    assert_eq!(settings(&causes[0]), "none");
}

#[test]
fn bytes_in_other_forms_are_recognised() {
    is_diagnosed("BLOB", &["AP9B", "aGk="], &["decode = \"base64\""]);
    is_diagnosed("BLOB", &["abcd"], &["decode = \"hex\" or \"base64\""]);
    let uuid = "6ccd780c-baba-1026-9564-5b8c656024db";
    is_diagnosed(
        "BINARY(16)",
        &[uuid],
        &["decode = \"uuid\" or \"uuid-swap\""],
    );
    is_diagnosed("VARBINARY(9)", &["hello"], &[]);
    // what is read now must still be read
    let causes = diagnose(&column("BLOB"), &[("AP9B", 1)], &["X'00'"]);
    assert_eq!(causes.len(), 0, "{causes:#?}");
}

#[test]
fn signs_of_several_currencies_are_not_removed() {
    for values in [
        ["\u{20ac}100.00", "$100.00"],
        ["100 EUR", "100 USD"],
        ["$5", "5%"],
        ["5 EUR", "$5"],
        ["$5", "5\u{a3}"],
    ] {
        let counted = values.map(|value| (value, 1));
        let causes = diagnose(&column("DECIMAL(10,2)"), &counted, &[]);
        assert!(
            causes.iter().all(|cause| cause.settings.is_empty()),
            "{causes:#?}"
        );
        assert_eq!(
            causes.iter().map(|cause| cause.count).sum::<u64>(),
            2,
            "{causes:#?}"
        );
        assert!(causes[0].words.contains("different units"), "{causes:#?}");
    }
    is_diagnosed("DECIMAL(10,2)", &["5 EUR", "7 EUR"], &["strip = \"EUR\""]);
    is_diagnosed(
        "DECIMAL(10,2)",
        &["\u{20ac}5", "7 EUR"],
        &["strip = \"\u{20ac}EUR\""],
    );
}

#[test]
fn bytes_that_are_no_text_are_taken_as_they_are() {
    let values: [(&[u8], u64); 2] = [(b"\x01\0\xff\xfe", 30), (b"ab\x01", 10)];
    let column = column("VARBINARY(20)");
    let cause = diagnose_raw(&column, &values, &[""]).unwrap();
    assert_eq!(settings(&cause), "decode = \"raw\"");
    assert_eq!((cause.count, cause.total), (40, 40));
    // accepted bytes would become other ones
    let cause = diagnose_raw(&column, &values, &["0x41"]).unwrap();
    assert_eq!(settings(&cause), "none");
    assert!(cause.words.contains("\"0x41\""), "{}", cause.words);
    // texts may be bytes in several ways
    assert_eq!(diagnose_raw(&column, &[(b"zz", 1)], &[]), None);
}
