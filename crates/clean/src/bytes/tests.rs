//! Bytes: each form, its borders, and that a form reads what an encoder writes.

use proptest::prelude::*;

use super::*;

const BLOB: ColumnType = ColumnType::Blob { max_bytes: 255 };

fn read(field: &str, decode: Decode) -> Result<Vec<u8>, Rule> {
    bytes(field.as_bytes(), &BLOB, decode).map_err(|fault| fault.rule)
}

#[test]
fn without_a_setting_only_what_dumps_write_is_read() {
    for field in ["0x0aFf", "X'0AFF'", "x'0aff'", "0X0aff", "\\x0aff"] {
        assert_eq!(read(field, Decode::Literal), Ok(vec![10, 255]), "{field}");
    }
    for field in ["X''", "0x", ""] {
        assert_eq!(read(field, Decode::Literal), Ok(vec![]), "{field}");
    }
    for field in [
        "0aff", "0x0af", "0x0g", "X'0aff", "\\x0af", "Cv8=", "a", "\"0x0a\"",
    ] {
        assert_eq!(read(field, Decode::Literal), Err(Rule::NotBytes), "{field}");
    }
}

#[test]
fn digits_that_fill_a_binary_column_in_pairs_need_no_setting() {
    let read = |field: &str, length| {
        let kind = ColumnType::Binary { length };
        bytes(field.as_bytes(), &kind, Decode::Literal).map_err(|fault| fault.rule)
    };
    let uid = "a1b2c3d4e5f60718293A4B5C6D7E8F90";
    assert_eq!(read(uid, 16), hex(uid.as_bytes()).ok_or(Rule::NotBytes));
    assert_eq!(read("cafe", 2), Ok(vec![0xca, 0xfe]));
    // fewer bytes, more bytes, no digits, and two digits that are base64 of one byte as well
    for (field, length) in [
        ("cafe", 3),
        ("cafe", 4),
        ("cafe", 1),
        ("cafg", 2),
        ("cA", 1),
    ] {
        assert_eq!(read(field, length), Err(Rule::NotBytes), "{field}");
    }
    assert_eq!(read("0x01", 2), Ok(vec![1, 0]));
    let uuid = "6ccd780c-baba-1026-9564-5b8c656024db";
    assert_eq!(read(uuid, 18), Err(Rule::NotBytes));
}

#[test]
fn the_message_names_the_setting_that_reads_the_field() {
    let message = |field: &[u8]| bytes(field, &BLOB, Decode::Literal).unwrap_err().message;
    assert!(message(b"a1b2").contains("decode = \"hex\" for"));
    let uuid = b"6ccd780c-baba-1026-9564-5b8c656024db";
    assert!(message(uuid).contains("decode = \"uuid\" or"));
    assert!(message(b"hello").contains("\"base64\", \"raw\""));
}

#[test]
fn hex_is_read_with_any_prefix_and_with_none() {
    for field in ["a1B2", "0xa1b2", "\\xA1B2", "X'a1b2'"] {
        assert_eq!(read(field, Decode::Hex), Ok(vec![0xa1, 0xb2]), "{field}");
    }
    for field in ["a1b", "a1 b2", "0", "g0", "é"] {
        assert_eq!(read(field, Decode::Hex), Err(Rule::NotBytes), "{field}");
    }
}

#[test]
fn base64_of_both_alphabets_is_read_and_damaged_base64_is_not() {
    for (field, expected) in [
        ("", &b""[..]),
        ("TQ==", b"M"),
        ("TQ", b"M"),
        ("TWE=", b"Ma"),
        ("TWFu", b"Man"),
        ("TW\nFu", b"Man"),
        ("+/+/", &[0xfb, 0xff, 0xbf]),
        ("-_-_", &[0xfb, 0xff, 0xbf]),
    ] {
        assert_eq!(
            read(field, Decode::Base64),
            Ok(expected.to_vec()),
            "{field}"
        );
    }
    for field in [
        "T", "TQ=", "TR==", "TWFu=", "TQ==TQ==", "+_+_", "TW*u", "====",
    ] {
        assert_eq!(read(field, Decode::Base64), Err(Rule::NotBytes), "{field}");
    }
}

#[test]
fn uuids_become_sixteen_bytes_in_either_order() {
    let uuid = "6ccd780c-baba-1026-9564-5b8c656024db";
    let hex = |decode| {
        let bytes = read(uuid, decode).unwrap();
        bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    assert_eq!(hex(Decode::Uuid), "6ccd780cbaba102695645b8c656024db");
    // the example of UUID_TO_BIN in MySQL's manual
    assert_eq!(hex(Decode::UuidSwap), "1026baba6ccd780c95645b8c656024db");
    assert_eq!(read("6ccd780c-baba", Decode::Uuid), Err(Rule::NotAUuid));
}

#[test]
fn lengths_are_those_of_the_column() {
    let of = |kind: &ColumnType, field: &[u8]| bytes(field, kind, Decode::Literal);
    let binary = ColumnType::Binary { length: 3 };
    assert_eq!(of(&binary, b"0x01"), Ok(vec![1, 0, 0]));
    assert_eq!(of(&binary, b"0x010203"), Ok(vec![1, 2, 3]));
    let fault = of(&binary, b"0x01020304").unwrap_err();
    assert_eq!(
        (fault.rule, &fault.message[..]),
        (Rule::TooLong, "the value has 4 bytes, the column holds 3")
    );
    let varying = ColumnType::VarBinary { length: 1 };
    assert_eq!(of(&varying, b"0x01"), Ok(vec![1]));
    assert_eq!(of(&varying, b"0x0102").unwrap_err().rule, Rule::TooLong);
    assert_eq!(of(&varying, b"X''"), Ok(vec![]));
}

proptest! {
    #[test]
    fn whatever_bytes_are_written_in_a_form_are_read_from_it(expected: Vec<u8>) {
        let kind = ColumnType::Blob { max_bytes: u32::MAX };
        let mut digits = Vec::new();
        model::sqltext::push_hex(&mut digits, &expected);
        let literal = [b"X'", &digits[..], b"'"].concat();
        prop_assert_eq!(bytes(&literal, &kind, Decode::Literal), Ok(expected.clone()));
        prop_assert_eq!(bytes(&digits, &kind, Decode::Hex), Ok(expected.clone()));
        prop_assert_eq!(bytes(&expected, &kind, Decode::Raw), Ok(expected.clone()));
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut encoded = Vec::new();
        for group in expected.chunks(3) {
            let word = group.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for digit in 0..4 {
                encoded.push(if digit > group.len() { b'=' } else { alphabet[(word >> (18 - 6 * digit)) as usize & 63] });
            }
        }
        prop_assert_eq!(bytes(&encoded, &kind, Decode::Base64), Ok(expected));
    }

    #[test]
    fn any_field_is_read_or_rejected(field: Vec<u8>, decode in 0usize..6) {
        let _ = bytes(&field, &BLOB, Decode::ALL[decode]);
    }
}
