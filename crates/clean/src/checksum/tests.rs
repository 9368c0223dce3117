use super::*;
use model::schema::ColumnType;
use mysql_schema::parse::parse;

fn layout(columns: usize) -> std::sync::Arc<Layout> {
    let text = ColumnType::Text { max_bytes: 255 };
    Layout::new(std::iter::repeat_n(&text, columns))
}

fn hash(row: &[Value<'_>]) -> u32 {
    RowHasher::new().hash(&layout(row.len()), |column| row[column])
}

#[test]
fn the_hash_is_crc_32_of_the_digits_of_crc_32() {
    // SELECT CRC32(CRC32(CONCAT_WS('#', 7, 'N', 2, 'ab')))
    let expected = crc32fast::hash(crc32fast::hash(b"7#N#2#ab").to_string().as_bytes());
    assert_eq!(
        hash(&[Value::UInt(7), Value::Null, Value::Text("ab")]),
        expected
    );
}

#[test]
fn rows_whose_joined_texts_are_equal_have_different_hashes() {
    let rows: [&[Value<'_>]; 8] = [
        &[Value::Text("a"), Value::Text("b#c")],
        &[Value::Text("a#b"), Value::Text("c")],
        &[Value::Text(""), Value::Text("")],
        &[Value::Null, Value::Text("")],
        &[Value::Text(""), Value::Null],
        &[Value::Text("N"), Value::Text("")],
        &[Value::Text("a"), Value::Text("b")],
        &[Value::Text("b"), Value::Text("a")],
    ];
    let mut hashes: Vec<_> = rows.iter().map(|row| hash(row)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), rows.len());
}

#[test]
fn values_swapped_between_two_rows_do_not_cancel_out() {
    let sum = |rows: [[&str; 2]; 2]| -> u64 {
        rows.iter()
            .map(|[a, b]| u64::from(hash(&[Value::Text(a), Value::Text(b)])))
            .sum()
    };
    assert_ne!(sum([["1", "x"], ["2", "y"]]), sum([["1", "y"], ["2", "x"]]));
}

#[test]
fn a_hasher_can_be_reused() {
    let mut hasher = RowHasher::new();
    let long = hasher.hash(&layout(1), |_| Value::Text("a long text"));
    let short = hasher.hash(&layout(1), |_| Value::Text("b"));
    assert_eq!(
        (long, short),
        (
            hash(&[Value::Text("a long text")]),
            hash(&[Value::Text("b")])
        )
    );
}

#[test]
fn hashing_the_text_of_numbers_gives_the_hash_of_their_values() {
    let hasher = RowHasher::new();
    for row in [
        [1, 2, 5],
        [0, 9, 10],
        [19_348_282, 3_347_259, 5_777_101],
        [u64::MAX; 3],
    ] {
        let written = row.map(|value| value.to_string()).join(",");
        let commas = written.match_indices(',').map(|(at, _)| at);
        let expected = hash(&row.map(Value::UInt));
        assert_eq!(
            hasher.hash_of_numbers(written.as_bytes(), commas),
            Some(expected),
            "{written}"
        );
    }
    let long = format!("1,{}", "2".repeat(1000));
    assert_eq!(
        hasher.hash_of_numbers(long.as_bytes(), [1].into_iter()),
        None
    );
}

#[test]
fn checksums_are_printed_with_leading_zeros() {
    assert_eq!(to_hex(0), "0000000000000000");
    assert_eq!(to_hex(u64::MAX), "ffffffffffffffff");
}

#[test]
fn values_from_the_server_have_the_same_hash_as_the_row() {
    let sql = "CREATE TABLE t (id INT NOT NULL, a TEXT, b TEXT NOT NULL, n INT, c TEXT NOT NULL)";
    let schema = parse(sql, "test").unwrap();
    let columns = &schema.tables[0].columns;
    let mut row = ServerRowHasher::default();
    for (column, value) in columns.iter().zip([
        Some(&b"12"[..]),
        None,
        Some(b""),
        None,
        Some("a#\u{20ac}".as_bytes()),
    ]) {
        row.push(column, value);
    }
    let expected = hash(&[
        Value::UInt(12),
        Value::Null,
        Value::Text(""),
        Value::Null,
        Value::Text("a#\u{20ac}"),
    ]);
    assert_eq!(row.hash(), expected);
}
