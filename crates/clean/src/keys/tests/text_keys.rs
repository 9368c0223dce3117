use super::*;

#[test]
fn equal_bytes_are_duplicates_and_texts_equal_under_a_collation_are_left_to_the_server() {
    let schema = schema(
        "CREATE TABLE t (code VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, day DATE, price DECIMAL(5,2), UNIQUE u (day, price))",
    );
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |code, day, price| [Value::Text(code), day, Value::Decimal(price)];
    let mut rows = batch(
        table,
        &[
            &row("ab", Value::Date(1), "1.00"),
            &row("AB", Value::Date(2), "1.00"),
            &row("ab", Value::Date(3), "1.00"),
            &row("c", Value::Date(2), "1.00"),
            // the row before was rejected, so its code is free
            &row("c", Value::Date(2), "1.01"),
            &row("d", Value::Null, "1.00"),
            &row("e", Value::Null, "1.00"),
        ],
    );
    let rejected = keys.check(&mut rows).unwrap();
    let found: Vec<_> = rejected
        .iter()
        .map(|r| (r.row, r.column.as_deref(), r.value.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (2, Some("code"), "ab"),
            (3, Some("day, price"), "1970-01-03, 1.00")
        ]
    );
    let left: Vec<String> = keys
        .left_to_server()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("primary key (code): "), "{left:?}");
    assert_eq!(ServerCheck::counted(keys.left_to_server()), "1 unique key");
}

#[test]
fn a_prefix_key_compares_only_the_characters_of_the_prefix() {
    let schema = schema(
        "CREATE TABLE t (a TEXT, b VARCHAR(9) COLLATE utf8mb4_0900_bin NOT NULL, UNIQUE u (a(2)), UNIQUE v (b))",
    );
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |a, b| [Value::Text(a), Value::Text(b)];
    let mut rows = batch(
        table,
        &[
            &row("äbc", "1"),
            &row("äbd", "2"),
            &row("äc", "3"),
            &row("ä", "1"),
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut rows),
        [(1, Rule::DuplicateKey), (3, Rule::DuplicateKey)]
    );
    // under a binary collation without padding, equal keys have equal bytes
    let left: Vec<String> = keys
        .left_to_server()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        matches!(&left[..], [u] if u.starts_with("unique key u (a)")),
        "{left:?}"
    );
    // if the file lacks a column of a key, only the server can check it
    let keys = Keys::new(table, &[0], &no_parents());
    assert_eq!(keys.left_to_server().len(), 2);
}

#[test]
fn a_duplicate_that_the_server_found_is_described_by_the_key_that_it_names() {
    let schema = schema(
        "CREATE TABLE codes (code VARCHAR(9) PRIMARY KEY, a INT, b VARCHAR(9), UNIQUE by_both (a, b), UNIQUE lowered ((lower(b))))",
    );
    let table = &schema.tables[0];
    let keys = Keys::new(table, &all(table), &no_parents());
    let rows = batch(
        table,
        &[&[Value::Text("AB"), Value::Int(7), Value::Text("it's")]],
    );
    let pair = |column: &str, value: &str| Some((column.to_owned(), value.to_owned()));
    for (message, expected) in [
        (
            "Duplicate entry 'AB' for key 'codes.PRIMARY' (1062)",
            pair("code", "AB"),
        ),
        (
            "Duplicate entry 'AB' for key 'PRIMARY' (1062)",
            pair("code", "AB"),
        ),
        (
            "the server would change the value: Duplicate entry '7-it's' for key 'by_both' (1062)",
            pair("a, b", "7, it's"),
        ),
        (
            "Duplicate entry 'it's' for key 'codes.lowered' (1062)",
            pair("lower(b)", "it's"),
        ),
        ("Duplicate entry 'x' for key 'codes.other' (1062)", None),
        ("other words", None),
    ] {
        assert_eq!(keys.of_duplicate(&rows, 0, message), expected, "{message}");
    }
}

#[test]
fn blanks_at_the_end_do_not_count_under_a_binary_collation_that_pads() {
    let schema = schema(
        "CREATE TABLE t (a VARCHAR(9) COLLATE utf8mb4_bin PRIMARY KEY, b VARCHAR(9) COLLATE utf8mb4_nopad_bin, UNIQUE (b))",
    );
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |a, b| [Value::Text(a), Value::Text(b)];
    let mut rows = batch(
        table,
        &[
            &row("a", "x"),
            &row("a  ", "y"),
            &row("A", "x "),
            &row("a\t", "z"),
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut rows),
        [(1, Rule::DuplicateKey)]
    );
    assert!(keys.left_to_server().is_empty());
}
