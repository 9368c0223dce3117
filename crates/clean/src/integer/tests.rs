use proptest::prelude::*;

use super::*;

const WIDTHS: [u8; 5] = [8, 16, 24, 32, 64];

fn rule<T: std::fmt::Debug>(result: Result<T, Fault>) -> Rule {
    result.unwrap_err().rule
}

#[test]
fn each_width_has_its_own_range() {
    for bits in WIDTHS {
        let (max, smallest) = ((1i128 << (bits - 1)) - 1, -(1i128 << (bits - 1)));
        let unsigned_max = (1i128 << bits) - 1;
        let text = |n: i128| n.to_string().into_bytes();
        assert_eq!(signed(&text(max), bits).map(i128::from), Ok(max));
        assert_eq!(signed(&text(smallest), bits).map(i128::from), Ok(smallest));
        assert_eq!(
            rule(signed(&text(max + 1), bits)),
            Rule::OutOfRange,
            "{bits}"
        );
        assert_eq!(
            rule(signed(&text(smallest - 1), bits)),
            Rule::OutOfRange,
            "{bits}"
        );
        assert_eq!(
            unsigned(&text(unsigned_max), bits).map(i128::from),
            Ok(unsigned_max)
        );
        assert_eq!(unsigned(b"0", bits), Ok(0));
        assert_eq!(
            rule(unsigned(&text(unsigned_max + 1), bits)),
            Rule::OutOfRange,
            "{bits}"
        );
        assert_eq!(rule(unsigned(b"-1", bits)), Rule::OutOfRange, "{bits}");
    }
}

#[test]
fn a_plus_sign_and_leading_zeros_are_accepted() {
    for text in ["7", "+7", "007", "+00000000000000000000000000000000007"] {
        assert_eq!(unsigned(text.as_bytes(), 8), Ok(7), "{text}");
        assert_eq!(signed(text.as_bytes(), 8), Ok(7), "{text}");
    }
    assert_eq!(signed(b"-0", 8), Ok(0));
    assert_eq!(unsigned(b"-0", 8), Ok(0));
    assert_eq!(signed(b"-00128", 8), Ok(-128));
}

#[test]
fn a_number_with_too_many_digits_is_out_of_range() {
    let long = "9".repeat(5000);
    assert_eq!(rule(unsigned(long.as_bytes(), 64)), Rule::OutOfRange);
    assert_eq!(
        rule(signed(format!("-{long}").as_bytes(), 64)),
        Rule::OutOfRange
    );
    assert_eq!(
        rule(unsigned(format!("-{long}").as_bytes(), 64)),
        Rule::OutOfRange
    );
}

#[test]
fn text_that_is_not_an_integer_is_rejected() {
    for text in [
        "", "-", "+", "+-1", "--1", "1.5", ".5", "-0.4", "0x10", "1_000", "1,000", "1 000", " 1",
        "1 ", "seven", "NaN", "inf", "\u{0661}", "1\0", "½", "1.0.0", "1e", "e5", ".", "1.234",
        "5e-1",
    ] {
        assert_eq!(
            rule(unsigned(text.as_bytes(), 32)),
            Rule::NotAnInteger,
            "{text}"
        );
        assert_eq!(
            rule(signed(text.as_bytes(), 32)),
            Rule::NotAnInteger,
            "{text}"
        );
    }
}

#[test]
fn a_whole_number_in_the_spelling_of_a_float_is_an_integer() {
    for (text, value) in [
        ("60.0", 60),
        ("60.", 60),
        ("-7.000", -7),
        ("+7.0", 7),
        ("1e5", 100_000),
        ("1.5e3", 1500),
        ("2.5E+06", 2_500_000),
        ("100e-2", 1),
        ("-0.0", 0),
        (".0", 0),
        ("0e99999999999", 0),
        ("1.234567e6", 1_234_567),
        ("00060.0", 60),
    ] {
        assert_eq!(signed(text.as_bytes(), 32), Ok(value), "{text}");
    }
    assert_eq!(unsigned(b"60.0", 8), Ok(60));
    assert_eq!(rule(unsigned(b"-1.0", 8)), Rule::OutOfRange);
    assert_eq!(rule(unsigned(b"256.0", 8)), Rule::OutOfRange);
    assert_eq!(rule(signed(b"1e19", 64)), Rule::OutOfRange);
    assert_eq!(rule(signed(b"1e99999999999", 64)), Rule::OutOfRange);
    assert_eq!(unsigned(b"1.8446744073709551615e19", 64), Ok(u64::MAX));
}

#[test]
fn the_message_says_why_a_number_is_not_an_integer() {
    let message = |text: &str| signed(text.as_bytes(), 64).unwrap_err().message;
    assert!(message("41.5").contains("has a fraction"));
    assert!(message("1e-2").contains("has a fraction"));
    // a spreadsheet writes 123456789012 so, and an id of 16 digits went through a float
    for text in ["1.23457E+11", "1.2345678901234567e18", "123456e1"] {
        assert!(message(text).contains("cut off"), "{text}");
    }
    assert!(message("12a").contains("digits with an optional sign"));
}

proptest! {
    #[test]
    fn a_written_number_is_read_back(n: i64, m: u64) {
        prop_assert_eq!(signed(n.to_string().as_bytes(), 64), Ok(n));
        prop_assert_eq!(unsigned(m.to_string().as_bytes(), 64), Ok(m));
        prop_assert_eq!(signed(n.to_string().as_bytes(), 24).is_ok(), (-(1 << 23)..1 << 23).contains(&n));
        prop_assert_eq!(unsigned(m.to_string().as_bytes(), 24).is_ok(), m < 1 << 24);
    }

    #[test]
    fn a_number_written_as_a_float_is_the_same_number(n in -999_999i64..=999_999, zeros in 0usize..9) {
        let text = format!("{n}.{}", "0".repeat(zeros));
        prop_assert_eq!(signed(text.as_bytes(), 32), Ok(n));
        let shifted = format!("{n}{}e-{zeros}", "0".repeat(zeros));
        prop_assert_eq!(signed(shifted.as_bytes(), 32), Ok(n));
        prop_assert_eq!(signed(format!("{:e}", n as f64).as_bytes(), 32), Ok(n));
        let fraction = format!("{n}.{}1", "0".repeat(zeros));
        prop_assert_eq!(rule(signed(fraction.as_bytes(), 32)), Rule::NotAnInteger);
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(bytes: Vec<u8>, text in "[-+.0-9eE]{0,9}", bits in proptest::sample::select(&WIDTHS[..])) {
        for field in [&bytes[..], text.as_bytes()] {
            // every integer is a DECIMAL of any size
            let is_number = super::super::number::decimal(field, 65, 0, false).is_ok();
            prop_assert!(is_number || signed(field, bits).is_err());
        }
    }
}
