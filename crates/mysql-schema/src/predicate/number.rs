//! Compares integers and decimals exactly, without floating point.
//!
//! A DECIMAL has up to 65 digits, which do not fit into a machine integer. So decimals are compared
//! digit by digit.

use std::cmp::Ordering;

/// An exact number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number<'a> {
    /// A signed or unsigned integer of any type up to BIGINT.
    Integer(i128),
    /// A decimal number: an optional `-`, digits, and optionally a point with digits.
    Decimal(&'a str),
}

impl Number<'_> {
    pub(super) fn compare(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => a.cmp(&b),
            (Number::Decimal(a), Number::Decimal(b)) => compare_digits(a, b),
            // rare: a DECIMAL column that is compared with an integer
            (Number::Integer(a), Number::Decimal(b)) => compare_digits(&a.to_string(), b),
            (Number::Decimal(a), Number::Integer(b)) => compare_digits(a, &b.to_string()),
        }
    }
}

/// Whether a literal consists only of digits and at most one point.
pub(super) fn is_plain(digits: &str) -> bool {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    !(whole.is_empty() && fraction.is_empty()) && only_digits(whole) && only_digits(fraction)
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

fn parts(text: &str) -> Parts<'_> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    Parts {
        // -0 is 0
        negative: negative && !(whole.is_empty() && fraction.is_empty()),
        whole,
        fraction,
    }
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    let magnitude = || {
        let by_length = a.whole.len().cmp(&b.whole.len());
        by_length
            .then_with(|| a.whole.cmp(b.whole))
            .then_with(|| a.fraction.cmp(b.fraction))
    };
    match (a.negative, b.negative) {
        (false, false) => magnitude(),
        (true, true) => magnitude().reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(units: i64, scale: u32, zeros: usize) -> String {
        let power = 10_u64.pow(scale);
        let sign = if units < 0 { "-" } else { "" };
        let (whole, fraction) = (units.unsigned_abs() / power, units.unsigned_abs() % power);
        let width = scale as usize;
        match scale {
            0 => format!("{sign}{}{whole}", "0".repeat(zeros)),
            _ => format!(
                "{sign}{}{whole}.{fraction:0width$}{}",
                "0".repeat(zeros),
                "0".repeat(zeros)
            ),
        }
    }

    proptest! {
        #[test]
        fn decimals_compare_as_the_numbers_they_are(
            a in -100_000_i64..100_000, b in -100_000_i64..100_000, sa in 0_u32..5, sb in 0_u32..5, za in 0_usize..3, zb in 0_usize..3,
        ) {
            let expected = (i128::from(a) * 10_i128.pow(5 - sa)).cmp(&(i128::from(b) * 10_i128.pow(5 - sb)));
            let (a_text, b_text) = (written(a, sa, za), written(b, sb, zb));
            prop_assert_eq!(Number::Decimal(&a_text).compare(Number::Decimal(&b_text)), expected);
            if sa == 0 {
                prop_assert_eq!(Number::Integer(a.into()).compare(Number::Decimal(&b_text)), expected);
                prop_assert_eq!(Number::Decimal(&b_text).compare(Number::Integer(a.into())), expected.reverse());
            }
        }
    }

    #[test]
    fn what_no_machine_number_holds_is_compared_to_the_last_digit() {
        let (a, b) = ("9".repeat(65), format!("{}8", "9".repeat(64)));
        assert_eq!(
            Number::Decimal(&a).compare(Number::Decimal(&b)),
            Ordering::Greater
        );
        assert_eq!(
            Number::Decimal("-0.0").compare(Number::Integer(0)),
            Ordering::Equal
        );
    }
}
