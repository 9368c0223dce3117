use super::*;

fn rule<T: std::fmt::Debug>(result: Result<T, Fault>) -> Rule {
    result.unwrap_err().rule
}

#[test]
fn lengths_are_counted_in_characters() {
    assert_eq!(varchar("äöü€🙂".as_bytes(), 5), Ok("äöü€🙂"));
    assert_eq!(rule(varchar("äöü€🙂".as_bytes(), 4)), Rule::TooLong);
    // a letter and the accent on it are two characters, as the server counts
    assert_eq!(varchar("e\u{301}".as_bytes(), 2), Ok("e\u{301}"));
    assert_eq!(rule(varchar("e\u{301}".as_bytes(), 1)), Rule::TooLong);
    assert_eq!(varchar(b"", 0), Ok(""));
    assert_eq!(rule(varchar(b"x", 0)), Rule::TooLong);
    let fault = varchar(&[b'x'; 256], 255).unwrap_err();
    assert_eq!(
        fault.message,
        "the value has 256 characters, the column holds 255"
    );
}

#[test]
fn text_is_loaded_byte_for_byte() {
    let kept = " \t\0\r\nnull\\N \"quoted\" ";
    assert_eq!(varchar(kept.as_bytes(), 100), Ok(kept));
    assert_eq!(text(kept.as_bytes(), 100), Ok(kept));
    // trailing blanks count as characters, although MySQL would remove them
    assert_eq!(rule(varchar(b"ab ", 2)), Rule::TooLong);
}

#[test]
fn char_loses_its_trailing_blanks_and_no_other_characters() {
    assert_eq!(char(b" ab   ", 3), Ok(" ab"));
    assert_eq!(char(b"ab\t", 3), Ok("ab\t"));
    assert_eq!(char("ab\u{a0}".as_bytes(), 3), Ok("ab\u{a0}"));
    assert_eq!(char(b"   ", 0), Ok(""));
    assert_eq!(rule(char(b"abc ", 2)), Rule::TooLong);
}

#[test]
fn the_text_types_count_bytes() {
    assert_eq!(text("ää".as_bytes(), 4), Ok("ää"));
    assert_eq!(rule(text("ää".as_bytes(), 3)), Rule::TooLong);
    assert_eq!(rule(text(&[b'x'; 256], 255)), Rule::TooLong);
    assert!(
        text(&vec![b'x'; 1 << 16], 65_535).is_err() && text(&vec![b'x'; 65_535], 65_535).is_ok()
    );
}

#[test]
fn invalid_utf_8_is_reported_with_its_byte_position() {
    let cases: [(&[u8], usize); 7] = [
        (b"\xff", 0),
        (b"caf\xe9", 3),
        (b"ab\xc3", 2),           // a character cut off
        (b"\xc0\xaf", 0),         // a slash in two bytes
        (b"x\xed\xa0\x80", 1),    // half of a surrogate pair
        (b"\xf4\x90\x80\x80", 0), // beyond U+10FFFF
        (b"ok\x80", 2),
    ];
    for (bytes, at) in cases {
        let fault = varchar(bytes, 1).unwrap_err();
        assert_eq!(fault.rule, Rule::NotUtf8, "before the length is counted");
        assert_eq!(
            fault.message,
            format!("byte {at} of the value is not valid UTF-8")
        );
    }
}
