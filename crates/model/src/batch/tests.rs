use proptest::prelude::*;

use super::*;

const KINDS: [ColumnType; 10] = [
    ColumnType::Integer {
        bits: 64,
        unsigned: false,
    },
    ColumnType::Integer {
        bits: 64,
        unsigned: true,
    },
    ColumnType::Double {
        unsigned: false,
        digits: None,
    },
    ColumnType::Text { max_bytes: 65_535 },
    ColumnType::Decimal {
        precision: 5,
        scale: 2,
        unsigned: false,
    },
    ColumnType::DateTime { precision: 3 },
    ColumnType::Date,
    ColumnType::Time { precision: 6 },
    ColumnType::Year,
    ColumnType::Enum {
        members: Vec::new(),
    },
];

fn empty() -> Batch {
    Batch::new(Layout::new(&KINDS), 100, 7, BatchSize::default())
}

const ROWS: [[Value<'static>; 10]; 3] = [
    [
        Value::Int(i64::MIN),
        Value::UInt(u64::MAX),
        Value::Double(-0.5),
        Value::Text("ä\0\n"),
        Value::Decimal("-1.50"),
        Value::DateTime(-1),
        Value::Date(-1),
        Value::Time(-1),
        Value::Year(2155),
        Value::Enum(65_535),
    ],
    [Value::Null; 10],
    [
        Value::Int(i64::MAX),
        Value::UInt(0),
        Value::Double(f64::MAX),
        Value::Text(""),
        Value::Decimal("0.00"),
        Value::DateTime(1),
        Value::Date(1),
        Value::Time(1),
        Value::Year(0),
        Value::Enum(1),
    ],
];

fn filled() -> Batch {
    let mut batch = empty();
    for (row, at) in ROWS.iter().zip(0u32..) {
        for value in row {
            batch.push(*value);
        }
        batch.finish_row(at * 10, 10, at, 1 << at);
    }
    batch
}

#[test]
fn values_are_read_as_they_were_added() {
    let batch = filled();
    for (row, values) in ROWS.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            assert_eq!(batch.value(row, column), *value);
        }
    }
    assert_eq!(
        (
            batch.layout().precision(5),
            batch.layout().precision(7),
            batch.layout().precision(0)
        ),
        (3, 6, 0)
    );
}

#[test]
fn a_rejected_row_keeps_its_position_and_is_not_counted() {
    let mut batch = filled();
    assert_eq!((batch.len(), batch.checksum()), (3, 7));
    batch.reject(1);
    batch.reject(1);
    assert_eq!(
        (batch.len(), batch.checksum(), batch.is_empty()),
        (2, 5, false)
    );
    assert_eq!(batch.live_rows().collect::<Vec<_>>(), [0, 2]);
    assert_eq!(batch.value(2, 0), Value::Int(i64::MAX));
    assert_eq!(batch.all_rows()[2].offset, 20);
}

#[test]
fn an_abandoned_row_leaves_nothing_in_the_batch() {
    let mut batch = filled();
    batch.push(Value::Int(5));
    batch.push(Value::Null);
    assert_eq!(batch.pending_value(0), Value::Int(5));
    batch.abandon_row();
    for value in ROWS[0] {
        batch.push(value);
    }
    batch.finish_row(30, 10, 3, 8);
    assert_eq!((batch.len(), batch.checksum()), (4, 15));
    assert_eq!(batch.value(3, 3), Value::Text("ä\0\n"));
}

#[test]
fn the_checksum_may_exceed_32_bits() {
    let mut batch = Batch::new(Layout::new(&KINDS[..1]), 0, 1, BatchSize::default());
    for _ in 0..3 {
        batch.push(Value::Null);
        batch.finish_row(0, 0, 0, u32::MAX);
    }
    assert_eq!(batch.checksum(), 3 * u64::from(u32::MAX));
}

#[test]
fn the_checksum_follows_changed_hashes_and_rejected_rows() {
    let mut batch = filled();
    batch.set_hash(0, 100);
    assert_eq!(batch.checksum(), 106);
    batch.reject(2);
    batch.set_hash(2, 50);
    assert_eq!(batch.checksum(), 102);
}

#[test]
fn an_integer_column_is_read_at_once_if_all_rows_have_a_value() {
    let all = |batch: &Batch| -> Option<Vec<u64>> { Some(batch.all_integers(1)?.collect()) };
    let mut batch = Batch::new(Layout::new(&KINDS[..2]), 0, 1, BatchSize::default());
    assert_eq!(all(&batch), Some(Vec::new()));
    for id in 5..8 {
        batch.push_integers([1, id].into_iter());
        batch.finish_row(0, 0, 0, 0);
    }
    // the row that is being added does not count
    batch.push(Value::Int(1));
    assert_eq!(all(&batch), Some(vec![5, 6, 7]));
    let mut with_null = batch.clone();
    with_null.push(Value::Null);
    with_null.finish_row(0, 0, 0, 0);
    assert_eq!(all(&with_null), None);
    assert_eq!(
        (with_null.integer(2, 1), with_null.integer(3, 1)),
        (Some(7), None)
    );
    batch.reject(1);
    assert_eq!(all(&batch), None);
}

#[test]
fn a_generated_id_takes_the_place_of_null() {
    let mut batch = Batch::new(Layout::new(&KINDS[..2]), 0, 1, BatchSize::default());
    for value in [Value::Null, Value::UInt(4)] {
        batch.push(Value::Int(1));
        batch.push(value);
        batch.finish_row(0, 0, 0, 0);
    }
    batch.set_integer(0, 1, 9);
    batch.set_integer(1, 1, 10);
    let ids = [0, 1].map(|row| batch.value(row, 1));
    assert_eq!(ids, [Value::UInt(9), Value::UInt(10)]);
}

proptest! {
    #[test]
    fn texts_of_any_number_and_length_are_read_as_they_were_added(texts: Vec<Option<String>>) {
        let mut batch = Batch::new(Layout::new(&KINDS[3..4]), 0, 1, BatchSize { rows: 2, bytes: 3 });
        for text in &texts {
            batch.push(text.as_deref().map_or(Value::Null, Value::Text));
            batch.finish_row(0, 0, 0, 0);
        }
        for (row, text) in texts.iter().enumerate() {
            prop_assert_eq!(batch.value(row, 0), text.as_deref().map_or(Value::Null, Value::Text));
        }
    }
}
