use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

#[test]
fn every_rule_has_a_name_of_its_own_and_stands_in_the_order_of_application() {
    for (at, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(Rule::from_name(rule.name()), Some(rule));
        assert_eq!(rule as usize, at);
    }
    assert_eq!(Rule::from_name("no_rule"), None);
    let structural: Vec<_> = Rule::ALL
        .into_iter()
        .filter(|rule| rule.is_structural())
        .collect();
    assert_eq!(
        structural,
        [Rule::RecordTooLarge, Rule::UnclosedQuote, Rule::FieldCount]
    );
}

#[test]
fn a_budget_is_a_number_or_a_share() {
    assert_eq!("500".parse(), Ok(Budget::Rows(500)));
    assert_eq!(" 0 ".parse(), Ok(Budget::Rows(0)));
    assert_eq!("2.5%".parse(), Ok(Budget::Percent(2.5)));
    assert_eq!("0%".parse(), Ok(Budget::Percent(0.0)));
    assert_eq!("100 %".parse(), Ok(Budget::Percent(100.0)));
    for wrong in [
        "", "%", "-1", "-1%", "101%", "100.1%", "1.5", "ten", "NaN%", "inf%", "5%%", "1e3",
    ] {
        assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
    }
    for text in ["7", "2.5%", "100%"] {
        assert_eq!(text.parse::<Budget>().unwrap().to_string(), text);
    }
}

#[test]
fn a_number_is_judged_at_once_and_a_share_when_there_is_something_to_judge() {
    assert!(!Budget::Rows(3).is_spent(3, 3, false) && Budget::Rows(3).is_spent(4, 4, false));
    assert!(Budget::Rows(0).is_spent(1, 1, false));
    let share = Budget::Percent(10.0);
    assert!(!share.is_spent(9_999, 9_999, false), "too early to tell");
    assert!(share.is_spent(10_000, 1_001, false) && !share.is_spent(10_000, 1_000, false));
    assert!(share.is_spent(9, 1, true) && !share.is_spent(10, 1, true));
    assert!(!share.is_spent(0, 0, true), "an empty file");
    assert!(!Budget::Percent(100.0).is_spent(5, 5, true));
    assert!(
        Budget::Percent(0.0).is_spent(5, 1, true) && !Budget::Percent(0.0).is_spent(5, 0, true)
    );
}

#[test]
fn values_are_shown_shortened_and_as_text() {
    assert_eq!(shown(b"plain"), "plain");
    assert_eq!(shown(b"caf\xe9"), "caf\u{fffd}");
    assert_eq!(shown(&[b'x'; 80]), "x".repeat(80));
    assert_eq!(shown(&[b'x'; 81]), format!("{}…", "x".repeat(80)));
    assert_eq!(
        shown("🙂".repeat(100).as_bytes()),
        format!("{}…", "🙂".repeat(80))
    );
}

#[test]
fn what_cannot_be_seen_is_shown_by_its_name() {
    assert_eq!(shown("\u{feff}3".as_bytes()), "<U+FEFF>3");
    assert_eq!(
        shown("1\u{a0}000\u{200b}".as_bytes()),
        "1<U+00A0>000<U+200B>"
    );
    assert_eq!(shown("a é\t🙂".as_bytes()), "a é\t🙂");
}

proptest! {
    #[test]
    fn whatever_is_shown_is_short(value: Vec<u8>) {
        // what cannot be seen is shown by eight characters
        prop_assert!(shown(&value).chars().count() <= 8 * SHOWN + 1);
    }
}

fn rejection(rule: Rule, raw: &[u8]) -> Rejection {
    Rejection {
        line: 7,
        offset: 99,
        bytes: raw.len() as u64,
        raw: raw.to_vec(),
        column: Some("a".to_owned()),
        rule,
        value: "x, \"y\"\nz".to_owned(),
        message: "expected".to_owned(),
    }
}

const PLACE: Place = Place {
    file: "in/t.csv",
    offset: 99,
    line: 7,
};

#[test]
fn records_lines_and_reasons_go_to_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = RejectFiles::new(folder.path(), "t", b"a,b").unwrap();
    files
        .write(&rejection(Rule::TooLong, b"1,2\r\n"), &PLACE)
        .unwrap();
    files
        .write(&rejection(Rule::FieldCount, b"1"), &PLACE)
        .unwrap();
    files
        .write(&rejection(Rule::NotInEnum, b"3,4"), &PLACE)
        .unwrap();
    let mut long = rejection(Rule::RecordTooLarge, b"its start");
    long.bytes = 3 << 30;
    files.write(&long, &PLACE).unwrap();
    files.finish().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("t.csv"), "a,b\n1,2\r\n3,4\n");
    assert_eq!(read("t.broken"), "1\nits start\n");
    let reasons = read("t.reasons.csv");
    assert!(reasons.contains(",3221225472,a,record_too_large,"));
    assert!(reasons.starts_with("file,line,byte_offset,record_bytes,column,rule,value,message\nin/t.csv,7,99,5,a,too_long,\"x, \"\"y\"\"\nz\",expected\n"));
    assert_eq!(
        csv::Reader::from_reader(reasons.as_bytes())
            .records()
            .count(),
        4
    );
    for name in ["t.csv", "t.broken", "t.reasons.csv"] {
        assert_eq!(
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600,
            "{name}"
        );
    }
}

#[test]
fn each_run_begins_with_the_files_of_the_last_removed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.csv", "t.broken", "t.reasons.csv", "u.csv"] {
        fs::write(folder.path().join(name), "old").unwrap();
    }
    RejectFiles::new(folder.path(), "t", b"a\n")
        .unwrap()
        .finish()
        .unwrap();
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["u.csv"], "another table's");
}

#[test]
fn a_folder_is_made_ready_or_refused_before_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    prepare_directory(&folder.path().join("a/b")).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 0);
    fs::write(folder.path().join("file"), "").unwrap();
    let error = prepare_directory(&folder.path().join("file")).unwrap_err();
    assert!(error.to_string().contains("--rejects"), "{error}");
}
