use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

mod cycles;
mod foreign_keys;
mod hashed_references;
mod text_keys;

use super::*;
use model::batch::{BatchSize, Layout, Value};
use model::rejection::Rule;
use model::schema::Schema;
use mysql_schema::parse::parse;

fn schema(sql: &str) -> Schema {
    parse(sql, "test").unwrap()
}

/// A batch of rows for all columns of a table.
fn batch(table: &Table, rows: &[&[Value<'_>]]) -> Batch {
    let mut batch = Batch::new(
        Layout::new(table.columns.iter().map(|c| &c.kind)),
        0,
        1,
        BatchSize::default(),
    );
    for row in rows {
        for value in *row {
            batch.push(*value);
        }
        batch.finish_row(0, 0, 0, 0);
    }
    batch
}

fn all(table: &Table) -> Vec<usize> {
    (0..table.columns.len()).collect()
}

#[test]
fn keys_in_any_order_form_runs() {
    let of = |keys: &[u64], most| runs(|| keys.iter().copied(), most);
    assert_eq!(of(&[], 1), Some(vec![]));
    assert_eq!(of(&[1, 2, 3, 7], 2), Some(vec![1..=3, 7..=7]));
    assert_eq!(of(&[7, 3, 1, 2], 2), Some(vec![1..=3, 7..=7]));
    // as they ascend, these form more runs than in order
    assert_eq!(of(&[1, 3, 5, 2, 4], 1), Some(vec![1..=5]));
    assert_eq!(
        of(&[0, u64::MAX], 2),
        Some(vec![0..=0, u64::MAX..=u64::MAX])
    );
    assert_eq!(of(&[1, 3, 5], 2), None, "there are too many runs");
    assert_eq!(of(&[1, 2, 2, 3], 9), None, "a key occurs twice");
    assert_eq!(of(&[2, 1, 2], 9), None, "a key occurs twice");
    assert_eq!(
        of(&[u64::MAX, 0], 2),
        Some(vec![0..=0, u64::MAX..=u64::MAX])
    );
}

fn no_parents() -> HashMap<String, Arc<CommittedKeys>> {
    HashMap::new()
}

/// The committed keys of table `p` with these rows, except those that the server rejected.
fn committed(
    p: &Table,
    rows: &[&[Value<'_>]],
    rejected: &[usize],
) -> HashMap<String, Arc<CommittedKeys>> {
    let mut keys = Keys::new(p, &all(p), &no_parents());
    let committed = keys.committed_keys();
    let mut rows = batch(p, rows);
    keys.check(&mut rows).unwrap();
    let rejected: Vec<_> = rejected
        .iter()
        .map(|row| keys.row_keys(&rows, *row))
        .collect();
    committed.add(keys.batch_keys(&rows), &rejected).unwrap();
    committed.finish();
    HashMap::from([("p".to_owned(), Arc::new(committed))])
}

/// The rejected rows as (row, rule).
fn rejected_rows(keys: &mut Keys, batch: &mut Batch) -> Vec<(usize, Rule)> {
    let rejected = keys.check(batch).unwrap();
    rejected
        .into_iter()
        .map(|rejected| (rejected.row, rejected.fault.rule))
        .collect()
}

fn pending(checked: Result<Vec<KeyRejection>, KeyCheckError>) -> PendingParent {
    match checked {
        Err(KeyCheckError::PendingParent(awaited)) => awaited,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_row_in_file_order_wins_across_batches() {
    let schema = schema("CREATE TABLE t (id INT PRIMARY KEY)");
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let int = Value::Int;
    let mut first = batch(table, &[&[int(1)], &[int(-1)], &[int(1)]]);
    assert_eq!(
        rejected_rows(&mut keys, &mut first),
        [(2, Rule::DuplicateKey)]
    );
    assert_eq!(first.len(), 2);
    let mut second = batch(
        table,
        &[
            &[int(2)],
            &[int(-1)],
            &[int(i64::from(i32::MIN))],
            &[int(i64::from(i32::MAX))],
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut second),
        [(1, Rule::DuplicateKey)]
    );
}

#[test]
fn a_duplicate_takes_no_key() {
    let schema = schema("CREATE TABLE t (id INT PRIMARY KEY, u INT, UNIQUE (u))");
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let int = Value::Int;
    // the second row is rejected because of its u, so its id is free for the third
    let mut rows = batch(
        table,
        &[
            &[int(1), int(5)],
            &[int(2), int(5)],
            &[int(2), int(6)],
            &[int(3), Value::Null],
            &[int(4), Value::Null],
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut rows),
        [(1, Rule::DuplicateKey)]
    );
    // nor does a row that was rejected before its keys were checked
    let mut rows = batch(table, &[&[int(9), int(9)], &[int(9), int(9)]]);
    rows.reject(0);
    assert_eq!(rejected_rows(&mut keys, &mut rows), []);
}

#[test]
fn several_columns_are_one_key_as_long_as_they_fit_64_bits() {
    let schema = schema(
        "CREATE TABLE fits (a INT, b INT UNSIGNED, UNIQUE k (a, b)); CREATE TABLE wide (a BIGINT, b TINYINT, UNIQUE k (a, b)); \
         CREATE TABLE one (a BIGINT UNSIGNED, UNIQUE k (a)); CREATE TABLE texts (a VARCHAR(9), b INT, UNIQUE k (a, b), UNIQUE p (b))",
    );
    let on_stream = |table: &str, loaded: &[usize]| {
        let table = schema.table(table).unwrap();
        table
            .indexes
            .iter()
            .map(|index| finds_all_duplicates(table, loaded, index))
            .collect::<Vec<_>>()
    };
    assert_eq!(on_stream("fits", &[0, 1]), [true]);
    assert_eq!(
        on_stream("fits", &[0]),
        [false],
        "a column that the file does not have"
    );
    assert_eq!(on_stream("wide", &[0, 1]), [false]);
    assert_eq!(on_stream("one", &[0]), [true]);
    let mut of_texts = on_stream("texts", &[0, 1]);
    of_texts.sort_unstable();
    assert_eq!(of_texts, [false, true]);

    let table = schema.table("fits").unwrap();
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |a: i64, b: u64| [Value::Int(a), Value::UInt(b)];
    let mut rows = batch(
        table,
        &[
            &row(-1, 0),
            &row(0, u64::from(u32::MAX)),
            &row(-1, u64::from(u32::MAX)),
            &row(-1, 0),
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut rows),
        [(3, Rule::DuplicateKey)]
    );

    let table = schema.table("one").unwrap();
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let mut rows = batch(
        table,
        &[
            &[Value::UInt(u64::MAX)],
            &[Value::UInt(0)],
            &[Value::Null],
            &[Value::UInt(u64::MAX)],
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut rows),
        [(3, Rule::DuplicateKey)]
    );
}

proptest! {
    #[test]
    fn the_fast_path_for_a_batch_rejects_the_same_rows_as_the_check_of_each_row(batches in proptest::collection::vec(proptest::collection::vec((0..40u64, proptest::option::of(0..60u64), 0..12u64, any::<bool>()), 0..40), 1..6), ascending in any::<bool>()) {
        let schema = schema(
            "CREATE TABLE p (id INT UNSIGNED PRIMARY KEY);
             CREATE TABLE c (id INT UNSIGNED PRIMARY KEY, u INT UNSIGNED, w BIGINT UNSIGNED NOT NULL, p INT UNSIGNED NOT NULL,
                             d DATE, t VARCHAR(9) NOT NULL, UNIQUE (u), UNIQUE (w), UNIQUE (d, t), UNIQUE (t(3)), FOREIGN KEY (p) REFERENCES p (id))",
        );
        let (parent, child) = (&schema.tables[0], &schema.tables[1]);
        let ids: Vec<_> = (0..11).filter(|id| *id != 3).map(|id| [Value::UInt(id)]).collect();
        let rows: Vec<&[Value<'_>]> = ids.iter().map(|row| &row[..]).collect();
        let parents = committed(parent, &rows, &[]);
        let mut whole = Keys::new(child, &all(child), &parents);
        let mut each = Keys::new(child, &all(child), &parents);
        let mut next = 0;
        for rows in &batches {
            let texts: Vec<String> = rows.iter().enumerate().map(|(at, row)| format!("{}-{at}", row.0 % 20 + if ascending { next + at as u64 } else { 0 })).collect();
            let values: Vec<_> = rows
                .iter()
                .zip(&texts)
                .map(|((id, u, p, _), text)| {
                    next += 1;
                    let id = if ascending { next } else { *id };
                    let u = u.map_or(Value::Null, |u| Value::UInt(if ascending { next } else { u }));
                    [Value::UInt(id), u, Value::UInt(id << 33), Value::UInt(*p), Value::Date(7), Value::Text(text)]
                })
                .collect();
            let values: Vec<&[Value<'_>]> = values.iter().map(|row| &row[..]).collect();
            let mut batch = batch(child, &values);
            for (row, (.., dead)) in rows.iter().enumerate() {
                if *dead && !ascending {
                    batch.reject(row);
                }
            }
            let mut same = batch.clone();
            prop_assert_eq!(whole.check(&mut batch).unwrap(), each.check_each_row(&mut same).unwrap());
            prop_assert_eq!(whole.batch_keys(&batch), each.batch_keys(&same));
            for row in 0..rows.len() {
                prop_assert_eq!(batch.all_rows()[row].alive, same.all_rows()[row].alive);
            }
        }
    }
}
