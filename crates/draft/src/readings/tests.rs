use super::*;

fn styled(thousands: Option<char>, decimal: char) -> Reading {
    Reading::Styled(NumberStyle {
        thousands,
        decimal: Some(decimal),
        ..NumberStyle::default()
    })
}

#[test]
fn codes_and_telephone_numbers_are_no_numbers() {
    for code in ["007", "+49", "-0", "1e3", "00.5", "", "12a"] {
        assert_eq!(Reading::Integer.read(code), None, "{code}");
    }
    for code in ["007", "+4.5", "00.5", "1.", "."] {
        assert_eq!(Reading::Decimal.read(code), None, "{code}");
    }
    assert!(Reading::Integer.read("18446744073709551615").is_some());
    assert!(Reading::Integer.read("18446744073709551616").is_none());
    assert!(Reading::Double.read("1.5e-7").is_some());
}

#[test]
fn a_decimal_shows_its_digits_and_whether_its_point_may_separate_thousands() {
    let seen = Reading::Decimal.read("-12.50").unwrap();
    assert_eq!((seen.whole, seen.fraction, seen.is_negative), (2, 2, true));
    assert!(seen.is_clear);
    assert!(!Reading::Decimal.read("1.234").unwrap().is_clear);
    assert!(Reading::Decimal.read("0.234").unwrap().is_clear);
    assert!(Reading::Decimal.read("1234.567").unwrap().is_clear);
    assert!(!Reading::Decimal.read("12").unwrap().is_clear);
}

#[test]
fn numbers_with_other_marks_show_whether_they_have_two_readings() {
    let (german, comma) = (styled(Some('.'), ','), styled(None, ','));
    let seen = german.read("1.234,50").unwrap();
    assert_eq!((seen.whole, seen.fraction, seen.is_clear), (4, 2, true));
    assert!(!german.read("1.234").unwrap().is_clear);
    assert!(german.read("1.234.567").unwrap().is_clear);
    assert!(!comma.read("1,234").unwrap().is_clear);
    assert!(comma.read("1,5").unwrap().is_clear);
    assert_eq!(german.read("0.250"), None);
    assert_eq!(german.read("1.5"), None);
    let units = Reading::Styled(NumberStyle {
        thousands: Some(','),
        decimal: Some('.'),
        strip: UNITS.iter().collect(),
        ..NumberStyle::default()
    });
    let seen = units.read("$1,234.50").unwrap();
    assert_eq!((seen.whole, seen.fraction, seen.flags), (4, 2, 1));
}

#[test]
fn dates_without_a_time_are_days_and_others_are_moments() {
    let day = Reading::Date(DateStyle::default());
    let moment = Reading::Moment(DateStyle::default());
    assert!(day.read("2024-02-29").is_some());
    assert!(day.read("2024-02-29 00:00:00").is_none());
    assert!(day.read("20240229").is_none(), "digits alone are a number");
    assert_eq!(moment.read("2024-02-29 10:00:00.5").unwrap().precision, 3);
    assert_eq!(moment.read("2024-02-29T10:00:00Z").unwrap().precision, 0);
    let by_day = Reading::Date(DateStyle {
        order: Some(DateOrder::DayFirst),
        ..DateStyle::default()
    });
    assert!(by_day.read("31/12/2024").is_some());
    assert!(by_day.read("12/31/2024").is_none());
}

#[test]
fn the_number_of_readings_fits_their_set() {
    assert!(READINGS.len() <= 64);
}
