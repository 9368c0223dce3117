use super::*;

fn hex(stored: &ColumnFormat, value: Value<'_>) -> String {
    let mut out = Vec::new();
    stored.put(value, &mut out).unwrap();
    if let Some(width) = stored.width() {
        assert_eq!(out.len(), width);
    }
    out.iter().map(|b| format!("{b:02x}")).collect()
}

/// The expected bytes were read from a table that MySQL 9.7.4 wrote.
#[test]
fn values_are_stored_as_the_server_stores_them() {
    let decimal = ColumnFormat::Decimal {
        precision: 10,
        scale: 2,
    };
    let minute = |h: i64, m: i64, s: i64, us: i64| ((h * 60 + m) * 60 + s) * 1_000_000 + us;
    let time = |fraction| ColumnFormat::Time { fraction };
    let cases = [
        (
            hex(
                &ColumnFormat::Integer {
                    bytes: 4,
                    signed: true,
                },
                Value::Int(-5),
            ),
            "7ffffffb",
        ),
        (hex(&ColumnFormat::Date, Value::Date(16_437)), "8fbe22"),
        (hex(&ColumnFormat::Year, Value::Year(2020)), "78"),
        (
            hex(&time(2), Value::Time(-minute(1, 2, 3, 456_000))),
            "7fef7cee30",
        ),
        (hex(&time(0), Value::Time(-minute(1, 2, 3, 0))), "7fef7d"),
        (
            hex(&time(2), Value::Time(minute(1, 2, 3, 456_000))),
            "80108311d0",
        ),
        (
            hex(
                &ColumnFormat::Timestamp { fraction: 1 },
                Value::DateTime(1_577_836_800_120_000),
            ),
            "5e0be1000c",
        ),
        (hex(&ColumnFormat::Float, Value::Double(1.5)), "0000c03f"),
        (
            hex(&ColumnFormat::Double, Value::Double(-2.5)),
            "00000000000004c0",
        ),
        (hex(&decimal, Value::Decimal("-123.45")), "7fffff84d2"),
        (hex(&decimal, Value::Decimal("123.45")), "8000007b2d"),
        (hex(&ColumnFormat::Enum { bytes: 1 }, Value::Enum(2)), "02"),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn bits_members_and_bytes_are_stored_from_the_highest_byte() {
    let hex = |kind: &str, value| hex(&ColumnFormat::of(&ColumnType::of_catalogue(kind)), value);
    assert_eq!(hex("bit(1)", Value::UInt(1)), "01");
    assert_eq!(hex("bit(9)", Value::UInt(257)), "0101");
    assert_eq!(hex("set('a','b','c')", Value::Set(5)), "05");
    assert_eq!(hex("binary(3)", Value::Bytes(&[1, 2, 0])), "010200");
    assert_eq!(hex("varbinary(3)", Value::Bytes(&[255])), "ff");
}

#[test]
fn a_char_is_padded_to_as_many_bytes_as_it_has_characters() {
    let stored = ColumnFormat::of(&ColumnType::Char { length: 4 });
    assert_eq!(hex(&stored, Value::Text("ab ")), "61622020");
    assert_eq!(hex(&stored, Value::Text("é")), "c3a92020");
    assert_eq!(hex(&stored, Value::Text("ééé")), "c3a9c3a9c3a9");
}

#[test]
fn a_value_that_does_not_fit_is_an_error() {
    let mut out = Vec::new();
    let short = ColumnFormat::of(&ColumnType::VarChar { length: 1 });
    assert!(short.put(Value::Text("abcde"), &mut out).is_err());
    assert!(short.put(Value::Int(1), &mut out).is_err());
}
