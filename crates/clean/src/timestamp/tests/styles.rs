//! Dates that are not ISO 8601: those that have one reading, and those that need a style.

use jiff::civil::DateTime;
use model::schema::{DateFormat, DateOrder};
use proptest::sample::select;

use super::*;

fn order(order: DateOrder, pivot: Option<u8>) -> DateStyle {
    DateStyle {
        order: Some(order),
        pivot,
        ..DateStyle::default()
    }
}

fn formats(formats: &[&str], pivot: Option<u8>) -> DateStyle {
    let formats = formats.iter().map(|text| DateFormat::parse(text).unwrap());
    DateStyle {
        formats: formats.collect(),
        order: None,
        pivot,
    }
}

/// The value of a DATETIME(3) column in this style as the server shows it.
fn shown_in(style: &DateStyle, text: &str) -> String {
    let value = datetime_in(style, text.as_bytes(), 3)
        .unwrap_or_else(|fault| panic!("{text}: {}", fault.message));
    let mut out = Vec::new();
    push_plain(&mut out, Value::DateTime(value), 3);
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn is_rejected(style: &DateStyle, text: &str) -> String {
    let fault = datetime_in(style, text.as_bytes(), 3).unwrap_err();
    assert_eq!(fault.rule, Rule::NotATimestamp, "{text}");
    fault.message
}

#[test]
fn a_date_with_one_reading_is_read_without_a_style() {
    for (text, expected) in [
        ("2015/01/31", "2015-01-31 00:00:00"),
        ("2015.01.31", "2015-01-31 00:00:00"),
        ("2015 01 31", "2015-01-31 00:00:00"),
        ("2015/1/3", "2015-01-03 00:00:00"),
        ("2015-1-3", "2015-01-03 00:00:00"),
        ("2015/01/31 01:02:03", "2015-01-31 01:02:03"),
        ("2015/01/31 01:02", "2015-01-31 01:02:00"),
        ("2015.1.31T1:02:03.5Z", "2015-01-31 01:02:03.500"),
        ("20150131T010203", "2015-01-31 01:02:03"),
        ("20150131T010203.25Z", "2015-01-31 01:02:03.250"),
        ("20150131T010203+0100", "2015-01-31 00:02:03"),
        ("20150131T0102", "2015-01-31 01:02:00"),
        ("20150131 01:02:03", "2015-01-31 01:02:03"),
        ("20150131010203.5", "2015-01-31 01:02:03.500"),
        ("20150131010203Z", "2015-01-31 01:02:03"),
        ("31-Jul-2018", "2018-07-31 00:00:00"),
        ("31 JULY 2018", "2018-07-31 00:00:00"),
        ("31Jul2018", "2018-07-31 00:00:00"),
        ("1. Sep. 2018", "2018-09-01 00:00:00"),
        ("Jan 1 2000", "2000-01-01 00:00:00"),
        ("January 1, 2000 13:05", "2000-01-01 13:05:00"),
        ("1 January 2000", "2000-01-01 00:00:00"),
        ("May 05, 2000", "2000-05-05 00:00:00"),
        ("2018-Jul-31", "2018-07-31 00:00:00"),
        ("Tue, 31 Jul 2018 10:00:00 +0200", "2018-07-31 08:00:00"),
        ("Tuesday, July 31, 2018", "2018-07-31 00:00:00"),
        ("Tue, 31 Jul 2018 10:00:00 GMT", "2018-07-31 10:00:00"),
        ("2023-04-03 01:15:00 PM", "2023-04-03 13:15:00"),
        ("2023-04-03 12:15:00 AM", "2023-04-03 00:15:00"),
        ("2023-04-03T12:15pm", "2023-04-03 12:15:00"),
        ("2023/04/03, 1:15:00.5\u{202f}PM", "2023-04-03 13:15:00.500"),
        ("2023-04-03 10:00:00 UTC", "2023-04-03 10:00:00"),
        ("2023-04-03 10:00:00 +00", "2023-04-03 10:00:00"),
        ("2023-04-03 10:00:00 -01:30", "2023-04-03 11:30:00"),
        ("2023-04-03 10:00:00 GMT+0200", "2023-04-03 08:00:00"),
        ("2023-04-03 1:00:00", "2023-04-03 01:00:00"),
    ] {
        let precision = if text.contains(".5") || text.contains(".25") {
            3
        } else {
            0
        };
        assert_eq!(shown(text, precision), expected, "{text}");
        assert_eq!(date(text.as_bytes()), date(expected.as_bytes()), "{text}");
    }
}

#[test]
fn a_date_that_has_two_readings_or_does_not_exist_is_rejected_without_a_style() {
    for text in [
        "03/04/2023",
        "25/12/2019",
        "12/25/2019 22:00",
        "02.07.2021",
        "31 12 2023",
        "04/01/19",
        "31-Jul-18",
        "Jul 31 18",
        "15/01/31",
        "2015/13/01",
        "2015/02/29",
        "2015/01-31",
        "2015/01",
        "2015-001",
        "2015-W01-1",
        "2015.01.31 03.04.05",
        "31 31 Jul 2018",
        "31-Jul-20180",
        "31-Jux-2018",
        "Julyx 31 2018",
        "Mon, 31 Jul 2018",
        "Jul Aug 2018",
        "2018 2019 Jul",
        "2023-04-03 13:15:00 PM",
        "2023-04-03 00:15:00 AM",
        "2023-04-03 1 PM",
        "2023-04-03 10:00:00 EST",
        "2023-04-03 10:00:00 UTCZ",
        "2023-04-03 10:00:00 ",
        "2023-04-03PM",
        "20150131T01020",
        "20150131T250000",
        "201501310102Z",
        "20150131Z",
        "20151331T010203",
        "July 2018",
        "12:00",
    ] {
        for found in [
            datetime(text.as_bytes(), 0),
            timestamp(text.as_bytes(), 0),
            date(text.as_bytes()),
        ] {
            assert_eq!(rule(found), Rule::NotATimestamp, "{text}");
        }
    }
}

#[test]
fn an_order_reads_dates_that_have_two_readings_without_it() {
    let dmy = order(DateOrder::DayFirst, None);
    let mdy = order(DateOrder::MonthFirst, None);
    for (text, by_day, by_month) in [
        ("03/04/2023", Some("2023-04-03"), Some("2023-03-04")),
        ("3.4.2023", Some("2023-04-03"), Some("2023-03-04")),
        ("3. 4. 2023", Some("2023-04-03"), Some("2023-03-04")),
        ("03 04 2023", Some("2023-04-03"), Some("2023-03-04")),
        ("25-12-2019", Some("2019-12-25"), None),
        ("12/25/2019", None, Some("2019-12-25")),
        ("2019/12/25", Some("2019-12-25"), Some("2019-12-25")),
        ("25 Dec 2019", Some("2019-12-25"), Some("2019-12-25")),
        ("20191225", Some("2019-12-25"), Some("2019-12-25")),
        ("03/04/23", None, None),
        ("03/04-2023", None, None),
        ("29/02/2023", None, None),
        ("02/29/2023", None, None),
    ] {
        for (style, expected) in [(&dmy, by_day), (&mdy, by_month)] {
            let found = date_in(style, text.as_bytes());
            match expected {
                Some(expected) => assert_eq!(found, date(expected.as_bytes()), "{text}"),
                None => assert_eq!(rule(found), Rule::NotATimestamp, "{text}"),
            }
        }
    }
    assert_eq!(
        shown_in(&dmy, "03/04/2023 01:15 PM"),
        "2023-04-03 13:15:00.000"
    );
    assert_eq!(
        shown_in(&mdy, "3/4/2023, 1:15:02.5 PM"),
        "2023-03-04 13:15:02.500"
    );
    assert_eq!(shown_in(&mdy, "1596080481467"), "2020-07-30 03:41:21.467");
    assert!(is_rejected(&dmy, "12/25/2019").contains("day, month and year"));
    assert!(is_rejected(&dmy, "2013110412").contains("ambiguous"));
}

#[test]
fn a_year_of_two_digits_needs_a_pivot() {
    let day = |order, pivot, text: &str| {
        date_in(
            &DateStyle {
                order,
                pivot,
                ..DateStyle::default()
            },
            text.as_bytes(),
        )
        .ok()
    };
    let is = |text: &str| date(text.as_bytes()).ok();
    use DateOrder::{DayFirst, MonthFirst, YearFirst};
    assert_eq!(day(Some(DayFirst), Some(70), "04/01/19"), is("2019-01-04"));
    assert_eq!(
        day(Some(MonthFirst), Some(70), "04/01/19"),
        is("2019-04-01")
    );
    assert_eq!(day(Some(YearFirst), Some(70), "04/01/19"), is("2004-01-19"));
    assert_eq!(day(Some(DayFirst), Some(70), "04/01/70"), is("1970-01-04"));
    assert_eq!(day(Some(DayFirst), Some(0), "04/01/00"), is("1900-01-04"));
    assert_eq!(day(Some(DayFirst), Some(70), "31-Jul-18"), is("2018-07-31"));
    assert_eq!(
        day(Some(YearFirst), Some(70), "18-Jul-31"),
        is("2018-07-31")
    );
    assert_eq!(day(None, Some(70), "Jul 31, 18"), is("2018-07-31"));
    for (order, pivot, text) in [
        (Some(DayFirst), None, "04/01/19"),
        (Some(DayFirst), None, "31-Jul-18"),
        (None, Some(70), "04/01/19"),
        (None, Some(70), "31-Jul-18"),
        (Some(DayFirst), Some(70), "04/01/9"),
        (Some(DayFirst), Some(70), "04/01/019"),
        (Some(YearFirst), Some(70), "4/01/19"),
    ] {
        assert_eq!(day(order, pivot, text), None, "{text}");
    }
}

#[test]
fn a_column_with_formats_reads_nothing_else() {
    for (format, text, expected) in [
        ("%d/%m/%Y", "3/4/2023", "2023-04-03 00:00:00.000"),
        ("%d%m%Y", "03042023", "2023-04-03 00:00:00.000"),
        ("%Y%j", "2020366", "2020-12-31 00:00:00.000"),
        (
            "%A, %B %e, %Y %I:%M %p",
            "Monday, April  3, 2023 01:05 PM",
            "2023-04-03 13:05:00.000",
        ),
        (
            "%a %b %e %H:%M:%S %z %Y",
            "Mon Apr 03 13:05:00 +0200 2023",
            "2023-04-03 11:05:00.000",
        ),
        (
            "%FT%T.%f%z",
            "2023-04-03T01:02:03.5Z",
            "2023-04-03 01:02:03.500",
        ),
        (
            "%F %T %Z",
            "2023-04-03 01:02:03 UTC",
            "2023-04-03 01:02:03.000",
        ),
        ("%s", "2013110412", "2033-10-16 21:20:12.000"),
        ("%s", "-1", "1969-12-31 23:59:59.000"),
        ("%Q", "-1", "1969-12-31 23:59:59.999"),
        ("%Y%m%d%H", "2013110412", "2013-11-04 12:00:00.000"),
        (
            "%d.%m.%Y um %k Uhr",
            "3.4.2023 um 9 Uhr",
            "2023-04-03 09:00:00.000",
        ),
        (
            "le %d/%m/%Y à %Hh%M",
            "le 03/04/2023 à 09h30",
            "2023-04-03 09:30:00.000",
        ),
    ] {
        let style = formats(&[format], None);
        assert_eq!(shown_in(&style, text), expected, "{format}");
        for text in [
            "2023-04-03T00:00:00",
            "x",
            "",
            &format!("{text} "),
            &format!("{text}0x"),
        ] {
            let message = is_rejected(&style, text);
            assert!(message.contains(format), "{message}");
        }
    }
    for (format, text) in [
        ("%d/%m/%Y", "31/04/2023"),
        ("%d/%m/%Y", "03/04/23"),
        ("%d/%m/%Y", "003/04/2023"),
        ("%d%m%Y", "3042023"),
        ("%Y%j", "2021366"),
        ("%Y%j", "2021000"),
        ("%a %F", "Tue 2023-04-03"),
        ("%F %H:%M", "2023-04-03 24:00"),
        ("%F %I:%M %p", "2023-04-03 13:00 PM"),
        ("%F %H:%M:%S.%f", "2023-04-03 10:00:00."),
        ("%F%z", "2023-04-03"),
        ("%Y %m %d", "20230403"),
    ] {
        is_rejected(&formats(&[format], None), text);
    }
    let short = formats(&["%d.%m.%y"], Some(30));
    assert_eq!(shown_in(&short, "03.04.29"), "2029-04-03 00:00:00.000");
    assert_eq!(shown_in(&short, "03.04.30"), "1930-04-03 00:00:00.000");
}

#[test]
fn formats_with_different_readings_make_a_value_ambiguous() {
    let style = formats(&["%d/%m/%Y", "%m/%d/%Y", "%F"], None);
    assert_eq!(shown_in(&style, "25/12/2019"), "2019-12-25 00:00:00.000");
    assert_eq!(shown_in(&style, "12/25/2019"), "2019-12-25 00:00:00.000");
    assert_eq!(shown_in(&style, "04/04/2019"), "2019-04-04 00:00:00.000");
    assert_eq!(shown_in(&style, "2019-12-25"), "2019-12-25 00:00:00.000");
    assert_eq!(
        is_rejected(&style, "03/04/2023"),
        "ambiguous: %d/%m/%Y (2023-04-03 00:00:00) or %m/%d/%Y (2023-03-04 00:00:00)"
    );
    assert!(is_rejected(&style, "x").contains("%d/%m/%Y or %m/%d/%Y or %F"));
}

/// Formats with all of a date and a time of minutes, and how jiff writes them.
const WRITTEN: [&str; 8] = [
    "%d/%m/%Y %H:%M",
    "%m-%d-%Y %I:%M %p",
    "%Y.%m.%d %H:%M",
    "%A, %d %B %Y %H:%M",
    "%a %b %e %Y %H:%M",
    "%Y%m%d%H%M",
    "%Y%j %H%M",
    "%d%b%Y:%H:%M",
];

/// Forms of a date that are written without a format, and the order that they need.
const FORMS: [(&str, Option<DateOrder>); 12] = [
    ("%d/%m/%Y %H:%M", Some(DateOrder::DayFirst)),
    ("%-d.%-m.%Y %-H:%M", Some(DateOrder::DayFirst)),
    ("%d-%m-%y %H:%M:00", Some(DateOrder::DayFirst)),
    ("%d-%b-%y %I:%M %p", Some(DateOrder::DayFirst)),
    ("%m/%d/%Y %I:%M:00 %p", Some(DateOrder::MonthFirst)),
    ("%-m/%-d/%y %H:%M", Some(DateOrder::MonthFirst)),
    ("%y/%m/%d %H:%M", Some(DateOrder::YearFirst)),
    ("%Y/%m/%d %H:%M", None),
    ("%-d %B %Y %H:%M UTC", None),
    ("%b %-d, %Y %I:%M%p", None),
    ("%Y%m%dT%H%M", None),
    ("%Y-%m-%d %I:%M %p", None),
];

proptest! {
    #[test]
    fn a_date_written_in_a_format_is_read_in_it(minutes in -16_000_000i64..120_000_000, format in select(&WRITTEN[..])) {
        let at = civil(minutes);
        let text = at.strftime(format).to_string();
        let style = formats(&[format], None);
        prop_assert_eq!(datetime_in(&style, text.as_bytes(), 0), Ok(minutes * 60_000_000), "{}", text);
        let days = (minutes * 60).div_euclid(DAY);
        prop_assert_eq!(date_in(&style, text.as_bytes()), Ok(days));
    }

    #[test]
    fn a_date_written_in_an_order_is_read_in_it(minutes in 0i64..36_000_000, (form, order) in select(&FORMS[..])) {
        let text = civil(minutes).strftime(form).to_string();
        let style = DateStyle { order, pivot: Some(70), ..DateStyle::default() };
        prop_assert_eq!(datetime_in(&style, text.as_bytes(), 0), Ok(minutes * 60_000_000), "{}", text);
        let plain = datetime(text.as_bytes(), 0);
        match order {
            None => prop_assert_eq!(plain, Ok(minutes * 60_000_000), "{}", text),
            Some(_) => prop_assert!(plain.is_err(), "{}", text),
        }
    }

    /// Without a style, a date in numbers has its year first, or is rejected.
    #[test]
    fn numbers_are_never_guessed(a in 0u32..100, b in 0u32..40, c in 0u32..3000, mark in select(&["/", ".", "-", " ", ", ", ""][..])) {
        prop_assume!(c >= 100);
        for text in [format!("{a:02}{mark}{b:02}{mark}{c:04}"), format!("{a:02}{mark}{b:02}{mark}{:02}", c % 100)] {
            if mark.is_empty() {
                continue;
            }
            prop_assert!(date(text.as_bytes()).is_err(), "{}", text);
        }
    }

    #[test]
    fn any_text_is_a_value_or_a_fault_in_any_style(
        text in "[-+0-9:./, TZAPM]{0,24}|([0-9]{1,4}|Jan|March|Mon|[/. ,-]){0,8}",
        order in select(&[None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst), Some(DateOrder::YearFirst)][..]),
        pivot in select(&[None, Some(70)][..]),
    ) {
        let style = DateStyle { order, pivot, ..DateStyle::default() };
        let found = datetime_in(&style, text.as_bytes(), 6);
        // a style reads more, and never otherwise
        if let Ok(plain) = datetime(text.as_bytes(), 6) {
            prop_assert_eq!(found, Ok(plain), "{}", text);
        }
        let style = formats(&["%d/%m/%Y", "%F %H:%M", "%b %e %Y", "%s"], None);
        let _ = datetime_in(&style, text.as_bytes(), 6);
    }
}

/// The date and time so many minutes after the epoch.
fn civil(minutes: i64) -> DateTime {
    let seconds = jiff::Timestamp::from_second(minutes * 60).unwrap();
    jiff::tz::Offset::UTC.to_datetime(seconds)
}
