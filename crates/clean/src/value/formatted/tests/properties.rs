//! Numbers that a writer of the test writes in a style.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// How a number of so many cents is written in a style.
fn written(cents: i64, style: &NumberStyle, currency: &str) -> String {
    let digits = (cents.abs() / 100).to_string();
    let mut groups = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            groups.extend(style.thousands);
        }
        groups.push(digit);
    }
    let number = format!("{groups}{}{:02}", style.decimal_mark(), cents.abs() % 100);
    match (cents < 0, style.parentheses) {
        (false, _) => format!("{currency}{number}"),
        (true, false) => format!("-{currency}{number}"),
        (true, true) => format!("({currency}{number})"),
    }
}

proptest! {
    #[test]
    fn a_number_written_in_a_style_is_read_in_it(
        cents in -99_999_999_999i64..=99_999_999_999,
        decimal in select(&[None, Some(','), Some('.')][..]),
        thousands in select(&[None, Some('.'), Some(','), Some(' '), Some('\u{a0}'), Some('\''), Some('_')][..]),
        currency in select(&["", "$", "€ ", "Fr "][..]),
        parentheses: bool,
    ) {
        let format = ValueFormat {
            numbers: NumberStyle {
                decimal,
                thousands,
                strip: "$€Fr".to_owned(),
                parentheses,
                ..NumberStyle::default()
            },
            ..ValueFormat::default()
        };
        let mut column = column("DECIMAL(12,2)", &[]);
        prop_assume!(format.check(&column.kind).is_ok());
        let text = written(cents, &format.numbers, currency);
        column.format = Some(Arc::new(format));
        let sign = if cents < 0 { "-" } else { "" };
        let expected = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
        prop_assert_eq!(read(&column, &text).map_err(|fault| fault.message), Ok(expected), "{}", text);
    }

    #[test]
    fn a_scaled_number_is_the_product(n in -1_000_000i64..=1_000_000, places in 0u32..=4, factor in 1u64..=9999, shift in -3i32..=3) {
        let text = format!("{n}e-{places}");
        let column = column("DECIMAL(40,8)", &[("scale", &format!("{factor}e{shift}"))]);
        let product = i128::from(n) * i128::from(factor) * 10i128.pow((8 + shift - places as i32) as u32);
        let sign = if product < 0 { "-" } else { "" };
        let (whole, fraction) = (product.abs() / 100_000_000, product.abs() % 100_000_000);
        let expected = format!("{sign}{whole}.{fraction:08}");
        prop_assert_eq!(read(&column, &text).map_err(|fault| fault.message), Ok(expected));
    }

    #[test]
    fn a_rounded_number_is_the_nearest(n in -1_000_000_000i64..=1_000_000_000) {
        let column = column("DECIMAL(12,2)", &[("round", "true")]);
        let sign = if n < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:05}", n.abs() / 100_000, n.abs() % 100_000);
        let cents = (n.abs() + 500) / 1000;
        let sign = if n < 0 && cents > 0 { "-" } else { "" };
        let expected = format!("{sign}{}.{:02}", cents / 100, cents % 100);
        prop_assert_eq!(read(&column, &text).map_err(|fault| fault.message), Ok(expected));
        prop_assert_eq!(is_rounded(&column, text.as_bytes()), n % 1000 != 0);
    }

    #[test]
    fn any_text_is_a_value_or_a_fault_in_any_format(text in "[-+.,0-9eE$%() ']{0,12}", thousands in select(&[".", ",", " "][..])) {
        let mark = if thousands == "," { "." } else { "," };
        let settings = [("thousands", thousands), ("decimal", mark), ("strip", "$%"), ("parentheses", "true"), ("scale", "0.5")];
        for sql in ["INT", "DECIMAL(9,2)", "DOUBLE"] {
            let _ = read(&column(sql, &settings), &text);
        }
    }
}
