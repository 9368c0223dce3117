use proptest::prelude::*;

use super::*;

fn rule<T: std::fmt::Debug>(result: Result<T, Fault>) -> Rule {
    result.unwrap_err().rule
}

#[test]
fn decimals_are_written_in_canonical_form() {
    for (text, expected) in [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("+0.0", "0.00"),
        ("-.00", "0.00"),
        ("0e99999", "0.00"),
        ("1", "1.00"),
        ("01.5", "1.50"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("-0.05", "-0.05"),
        ("999.99", "999.99"),
        ("-999.99", "-999.99"),
        ("1.5000000000", "1.50"),
        ("1e2", "100.00"),
        ("12345e-2", "123.45"),
        ("0.00001E3", "0.01"),
        ("+7.10e0", "7.10"),
    ] {
        assert_eq!(
            decimal(text.as_bytes(), 5, 2, false).as_deref(),
            Ok(expected),
            "{text}"
        );
    }
    assert_eq!(decimal(b"007", 3, 0, false).as_deref(), Ok("7"));
    assert_eq!(decimal(b"-0", 3, 0, false).as_deref(), Ok("0"));
    assert_eq!(decimal(b".12", 2, 2, true).as_deref(), Ok("0.12"));
}

#[test]
fn digits_that_do_not_fit_are_rejected_and_never_rounded() {
    for text in [
        "1000",
        "999.995",
        "0.001",
        "-1000",
        "1e3",
        "1e-3",
        "1e99999999999",
        "1e-99999999999",
        "123456789.1",
    ] {
        assert_eq!(
            rule(decimal(text.as_bytes(), 5, 2, false)),
            Rule::OutOfRange,
            "{text}"
        );
    }
    assert_eq!(rule(decimal(b"-0.01", 5, 2, true)), Rule::OutOfRange);
    assert_eq!(decimal(b"-0.00", 5, 2, true).as_deref(), Ok("0.00"));
    assert_eq!(rule(decimal(b"1", 2, 2, false)), Rule::OutOfRange);
    let widest = "9".repeat(65);
    assert_eq!(
        decimal(widest.as_bytes(), 65, 0, false).as_deref(),
        Ok(widest.as_str())
    );
    assert_eq!(
        rule(decimal(format!("1{widest}").as_bytes(), 65, 0, false)),
        Rule::OutOfRange
    );
}

#[test]
fn text_that_is_not_a_number_is_rejected_by_every_type() {
    for text in [
        "", ".", "-", "e5", "1e", "1e+", "1.2.3", "1,5", "0x1p3", "nan", "NaN", "inf", "Infinity",
        "-inf", "1 ", "١", "1e1.5", "--1",
    ] {
        assert_eq!(
            rule(decimal(text.as_bytes(), 9, 2, false)),
            Rule::NotANumber,
            "{text}"
        );
        assert_eq!(
            rule(double(text.as_bytes(), false)),
            Rule::NotANumber,
            "{text}"
        );
        assert_eq!(
            rule(float(text.as_bytes(), false)),
            Rule::NotANumber,
            "{text}"
        );
    }
}

#[test]
fn doubles_and_floats_have_a_range() {
    assert_eq!(double(b"1.7976931348623157e308", false), Ok(f64::MAX));
    assert_eq!(rule(double(b"1.8e308", false)), Rule::OutOfRange);
    assert_eq!(rule(double(b"-1e999999999999", false)), Rule::OutOfRange);
    assert_eq!(double(b".5e1", false), Ok(5.0));
    assert_eq!(double(b"+5.", false), Ok(5.0));
    assert_eq!(rule(double(b"-0.5", true)), Rule::OutOfRange);
    assert_eq!(
        float(b"3.4028234663852886e38", false),
        Ok(f64::from(f32::MAX))
    );
    assert_eq!(rule(float(b"3.5e38", false)), Rule::OutOfRange);
    assert_eq!(float(b"0.1", false), Ok(f64::from(0.1f32)));
}

#[test]
fn zero_has_no_sign() {
    for value in [
        double(b"-0", false),
        double(b"-0.0e5", true),
        float(b"-0", false),
    ] {
        assert!(value.unwrap().is_sign_positive());
    }
}

#[test]
fn a_negative_number_too_small_for_a_float_becomes_zero_without_a_sign() {
    assert!(float(b"-1e-60", false).unwrap().is_sign_positive());
}

proptest! {
    #[test]
    fn a_written_double_is_read_back(n in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
        prop_assert_eq!(double(n.to_string().as_bytes(), false), Ok(n));
        prop_assert_eq!(double(format!("{n:e}").as_bytes(), false), Ok(n));
    }

    #[test]
    fn canonical_decimals_are_unchanged(n in -99_999_999i64..=99_999_999) {
        let sign = if n < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:03}", n.abs() / 1000, n.abs() % 1000);
        prop_assert_eq!(decimal(text.as_bytes(), 8, 3, false), Ok(text));
    }

    #[test]
    fn shifting_the_point_and_the_exponent_changes_nothing(n in 0u32..1_000_000, shift in 0usize..12) {
        let plain = decimal(n.to_string().as_bytes(), 20, 6, false);
        let shifted = format!("{n}{}e-{shift}", "0".repeat(shift));
        prop_assert_eq!(decimal(shifted.as_bytes(), 20, 6, false), plain);
    }

    #[test]
    fn any_text_is_a_value_or_a_fault(text in "[-+.0-9eE]{0,12}", precision in 1u8..=65, scale in 0u8..=30) {
        let _ = decimal(text.as_bytes(), precision, scale.min(precision), false);
        let _ = float(text.as_bytes(), false);
    }
}

#[test]
fn digits_that_a_server_would_round_are_rejected() {
    let float = |field: &str| {
        let digits = Digits {
            precision: 5,
            scale: 2,
        };
        with_digits(field.as_bytes(), Width::Single, digits, false).map_err(|fault| fault.rule)
    };
    assert_eq!(float("1.1"), Ok(f64::from(1.1f32)));
    assert_eq!(float("-999.99"), Ok(f64::from(-999.99f32)));
    assert_eq!(float("1.5000"), Ok(1.5));
    assert_eq!(float("-0.00").map(f64::to_bits), Ok(0));
    assert_eq!(float("1e2"), Ok(100.0));
    for field in ["1.001", "1000", "999.995", "1e400"] {
        assert_eq!(float(field), Err(Rule::OutOfRange), "{field}");
    }
    assert_eq!(float("x"), Err(Rule::NotANumber));
}

#[test]
fn digits_that_the_type_cannot_keep_are_rejected() {
    let of = |field: &str, width, precision, scale| {
        let digits = Digits { precision, scale };
        with_digits(field.as_bytes(), width, digits, false).is_ok()
    };
    assert!(!of("12345678.25", Width::Single, 20, 2));
    assert!(of("12345678.25", Width::Double, 20, 2));
    assert!(!of("12345678901234567.25", Width::Double, 40, 2));
    assert!(of("1.23456789", Width::Double, 15, 8));
}
