mod styles;

use proptest::prelude::*;

use super::*;
use model::batch::Value;
use model::sqltext::push_plain;

fn rule<T: std::fmt::Debug>(result: Result<T, Fault>) -> Rule {
    result.unwrap_err().rule
}

/// The value of a DATETIME(`precision`) column as the server shows it.
fn shown(text: &str, precision: u8) -> String {
    let value = datetime(text.as_bytes(), precision)
        .unwrap_or_else(|fault| panic!("{text}: {}", fault.message));
    let mut out = Vec::new();
    push_plain(&mut out, Value::DateTime(value), precision);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_number_of_digits_distinguishes_seconds_from_milliseconds() {
    for (text, expected) in [
        ("100000000", "1973-03-03 09:46:40.000"),
        ("1602345600", "2020-10-10 16:00:00.000"),
        ("10000000000", "1970-04-26 17:46:40.000"),
        ("1596080481467", "2020-07-30 03:41:21.467"),
        ("0000000000000", "1970-01-01 00:00:00.000"),
        ("9999999999999", "2286-11-20 17:46:39.999"),
    ] {
        assert_eq!(shown(text, 3), expected, "{text}");
    }
    for text in [
        "1",
        "12345678",
        "1234567",
        "100000000000000",
        "-1596080481467",
        "+1596080481467",
        "1596080481.467",
        "1.5e12",
    ] {
        assert_eq!(
            rule(datetime(text.as_bytes(), 3)),
            Rule::NotATimestamp,
            "{text}"
        );
    }
}

#[test]
fn fourteen_digits_are_a_date_and_a_time_and_never_an_epoch() {
    for (text, expected) in [
        ("20131104123015", "2013-11-04 12:30:15"),
        ("20000229235959", "2000-02-29 23:59:59"),
        ("10000101000000", "1000-01-01 00:00:00"),
        ("99991231235959", "9999-12-31 23:59:59"),
    ] {
        assert_eq!(shown(text, 0), expected, "{text}");
    }
    assert_eq!(
        timestamp(b"20131104123015", 0),
        Ok(1_383_568_215 * 1_000_000)
    );
    for text in [
        "20131304123015",
        "20130229000000",
        "20131104240000",
        "20131104126000",
        "20131104123060",
        "00000000000000",
        "15960804814670",
        "99999999999999",
    ] {
        let fault = datetime(text.as_bytes(), 0).unwrap_err();
        assert_eq!(fault.rule, Rule::NotATimestamp, "{text}");
        assert!(
            fault.message.contains("YYYYMMDDhhmmss"),
            "{}",
            fault.message
        );
    }
    assert_eq!(
        rule(datetime(b"09991231235959", 0)),
        Rule::OutOfRange,
        "before the year 1000"
    );
}

#[test]
fn digits_that_are_a_date_and_an_epoch_are_rejected() {
    for (text, date, epoch) in [
        (
            "201311041230",
            "YYYYMMDDhhmm (2013-11-04 12:30:00)",
            "epoch milliseconds (1976-05-18 23:44:01)",
        ),
        (
            "131104123015",
            "YYMMDDhhmmss (2013-11-04 12:30:15)",
            "epoch milliseconds (1974-02-26 09:48:43)",
        ),
        (
            "2013110412",
            "YYYYMMDDhh (2013-11-04 12:00:00)",
            "epoch seconds (2033-10-16 21:20:12)",
        ),
    ] {
        for fault in [
            datetime(text.as_bytes(), 0).map(drop).unwrap_err(),
            timestamp(text.as_bytes(), 0).map(drop).unwrap_err(),
            date_fault(text),
        ] {
            assert_eq!(fault.rule, Rule::NotATimestamp, "{text}");
            assert_eq!(
                fault.message,
                format!("ambiguous: {date} or {epoch}; write it as YYYY-MM-DD hh:mm:ss")
            );
        }
    }
    // no month 34, no hour 24, no day 00, and years in which nobody means a date
    for text in [
        "1602345600",
        "2013110424",
        "2013110012",
        "1311041230",
        "1850010112",
        "2100010100",
        "799372800000",
        "201311041260",
        "131104123060",
    ] {
        assert!(datetime(text.as_bytes(), 0).is_ok(), "{text}");
    }
}

fn date_fault(text: &str) -> Fault {
    date(text.as_bytes()).map(drop).unwrap_err()
}

#[test]
fn eight_digits_are_a_day() {
    assert_eq!(date(b"19700102"), Ok(1));
    assert_eq!(date(b"20200229"), date(b"2020-02-29"));
    assert_eq!(date(b"20131104123015"), date(b"2013-11-04"));
    assert_eq!(datetime(b"20200102", 0), datetime(b"2020-01-02", 0));
    assert_eq!(timestamp(b"20200102", 0), timestamp(b"2020-01-02", 0));
    for text in ["20200230", "20201301", "00000000", "2020010"] {
        assert_eq!(rule(date(text.as_bytes())), Rule::NotATimestamp, "{text}");
        assert_eq!(
            rule(datetime(text.as_bytes(), 0)),
            Rule::NotATimestamp,
            "{text}"
        );
    }
    assert_eq!(rule(date(b"09991231")), Rule::OutOfRange);
}

#[test]
fn iso_dates_and_times_with_and_without_zone_are_read() {
    for (text, expected) in [
        ("2019-01-01", "2019-01-01 00:00:00.000"),
        ("2021-01-17T03:01:59.883Z", "2021-01-17 03:01:59.883"),
        ("2021-01-17t03:01:59z", "2021-01-17 03:01:59.000"),
        ("2021-01-17 03:01:59", "2021-01-17 03:01:59.000"),
        ("2021-01-17 03:01:59.5", "2021-01-17 03:01:59.500"),
        ("2021-01-17T03:01:59,883", "2021-01-17 03:01:59.883"),
        ("2021-01-17T03:01", "2021-01-17 03:01:00.000"),
        ("2021-01-17T03:01:59+02:00", "2021-01-17 01:01:59.000"),
        ("2021-01-17T03:01:59-0530", "2021-01-17 08:31:59.000"),
        ("2021-01-01T00:30:00+01", "2020-12-31 23:30:00.000"),
        ("2020-12-31T23:30:00-01:00", "2021-01-01 00:30:00.000"),
    ] {
        assert_eq!(shown(text, 3), expected, "{text}");
    }
}

#[test]
fn javascript_date_strings_are_read() {
    for (text, expected) in [
        (
            "Wed Apr 21 2021 22:39:42 GMT-0400 (Eastern Daylight Time)",
            "2021-04-22 02:39:42",
        ),
        (
            "Fri Jan 01 2021 00:00:00 GMT+0000 (Coordinated Universal Time)",
            "2021-01-01 00:00:00",
        ),
        ("Sat Feb 29 2020 12:00:00 GMT+0530", "2020-02-29 06:30:00"),
    ] {
        assert_eq!(shown(text, 0), expected, "{text}");
    }
    for text in [
        "Wed Apr 31 2021 22:39:42 GMT-0400",
        "Wed Foo 21 2021 22:39:42 GMT-0400",
        "Wed Apr 21 2021 22:39:42 GMT-0400 Eastern",
        "Thu Apr 21 2021",
        "Invalid Date",
    ] {
        assert_eq!(
            rule(datetime(text.as_bytes(), 0)),
            Rule::NotATimestamp,
            "{text}"
        );
    }
}

#[test]
fn impossible_dates_and_times_are_no_timestamps() {
    for text in [
        "2021-02-29",
        "2100-02-29",
        "2021-04-31",
        "2021-13-01",
        "2021-00-10",
        "2021-01-00",
        "0000-00-00",
        "21-01-01",
        "2021-01-01T24:00:00",
        "2021-01-01T23:60:00",
        "2021-01-01T23:59:60",
        "2021-01-01T",
        "2021-01-01 ",
        "2021-01-01T10",
        "2021-01-01T10:00:00.",
        "2021-01-01T10:00+25:00",
        "2021-01-01T10:00+01:",
        "2021-01-01T10:00:00ZZ",
        "2021-01-01Z",
        "yesterday",
        "",
        "2021-01-01\0",
    ] {
        assert_eq!(
            rule(datetime(text.as_bytes(), 6)),
            Rule::NotATimestamp,
            "{text}"
        );
    }
    for text in ["2020-02-29", "2000-02-29", "2024-02-29T23:59:59Z"] {
        assert!(datetime(text.as_bytes(), 0).is_ok(), "{text}");
    }
}

#[test]
fn fractions_are_rounded_half_up_into_the_next_second_day_and_year() {
    for (text, precision, expected) in [
        ("2020-12-31T23:59:59.4999", 0, "2020-12-31 23:59:59"),
        ("2020-12-31T23:59:59.5", 0, "2021-01-01 00:00:00"),
        ("2020-02-28T23:59:59.9995", 3, "2020-02-29 00:00:00.000"),
        ("2020-02-28T23:59:59.99949", 3, "2020-02-28 23:59:59.999"),
        ("1596080481467", 2, "2020-07-30 03:41:21.47"),
        ("1596080481500", 0, "2020-07-30 03:41:22"),
        ("1965-01-01T00:00:00.5", 0, "1965-01-01 00:00:01"),
        (
            "2020-01-01T00:00:00.1234565",
            6,
            "2020-01-01 00:00:00.123457",
        ),
        (
            "2020-01-01T00:00:00.123456499999999999999",
            6,
            "2020-01-01 00:00:00.123456",
        ),
    ] {
        assert_eq!(shown(text, precision), expected, "{text}");
    }
}

#[test]
fn a_datetime_is_between_the_years_1000_and_9999() {
    assert_eq!(shown("1000-01-01", 0), "1000-01-01 00:00:00");
    assert_eq!(
        shown("9999-12-31T23:59:59.999999", 6),
        "9999-12-31 23:59:59.999999"
    );
    for text in [
        "0999-12-31T23:59:59",
        "0001-01-01",
        "9999-12-31T23:59:59.5",
        "9999-12-31T23:59:59-00:01",
        "1000-01-01T00:00:00+00:01",
    ] {
        assert_eq!(
            rule(datetime(text.as_bytes(), 0)),
            Rule::OutOfRange,
            "{text}"
        );
    }
}

#[test]
fn a_timestamp_is_after_the_epoch_and_before_2038_01_19() {
    let second = |n: i64| n * 1_000_000;
    assert_eq!(timestamp(b"1970-01-01T00:00:01Z", 0), Ok(second(1)));
    assert_eq!(
        timestamp(b"2038-01-19 03:14:07", 0),
        Ok(second((1 << 31) - 1))
    );
    assert_eq!(
        timestamp(b"2038-01-19 03:14:07.999999", 6),
        Ok(second(1 << 31) - 1)
    );
    assert_eq!(
        timestamp(b"2038-01-19T04:14:07+01:00", 0),
        Ok(second((1 << 31) - 1))
    );
    for text in [
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.9Z",
        "2038-01-19 03:14:08",
        "2038-01-19 03:14:07.9999999",
        "1969-12-31",
        "9999-12-31",
    ] {
        assert_eq!(
            rule(timestamp(text.as_bytes(), 6)),
            Rule::OutOfRange,
            "{text}"
        );
    }
    assert_eq!(
        rule(timestamp(b"2038-01-19 03:14:07.5", 0)),
        Rule::OutOfRange,
        "rounded up"
    );
}

#[test]
fn a_date_drops_the_time_of_day() {
    let day = |text: &str| date(text.as_bytes());
    assert_eq!(day("1970-01-02"), Ok(1));
    assert_eq!(day("1970-01-01T23:59:59.999"), Ok(0));
    assert_eq!(day("1969-12-31T23:59:59"), Ok(-1));
    assert_eq!(
        day("1970-01-01T23:00:00-02:00"),
        Ok(1),
        "in UTC it is the next day"
    );
    assert_eq!(day("1596080481467"), Ok(18_473));
    assert!(day("1000-01-01").is_ok() && day("9999-12-31T23:59:59.9").is_ok());
    assert_eq!(rule(day("0999-12-31")), Rule::OutOfRange);
    assert_eq!(rule(day("2021-02-30")), Rule::NotATimestamp);
}

proptest! {
    #[test]
    fn a_written_date_time_is_read_back(microseconds in -30_610_224_000_000_000i64..253_402_300_799_999_999, precision in 0u8..=6) {
        let unit = 10i64.pow(6 - u32::from(precision));
        let at = microseconds.div_euclid(unit) * unit;
        let mut text = Vec::new();
        push_plain(&mut text, Value::DateTime(at), precision);
        prop_assert_eq!(datetime(&text, precision), Ok(at), "{}", String::from_utf8_lossy(&text));
        text.clear();
        let days = microseconds.div_euclid(86_400_000_000);
        push_plain(&mut text, Value::Date(days), 0);
        prop_assert_eq!(date(&text), Ok(days));
    }

    #[test]
    fn epoch_milliseconds_and_iso_agree(milliseconds in 10_000_000_000i64..=9_999_999_999_999) {
        let iso = jiff::Timestamp::from_millisecond(milliseconds).unwrap().to_string();
        let value = Ok(milliseconds * 1000);
        match datetime(milliseconds.to_string().as_bytes(), 3) {
            Err(fault) => prop_assert!(fault.message.starts_with("ambiguous: "), "{}", fault.message),
            found => prop_assert_eq!(&found, &value),
        }
        prop_assert_eq!(&datetime(iso.as_bytes(), 3), &value);
    }

    #[test]
    fn the_compact_form_and_the_sql_form_agree(seconds in -30_610_224_000i64..253_402_300_800) {
        let mut text = Vec::new();
        push_plain(&mut text, Value::DateTime(seconds * 1_000_000), 0);
        let compact: Vec<u8> = text.iter().copied().filter(u8::is_ascii_digit).collect();
        prop_assert_eq!(datetime(&compact, 0), Ok(seconds * 1_000_000));
        prop_assert_eq!(date(&compact[..8]), Ok(seconds.div_euclid(86_400)));
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(bytes: Vec<u8>, text in "[-+0-9:. TZ]{0,24}", precision in 0u8..=6) {
        for field in [&bytes[..], text.as_bytes()] {
            let _ = (datetime(field, precision), timestamp(field, precision), date(field));
        }
    }
}

#[test]
fn a_zero_date_is_one_with_or_without_a_time_of_zeros() {
    for field in [
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00.000",
    ] {
        assert!(is_zero(field.as_bytes()), "{field}");
    }
    for field in [
        "",
        "0000-00-01",
        "0000-00-00 ",
        "0000-00-00 00:00:01",
        "0000-00-00 00:00:00.x",
    ] {
        assert!(!is_zero(field.as_bytes()), "{field}");
    }
}
