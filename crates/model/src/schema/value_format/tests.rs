use super::*;

const INT: ColumnType = ColumnType::Integer {
    bits: 32,
    unsigned: false,
};
const DECIMAL: ColumnType = ColumnType::Decimal {
    precision: 8,
    scale: 2,
    unsigned: false,
};
const TIME: ColumnType = ColumnType::Time { precision: 0 };
const TEXT: ColumnType = ColumnType::VarChar { length: 9 };

fn set(settings: &[(&str, &str)]) -> Result<ValueFormat, SettingError> {
    let mut format = ValueFormat::default();
    for (key, value) in settings {
        format.set(key, &[(*value).to_owned()])?;
    }
    Ok(format)
}

fn why(key: &str, value: &str) -> String {
    match set(&[(key, value)]) {
        Err(SettingError::Wrong(why)) => why,
        other => panic!("{key} {value}: {other:?}"),
    }
}

/// A value that each setting accepts.
const VALUES: [(&str, &str); 16] = [
    ("null", "NA"),
    ("date_format", "%d.%m.%Y"),
    ("date_order", "dmy"),
    ("pivot", "70"),
    ("decimal", ","),
    ("thousands", "'"),
    ("strip", "$€%"),
    ("parentheses", "true"),
    ("scale", "0.01"),
    ("round", "true"),
    ("true_values", "ja"),
    ("false_values", "nein"),
    ("small_integers", "true"),
    ("case", "lower"),
    ("trim", "true"),
    ("keep_null", "true"),
];

#[test]
fn every_setting_is_set_and_taken_back_by_its_name() {
    assert_eq!(VALUES.map(|(key, _)| key), ValueFormat::KEYS);
    for (key, value) in VALUES {
        let mut format = set(&[(key, value)]).unwrap();
        assert_ne!(format, ValueFormat::default(), "{key}");
        format.set(key, &[String::new()]).unwrap();
        assert_eq!(format, ValueFormat::default(), "{key}");
        format.set(key, &[]).unwrap();
    }
    assert_eq!(set(&[("nul", "x")]), Err(SettingError::Unknown));
    let mut format = ValueFormat::default();
    assert_eq!(format.set("nul", &[]), Err(SettingError::Unknown));
}

#[test]
fn a_value_that_a_setting_does_not_accept_is_an_error_in_words() {
    for (key, value, words) in [
        ("date_order", "dym", "dmy, mdy, ymd"),
        ("pivot", "1970", "from 0 to 99"),
        ("decimal", ";", "\",\", \".\""),
        ("thousands", "..", "is not one of"),
        ("strip", "$-", "\"-\" cannot be stripped"),
        ("parentheses", "yes", "true or false"),
        ("scale", "0", "positive number"),
        ("scale", "-1", "positive number"),
        ("scale", "1.2.3", "positive number"),
        ("case", "title", "lower or upper"),
        ("true_values", " ", "empty"),
    ] {
        assert!(why(key, value).contains(words), "{}", why(key, value));
    }
    let two = ["dmy".to_owned(), "mdy".to_owned()];
    assert!(ValueFormat::default().set("date_order", &two).is_err());
}

