//! JSON: what MySQL 9.7.4 showed for each text, and what it rejected.

use proptest::prelude::*;

use super::*;

fn shown(text: &str) -> Result<String, Rule> {
    canonical(text.as_bytes()).map_err(|fault| fault.rule)
}

#[test]
fn values_are_shown_as_the_server_shows_them() {
    for (written, expected) in [
        ("1", "1"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("1.0", "1.0"),
        ("1.10", "1.1"),
        ("1e2", "100.0"),
        ("10e-1", "1.0"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e19"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-9223372036854775809", "-9.223372036854776e18"),
        ("123456789012345.0", "123456789012345.0"),
        ("1234567890123456.0", "1.234567890123456e15"),
        ("1e14", "100000000000000.0"),
        ("1e15", "1e15"),
        ("1.0e-15", "0.000000000000001"),
        ("1.5e-16", "1.5e-16"),
        ("9007199254740993.0", "9.007199254740992e15"),
        ("1e-400", "0.0"),
        ("-1e-400", "-0.0"),
        ("0e308", "0.0"),
        ("0.1e309", "1e308"),
        ("1.7976931348623157e308", "1.7976931348623157e308"),
        (r#""\u00e9\ud83d\ude00""#, "\"é😀\""),
        (
            r#""\u0000\u001f\b\f\n\r\t\/\\\"""#,
            r#""\u0000\u001f\b\f\n\r\t/\\\"""#,
        ),
        ("\"\u{7f}\u{80}\u{ffff}\"", "\"\u{7f}\u{80}\u{ffff}\""),
        (
            r#"{"b":1,"a":2,"aa":3,"B":4}"#,
            r#"{"B": 4, "a": 2, "b": 1, "aa": 3}"#,
        ),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a": 3, "b": 2}"#),
        (
            "{\"é\":1,\"z\":2,\"zz\":3}",
            "{\"z\": 2, \"zz\": 3, \"é\": 1}",
        ),
        ("{\"a\\u0000b\":1,\"a\":2}", "{\"a\": 2, \"a\\u0000b\": 1}"),
        (" [1,2 ,\t{ } , [ ]\n]", "[1, 2, {}, []]"),
        ("null", "null"),
    ] {
        assert_eq!(shown(written).as_deref(), Ok(expected), "{written}");
    }
}

#[test]
fn what_the_server_rejects_is_rejected() {
    for written in [
        "",
        " ",
        "True",
        "nul",
        "nulls",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "'a'",
        "01",
        "-01",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "-",
        "1 2",
        "\"a",
        "\"a\\",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        "NaN",
        "-Infinity",
        "[1]x",
        "\u{feff}1",
        "[1,\u{a0}2]",
        "\u{c}1",
        "\"a\tb\"",
        "\"\u{1}\"",
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        "1e400",
        "1.7976931348623159e308",
        "0e309",
        "0.1e310",
        "1e99999999999999999999",
        "/**/1",
        "[1 2]",
        "{\"a\" 1}",
        "[",
        "{",
        "{\"a\"",
        "{\"a\":",
    ] {
        assert_eq!(shown(written), Err(Rule::NotJson), "{written}");
    }
    assert_eq!(canonical(b"\"\xff\"").unwrap_err().rule, Rule::NotUtf8);
    let fault = canonical(b"[1, x]").unwrap_err();
    assert_eq!(fault.message, "expected a value, at byte 4 of the value");
}

#[test]
fn limits_are_those_of_the_server() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(shown(&nested(100)).is_ok());
    assert_eq!(shown(&nested(101)), Err(Rule::NotJson));
    let objects = |depth: usize| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
    assert!(shown(&objects(100)).is_ok());
    assert_eq!(shown(&objects(101)), Err(Rule::NotJson));
    let named = |length: usize| format!("{{\"{}\":1}}", "k".repeat(length));
    assert!(shown(&named(65_535)).is_ok());
    assert_eq!(shown(&named(65_536)), Err(Rule::NotJson));
}

proptest! {
    /// The text is sent to the server, which must make the same value of it.
    #[test]
    fn the_text_of_a_value_has_the_same_text(number: f64, text: String, other: String) {
        prop_assume!(number.is_finite());
        let mut written = format!("[{number:e},{{");
        for (at, part) in [&text, &other, &other, &text].into_iter().enumerate() {
            push_string(&mut written, part);
            written.push([':', ',', ':', '}'][at]);
        }
        written.push(']');
        let once = shown(&written).unwrap();
        prop_assert_eq!(shown(&once), Ok(once));
    }

    #[test]
    fn any_bytes_are_read_or_rejected(bytes: Vec<u8>, text in "[\\[\\]{}\",:0-9.eE+\\\\u -]{0,40}") {
        let _ = (canonical(&bytes), canonical(text.as_bytes()));
    }
}
