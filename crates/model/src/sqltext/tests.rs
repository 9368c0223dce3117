use jiff::ToSpan;
use jiff::civil::Date;

use super::*;

fn plain(value: Value<'_>, precision: u8) -> String {
    let mut out = Vec::new();
    push_plain(&mut out, value, precision);
    String::from_utf8(out).unwrap()
}

#[test]
fn whole_numbers_are_written_in_full() {
    assert_eq!(plain(Value::Int(i64::MIN), 0), "-9223372036854775808");
    assert_eq!(plain(Value::UInt(u64::MAX), 0), "18446744073709551615");
    assert_eq!(plain(Value::Enum(3), 0), "3");
    assert_eq!(plain(Value::Decimal("-0.50"), 0), "-0.50");
    assert_eq!(plain(Value::Year(0), 0), "0000");
    assert_eq!(plain(Value::Year(2026), 0), "2026");
}

#[test]
fn the_fast_path_for_small_numbers_writes_the_same_digits() {
    let powers = (0..9).map(|n| 10u64.pow(n));
    let around = powers.flat_map(|p| [p - 1, p, p + 1, 2 * p + 3, 9 * p]);
    for number in around
        .chain((0..100_000_000).step_by(9_973))
        .chain(0..20_000)
    {
        assert_eq!(plain(Value::UInt(number), 0), number.to_string());
        let negative = -(number as i64);
        assert_eq!(plain(Value::Int(negative), 0), negative.to_string());
    }
}

#[test]
fn times_have_as_many_fraction_digits_as_their_column() {
    let at = Value::DateTime(1_596_080_481_467_089);
    assert_eq!(plain(at, 0), "2020-07-30 03:41:21");
    assert_eq!(plain(at, 3), "2020-07-30 03:41:21.467");
    assert_eq!(plain(at, 6), "2020-07-30 03:41:21.467089");
    assert_eq!(plain(Value::DateTime(-1), 6), "1969-12-31 23:59:59.999999");
    assert_eq!(
        plain(Value::DateTime(253_402_300_799_999_999), 6),
        "9999-12-31 23:59:59.999999"
    );
    assert_eq!(plain(Value::Date(-354_285), 0), "1000-01-01");
    assert_eq!(plain(Value::Date(2_932_896), 0), "9999-12-31");
    assert_eq!(plain(Value::Time(0), 0), "00:00:00");
    assert_eq!(plain(Value::Time(-1), 6), "-00:00:00.000001");
    assert_eq!(plain(Value::Time(3_020_399_000_000), 2), "838:59:59.00");
}

#[test]
fn doubles_are_written_as_the_servers_print_them() {
    for (value, text) in [
        (0.0, "0"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (1e14, "100000000000000"),
        (1e15, "1e15"),
        (1.5e-5, "0.000015"),
        (1e300, "1e300"),
        (-1.7976931348623157e308, "-1.7976931348623157e308"),
        (5e-324, "5e-324"),
    ] {
        let mut out = Vec::new();
        push_double_as_json(&mut out, value);
        assert_eq!(String::from_utf8(out).unwrap(), format!("[{text}]"));
    }
}

#[test]
fn doubles_are_sent_with_an_exponent_so_that_no_server_reads_a_decimal() {
    assert_eq!(plain(Value::Double(0.0), 0), "0e0");
    assert_eq!(plain(Value::Double(-2.5), 0), "-2.5e0");
    assert_eq!(plain(Value::Double(1e300), 0), "1e300");
}

#[test]
fn text_and_null_are_left_to_the_caller() {
    assert_eq!(plain(Value::Null, 3), "");
    assert_eq!(plain(Value::Text("x"), 3), "");
    assert!(
        needs_quotes(Value::Text(""))
            && needs_quotes(Value::DateTime(0))
            && needs_quotes(Value::Date(0))
            && needs_quotes(Value::Time(0))
    );
    assert!(
        !needs_quotes(Value::Int(1))
            && !needs_quotes(Value::Decimal("1"))
            && !needs_quotes(Value::Enum(1))
            && !needs_quotes(Value::Year(1))
    );
}

#[test]
fn days_from_1000_to_9999_are_written_as_jiff_writes_them() {
    let epoch = Date::constant(1970, 1, 1);
    let mut date = Some(Date::MAX);
    while let Some(day) = date.filter(|day| day.year() >= 1000) {
        let days = i64::from((day - epoch).get_days());
        assert_eq!(plain(Value::Date(days), 0), day.to_string());
        let (year, month, of_month) = (day.year().into(), day.month().into(), day.day().into());
        assert_eq!(days_of_civil(year, month, of_month), days);
        date = day.checked_sub(5.days()).ok();
    }
}

#[test]
fn the_last_hours_of_9999_are_not_its_last_microsecond() {
    let midnight = 2_932_896 * 86_400 * 1_000_000;
    assert_eq!(
        plain(Value::DateTime(midnight), 3),
        "9999-12-31 00:00:00.000"
    );
    let before_the_epoch = Value::DateTime(-250_000);
    assert_eq!(plain(before_the_epoch, 2), "1969-12-31 23:59:59.75");
}
