use proptest::prelude::*;

use super::*;

#[test]
fn every_rule_has_its_own_name_and_all_lists_them_in_order() {
    for (at, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(Rule::from_name(rule.name()), Some(rule));
        assert_eq!(rule as usize, at);
    }
    assert_eq!(Rule::from_name("no_rule"), None);
    let structural: Vec<_> = Rule::ALL
        .into_iter()
        .filter(|rule| rule.is_structural())
        .collect();
    assert_eq!(
        structural,
        [
            Rule::RecordTooLarge,
            Rule::UnclosedQuote,
            Rule::FieldCount,
            Rule::InvalidJson
        ]
    );
}

#[test]
fn long_values_are_cut_and_invalid_utf_8_is_replaced() {
    assert_eq!(shown(b"plain"), "plain");
    assert_eq!(shown(b"caf\xe9"), "caf\u{fffd}");
    assert_eq!(shown(&[b'x'; 80]), "x".repeat(80));
    assert_eq!(shown(&[b'x'; 81]), format!("{}…", "x".repeat(80)));
    assert_eq!(
        shown("🙂".repeat(100).as_bytes()),
        format!("{}…", "🙂".repeat(80))
    );
}

#[test]
fn invisible_characters_are_shown_by_their_code_point() {
    assert_eq!(shown("\u{feff}3".as_bytes()), "<U+FEFF>3");
    assert_eq!(
        shown("1\u{a0}000\u{200b}".as_bytes()),
        "1<U+00A0>000<U+200B>"
    );
    assert_eq!(shown("a é\t🙂".as_bytes()), "a é\t🙂");
}

proptest! {
    #[test]
    fn a_shown_value_is_never_long(value: Vec<u8>) {
        // an invisible character is shown as eight characters
        prop_assert!(shown(&value).chars().count() <= 8 * SHOWN + 1);
    }
}
