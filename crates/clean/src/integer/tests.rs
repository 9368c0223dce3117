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
        "", "-", "+", "+-1", "--1", "1.0", "1.", ".5", "1e3", "0x10", "1_000", "1,000", "1 000",
        " 1", "1 ", "seven", "NaN", "\u{0661}", "1\0", "½",
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

proptest! {
    #[test]
    fn a_written_number_is_read_back(n: i64, m: u64) {
        prop_assert_eq!(signed(n.to_string().as_bytes(), 64), Ok(n));
        prop_assert_eq!(unsigned(m.to_string().as_bytes(), 64), Ok(m));
        prop_assert_eq!(signed(n.to_string().as_bytes(), 24).is_ok(), (-(1 << 23)..1 << 23).contains(&n));
        prop_assert_eq!(unsigned(m.to_string().as_bytes(), 24).is_ok(), m < 1 << 24);
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(bytes: Vec<u8>, bits in proptest::sample::select(&WIDTHS[..])) {
        let is_integer = std::str::from_utf8(&bytes).is_ok_and(|text| text.parse::<i128>().is_ok());
        prop_assert_eq!(matches!(signed(&bytes, bits), Err(Fault { rule: Rule::NotAnInteger, .. })), !is_integer);
    }
}

#[test]
fn a_whole_number_written_as_a_float_gets_a_message_about_pandas() {
    let message = |text: &str| signed(text.as_bytes(), 32).unwrap_err().message;
    for text in ["34.0", "-1.000", "+7.", "0.0"] {
        assert!(message(text).contains("pandas"), "{text}");
    }
    for text in ["41.5", "1e2", ".0", "1.0.0", "x.0", "1.0 "] {
        assert!(!message(text).contains("pandas"), "{text}");
    }
}
