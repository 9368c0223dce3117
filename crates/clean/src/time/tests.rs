use proptest::prelude::*;

use super::*;
use model::batch::Value;
use model::sqltext::push_plain;

fn rule<T: std::fmt::Debug>(result: Result<T, Fault>) -> Rule {
    result.unwrap_err().rule
}

const SECOND: i64 = 1_000_000;

#[test]
fn times_and_durations_are_read() {
    for (text, expected) in [
        ("00:00", 0),
        ("0:00:00", 0),
        ("-00:00:00", 0),
        ("12:34", (12 * 3600 + 34 * 60) * SECOND),
        ("12:34:56", (12 * 3600 + 34 * 60 + 56) * SECOND),
        ("-1:02:03.5", -(3723 * SECOND + 500_000)),
        ("100:00:00", 360_000 * SECOND),
        ("838:59:59", LARGEST),
        ("-838:59:59", -LARGEST),
        ("00:00:00.123456", 123_456),
    ] {
        assert_eq!(time(text.as_bytes(), 6), Ok(expected), "{text}");
    }
}

#[test]
fn a_time_with_am_or_pm_is_one_of_the_day() {
    for (text, hour, minute) in [
        ("10:00:00 AM", 10, 0),
        ("12:00 AM", 0, 0),
        ("12:00 PM", 12, 0),
        ("1:15pm", 13, 15),
        ("11:59:00 Pm", 23, 59),
    ] {
        let expected = (hour * 3600 + minute * 60) * SECOND;
        assert_eq!(time(text.as_bytes(), 0), Ok(expected), "{text}");
    }
    assert_eq!(
        time(b"11:59:59.5 PM", 0),
        Ok(24 * 3600 * SECOND),
        "rounded up"
    );
}

#[test]
fn a_time_in_a_format_is_read_in_it_alone() {
    let format = |text: &str| DateFormat::parse(text).unwrap();
    let formats = [format("%H%M"), format("%I.%M %p")];
    assert_eq!(
        time_in(&formats, b"2359", 0),
        Ok((23 * 60 + 59) * 60 * SECOND)
    );
    assert_eq!(
        time_in(&formats, b"1.05 PM", 0),
        Ok((13 * 60 + 5) * 60 * SECOND)
    );
    for text in ["23:59", "2360", "959", ""] {
        assert_eq!(
            rule(time_in(&formats, text.as_bytes(), 0)),
            Rule::NotATime,
            "{text}"
        );
    }
    let fault = time_in(&[format("%H:%M"), format("%H:%M:%S")], b"1:02:03", 0);
    assert_eq!(fault, Ok(3723 * SECOND));
}

#[test]
fn fractions_are_rounded_half_away_from_zero() {
    for (text, precision, expected) in [
        ("00:00:00.4", 0, 0),
        ("00:00:00.5", 0, SECOND),
        ("-00:00:00.5", 0, -SECOND),
        ("00:59:59.5", 0, 3600 * SECOND),
        ("00:00:00.0004", 3, 0),
        ("00:00:00.0005", 3, 1000),
        ("00:00:00.9995", 3, SECOND),
        ("00:00:00.1234564", 6, 123_456),
        ("00:00:00.1234565", 6, 123_457),
    ] {
        assert_eq!(time(text.as_bytes(), precision), Ok(expected), "{text}");
    }
    assert_eq!(rule(time(b"838:59:59.5", 0)), Rule::OutOfRange);
    assert_eq!(rule(time(b"-838:59:59.000001", 0)), Rule::OutOfRange);
    assert!(time(b"838:59:58.6", 0).is_ok());
    assert_eq!(rule(time(b"838:59:59.000001", 6)), Rule::OutOfRange);
}

#[test]
fn ambiguous_spellings_are_rejected() {
    for text in [
        "",
        "1112",
        "11",
        ":11",
        "11:",
        "11:1x",
        "1 10:00:00",
        "13:00 PM",
        "0:30 AM",
        "-1:00 AM",
        "PM",
        "10 PM",
        "10:60:00",
        "10:00:60",
        "10:123",
        "10:00:00:00",
        "--1:00",
        "+1:00",
        "1.5:00",
        "10:00:00.x",
        "10:00:00.5 ",
    ] {
        assert_eq!(rule(time(text.as_bytes(), 0)), Rule::NotATime, "{text}");
    }
    for text in ["839:00:00", "999999999:00:00", "-900:00"] {
        assert_eq!(rule(time(text.as_bytes(), 0)), Rule::OutOfRange, "{text}");
    }
}

#[test]
fn years_have_four_digits() {
    for (text, expected) in [("1901", 1901), ("2155", 2155), ("0000", 0), ("2026", 2026)] {
        assert_eq!(year(text.as_bytes(), None), Ok(expected));
    }
    for text in ["1900", "2156", "70", "0", "00", "12345", "9999", "02026"] {
        assert_eq!(
            rule(year(text.as_bytes(), None)),
            Rule::OutOfRange,
            "{text}"
        );
    }
    assert_eq!(year(b"2026.0", None), Ok(2026), "as pandas writes it");
    for text in ["", "-2026", "20x6", "2026.5", " 2026"] {
        assert_eq!(
            rule(year(text.as_bytes(), None)),
            Rule::NotANumber,
            "{text}"
        );
    }
}

#[test]
fn a_year_of_two_digits_needs_a_pivot() {
    for (text, expected) in [
        ("70", 1970),
        ("99", 1999),
        ("00", 2000),
        ("69", 2069),
        ("1999", 1999),
    ] {
        assert_eq!(year(text.as_bytes(), Some(70)), Ok(expected));
    }
    for text in ["7", "070", "170"] {
        assert_eq!(
            rule(year(text.as_bytes(), Some(70))),
            Rule::OutOfRange,
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn a_written_time_is_read_back(microseconds in -LARGEST..=LARGEST, precision in 0u8..=6) {
        let unit = 10i64.pow(6 - u32::from(precision));
        let span = microseconds / unit * unit;
        let mut text = Vec::new();
        push_plain(&mut text, Value::Time(span), precision);
        prop_assert_eq!(time(&text, precision), Ok(span), "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(bytes: Vec<u8>, precision in 0u8..=6) {
        let _ = (time(&bytes, precision), year(&bytes, None));
    }
}