#[test]
fn a_factor_has_its_exact_digits() {
    for (text, digits, exponent) in [
        ("0.01", 1, -2),
        ("1000", 1, 3),
        ("3.60", 36, -1),
        ("1e-3", 1, -3),
        (".5", 5, -1),
        ("0.000123", 123, -6),
    ] {
        assert_eq!(
            Factor::parse(text),
            Ok(Factor { digits, exponent }),
            "{text}"
        );
    }
    for text in [
        "",
        ".",
        "e5",
        "1e",
        "x",
        "1e99999999999",
        "1234567890123456789",
        "1e61",
    ] {
        assert!(Factor::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_setting_of_all_columns_applies_to_those_that_can_use_it() {
    let all = set(&VALUES).unwrap();
    let uses = |kind: &ColumnType| -> Vec<&str> {
        let keys = ValueFormat::KEYS.iter().copied();
        keys.filter(|key| ValueFormat::uses(key, kind)).collect()
    };
    for kind in [
        INT,
        DECIMAL,
        TIME,
        TEXT,
        ColumnType::Date,
        ColumnType::Boolean,
        ColumnType::Year,
    ] {
        let reduced = all.reduced(&kind);
        for (key, value) in VALUES {
            let mut without = reduced.clone();
            without.set(key, &[]).unwrap();
            let mut with = reduced.clone();
            with.set(key, &[value.to_owned()]).unwrap();
            // a text has words for NULL only by its own setting, and a TIME no formats of dates
            let is_own = (kind == TEXT && key == "null") || (kind == TIME && key == "date_format");
            let expected = uses(&kind).contains(&key) && !is_own;
            assert_eq!(with == reduced, expected, "{kind} {key}");
            assert_eq!(without != reduced, expected, "{kind} {key}");
        }
    }
    assert_eq!(uses(&TEXT), ["null", "case", "trim", "keep_null"]);
    assert_eq!(uses(&ColumnType::Json), ["null"]);
}

#[test]
fn settings_that_contradict_each_other_are_found() {
    let of = |settings: &[(&str, &str)], kind: &ColumnType| set(settings).unwrap().check(kind);
    assert!(of(&[("decimal", ","), ("thousands", ",")], &DECIMAL).is_err());
    assert!(of(&[("thousands", ",")], &DECIMAL).is_ok());
    assert!(
        of(&[("thousands", ".")], &INT).is_ok(),
        "the decimal mark is then the comma"
    );
    assert!(of(&[("decimal", "."), ("thousands", ".")], &DECIMAL).is_err());
    let short = ("date_format", "%d.%m.%y");
    assert!(
        of(&[short], &ColumnType::Date)
            .unwrap_err()
            .contains("pivot")
    );
    assert!(of(&[short, ("pivot", "70")], &ColumnType::Date).is_ok());
    assert!(of(&[("date_format", "%H:%M")], &ColumnType::Date).is_err());
    assert!(of(&[("date_format", "%H:%M")], &TIME).is_ok());
    assert!(of(&[("date_format", "%F %H:%M")], &TIME).is_err());
    let both = [("true_values", "J"), ("false_values", "j")];
    assert!(of(&both, &ColumnType::Boolean).is_err());
}

#[test]
fn a_format_must_determine_a_date_or_a_time() {
    for good in [
        "%Y-%m-%d",
        "%F %T",
        "%d/%m/%y",
        "%B %e, %Y %I:%M %p",
        "%A %d %b %Y",
        "%Y%j",
        "%s",
        "%Q",
        "%H:%M:%S.%f",
        "%-d.%-m.%Y",
        "%FT%T%:z",
        "100%% %F",
    ] {
        assert!(DateFormat::parse(good).is_ok(), "{good}");
    }
    for (bad, words) in [
        ("", "needs year"),
        ("%Y-%m", "needs year"),
        ("%m-%d", "needs year"),
        ("%Y %d", "needs year"),
        ("%F %M", "%M is the minute"),
        ("%d %M %Y", "the month is %m or %B"),
        ("%F %I:%M", "without AM or PM"),
        ("%F %H:%M %p", "without the hour from 1 to 12"),
        ("%F %H:%i", "%i is not known"),
        ("%F %", "ends with %"),
        ("%F %Y", "the year (%Y) occurs twice"),
        ("%F %H:%M:%s", "seconds are %S"),
        ("%T %Z %a", "needs year"),
    ] {
        let error = DateFormat::parse(bad).unwrap_err();
        assert!(error.contains(words), "{bad}: {error}");
    }
}

#[test]
fn numbers_next_to_each_other_have_all_their_digits() {
    let widths = |text: &str| {
        let format = DateFormat::parse(text).unwrap();
        let items = format.items().iter().filter_map(|item| match item {
            Item::Field(_, width) => Some(*width),
            _ => None,
        });
        items.collect::<Vec<_>>()
    };
    assert_eq!(widths("%d%m%Y"), [Width::Full; 3]);
    assert_eq!(widths("%d.%m.%Y"), [Width::UpTo; 3]);
    assert_eq!(widths("%d%b%Y"), [Width::UpTo; 3]);
    assert_eq!(
        widths("%F %H%M")[2..],
        [Width::UpTo, Width::Full, Width::Full]
    );
}
